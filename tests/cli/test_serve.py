"""`yicha serve` says in one sentence why it does not start, and without a model it decides by rules alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from audit.keys import make_key
from claims.store.connect import Store
from tests.claims.intake.conftest import Source
from tests.cli.conftest import CommandLine
from tests.serving.bodies import a_settlement, bearer

YICHA = Path(sys.executable).with_name("yicha")
SECONDS = 60


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def stops(*words: str) -> str:
    """The one sentence with which the service does not start."""
    done = subprocess.run([YICHA, "serve", *words], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stdout + done.stderr
    assert "serves on" not in done.stdout
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_database_that_is_down_is_said(
    workers: str, yicha: CommandLine, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YICHA_DATABASE_URL", "postgresql://nobody:made-up-password@127.0.0.1:9/none")
    message = stops("--port", str(port), "--workers", workers)
    assert "127.0.0.1:9/none" in message
    assert "made-up-password" not in message


@pytest.mark.usefixtures("yicha")
def test_a_port_in_use_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port}" in stops("--port", str(port))


def test_a_key_file_that_is_gone_is_said(yicha: CommandLine, source: Source, port: int) -> None:
    yicha.does("import", "--mapping", "national", source.settlements({}))
    source.settings.key_file.unlink()
    assert "is gone" in stops("--port", str(port), "--workers", "2")


@pytest.mark.usefixtures("yicha")
def test_without_a_model_the_service_answers_by_rules_only(store: Store, port: int) -> None:
    with store.as_owner() as connection:
        key = make_key(connection, "T", "settlement")
    running = subprocess.Popen(
        [YICHA, "serve", "--port", str(port)], env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        wait_until_ready(port, running)
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/settlements", json=a_settlement(), headers=bearer(key)).json()
    finally:
        running.terminate()
        said, _ = running.communicate(timeout=SECONDS)
    assert (answer["settlement_id"], answer["decided_by"]) == ("S1", "rules only")
    assert b"Traceback" not in said


def wait_until_ready(port: int, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert running.poll() is None
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the service did not become ready")
