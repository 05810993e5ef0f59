"""The task for Polars and pandas, each as near as its own means come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from pandas.api.indexers import BaseIndexer

from benchmarks.feature_task import CHOSEN, keys_of
from claims.tables import Array
from features.declare import ActiveDays, Count, Distinct, Feature, Max, Mean, Share, Sum


def _by_window() -> Iterator[tuple[str, str, list[Feature]]]:
    chosen = sorted(CHOSEN, key=lambda feature: (feature.per, feature.window))
    for (per, over), members in groupby(chosen, key=lambda feature: (feature.per, feature.window)):
        yield per, over, list(members)


def _added(feature: Feature) -> str | None:
    """The column whose sum the feature needs; None for one that no sum gives."""
    match feature.how:
        case Count():
            return "one"
        case Sum(what) | Mean(what):
            return what
        case Share():
            return feature.where
        case _:
            return None


def _other(feature: Feature) -> str:
    return feature.how.other if isinstance(feature.how, Distinct) else "day"


def run_polars(facts: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """Sums as differences of running sums that an as-of join finds; the others by `rolling` with smooth windows.

    Polars has no window that begins on a hop: its largest and distinct values are of windows up to a hop shorter.
    """
    frame = pl.DataFrame(facts).with_columns(time=pl.from_epoch("s"), one=pl.lit(1, pl.Int64))
    start, out = time.perf_counter(), {}
    for per, over, members in _by_window():
        keys = list(keys_of(per))
        summed = list(dict.fromkeys(["one", *(name for feature in members if (name := _added(feature)))]))
        ordered = frame.lazy().sort([*keys, "k"])
        running = ordered.select([*keys, "k", *(pl.col(name).cum_sum().over(keys) for name in summed)])
        asked = ordered.select(
            [*keys, "row", pl.col(f"begin_{over}").alias("begin"),
             *((pl.col(name).cum_sum().over(keys) - pl.col(name)).alias(f"{name}_now") for name in summed)]
        )  # fmt: skip
        joined = asked.join_asof(
            running, left_on="begin", right_on="k", by=keys, strategy="backward", allow_exact_matches=False,
            check_sortedness=False,
        )  # fmt: skip
        sums = {name: pl.col(f"{name}_now") - pl.col(name).fill_null(0) for name in summed}
        values = [_of_sums(feature, sums).alias(feature.name) for feature in members if _added(feature)]
        if values:
            found = joined.select(["row", *values]).sort("row").collect()
            out.update({name: found[name].to_numpy() for name in found.columns if name != "row"})
        if others := [feature for feature in members if not _added(feature)]:
            out.update(_rolled(frame, keys, over, others))
    return time.perf_counter() - start, out


def _of_sums(feature: Feature, sums: dict[str, pl.Expr]) -> pl.Expr:
    value, count = sums[str(_added(feature))], sums["one"]
    if isinstance(feature.how, (Mean, Share)):
        return pl.when(count > 0).then(value / count).otherwise(feature.empty)
    return value.cast(pl.Float64)


def _rolled(frame: pl.DataFrame, keys: list[str], over: str, members: list[Feature]) -> dict[str, Array]:
    def value(feature: Feature) -> pl.Expr:
        if isinstance(feature.how, Max):
            return pl.col(feature.how.what).max().fill_null(feature.empty)
        other = pl.col(_other(feature))
        return other.filter(other >= 0).n_unique() if isinstance(feature.how, Distinct) else other.n_unique()

    ordered = frame.lazy().sort([*keys, "k"])
    found = (
        ordered.rolling("time", period=over, closed="left", group_by=keys)
        .agg(
            [pl.col("row").len().alias("in_window"), *(value(one).cast(pl.Float64).alias(one.name) for one in members)]
        )
        .collect()
    )
    row = ordered.select("row").collect()["row"].to_numpy()
    out = {}
    for one in members:
        out[one.name] = np.empty(len(row))
        out[one.name][row] = found[one.name].fill_null(one.empty).to_numpy()
    return out


def _frame(facts: dict[str, Array]) -> pd.DataFrame:
    frame = pd.DataFrame(facts)
    doctor = frame["doctor"].where(frame["doctor"] >= 0)  # a doctor that is not known is no doctor to count
    return frame.assign(one=1, time=pd.to_datetime(frame["s"], unit="s"), doctor_seen=doctor)


class Bounds(BaseIndexer):
    """Windows whose first and last rows are given."""

    def get_window_bounds(  # noqa: D102  # pandas asks for these five names
        self,
        num_values: int = 0,  # noqa: ARG002
        min_periods: int | None = None,  # noqa: ARG002
        center: bool | None = None,  # noqa: ARG002
        closed: str | None = None,  # noqa: ARG002
        step: int | None = None,  # noqa: ARG002
    ) -> tuple[Array, Array]:
        return self.first, self.last  # type: ignore[attr-defined, no-any-return]


def run_pandas_bounds(facts: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """One `rolling` over the sorted frame, whose windows we find for it by a binary search: the same values."""
    frame = _frame(facts)
    start, out = time.perf_counter(), {}
    for per in dict.fromkeys(feature.per for feature in CHOSEN):
        keys = list(keys_of(per))
        ordered = frame.sort_values([*keys, "k"])
        group = ordered.groupby(keys, sort=False).ngroup().to_numpy()
        first_of = np.searchsorted(group, group)
        row, last = ordered["row"].to_numpy(), np.arange(len(ordered))
        rank = np.unique(ordered["k"].to_numpy())  # time and order as small numbers, to make one key with the group
        key = group * (len(rank) + 1) + np.searchsorted(rank, ordered["k"].to_numpy())
        for over in dict.fromkeys(feature.window for feature in CHOSEN if feature.per == per):
            begin = group * (len(rank) + 1) + np.searchsorted(rank, ordered[f"begin_{over}"].to_numpy())
            bounds = Bounds(first=np.maximum(first_of, np.searchsorted(key, begin)), last=last)
            for feature in CHOSEN:
                if (feature.per, feature.window) == (per, over):
                    out[feature.name] = np.empty(len(row))
                    out[feature.name][row] = _pandas_value(feature, ordered, bounds).fillna(feature.empty).to_numpy()
    return time.perf_counter() - start, out


def run_pandas(facts: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """`groupby(...).rolling("30D")` as the manual has it: smooth windows, and no order within a second."""
    frame = _frame(facts)
    start, out = time.perf_counter(), {}
    for per, over, members in _by_window():
        keys = list(keys_of(per))
        ordered = frame.sort_values([*keys, "k"]).set_index("time")
        row, span = ordered["row"].to_numpy(), over.replace("d", "D")
        for feature in members:
            grouped = ordered.groupby(keys, sort=False)
            out[feature.name] = np.empty(len(row))
            value = _pandas_value(feature, grouped, span, closed="left")
            out[feature.name][row] = value.fillna(feature.empty).to_numpy()
    return time.perf_counter() - start, out


def _pandas_value(feature: Feature, source: Any, span: Any, **how: Any) -> pd.Series:
    def rolled(column: str) -> Any:
        return source[column].rolling(span, min_periods=0, **how)

    match feature.how:
        case Count() | Sum():
            return rolled(str(_added(feature))).sum()
        case Mean() | Share():
            return rolled(str(_added(feature))).sum() / rolled("one").sum().replace(0, np.nan)
        case Max(what):
            return rolled(what).max()
        case Distinct() | ActiveDays():
            other = _other(feature)
            return rolled("doctor_seen" if other == "doctor" else other).nunique()
        case _:
            raise AssertionError(feature.name)
