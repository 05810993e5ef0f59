"""What must hold before a month's data may teach: one function a check, one line in CHECKS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from claims.clock import to_moment
from features.skew import check_skew
from training import label_checks
from training.bounds import Bounds
from training.claim_data import AlignedLabels, ClaimTable
from training.label_checks import Check, count
from training.retrain.lost_columns import lost_columns
from training.retrain.period import Period
from training.skew_gate import DAYS

MOST_NAMED = 5


@dataclass(frozen=True)
class Material:
    """What the checks look at.

    Attributes:
        connection: an open connection; nothing is written.
        table: all settlements of the feature build.
        labels: as known now.
        period: the one to compare on.
        reference_until: seconds; what was settled before is what the champion learned from.
        bounds: of this installation.
        now: seconds by the wall clock.
    """

    connection: psycopg.Connection
    table: ClaimTable
    labels: AlignedLabels
    period: Period
    reference_until: int
    bounds: Bounds
    now: int


def skew(it: Material) -> Check:
    """What was served equals what the batch computes."""
    end = to_moment(it.now) + timedelta(minutes=1)
    found = check_skew(it.connection, end - timedelta(days=DAYS), end)
    all_ = found.matched + found.mismatched
    if found.mismatched:
        return Check(
            "skew",
            False,
            f"近 {DAYS} 天 {all_} 笔线上决定中有 {found.mismatched} 笔的特征值与批量计算不一致；"
            "请运行 yicha features check-skew",
            f"{found.mismatched} of {all_} decisions served in {DAYS} days have other values than the batch computes: "
            "run yicha features check-skew, and build the features again",
        )
    return Check("skew", True, f"{all_} 笔线上决定的特征值一致", f"the values of {all_} served decisions are equal")


def freshness(it: Material) -> Check:
    """The feature build holds every settlement up to the end of the period."""
    settled = count(
        it.connection,
        "SELECT count(*) FROM claims WHERE kind = 'settlement' AND settled_at < to_timestamp(%s)",
        it.period.end,
    )
    missing = settled - int((it.table.settled_at < it.period.end).sum())
    if missing:
        return Check(
            "freshness",
            False,
            f"特征构建缺少 {missing} 笔结算；请运行 yicha features build",
            f"{missing} of {settled} settlements are not in the feature build: run yicha features build",
        )
    return Check("freshness", True, f"特征构建包含全部 {settled} 笔结算", f"the build holds all {settled} settlements")


def columns(it: Material) -> Check:
    """No more columns than tolerated went silent since the champion's training data."""
    in_period = (it.table.settled_at >= it.period.begin) & (it.table.settled_at < it.period.end)
    lost = lost_columns(
        it.table.names, it.table.matrix[it.table.settled_at < it.reference_until], it.table.matrix[in_period]
    )
    share = len(lost) / len(it.table.names)
    named = ", ".join(lost[:MOST_NAMED]) + (", ..." if len(lost) > MOST_NAMED else "")
    passed = share <= it.bounds.most_lost_columns_share
    zh = f"{len(it.table.names)} 列中有 {len(lost)} 列变为恒定或缺失" + (f"（{named}）" if lost else "")
    en = f"{len(lost)} of {len(it.table.names)} columns became constant or missing" + (f" ({named})" if lost else "")
    if not passed:
        zh += "；请检查导入的来源"
        en += ": look at what the source of these columns delivered last"
    return Check("columns", passed, zh, en)


def verdict_counts(it: Material) -> Check:
    """Both classes were judged often enough in the period."""
    label, settled = it.labels.label, it.table.settled_at
    inside = (settled >= it.period.begin) & (settled < it.period.end)
    bad, good = int((inside & (label == 1)).sum()), int((inside & (label == 0)).sum())
    least = it.bounds.least_per_class
    passed = min(bad, good) >= least
    zh, en = (
        f"{it.period} 内判定违规 {bad} 笔、合规 {good} 笔",
        f"{bad} judged violating, {good} in order ({it.period})",
    )
    if not passed:
        zh += f"，每类至少需要 {least} 笔；请等待更多判定"
        en += f"; at least {least} of each are needed: wait for more verdicts, or let reviewers judge the random draws"
    return Check("verdict_counts", passed, zh, en)


def future_labels(it: Material) -> Check:
    """No verdict comes from the future, and hardly any from before its claim."""
    return label_checks.future_labels(it.connection, it.now)


def duplicates(it: Material) -> Check:
    """A settlement stands once in the build, and standing verdicts on one place agree."""
    return label_checks.duplicates(it.connection, it.table.claim_ids)


CHECKS: tuple[Callable[[Material], Check], ...] = (
    skew,
    freshness,
    columns,
    verdict_counts,
    future_labels,
    duplicates,
)


def check_all(material: Material) -> list[Check]:
    """Every check, also after one failed: whoever repairs wants to know all at once."""
    return [check(material) for check in CHECKS]
