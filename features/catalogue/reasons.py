"""Why a family of columns is there, where several families share the reason."""

ROUND = "Cash-out and goods swapped for drugs leave round totals."
SMALL = "Cash-out in small slices keeps below every threshold, so the share of small swipes rises."
REFUNDS = "Settle, refund, settle again: sham swipes are taken back before anybody looks."
