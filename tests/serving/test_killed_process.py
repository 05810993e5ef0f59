"""A service killed between commit and answer: the decision stands, and the same request gets the same answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from claims.store.connect import Store
from serving.app import create_app
from serving.service import open_service
from tests.conftest import settings_in
from tests.serving.bodies import Keys, bearer, hoarded, settle

# The real service; only the way out of a settlement's answer kills the process, so the commit has happened.
DIES_BEFORE_ANSWERING = """
import os, signal, sys
import uvicorn
from serving.app import app_from_settings

app = app_from_settings()

async def dying(scope, receive, send):
    async def out(message):
        if scope.get("path") == "/v1/settlements":
            os.kill(os.getpid(), signal.SIGKILL)
        await send(message)
    await app(scope, receive, out if scope["type"] == "http" else send)

uvicorn.run(dying, port=int(sys.argv[1]), log_level="error")
"""


def test_a_kill_between_commit_and_answer_loses_nothing(store: Store, keys: Keys, tmp_path: Path) -> None:
    bodies = hoarded(5)
    process, port = _start(store, tmp_path)
    try:
        with pytest.raises(httpx.TransportError):
            httpx.post(
                f"http://127.0.0.1:{port}/v1/settlements", json=bodies, headers=bearer(keys.settlement), timeout=30
            )
        assert process.wait(10) == -9
    finally:
        process.kill()
        process.wait()
    with store.as_owner() as connection:
        kept = [row[0] for row in connection.execute("SELECT answer FROM decisions ORDER BY recorded_order")]
        cases = connection.execute("SELECT case_id FROM cases").fetchall()
    assert [answer["settlement_id"] for answer in kept] == [body["settlement_id"] for body in bodies]
    assert [(answer["case_id"],) for answer in kept if answer["case_id"]][:1] == cases
    with TestClient(create_app(open_service(settings_in(tmp_path), store, check_seconds=0))) as client:
        assert settle(client, keys, bodies).json() == kept
    with store.as_owner() as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (5,)


def _start(store: Store, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The dying service as a process of its own, ready to answer, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    settings = settings_in(folder)
    environment = {
        **os.environ,
        "YICHA_DATA": str(settings.data_folder),
        "YICHA_KEY_FILE": str(settings.key_file),
        "YICHA_DATABASE_URL": store.owner_url,
        "YICHA_SERVICE_DATABASE_URL": store.service_url,
    }
    process = subprocess.Popen([sys.executable, "-c", DIES_BEFORE_ANSWERING, str(port)], env=environment)
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200:
                return process, port
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError("the service did not start")
