"""The card shows each group that was judged, and a figure only where enough verdicts speak."""

from __future__ import annotations

import re

import numpy as np
import pytest

from claims.store.columns import append_batch
from claims.store.connect import Store
from tests.features.made import Made, batch_of
from training.group_figures import JudgedRows, figures_by_group, group_metrics, group_table
from training.groups import DIMENSIONS, UNKNOWN, groups_of

AGES = np.array(["80+"] * 60 + ["18-44"] * 50 + [UNKNOWN] * 12, dtype=object)
LABEL = (np.arange(len(AGES)) % 3 == 0).astype(np.int64)
ROWS = JudgedRows(
    {"age": AGES, "region": np.full(len(AGES), "33|01", dtype=object)},
    LABEL,
    LABEL + 0.5 * np.random.default_rng(1).random(len(AGES)),
    np.arange(len(AGES)) % 2 == 0,
    np.arange(len(AGES)),
)
FIGURES = {(each.dimension, each.group): each for each in figures_by_group(ROWS, 0.6, 30, seed=1)}


def test_each_group_counts_its_own_claims() -> None:
    everybody, old = FIGURES["all", ""], FIGURES["age", "80+"]
    assert (everybody.judged, everybody.sent) == (122, 61)
    assert (old.judged, old.positives, old.sent, old.in_order) == (60, 20, 30, 20)
    assert old.average_precision is not None
    assert old.average_precision.value == pytest.approx(1.0)
    assert old.stops is not None
    assert old.stops.is_beyond  # 20 of 30 above the bound of 60%
    assert old.stops.interval.low < 20 / 30 < old.stops.interval.high


def test_a_group_with_few_verdicts_is_named_without_a_figure() -> None:
    unknown, young = FIGURES["age", UNKNOWN], FIGURES["age", "18-44"]
    assert (unknown.judged, unknown.average_precision, unknown.stops) == (12, None, None)
    assert (young.sent, young.stops) == (25, None)
    (row,) = (line for line in group_table(list(FIGURES.values())).splitlines() if "unknown" in line)
    assert row.count("too few") == 3


def test_no_value_of_a_source_breaks_the_table_or_the_names_of_metrics() -> None:
    table, figures = group_table(list(FIGURES.values())), group_metrics(list(FIGURES.values()))
    assert {line.count("|") for line in table.splitlines()} == {9}
    assert figures["group_age_80__wrongful_stops"] == 20 / 30
    assert not any("unknown" in name for name in figures)
    assert all(re.fullmatch(r"[\w.-]+", name) for name in figures)


def test_what_nobody_knows_of_a_claim_is_a_group_of_its_own(store: Store) -> None:
    with store.as_owner() as connection:
        append_batch(connection, batch_of([Made("a", "2025-03-01T10:00", 1, patient="p1")]))
        groups = groups_of(connection, np.array(["a", "gone"], dtype=object))
    assert set(groups) == set(DIMENSIONS)
    assert groups["age"].tolist() == [UNKNOWN, UNKNOWN]
    assert groups["region"][1] == UNKNOWN
