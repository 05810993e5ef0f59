"""What the claim says by itself."""

from features.catalogue.reasons import ROUND, SMALL
from features.declare import Feature, Own


def _own(what: str, why: str, unit: str, zh: str, en: str, empty: float = 0.0) -> Feature:
    return Feature("claim", Own(what), why, unit, empty=empty, zh=zh, en=en)


CLAIM: tuple[Feature, ...] = (
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
    _own("is_round_amount", ROUND, "flag", "整十元金额（{value}）", "A whole number of tens of yuan ({value})."),
    _own("is_small_amount", SMALL, "flag", "小额（{value}）", "A small amount ({value})."),
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
        "stated_supply_lines",
        "The source itself says how long these lines last: supply columns (超量开药) stand on them firmly.",
        "count",
        "{value} 行药品由来源写明可用天数",
        "{value} drug lines whose days the source states.",
    ),
    _own(
        "labelled_supply_lines",
        "The label's dose tells how long these lines last: another dose makes supply columns err.",
        "count",
        "{value} 行药品按说明书用量推算可用天数",
        "{value} drug lines whose days follow from the labelled dose.",
    ),
    _own(
        "learned_supply_lines",
        "Only what packs of the class usually last tells about these lines: supply columns are least sure of them.",
        "count",
        "{value} 行药品按同类药品以往每盒天数推算可用天数",
        "{value} drug lines whose days are what packs of their class usually last.",
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
    _own(
        "largest_line_days",
        "One line that lasts for months is over-prescribed (超量开药).",
        "days",
        "本单单行药品最多可用 {value} 天",
        "The longest-lasting drug line lasts {value} days.",
    ),
    _own(
        "packs_of_one_class",
        "Packs by the dozen of one class are for sale (倒卖药).",
        "count",
        "本单同类药品最多 {value} 盒",
        "At most {value} packs of one drug class.",
    ),
    _own(
        "dose_against_label",
        "A dose above the label (超量开药) makes more packs fit into the days allowed.",
        "ratio",
        "本单日剂量最高为说明书的 {value} 倍",
        "The highest daily dose is {value} times the labelled one.",
    ),
    _own(
        "price_against_ceiling",
        "Dearer items billed than delivered (虚记, 串换耗材) lie at or above the ceiling.",
        "ratio",
        "本单单价最高为限价的 {value} 倍",
        "The highest unit price is {value} times its ceiling.",
    ),
)
