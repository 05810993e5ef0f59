"""`yicha mlflow` and `yicha lab` show their page to this machine alone, and end when they are told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from claims.settings import read_settings
from cli import lab
from tests.cli.conftest import CommandLine
from training.track import open_client

SECONDS = 90
MAIN = [sys.executable, "-c", "from cli.main import main; main()"]
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def running(*words: str) -> Iterator[str]:
    """A command that shows a page: gives the line that says where, and ends it as the keyboard would."""
    found = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": found, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*MAIN, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert "is stopped" in said
    assert "Traceback" not in said + errors
    assert process.returncode == 0


def is_answered(port: int, address: str = "127.0.0.1") -> bool:
    with socket.socket() as trial:
        return trial.connect_ex((address, port)) == 0


@pytest.mark.slow
@pytest.mark.usefixtures("yicha")
def test_mlflow_shows_the_runs_that_training_writes(port: int) -> None:
    open_client(read_settings()).create_experiment("yicha-claim")
    with running("mlflow", "--port", str(port)) as says:
        assert f"http://127.0.0.1:{port}" in says
        assert "MLflow" in httpx.get(f"http://127.0.0.1:{port}/").text
        asked = {"max_results": 10}
        found = httpx.post(f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/search", json=asked).json()
        assert "yicha-claim" in [each["name"] for each in found["experiments"]]
    assert not is_answered(port)


def test_a_tracking_server_has_the_page_itself(yicha: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking.example:5000")
    assert "http://tracking.example:5000" in yicha.does("mlflow")


@pytest.mark.parametrize("command", ["mlflow", "lab"])
def test_a_port_in_use_is_said(command: str, yicha: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "find_spec", lambda _: object())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "cannot be listened on" in yicha.refuses(command, "--port", str(other.getsockname()[1]))


def test_without_jupyter_lab_it_says_how_to_get_it(yicha: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "find_spec", lambda _: None)
    assert "pip install" in yicha.refuses("lab")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("jupyterlab") is None, reason="jupyterlab is not installed")
@pytest.mark.usefixtures("yicha", "reading_role")
def test_lab_shows_the_notebooks_to_whoever_has_the_token(port: int) -> None:
    with running("lab", "--port", str(port)) as says:
        page = says.split()[4]
        token = page.rsplit("token=", 1)[1]
        where = f"http://127.0.0.1:{port}"
        assert page.startswith(f"{where}/lab?token=")
        assert httpx.get(f"{where}/api/contents").status_code == 403
        held = {"Authorization": f"token {token}"}
        shown = httpx.get(f"{where}/api/contents", headers=held).json()["content"]
        assert {each["name"] for each in shown} >= {"01_first_look.ipynb", "06_drift.ipynb"}
        kernels = httpx.get(f"{where}/api/kernelspecs", headers=held).json()
        assert kernels["default"] == "python3"
        asked = httpx.get(f"{where}/lab/api/settings/@jupyterlab/apputils-extension:notification", headers=held).json()
        assert asked["schema"]["properties"]["fetchNews"]["default"] == "false", "it asks whether one wants news"
        assert "JupyterLab" in httpx.get(page, follow_redirects=True).text
    assert not is_answered(port)
