"""A champion whose columns mean something else now, if only by their unit, is not asked about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audit.promotions import promote
from claims.store.connect import Store
from features.catalogue import FEATURES
from features.declare import Feature, feature_set_fingerprint
from scoring.bundle import save_bundle
from tests.conftest import settings_in
from tests.scoring.small_bundle import small_bundle
from training.champions import asked_champion, comparable_champion
from training.subjects import columns

COLUMNS = FEATURES[:40]
NOW = feature_set_fingerprint(COLUMNS)
LATER = 2_000_000_000


def in_yuan(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """The same columns, with money in another unit."""
    assert any(feature.unit == "fen" for feature in features)
    return tuple(replace(feature, unit="yuan") if feature.unit == "fen" else feature for feature in features)


@pytest.mark.parametrize(
    ("made", "is_asked"),
    [(NOW, True), (feature_set_fingerprint(in_yuan(COLUMNS)), False)],
    ids=["of fen", "of yuan"],
)
def test_a_champion_that_reads_yuan_is_not_compared_on_fen(
    store: Store, tmp_path: Path, made: str, is_asked: bool
) -> None:
    settings = settings_in(tmp_path)
    bundle = small_bundle(feature_set=made)
    fingerprint = save_bundle(bundle, settings.data_folder / "bundles" / "old")
    with store.as_owner() as connection:
        where = settings.data_folder / "bundles" / "old"
        promote(connection, settings, "claim", where, fingerprint, "run", "1", "tester", "first")
        of_training, says = comparable_champion(connection, settings, "claim", NOW, LATER)
        serving, of_retraining = asked_champion(connection, settings, "claim", NOW)
        connection.rollback()
    assert serving is not None
    assert [it is not None for it in (of_training, of_retraining)] == [is_asked, is_asked]
    assert ("another feature, unit" in says) is not is_asked


def test_the_columns_of_subjects_are_others_in_another_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    before, words = columns.subject_set("patient"), columns.distribution_words("patient")
    monkeypatch.setattr(columns, "distribution_words", lambda _: [replace(each, unit="yuan") for each in words])
    assert columns.subject_set.__wrapped__("patient") != before
