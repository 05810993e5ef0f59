"""Screening the claims of a past period."""

from pathlib import Path

import pytest

from claims.errors import Conflict, NoChampion
from claims.store.connect import Store
from tests.conftest import settings_in
from training.screen_claims import screen_claims


def test_two_screenings_at_once_do_not_decide_the_same_claims(store: Store, tmp_path: Path) -> None:
    with store.as_owner() as first, store.as_owner() as second:
        with pytest.raises(NoChampion):
            screen_claims(first, settings_in(tmp_path), 0, 1)
        with pytest.raises(Conflict, match="Another screening"):
            screen_claims(second, settings_in(tmp_path), 0, 1)
    with store.as_owner() as third, pytest.raises(NoChampion):
        screen_claims(third, settings_in(tmp_path), 0, 1)
