"""API keys open what they should; the newest promotion is the champion."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.keys import Holder, holder_of, list_keys, make_key, revoke_key, standing_holder
from audit.promotions import champion, promote
from claims.errors import BadSetting, NotFound
from claims.store.connect import Store
from tests.conftest import settings_in


def test_a_key_opens_until_it_is_revoked(store: Store) -> None:
    with store.as_owner() as connection:
        key = make_key(connection, "R007", "reviewer")
        key_id = list_keys(connection)[0].key_id
        assert holder_of(connection, key) == Holder(key_id, "R007", "reviewer")
        revoke_key(connection, key_id)
        assert holder_of(connection, key) is None
        assert standing_holder(connection, key_id) is None
        with pytest.raises(NotFound, match="no standing key"):
            revoke_key(connection, key_id)


def test_the_store_does_not_hold_the_key(store: Store) -> None:
    with store.as_owner() as connection:
        secret = make_key(connection, "HIS01", "settlement").split("_", 2)[2]
        row = connection.execute("SELECT * FROM api_keys").fetchone()
    assert secret not in str(row)


@pytest.mark.parametrize(
    "key", ["", "yicha", "yicha_x_y", "other_{id}_{secret}", "yicha_{id}_wrong", "yicha_{id}_", "密钥"]
)
def test_anything_else_opens_nothing(store: Store, key: str) -> None:
    with store.as_owner() as connection:
        _, key_id, secret = make_key(connection, "R007", "reviewer").split("_", 2)
        assert holder_of(connection, key.format(id=key_id, secret=secret)) is None


def test_unknown_roles_and_nameless_holders_are_refused(store: Store) -> None:
    with store.as_owner() as connection:
        with pytest.raises(BadSetting, match="no role"):
            make_key(connection, "R1", "king")
        with pytest.raises(BadSetting, match="no holder"):
            make_key(connection, " ", "reviewer")


def test_the_newest_promotion_of_a_subject_is_its_champion(store: Store, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with store.as_owner() as connection:
        assert champion(connection, settings) is None
        for version in ("1", "2"):
            promote(connection, settings, "claim", Path("/b"), f"f{version}", "run", version, "lead", "better")
        promote(connection, settings, "institution", Path("/b"), "f3", "run", "1", "lead", "first")
        found = champion(connection, settings)
    assert found is not None
    assert (found.bundle_fingerprint, found.version) == ("f2", "2")
