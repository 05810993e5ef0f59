"""What went through a hospital or pharmacy."""

from features.catalogue.reasons import REFUNDS, ROUND, SMALL
from features.declare import Count, Distinct, Feature, Mean, Reversals, Share, ShareOf, Sum
from features.place_aggregates import NewShare, PartOf, PerPatient, ReversalShare

_BURST = "Empty and remote swiping puts many swipes into minutes, with no customer at the till."
_CROWD = "A till that settles for a shop without a contract, or a gang's cards, sees many unfamiliar cards at once."
_STRANGERS = (
    "A till lent to a shop without a contract (药店代刷) sees cards that were never there before and do not return."
)
_FEW = "Sham visits (刷单式就诊) make a few cards do the work of many."
_FUND = (
    "Goods billed as covered drugs (串换) and phantom prescriptions move the fund's part far from the place's own past."
)
_HOLIDAY = "Empty and remote swiping (空刷, 远程刷卡) goes on when customers stay away."
_BORROWED = "Borrowed signatures spread a pharmacy's prescriptions over more doctors than work there."
_SAME = "Equal amounts on one day are the mark of cash-out and of fixed baskets of daily goods billed as drugs."

INSTITUTION: tuple[Feature, ...] = (
    Feature(
        "institution",
        Count(),
        _BURST,
        over="1h",
        zh="近1至2小时（本小时与上一小时）该机构结算 {value} 次",
        en="This institution settled {value} claims in this and the previous hour.",
    ),
    *(Feature("institution", Count(), _BURST, over=over) for over in ("1d", "7d", "30d")),
    *(
        Feature("institution", Sum("amount"), "A dear drug far above peers moves the place's sum.", "fen", over)
        for over in ("1h", "1d", "7d", "30d")
    ),
    *(Feature("institution", Distinct("patient"), _CROWD, over=over) for over in ("1h", "1d", "30d")),
    Feature("institution", Mean("amount"), "Sham baskets pull the mean to one figure.", "fen", "30d"),
    Feature("institution", Share(), ROUND, "share", "30d", "round_amount"),
    Feature("institution", Share(), SMALL, "share", "30d", "small_amount"),
    Feature("institution", Share(), "A pharmacy that settles at night settles for nobody.", "share", "30d", "at_night"),
    Feature(
        "institution", Share(), "Accounts emptied to the last fen are cash-outs.", "share", "30d", "account_emptied"
    ),
    Feature("institution", Reversals(), REFUNDS, over="30d"),
    Feature(
        "institution_amount",
        Count(),
        _SAME,
        over="1d",
        zh="近1天该机构与本单金额完全相同的结算 {value} 次",
        en="{value} settlements of exactly this amount at this institution in the last day.",
    ),
    Feature(
        "institution_amount",
        ShareOf("institution"),
        _SAME,
        "share",
        "1d",
        zh="近1天该机构与本单金额完全相同的结算占 {value}",
        en="{value} of the institution's settlements of the last day have exactly this amount.",
    ),
    Feature("institution", Share(), _HOLIDAY, "share", "30d", "at_weekend"),
    Feature("institution", Share(), _HOLIDAY, "share", "90d", "on_holiday"),
    Feature("institution", Share(), ROUND, "share", "1d", "round_amount"),
    Feature("institution", Share(), SMALL, "share", "1d", "small_amount"),
    Feature(
        "institution", Share(), "Accounts are emptied in one sweep before year end.", "share", "1d", "account_emptied"
    ),
    Feature("institution", Reversals(), REFUNDS, over="1d"),
    *(Feature("institution", ReversalShare(), REFUNDS, "share", over) for over in ("1d", "30d")),
    *(
        Feature("institution", Sum("fund"), "What a place takes from the fund is what is lost.", "fen", over)
        for over in ("1d", "30d")
    ),
    Feature("institution", Sum("account"), "Cash-out goes through the accounts.", "fen", "1d"),
    Feature("institution", PartOf("fund", "amount"), _FUND, "share", "30d"),
    *(Feature("institution", NewShare(), _STRANGERS, "share", over) for over in ("1d", "30d", "90d")),
    Feature("institution", PerPatient(), _FEW, "ratio", "30d"),
    *(Feature("institution", Distinct("doctor"), _BORROWED, over=over) for over in ("1d", "30d")),
)
