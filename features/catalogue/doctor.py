"""What went out under a signature."""

from features.declare import Count, Distinct, Feature, Mean, Share, ShareOf, Sum
from features.place_aggregates import Elsewhere, NewShare, PerPatient

_HOURS = "One prescriber with an impossible hourly output has phantom or borrowed prescriptions."
_ABSENT = "A doctor who is long absent (执业医师长期脱岗) still signs, also at weekends."
_TWO_PLACES = "One signature at two places at once: forged prescriptions, or a doctor who is not there."

DOCTOR: tuple[Feature, ...] = (
    *(Feature("doctor", Count(), _HOURS, over=over) for over in ("1h", "1d", "30d")),
    *(Feature("doctor", Distinct("patient"), _HOURS, over=over) for over in ("1d", "30d")),
    Feature("doctor", Sum("amount"), "Huge spend behind one signature.", "fen", "30d"),
    Feature(
        "doctor", Share(), "Forged prescriptions are settled when the doctor is not there.", "share", "30d", "at_night"
    ),
    Feature("doctor", Share(), _ABSENT, "share", "30d", "at_weekend"),
    Feature("doctor", Mean("amount"), "Phantom prescriptions (虚开处方) are dear ones.", "fen", "30d"),
    Feature("doctor", Sum("fund"), "Huge spend behind one signature.", "fen", "30d"),
    Feature("doctor", PerPatient(), "A doctor who works for few cards again and again.", "ratio", "30d"),
    Feature("doctor", NewShare(), "Gangs bring persons whom the doctor never saw before.", "share", "30d"),
    *(Feature("doctor", Elsewhere("doctor_institution"), _TWO_PLACES, over=over) for over in ("1h", "1d")),
    *(Feature("doctor", Distinct("institution"), _TWO_PLACES, over=over) for over in ("1h", "1d", "30d")),
    *(Feature("doctor_institution", Count(), _HOURS, over=over) for over in ("1d", "30d")),
    Feature("doctor_institution", Sum("amount"), "Huge spend behind one signature here.", "fen", "30d"),
    Feature(
        "doctor_institution", Mean("amount"), "Dear prescriptions at one of the doctor's places only.", "fen", "30d"
    ),
    Feature("doctor_institution", Distinct("patient"), _HOURS, over="30d"),
    Feature("doctor_institution", ShareOf("institution"), "One prescriber carries a pharmacy.", "share", "30d"),
    Feature(
        "doctor_institution",
        ShareOf("doctor"),
        "A signature on loan is used far from the doctor's desk.",
        "share",
        "30d",
    ),
)
