"""What went through a hospital or pharmacy."""

from features.catalogue.reasons import REFUNDS, ROUND, SMALL
from features.declare import Count, Distinct, Feature, Mean, Reversals, Share, Sum

_BURST = "Empty and remote swiping puts many swipes into minutes, with no customer at the till."
_CROWD = "A till that settles for a shop without a contract, or a gang's cards, sees many unfamiliar cards at once."
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
)
