"""What two had to do with each other."""

from features.catalogue.reasons import REFUNDS
from features.declare import Count, Feature, Reversals, ShareOf, SinceLast

_LOYAL = "Sham visits repeat one person at one place or doctor far beyond need."

PAIRS: tuple[Feature, ...] = (
    *(Feature("patient_institution", Count(), _LOYAL, over=over) for over in ("30d", "365d")),
    Feature("patient_institution", SinceLast(), "The same till again within hours.", "days", empty=400.0),
    Feature("patient_institution", Reversals(), REFUNDS, over="30d"),
    Feature("doctor_patient", Count(), _LOYAL, over="90d"),
    Feature(
        "doctor_patient",
        ShareOf("doctor"),
        "A doctor who works mostly for one card.",
        "share",
        "90d",
        named="doctor_patient_share_of_doctor_90d",
        zh="近90天该参保人占该医师结算的 {value}",
        en="This person makes up {value} of the doctor's settlements in the last 90 days.",
    ),
)
