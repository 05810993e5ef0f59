"""Cases written by hand, as data: claims in, one value out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from features.catalogue import FEATURES
from features.cells import cells_of
from features.closed.build import learn_closed
from features.compute import compute
from graphs.columns import columns_of
from tests.features.judged import judged
from tests.features.made import Line, Made, batch_of, seconds_of
from tests.features.nodes import NodeRow, changes_of
from tests.features.oracle.closed import FAR, OF_MONTHS
from tests.features.reference import context_of

CASES: list[dict[str, Any]] = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
FEATURE_OF = {feature.name: feature for feature in FEATURES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_the_case_holds(case: dict[str, Any]) -> None:
    made = [Made(**{**claim, "lines": [Line(**line) for line in claim.get("lines", [])]}) for claim in case["claims"]]
    batch, feature, nodes = batch_of(made), FEATURE_OF[case["feature"]], changes_of(_nodes(case.get("nodes", [])))
    context = context_of(batch, judged(case.get("verdicts", [])))
    if isinstance(feature.how, OF_MONTHS) or case.get("is_taught"):
        context = replace(context, closed=learn_closed(batch, context, FAR))
    column = compute((feature,), batch, context, nodes=nodes)[:, 0]
    assert column[batch.claims["claim_id"].tolist().index(case["ask"])] == case["value"]


def _nodes(said: Sequence[dict[str, Any]]) -> list[NodeRow]:
    """Rows in which all columns but the named one are zero, by node and moment."""
    rows = [
        NodeRow(
            one["kind"], one["id"], seconds_of(one["at"]),
            tuple(float(one["value"]) * (column.name == one["name"]) for column in columns_of(one["kind"])),
        )
        for one in said
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.kind, row.id, row.available_at))


def test_every_aggregate_and_every_evaluator_has_a_case() -> None:
    told = {FEATURE_OF[case["feature"]] for case in CASES}
    assert {type(feature.how).__name__ for feature in FEATURES} == {type(feature.how).__name__ for feature in told}
    assert {cell.family for feature in FEATURES for cell in cells_of(feature)} == {
        cell.family for feature in told for cell in cells_of(feature)
    }
