"""The real command line, typed in a home of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from claims.store.connect import Store
from cli.main import main
from tests.claims.intake.conftest import Source


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


class CommandLine:
    """Types commands as a user would, and reads what they say."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.home, self._capture, self._patch = home, capture, patch

    def __call__(self, *words: str | Path) -> Outcome:
        """Run one command; a stack trace is never shown."""
        self._patch.setattr(sys, "argv", ["yicha", *map(str, words)])
        self._capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capture.readouterr()
        assert "Traceback" not in said.out + said.err
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, said.out, said.err.strip())

    def does(self, *words: str | Path) -> str:
        """Run a command that must succeed; gives what it printed."""
        outcome = self(*words)
        assert (outcome.code, outcome.err) == (0, "")
        return outcome.out

    def refuses(self, *words: str | Path) -> str:
        """Run a command that must not succeed; gives its one sentence, which says what to do."""
        outcome = self(*words)
        assert outcome.code != 0
        assert outcome.err
        assert "\n" not in outcome.err
        assert "unexpected error" not in outcome.err
        assert outcome.err.endswith(".")
        assert "Expected" in outcome.err or "--help" in outcome.err or "import the file again" in outcome.err
        return outcome.err


@pytest.fixture
def yicha(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.setenv("YICHA_DATABASE_URL", store.owner_url)
    monkeypatch.setenv("YICHA_SERVICE_DATABASE_URL", store.service_url)
    monkeypatch.setenv("YICHA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("YICHA_KEY_FILE", str(tmp_path / "keys" / "pseudonym.key"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    return CommandLine(tmp_path, capsys, monkeypatch)


@pytest.fixture
def source(store: Store, tmp_path: Path) -> Source:
    return Source(tmp_path, store)
