"""All features, in the order of the matrix. To add one: one entry here and one case in tests/features/cases.yaml."""

from functools import cache

from features.declare import (
    ActiveDays,
    Against,
    Count,
    Distinct,
    Feature,
    Max,
    Mean,
    Node,
    Own,
    Reversals,
    Share,
    ShareOf,
    SinceLast,
    Sum,
    Supply,
    feature_set_fingerprint,
)
from graphs.columns import NODE_COLUMNS

_OFTEN = "Ant-moving is many small takings: the count over a person's time tops the list long before any single amount."
_TAKEN = "Persons who over-draw for resale rank among the highest spenders of the fund."
_MANY_PLACES = "A resale tour visits many places within days that one supply would cover."
_TOUR_GOODS = "A buyer's wish list shows as many different items on one card in a short time."
_BURST = "Empty and remote swiping puts many swipes into minutes, with no customer at the till."
_CROWD = "A till that settles for a shop without a contract, or a gang's cards, sees many unfamiliar cards at once."
_ROUND = "Cash-out and goods swapped for drugs leave round totals."
_SMALL = "Cash-out in small slices keeps below every threshold, so the share of small swipes rises."
_SAME = "Equal amounts on one day are the mark of cash-out and of fixed baskets of daily goods billed as drugs."
_REFUNDS = "Settle, refund, settle again: sham swipes are taken back before anybody looks."
_HOURS = "One prescriber with an impossible hourly output has phantom or borrowed prescriptions."
_LOYAL = "Sham visits repeat one person at one place or doctor far beyond need."
_CHEST = "Supply beyond need is what gets sold on; days in hand count it across institutions."

_PATIENT = (
    *(Feature("patient", Count(), _OFTEN, over=over) for over in ("1d", "7d", "30d", "90d", "365d")),
    *(Feature("patient", Sum("amount"), _TAKEN, "fen", over) for over in ("1d", "7d", "30d", "90d", "365d")),
    *(Feature("patient", Sum("fund"), _TAKEN, "fen", over) for over in ("30d", "365d")),
    Feature("patient", Sum("account"), "Cash-out drains the personal account.", "fen", "30d"),
    Feature("patient", Sum("resale_amount"), "Collectors order drugs that sell again.", "fen", "30d"),
    Feature("patient", Sum("resale_amount"), "Collectors order drugs that sell again.", "fen", "90d"),
    *(Feature("patient", Count(), _OFTEN, over=over, where="at_pharmacy") for over in ("1d", "30d", "90d")),
    Feature(
        "patient", Share(), "Cards that only ever visit pharmacies are cards at work.", "share", "90d", "at_pharmacy"
    ),
    Feature("patient", Share(), "Swipes at night have no customer.", "share", "90d", "at_night"),
    Feature("patient", Share(), "Resale tours buy little else.", "share", "90d", "resale_prone"),
    *(Feature("patient", Distinct("institution"), _MANY_PLACES, over=over) for over in ("7d", "30d", "90d")),
    *(Feature("patient", Distinct("doctor"), _MANY_PLACES, over=over) for over in ("7d", "30d", "90d")),
    *(Feature("patient", Distinct("item"), _TOUR_GOODS, over=over) for over in ("7d", "30d", "90d")),
    *(Feature("patient", ActiveDays(), _OFTEN, "days", over) for over in ("30d", "90d")),
    Feature("patient", Reversals(), _REFUNDS, over="30d"),
    Feature("patient", Max("amount"), "One very large taking colours all later ones.", "fen", "365d"),
    Feature("patient", Mean("amount"), "Small, similar amounts per swipe.", "fen", "90d"),
    Feature(
        "patient", Against("amount"), "A borrowed card suddenly spends unlike its owner.", "ratio", "90d", empty=1.0
    ),
    Feature("patient", SinceLast(), "Swipes minutes or hours apart are not visits.", "days", empty=400.0),
)

_SUPPLY = (
    Feature(
        "patient_class",
        Supply("days_in_hand"),
        _CHEST,
        "days",
        zh="本次配药前，该参保人手中同类药品尚够用 {value} 天",
        en="Before this purchase the person still held {value} days of the same drug class.",
    ),
    Feature(
        "patient_class",
        Supply("early_refills_count"),
        _CHEST,
        over="180d",
        zh="近180天同类药品提前一周以上续配 {value} 次",
        en="{value} refills of the class came more than a week early in the last 180 days.",
    ),
    Feature(
        "patient_class",
        Supply("days_supplied_sum"),
        _CHEST,
        "days",
        "90d",
        zh="近90天已配同类药品 {value} 天用量",
        en="{value} days of the same drug class were supplied in the last 90 days.",
    ),
    *(
        Feature(
            "patient_class",
            Supply("over_supply_ratio"),
            _CHEST,
            "ratio",
            over,
            zh=f"含本单，近{over[:-1]}天同类药品用量为合理上限的 {{value}} 倍",
            en=f"With this claim, {over[:-1]} days of purchases are {{value}} times the need and a home stock.",
        )
        for over in ("30d", "90d")
    ),
    *(
        Feature(
            "patient_class",
            Distinct("institution"),
            "One chronic drug at many places inside the days already supplied is resale.",
            over=over,
            zh=f"近{over[:-1]}天在 {{value}} 家机构购买同类药品",
            en=f"The same drug class was bought at {{value}} institutions in the last {over[:-1]} days.",
        )
        for over in ("30d", "90d")
    ),
)

_PLACE = (
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
    Feature("institution", Share(), _ROUND, "share", "30d", "round_amount"),
    Feature("institution", Share(), _SMALL, "share", "30d", "small_amount"),
    Feature("institution", Share(), "A pharmacy that settles at night settles for nobody.", "share", "30d", "at_night"),
    Feature(
        "institution", Share(), "Accounts emptied to the last fen are cash-outs.", "share", "30d", "account_emptied"
    ),
    Feature("institution", Reversals(), _REFUNDS, over="30d"),
    Feature(
        "institution_amount",
        Count(),
        _SAME,
        over="1d",
        zh="近1天该机构与本单金额完全相同的结算 {value} 次",
        en="{value} settlements of exactly this amount at this institution in the last day.",
    ),
)

_DOCTOR = (
    *(Feature("doctor", Count(), _HOURS, over=over) for over in ("1h", "1d", "30d")),
    *(Feature("doctor", Distinct("patient"), _HOURS, over=over) for over in ("1d", "30d")),
    Feature("doctor", Sum("amount"), "Huge spend behind one signature.", "fen", "30d"),
    Feature(
        "doctor", Share(), "Forged prescriptions are settled when the doctor is not there.", "share", "30d", "at_night"
    ),
)

_PAIRS = (
    *(Feature("patient_institution", Count(), _LOYAL, over=over) for over in ("30d", "365d")),
    Feature("patient_institution", SinceLast(), "The same till again within hours.", "days", empty=400.0),
    Feature("patient_institution", Reversals(), _REFUNDS, over="30d"),
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


def _own(what: str, why: str, unit: str, zh: str, en: str, empty: float = 0.0) -> Feature:
    return Feature("claim", Own(what), why, unit, empty=empty, zh=zh, en=en)


_CLAIM = (
    _own("amount", "Money at stake.", "fen", "本单总费用 {value} 元", "This claim totals {value} yuan."),
    _own("fund", "Money of the fund at stake.", "fen", "本单基金支付 {value} 元", "The fund pays {value} yuan."),
    _own(
        "account",
        "Cash-out goes through the account.",
        "fen",
        "本单个人账户支付 {value} 元",
        "The account pays {value} yuan.",
    ),
    _own(
        "fund_share",
        "The higher the fund's share, the cheaper the goods for a buyer.",
        "share",
        "基金支付占 {value}",
        "The fund pays {value} of the total.",
    ),
    _own(
        "resale_amount",
        "Drugs that sell again.",
        "fen",
        "本单易倒卖药品 {value} 元",
        "Drugs of high resale demand: {value} yuan.",
    ),
    _own(
        "lines_count",
        "Wish lists are long, cash-out baskets short.",
        "count",
        "本单明细 {value} 行",
        "{value} fee lines.",
    ),
    _own("items_distinct", "Wish lists are varied.", "count", "本单 {value} 种项目", "{value} different items."),
    _own("hour", "Swipes at odd hours.", "hours", "结算时刻为 {value} 时", "Settled in hour {value} of the day."),
    _own(
        "weekday",
        "Gangs keep their own week.",
        "count",
        "结算于一周第 {value} 天（0 为周一）",
        "Weekday {value} (0 Monday).",
    ),
    _own("is_at_pharmacy", "Most resale passes pharmacies.", "flag", "药店购药（{value}）", "At a pharmacy ({value})."),
    _own("is_at_night", "No customers at night.", "flag", "夜间结算（{value}）", "Settled at night ({value})."),
    _own("is_round_amount", _ROUND, "flag", "整十元金额（{value}）", "A whole number of tens of yuan ({value})."),
    _own("is_small_amount", _SMALL, "flag", "小额（{value}）", "A small amount ({value})."),
    _own(
        "is_account_emptied",
        "Cash-out empties the account.",
        "flag",
        "个人账户刷空（{value}）",
        "The account was emptied ({value}).",
    ),
    _own(
        "has_no_doctor",
        "A phantom prescription has no prescriber.",
        "flag",
        "本单无医师（{value}）",
        "No doctor on the claim ({value}).",
    ),
    _own(
        "unknown_supply_lines",
        "Supply columns are blind to these lines.",
        "count",
        "{value} 行药品无法得知可用天数",
        "{value} drug lines whose length is not known.",
    ),
    _own(
        "patient_age",
        "Need grows with age; borrowed cards are often old people's.",
        "years",
        "参保人 {value} 岁",
        "Aged {value} years.",
        -1.0,
    ),
    _own(
        "patient_is_male",
        "Some needs go by sex.",
        "flag",
        "参保人为男性（{value}）",
        "The person is male ({value}).",
        -1.0,
    ),
)

_NODES = tuple(
    Feature(
        column.node_kind,
        Node(column.name),
        column.why,
        column.unit,
        named=column.name,
        zh=column.says_zh,
        en=column.says_en,
    )
    for column in NODE_COLUMNS
)

FEATURES: tuple[Feature, ...] = (*_PATIENT, *_SUPPLY, *_PLACE, *_DOCTOR, *_PAIRS, *_CLAIM, *_NODES)


@cache
def feature_set() -> str:
    """The fingerprint of `FEATURES`."""
    return feature_set_fingerprint(FEATURES)
