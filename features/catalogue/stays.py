"""A person's stays in hospital: how soon after each other, how alike, and what happened elsewhere meanwhile."""

from features.declare import Feature, Own, Stay

_SPLIT_STAY = "A split stay (分解住院) discharges on paper and admits again within days."
_EMPTY_BED = "A hanging bed (挂床): the person is treated or buys elsewhere while the bed is billed."
_ALIKE = "Sham stays (虚假住院) follow one template: same diagnosis, same amount, same length."

STAYS: tuple[Feature, ...] = (
    Feature(
        "patient",
        Stay("days_since_discharge"),
        _SPLIT_STAY,
        "days",
        empty=400.0,
        zh="距该参保人上次出院 {value} 天",
        en="{value} days since this person was last discharged.",
    ),
    Feature(
        "patient",
        Stay("days_since_discharge_here"),
        _SPLIT_STAY,
        "days",
        empty=400.0,
        zh="距该参保人上次在本机构出院 {value} 天",
        en="{value} days since this person was last discharged from this institution.",
    ),
    Feature(
        "patient",
        Stay("short_gaps_count"),
        _SPLIT_STAY,
        over="365d",
        zh="近365天该参保人出院15天内在同一机构再次住院 {value} 次",
        en="In the last 365 days this person was admitted to the same place within 15 days {value} times.",
    ),
    Feature(
        "patient",
        Stay("is_during_stay"),
        _EMPTY_BED,
        "flag",
        "365d",
        named="patient_is_during_stay",
        zh="本单就诊日落在该参保人已知的住院期间内（{value}）",
        en="Care was given while this person was a known inpatient ({value}).",
    ),
    Feature(
        "patient",
        Stay("claims_during_stays_count"),
        _EMPTY_BED,
        over="365d",
        zh="近365天该参保人住院期间另有门诊或购药 {value} 次",
        en="In the last 365 days this person had {value} other claims during stays.",
    ),
    Feature(
        "patient",
        Stay("claims_during_this_stay_count"),
        _EMPTY_BED,
        over="365d",
        named="patient_claims_during_this_stay_count",
        zh="本次住院期间该参保人另有门诊或购药 {value} 次",
        en="During this stay the person had {value} other claims.",
    ),
    Feature(
        "patient",
        Stay("same_diagnosis_share"),
        _ALIKE,
        "share",
        "365d",
        named="patient_stays_same_diagnosis_share_365d",
        zh="近365天该参保人的住院中 {value} 与本次主诊断相同",
        en="{value} of this person's stays in the last 365 days had this main diagnosis.",
    ),
    Feature(
        "patient",
        Stay("similar_stays_count"),
        _ALIKE,
        over="365d",
        zh="近365天该参保人主诊断相同且费用相差不超过10%的住院 {value} 次",
        en="{value} stays of this person in the last 365 days had this diagnosis and an amount within 10%.",
    ),
    Feature(
        "patient",
        Stay("length_against_mean"),
        "A bed kept for billing makes a stay longer than the person's others.",
        "ratio",
        "365d",
        empty=1.0,
        named="patient_stay_length_against_mean_365d",
        zh="本次住院天数为该参保人既往平均的 {value} 倍",
        en="This stay is {value} times as long as the person's others on average.",
    ),
    Feature(
        "claim",
        Own("stay_days"),
        "Low-need stays (低标准入院) and beds kept for billing show in their length.",
        "days",
        zh="本次住院 {value} 天",
        en="A stay of {value} days.",
    ),
)
