"""What a person's own earlier settlements say beside the claim: its day, alike ones, a favourite, a rhythm."""

from features.declare import Feature, Habit

_SPLIT = "Split prescriptions (分解处方) cut one need into several slips of one doctor and day."
_TOUR = "A buyer's tour (倒卖药) takes one card to several doctors or places in a day."
_ALIKE = "Cash-out and sham visits repeat one amount; a person's real visits rarely cost the same to the fen."
_LOYAL = "Sham visits (刷单式就诊) and a till that bills for others hold one card at one place or doctor."
_RHYTHM = "Takings by plan come at regular intervals; illness does not (concentration of intervals)."

HABITS: tuple[Feature, ...] = (
    Feature(
        "patient",
        Habit("same_doctor_today_count"),
        _SPLIT,
        over="1d",
        named="patient_same_doctor_today_count",
        zh="当天在本单之前，该参保人由同一医师开单结算 {value} 次",
        en="Earlier on the day this person settled {value} claims of the same doctor.",
    ),
    Feature(
        "patient",
        Habit("doctors_today_count"),
        _TOUR,
        over="1d",
        named="patient_doctors_today_count",
        zh="当天在本单之前，该参保人涉及 {value} 名医师",
        en="Earlier on the day this person was with {value} different doctors.",
    ),
    Feature(
        "patient",
        Habit("institutions_today_count"),
        _TOUR,
        over="1d",
        named="patient_institutions_today_count",
        zh="当天在本单之前，该参保人涉及 {value} 家机构",
        en="Earlier on the day this person was at {value} different institutions.",
    ),
    Feature(
        "patient",
        Habit("same_amount_count"),
        _ALIKE,
        over="90d",
        zh="近90天该参保人与本单金额完全相同的结算 {value} 次",
        en="{value} settlements of this person in the last 90 days had exactly this amount.",
    ),
    Feature(
        "patient",
        Habit("same_items_count"),
        "Identical baskets again and again are daily goods billed as drugs (串换) or a collector's standing order.",
        over="90d",
        zh="近90天该参保人与本单项目完全相同的结算 {value} 次",
        en="{value} settlements of this person in the last 90 days had exactly these items.",
    ),
    *(
        Feature(
            "patient",
            Habit("items_again_count"),
            "Nobody needs the same item twice within days: duplicate purchases (重复开药) stock up for resale.",
            over=over,
            zh=f"本单项目中有 {{value}} 种该参保人近{over[:-1]}天内已结算过",
            en=f"{{value}} of this claim's items were on this person's settlements of the last {over[:-1]} days.",
        )
        for over in ("1d", "7d")
    ),
    *(
        Feature(
            "patient",
            Habit("refunds_of_this_amount_count"),
            "Settle, refund, settle again (空刷): the same amount returns at the same place after its refund.",
            over=over,
            zh=f"近{over[:-1]}天该参保人在本机构同金额结算被退费 {{value}} 次",
            en=f"This person had {{value}} settlements of this amount taken back here in the last {over[:-1]} days.",
        )
        for over in ("7d", "90d")
    ),
    Feature(
        "patient",
        Habit("top_institution_share"),
        _LOYAL,
        "share",
        "90d",
        zh="近90天该参保人 {value} 的结算集中在同一机构",
        en="{value} of this person's settlements in the last 90 days were at one institution.",
    ),
    Feature(
        "patient",
        Habit("top_doctor_share"),
        _LOYAL,
        "share",
        "90d",
        zh="近90天该参保人有医师的结算中 {value} 出自同一医师",
        en="{value} of this person's settlements with a doctor in the last 90 days were with one doctor.",
    ),
    Feature(
        "patient",
        Habit("gap_days_mean"),
        "Ant-moving keeps the days between purchases short for months.",
        "days",
        "90d",
        empty=100.0,
        zh="近90天该参保人两次结算日平均相隔 {value} 天",
        en="In the last 90 days {value} days lay between this person's days with a settlement.",
    ),
    Feature(
        "patient",
        Habit("gap_days_variation"),
        _RHYTHM,
        "ratio",
        "90d",
        empty=1.0,
        zh="近90天该参保人结算间隔的离散程度（标准差与均值之比）为 {value}",
        en="In the last 90 days the gaps between this person's visits deviated by {value} times their mean.",
    ),
)
