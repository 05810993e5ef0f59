"""What went out under a signature."""

from features.declare import Count, Distinct, Feature, Share, Sum

_HOURS = "One prescriber with an impossible hourly output has phantom or borrowed prescriptions."

DOCTOR: tuple[Feature, ...] = (
    *(Feature("doctor", Count(), _HOURS, over=over) for over in ("1h", "1d", "30d")),
    *(Feature("doctor", Distinct("patient"), _HOURS, over=over) for over in ("1d", "30d")),
    Feature("doctor", Sum("amount"), "Huge spend behind one signature.", "fen", "30d"),
    Feature(
        "doctor", Share(), "Forged prescriptions are settled when the doctor is not there.", "share", "30d", "at_night"
    ),
)
