"""The page of features says what the declarations say."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.catalogue import FEATURES
from features.declare import Closed, Node, Own
from features.page import evaluator_of, feature_page, gross_or_net

PAGE = Path(__file__).parents[1] / "docs" / "features.md"


def test_the_page_is_current() -> None:
    stale = "docs/features.md does not say what features/catalogue/ declares: run `yicha features document`"
    assert PAGE.read_text(encoding="utf-8") == feature_page(), stale


def test_every_feature_has_one_row() -> None:
    rows = [line for line in feature_page().splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(feature.name for feature in FEATURES)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_it_says_what_a_reversal_does_and_who_reads_the_past(feature) -> None:
    assert evaluator_of(feature) in ("history", "tile", "last seen", "closed day", "claim")
    reads_claims = not isinstance(feature.how, (Own, Closed, Node)) and feature.how.__class__.__name__ != "Reversals"
    assert gross_or_net(feature) or not reads_claims
