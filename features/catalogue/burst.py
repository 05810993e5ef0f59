"""How closely settlements follow each other at a till, a place or under a signature."""

from features.declare import Count, Distinct, Feature, RingCards
from features.place_aggregates import THIS_HOUR, Between, Burst

_MINUTES = "Empty and remote swiping (空刷, 远程刷卡) puts many swipes into minutes, with no customer at the till."
_CARDS = "Many cards in one hand: card collectors and cash-out swipe one card after the other at one till."
_RING = (
    "A known ring at work: card collectors swipe its cards within minutes, long before another night finds it again."
)
_NEW_CARD = "A collector's new card shows beside cards of a known ring before it belongs to the ring itself."
_HOUR = "A burst of swipes (空刷) stands out against the place's own hour before and against the same hour yesterday."
_SIGNED = "No doctor sees so many patients in an hour: phantom prescriptions (虚开处方) go out in bursts."
_WHO = {"institution": ("该机构", "This institution"), "doctor": ("该医师", "This doctor")}
_WHY = {"institution": _HOUR, "doctor": _SIGNED}


def _hours(per: str) -> tuple[Feature, ...]:
    zh, en = _WHO[per]
    why = _WHY[per]
    return (
        Feature(
            per, Count(), why, over=THIS_HOUR, named=f"{per}_claims_count_this_hour",
            zh=f"本小时{zh}已结算 {{value}} 次", en=f"{en}: {{value}} settlements so far in this clock hour.",
        ),
        Feature(
            per, Between(THIS_HOUR), why, over="1h", named=f"{per}_claims_count_hour_before",
            zh=f"上一小时{zh}结算 {{value}} 次", en=f"{en}: {{value}} settlements in the clock hour before.",
        ),
        Feature(
            per, Between("23h"), why, over="24h", named=f"{per}_claims_count_same_hour_yesterday",
            zh=f"昨日同一小时{zh}结算 {{value}} 次", en=f"{en}: {{value}} settlements in the same hour yesterday.",
        ),
        Feature(
            per, Burst(THIS_HOUR), why, "ratio", "1h", empty=1.0, named=f"{per}_burst_ratio_hour_before",
            zh=f"{zh}本小时结算为上一小时的 {{value}} 倍",
            en=f"{en}: this clock hour has {{value}} times the settlements of the hour before.",
        ),
        Feature(
            per, Burst("23h"), why, "ratio", "24h", empty=1.0, named=f"{per}_burst_ratio_same_hour_yesterday",
            zh=f"{zh}本小时结算为昨日同一小时的 {{value}} 倍",
            en=f"{en}: this clock hour has {{value}} times the settlements of the same hour yesterday.",
        ),
    )  # fmt: skip


BURST: tuple[Feature, ...] = (
    *(Feature("till", Count(), _MINUTES, over=over) for over in ("1m", "5m", "10m")),
    Feature("till", Distinct("patient"), _CARDS, over="10m"),
    Feature(
        "till",
        RingCards("ring_mates"),
        _RING,
        over="15m",
        zh="近15分钟该收费窗口另有 {value} 名同一团伙的参保人结算",
        en="This till: {value} other persons of this person's ring in the last 15 minutes.",
    ),
    Feature(
        "till",
        RingCards("ring_cards"),
        _NEW_CARD,
        over="15m",
        zh="近15分钟该收费窗口另有 {value} 名已知团伙的参保人结算",
        en="This till: {value} other persons of known rings in the last 15 minutes.",
    ),
    *_hours("institution"),
    *_hours("doctor"),
)
