"""What a person still holds of the drug classes on the claim."""

from features.declare import Distinct, Feature, Supply

_CHEST = "Supply beyond need is what gets sold on; days in hand count it across institutions."

SUPPLY: tuple[Feature, ...] = (
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
        for over in ("30d", "90d", "180d", "365d")
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
    Feature(
        "patient",
        Supply("classes_in_hand_count"),
        "A card that draws for others (倒卖药, 借卡) holds many classes at once, as no one person needs them.",
        named="patient_classes_in_hand_count",
        zh="本次结算前，该参保人手中同时有 {value} 类药品尚未用完",
        en="Before this claim the person still held drugs of {value} classes.",
    ),
    Feature(
        "patient",
        Supply("classes_over_count"),
        "Over-drawing for resale (超量开药) piles up several classes beyond what may be kept at home.",
        named="patient_classes_over_count",
        zh="本次结算前，该参保人有 {value} 类药品的存量超过合理备药",
        en="Before this claim the person held more than a home stock of {value} drug classes.",
    ),
)
