"""All features, in the order of the matrix.

To add one: one entry in the file of its family and one case in tests/features/cases.
"""

from functools import cache

from features.catalogue.benefit import BENEFIT
from features.catalogue.burst import BURST
from features.catalogue.claim import CLAIM
from features.catalogue.closed import CLOSED
from features.catalogue.department import DEPARTMENT
from features.catalogue.doctor import DOCTOR
from features.catalogue.habits import HABITS
from features.catalogue.institution import INSTITUTION
from features.catalogue.node import NODE
from features.catalogue.pairs import PAIRS
from features.catalogue.patient import PATIENT
from features.catalogue.spread import SPREAD
from features.catalogue.stays import STAYS
from features.catalogue.supply import SUPPLY
from features.catalogue.verdicts import VERDICTS
from features.declare import Feature, feature_set_fingerprint

FEATURES: tuple[Feature, ...] = (
    *PATIENT,
    *SUPPLY,
    *INSTITUTION,
    *DOCTOR,
    *PAIRS,
    *CLAIM,
    *NODE,
    *SPREAD,
    *BENEFIT,
    *HABITS,
    *STAYS,
    *DEPARTMENT,
    *BURST,
    *CLOSED,
    *VERDICTS,
)


@cache
def feature_set() -> str:
    """The fingerprint of `FEATURES`."""
    return feature_set_fingerprint(FEATURES)
