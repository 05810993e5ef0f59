"""Promote or refuse: the rule, and the reason in words.

A model is refused when

- it is the one that serves (same data, same model);
- of what it would send to review reviewers found too much in order, in any group with enough verdicts to say so;
- it is clearly worse than the champion in money found or in precision at the reviewers' daily capacity (the whole
  paired interval below zero);
- it is clearly better in neither of them (the whole interval above zero).

Average precision is shown beside them and decides nothing: it looks at ranks that no reviewer reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.groups import DIMENSIONS, WrongfulStops
from training.retrain.compare import Comparison, Interval


@dataclass(frozen=True)
class Reason:
    """Why, in Chinese and English."""

    zh: str
    en: str

    def __str__(self) -> str:
        """Both, for the ledger."""
        return f"{self.en} {self.zh}"


@dataclass(frozen=True)
class Decision:
    """Whether the challenger may serve, and why."""

    may_serve: bool
    reason: Reason


def decide(
    comparison: Comparison, stops: Sequence[WrongfulStops], most_wrongful_share: float, is_same: bool = False
) -> Decision:
    """Apply the rule above.

    Args:
        comparison: on the last closed period.
        stops: of the challenger, by group.
        most_wrongful_share: the bound, for the words.
        is_same: the challenger is the champion, byte for byte.
    """
    against: list[Reason] = []
    if is_same:
        return Decision(
            False,
            Reason(
                "与现任模型完全相同（相同数据得到相同模型）。", "It is the model that serves: same data, same model."
            ),
        )
    against += [_wrongful(each, most_wrongful_share) for each in stops if each.is_beyond]
    name = comparison.champion.name
    shown = _both(comparison)
    if comparison.money_fen.is_worse or comparison.precision.is_worse:
        against.append(
            Reason(f"按审核能力明显不如{_zh(name)}：{shown.zh}。", f"It is clearly worse than {name}: {shown.en}.")
        )
    elif not (comparison.money_fen.is_better or comparison.precision.is_better):
        against.append(
            Reason(
                f"按审核能力未明显优于{_zh(name)}：{shown.zh}。", f"It is not clearly better than {name}: {shown.en}."
            )
        )
    if against:
        return Decision(False, Reason("".join(each.zh for each in against), " ".join(each.en for each in against)))
    return Decision(
        True,
        Reason(
            f"按审核能力明显优于{_zh(name)}：{shown.zh}；各人群误拦率均在界内。",
            f"It is clearly better than {name}: {shown.en}; no group's wrongful stops exceed the bound.",
        ),
    )


def _both(comparison: Comparison) -> Reason:
    money, precision = _yuan(comparison.money_fen), _shown(comparison.precision)
    return Reason(
        f"找回金额差 {money} 元，准确率差 {precision}",
        f"at the reviewers' capacity {money} yuan of money found and {precision} of precision",
    )


def _wrongful(stops: WrongfulStops, most: float) -> Reason:
    zh, en = DIMENSIONS.get(stops.dimension, ("全部", "all"))
    named = f" {stops.group}" if stops.group else ""
    low, high = f"{stops.interval.low:.0%}", f"{stops.interval.high:.0%}"
    counts = f"{stops.in_order}/{stops.judged}"
    return Reason(
        f"{zh}{named} 的误拦率 {stops.share:.0%}（{counts}，95% 区间 {low}–{high}）超过上限 {most:.0%}。",
        f"Of what it would send to review, {stops.share:.0%} ({counts}; 95%: {low} to {high}) was in order for "
        f"{en}{named}; the bound is {most:.0%}.",
    )


def _yuan(difference: Interval) -> str:
    return f"{difference.value / 100:+,.2f} ({difference.low / 100:+,.2f} … {difference.high / 100:+,.2f})"


def _shown(difference: Interval) -> str:
    return f"{difference.value:+.3f} ({difference.low:+.3f} … {difference.high:+.3f})"


def _zh(name: str) -> str:
    return {"champion": "现任模型", "rules alone": "单用规则"}.get(name, name)
