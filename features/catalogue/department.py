"""What went through a department of a hospital."""

from features.declare import Count, Distinct, Feature, Mean, ShareOf, Sum
from features.place_aggregates import NewShare, PerPatient

_VOLUME = "Sham stays and induced admissions (虚假住院, 诱导住院) swell one department, not the whole hospital."
_DEAR = "Phantom or dearer consumables (虚记, 串换耗材) raise one department's mean."
_BUS = "Groups brought by bus (诱导住院) are new to the department, all at once."

DEPARTMENT: tuple[Feature, ...] = (
    *(Feature("department", Count(), _VOLUME, over=over) for over in ("1d", "30d")),
    Feature("department", Sum("amount"), _VOLUME, "fen", "30d"),
    Feature("department", Mean("amount"), _DEAR, "fen", "30d"),
    *(Feature("department", Distinct("patient"), _VOLUME, over=over) for over in ("1d", "30d")),
    Feature("department", ShareOf("institution"), _VOLUME, "share", "30d"),
    Feature("department", NewShare(), _BUS, "share", "30d"),
    Feature("department", PerPatient(), "Split stays (分解住院) bring the same few persons again.", "ratio", "30d"),
)
