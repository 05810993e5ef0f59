"""A back-test beside the service ends, whatever becomes of the service, or says why it did not."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from audit.life import background
from claims.errors import Conflict
from claims.store.connect import Store
from tests.audit.test_backtest import fill, sold

CODE = "YC-SUPPLY"
PERIOD = date(2025, 3, 1), date(2025, 3, 31)


@pytest.fixture
def filled(store: Store) -> Store:
    with store.as_owner() as connection:
        fill(connection, [sold(f"2025-03-{day:02d}", 1) for day in range(10, 16)])
    return store


def begun(store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """A back-test that nobody carries out yet."""
    monkeypatch.setattr(background, "_spawn", lambda *_: None)
    with store.as_service() as connection:
        return background.start(connection, store.service_url, CODE, *PERIOD, {}, "S1")


def seen(store: Store, backtest_id: str) -> background.Run:
    with store.as_service() as connection:
        return background.read_run(connection, backtest_id)


def test_one_that_takes_too_long_gives_up_and_says_how_far_it_came(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "MOST_SECONDS", -1)
    monkeypatch.setattr(background, "CHUNK", 4)
    named = begun(filled, monkeypatch)
    background.run(filled.service_url, named)
    found = seen(filled, named)
    assert (found.status, found.done, found.claims) == ("failed", 4, 6)
    assert found.result is not None
    assert "after 4 of 6 settlements" in found.result["why"]
    assert "yicha rules backtest" in found.result["why"]
    begun(filled, monkeypatch)  # and the next one may begin


def test_one_that_waits_for_the_store_for_ever_gives_up_too(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    named = begun(filled, monkeypatch)
    monkeypatch.setattr(background, "SILENT", timedelta(seconds=1))
    with filled.as_owner() as other:
        other.execute("LOCK TABLE claims IN ACCESS EXCLUSIVE MODE")
        background.run(filled.service_url, named)
    found = seen(filled, named)
    assert (found.status, found.result is not None and "after 0 of 6" in found.result["why"]) == ("failed", True)


def test_the_last_part_is_not_thrown_away(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MOST_SECONDS", -1)
    named = begun(filled, monkeypatch)
    background.run(filled.service_url, named)
    assert seen(filled, named).status == "done"


def test_a_service_that_ends_leaves_its_back_test_running(filled: Store, tmp_path: Path) -> None:
    asked = f"""
import pathlib, sys
from datetime import date
from audit.life.background import start
from claims.store.connect import connect
url = sys.stdin.read()
with connect(url) as connection:
    named = start(connection, url, "{CODE}", date(2025, 3, 1), date(2025, 3, 31), {{}}, "S1")
    pathlib.Path(sys.argv[1]).write_text(named)
"""
    service = [sys.executable, "-c", asked, str(tmp_path / "named")]
    subprocess.run(service, input=filled.service_url, text=True, check=True, cwd=background.PROJECT)
    named = (tmp_path / "named").read_text()
    with filled.as_service() as connection, pytest.raises(Conflict, match="Another back-test"):
        background.start(connection, filled.service_url, CODE, *PERIOD, {}, "S2")
    for _ in range(600):
        if seen(filled, named).status != "running":
            break
        time.sleep(0.1)
    found = seen(filled, named)
    assert (found.status, found.done) == ("done", 6)
