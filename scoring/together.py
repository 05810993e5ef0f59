"""What a reviewer is told when cards of a known ring come to one till within minutes."""

from __future__ import annotations

from typing import Any

from claims.batch import ClaimBatch
from claims.clock import to_moment
from claims.tables import Array
from scoring.alerts import MEETING
from scoring.bundle import Bundle
from scoring.reasons import RAISES

RING_MATES, RING_CARDS = "till_ring_mates_distinct_15m", "till_ring_cards_distinct_15m"
"""Others of the person's own ring, and of any ring, at the till in the 15 minutes before."""


def meeting_reasons(batch: ClaimBatch, row: int, bundle: Bundle, values: Array) -> list[dict[str, Any]]:
    """Which cards were at the claim's till just before it: the own ring's, else those of any ring, else nothing.

    Args:
        batch: n claims.
        row: the claim.
        bundle: names the columns.
        values: (k,) the claim's columns.
    """
    for name, says in ((RING_MATES, _of_own_ring), (RING_CARDS, _of_rings)):
        place = bundle.column(name)
        if place is not None and values[place] > 0:
            zh, en = says(int(values[place]), *_where(batch, row))
            return [{"kind": MEETING, "zh": zh, "en": en, "feature": name, "value": float(values[place]),
                     "direction": RAISES}]  # fmt: skip
    return []


def _where(batch: ClaimBatch, row: int) -> tuple[str, str, str]:
    """Till in both languages, and the area's time of day."""
    till, at = batch.claims["till_id"][row], to_moment(int(batch.claims["settled_at"][row]))
    zh, en = ("本机构", "this institution") if till is None else (f"收费窗口 {till} ", f"till {till}")
    return zh, en, f"{at:%H:%M}"


def _of_own_ring(count: int, zh: str, en: str, at: str) -> tuple[str, str]:
    return (
        f"{at} 在{zh}结算，此前15分钟内同一团伙另有 {count} 人的卡在此结算，本单为第 {count + 1} 张",
        f"Settled at {en} at {at}: {count} other {_cards(count)} of the same ring settled there in the 15 minutes "
        f"before, so this is card {count + 1}",
    )


def _of_rings(count: int, zh: str, en: str, at: str) -> tuple[str, str]:
    return (
        f"{at} 在{zh}结算，此前15分钟内已知团伙有 {count} 人的卡在此结算",
        f"Settled at {en} at {at}: {count} {_cards(count)} of known rings settled there in the 15 minutes before",
    )


def _cards(count: int) -> str:
    return "card" if count == 1 else "cards"
