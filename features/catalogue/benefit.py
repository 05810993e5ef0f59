"""What a person took from each benefit, and how much of it was small, round, at weekends or to the last fen."""

from claims.tables import BENEFIT_KINDS
from features.catalogue.reasons import ROUND, SMALL
from features.declare import Count, Feature, Share, Sum

_REASONS = {
    "general_outpatient": "Sham visits (刷单式就诊) draw on the general outpatient pool again and again.",
    "chronic": "Over-drawing for resale (超量开药) uses the chronic-disease benefit, which pays most of the drug.",
    "special": "Special-disease drugs are dear and pay best when sold on (倒卖药).",
    "negotiated_drug": "Forged prescriptions (伪造处方) go for dual-channel drugs, the dearest that a pharmacy sells.",
    "personal_account": "Cash-out (医保卡兑现) and daily goods (串换) go through the personal account.",
    "inpatient": "Sham and split stays (虚假住院, 分解住院) show in one person's sum and number of stays.",
}

BENEFIT: tuple[Feature, ...] = (
    *(Feature("patient", Sum("amount"), _REASONS[kind], "fen", "365d", kind) for kind in BENEFIT_KINDS),
    *(Feature("patient", Count(), _REASONS[kind], over="90d", where=kind) for kind in BENEFIT_KINDS[:-1]),
    Feature("patient", Count(), _REASONS["inpatient"], over="365d", where="inpatient"),
    Feature("patient", Share(), ROUND, "share", "90d", "round_amount"),
    Feature("patient", Share(), SMALL, "share", "90d", "small_amount"),
    Feature("patient", Share(), "Accounts emptied again and again are cash-out.", "share", "90d", "account_emptied"),
    Feature(
        "patient",
        Share(),
        "Borrowed cards (借卡) are swiped when their user is off work.",
        "share",
        "90d",
        "at_weekend",
    ),
    Feature(
        "patient",
        Count(),
        "Empty swiping (空刷) puts several swipes of one card into an hour.",
        over="1h",
        zh="近1至2小时（本小时与上一小时）该参保人结算 {value} 次",
        en="This person settled {value} claims in this and the previous hour.",
    ),
)
