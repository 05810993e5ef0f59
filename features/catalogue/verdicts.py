"""What reviewers had already found about a person, a doctor or an institution."""

from features.declare import Confirmed, Feature

_WHO = {
    "patient": ("该参保人", "this person", "Persons who over-drew for resale once do it again (蚂蚁搬家, 倒卖药)."),
    "doctor": (
        "该医师",
        "this doctor",
        "A signature found under forged or phantom prescriptions stays in use (虚开处方).",
    ),
    "institution": (
        "该机构",
        "this institution",
        "A till that swapped goods or swiped for others goes on (串换, 药店代刷).",
    ),
}

VERDICTS: tuple[Feature, ...] = tuple(
    feature
    for per, (zh, en, why) in _WHO.items()
    for feature in (
        Feature(
            per,
            Confirmed("confirmed_claims_count"),
            why,
            over="365d",
            zh=f"本单之前近365天，{zh}已认定违规的结算 {{value}} 笔",
            en=f"In the 365 days before, {{value}} settlements of {en} were found violating.",
        ),
        Feature(
            per,
            Confirmed("confirmed_amount_sum"),
            why,
            "fen",
            "365d",
            zh=f"本单之前近365天，{zh}已认定违规金额 {{value}} 元",
            en=f"In the 365 days before, {{value}} yuan of {en} were found violating.",
        ),
        Feature(
            per,
            Confirmed("days_since_confirmed"),
            why,
            "days",
            empty=400.0,
            zh=f"距{zh}最近一次被认定违规 {{value}} 天",
            en=f"{{value}} days since {en} was last found violating.",
        ),
    )
)
