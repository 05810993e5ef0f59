"""Cases written by hand, as data: claims in, one value out."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from features.catalogue import FEATURES
from features.closed.build import learn_closed
from features.compute import compute
from tests.features.judged import judged
from tests.features.made import Line, Made, batch_of
from tests.features.oracle.closed import FAR, OF_MONTHS
from tests.features.reference import context_of

CASES: list[dict[str, Any]] = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_the_case_holds(case: dict[str, Any]) -> None:
    made = [Made(**{**claim, "lines": [Line(**line) for line in claim.get("lines", [])]}) for claim in case["claims"]]
    batch = batch_of(made)
    feature = next(feature for feature in FEATURES if feature.name == case["feature"])
    context = context_of(batch, judged(case.get("verdicts", [])))
    closed = learn_closed(batch, context, FAR) if isinstance(feature.how, OF_MONTHS) else None
    column = compute((feature,), batch, context, closed=closed)[:, 0]
    assert column[batch.claims["claim_id"].tolist().index(case["ask"])] == case["value"]
