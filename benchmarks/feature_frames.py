"""The task for Polars and pandas, each as near as its own means come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from pandas.api.indexers import BaseIndexer

from benchmarks.feature_task import CHOSEN, keys_of
from claims.tables import Array
from features.declare import ActiveDays, Count, Distinct, Feature, Max, Mean, Share, Sum
from features.windows import window


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
    """A row for each claim under its time; a doctor that is not known is missing, so that no group is made of it."""
    frame = pd.DataFrame(facts, index=pd.DatetimeIndex(facts["s"].astype("datetime64[s]"), name="time"))
    return frame.assign(one=1, doctor=frame["doctor"].where(frame["doctor"] >= 0))


class Sawtooth(BaseIndexer):
    """Windows that begin on a hop, as pandas' manual has custom windows: `groupby` hands each group's times over."""

    def get_window_bounds(  # noqa: D102  # pandas asks for these five names
        self,
        num_values: int = 0,
        min_periods: int | None = None,  # noqa: ARG002
        center: bool | None = None,  # noqa: ARG002
        closed: str | None = None,  # noqa: ARG002
        step: int | None = None,  # noqa: ARG002
    ) -> tuple[Array, Array]:
        times: Array = self.index_array  # seconds, rising
        begin = window(self.over).start(times)  # type: ignore[attr-defined]
        return np.searchsorted(times, begin), np.arange(num_values)


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


def run_pandas(facts: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """`groupby(...).rolling(Sawtooth())`: pandas finds the windows of each group and aggregates them: our values."""
    return _run_pandas(facts, _rolling_sawtooth)


def run_pandas_smooth(facts: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """`groupby(...).rolling("30D")`: windows that begin anywhere, and no order within a second: other values."""
    return _run_pandas(facts, _rolling_smooth)


def run_pandas_bounds(facts: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """One `rolling` without groups, whose windows we find for it by a binary search of our own: our values."""
    return _run_pandas(facts, _rolling_bounds)


Rolling = Callable[[str, str], Any]
"""The rolling column called so over a window."""


def _run_pandas(
    facts: dict[str, Array], rolling_of: Callable[[pd.DataFrame, Array], Rolling]
) -> tuple[float, dict[str, Array]]:
    frame = _frame(facts)
    start, out = time.perf_counter(), {}
    for per in dict.fromkeys(feature.per for feature in CHOSEN):
        keys = list(keys_of(per))
        ordered = frame.dropna(subset=keys).sort_values([*keys, "k"])
        # Two keys as one number: of the pairs themselves pandas would make a tuple each.
        rolling = rolling_of(ordered, ordered.groupby(keys, sort=False).ngroup().to_numpy())
        aggregated = cache(partial(_aggregated, rolling))
        for feature in CHOSEN:
            if feature.per == per:
                out[feature.name] = np.full(len(frame), feature.empty)
                value = _pandas_value(feature, aggregated)
                out[feature.name][ordered["row"].to_numpy()] = np.where(np.isnan(value), feature.empty, value)
    return time.perf_counter() - start, out


def _rolling_sawtooth(ordered: pd.DataFrame, group: Array) -> Rolling:
    grouped = ordered.groupby(group, sort=False)
    return lambda column, over: grouped[column].rolling(Sawtooth(over=over), min_periods=0)


def _rolling_smooth(ordered: pd.DataFrame, group: Array) -> Rolling:
    grouped = ordered.groupby(group, sort=False)
    return lambda column, over: grouped[column].rolling(over.replace("d", "D"), min_periods=0, closed="left")


def _rolling_bounds(ordered: pd.DataFrame, group: Array) -> Rolling:
    first_of, last = np.searchsorted(group, group), np.arange(len(ordered))
    rank = np.unique(ordered["k"].to_numpy())  # time and order as small numbers, to make one key with the group
    key = group * (len(rank) + 1) + np.searchsorted(rank, ordered["k"].to_numpy())

    @cache
    def bounds(over: str) -> Bounds:
        begin = group * (len(rank) + 1) + np.searchsorted(rank, ordered[f"begin_{over}"].to_numpy())
        return Bounds(first=np.maximum(first_of, np.searchsorted(key, begin)), last=last)

    return lambda column, over: ordered[column].rolling(bounds(over), min_periods=0)


def _aggregated(rolling: Rolling, how: str, column: str, over: str) -> Array:
    return getattr(rolling(column, over), how)().to_numpy()  # type: ignore[no-any-return]


def _pandas_value(feature: Feature, aggregated: Callable[[str, str, str], Array]) -> Array:
    match feature.how:
        case Count() | Sum():
            return aggregated("sum", str(_added(feature)), feature.window)
        case Mean() | Share():
            count = aggregated("sum", "one", feature.window)
            total = aggregated("sum", str(_added(feature)), feature.window)
            return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
        case Max(what):
            return aggregated("max", what, feature.window)
        case Distinct() | ActiveDays():
            return aggregated("nunique", _other(feature), feature.window)
        case _:
            raise AssertionError(feature.name)
