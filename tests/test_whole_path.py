"""A stranger's files in, an explained case out, by the commands that a user types, with the truth locked away."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

YICHA = Path(sys.executable).with_name("yicha")
Run = Callable[..., str]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder of its own for everything that the commands write; PostgreSQL's user must be able to enter it."""
    folder = Path(tempfile.mkdtemp(prefix="yicha-path-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def yicha(home: Path) -> Run:
    """Runs one command and gives what it printed."""
    places = {
        "YICHA_DATA": str(home / "data"),
        "YICHA_KEY_FILE": str(home / "keys" / "pseudonym.key"),
        "MLFLOW_TRACKING_URI": f"sqlite:///{home / 'mlflow.db'}",
        "COLUMNS": "120",
    }

    def run(*words: str) -> str:
        environment = {**os.environ, **places}
        done = subprocess.run([YICHA, *words], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.slow
def test_the_commands_of_the_readme_lead_from_files_to_an_explained_case(home: Path, yicha: Run) -> None:
    city = home / "city"
    yicha("city", "--insured", "4000", "--months", "18", "--seed", "3", "--out", str(city))
    shutil.move(city / "truth", home / "sealed")
    yicha("import", "--mapping", "national", *map(str, sorted(city.glob("*.csv"))))
    yicha("graphs", "build", "--cadence", "weekly")
    yicha("features", "build")
    trained = yicha("train")
    assert "rules alone" in trained
    assert "amount" in trained
    yicha("promote", "--why", "test")
    scored = yicha("score", "--from", "2025-12-20", "--to", "2025-12-31")
    assert "cases opened" in scored
    assert "0 had a decision" in scored
    assert "0 claims decided" in yicha("score", "--from", "2025-12-20", "--to", "2025-12-31")
    covers, _, _, reminds, follows = json.loads(yicha("rules", "self-check", "--json"))
    assert (covers["verdict"], reminds["verdict"], follows["verdict"]) == ("yes", "partly", "partly")
    tested = yicha("rules", "backtest", "YC-SUPPLY", "--from", "2025-12-20", "--to", "2025-12-31", "--json")
    assert json.loads(tested)["columns"]["now"]["hits"] > 0
    queue = yicha("queue", "--lang", "en", "--top", "3")
    assert "%" in queue
    assert re.search(r"^\s+· \w.{20,}", queue, re.MULTILINE), "no case says why it is there"
    sealed = json.dumps((home / "sealed" / "truth.csv").read_text(encoding="utf-8")[:200])
    assert "scheme" in sealed, "the truth is still where the judges keep it"
