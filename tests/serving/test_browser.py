"""A real browser opens the queue and a case and files a verdict."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from claims.store.connect import Store
from serving.app import create_app
from serving.schemas import SettlementIn
from serving.service import Service
from tests.serving.bodies import Keys, hoarded

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    service.desk.decide([SettlementIn.model_validate(body) for body in hoarded(5)])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium found on the path; install one (`apt-get install chromium`) to run the browser test")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


def test_a_reviewer_works_a_case_from_the_queue_to_the_verdict(
    address: str, browser: Browser, keys: Keys, store: Store
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/")
    page.get_by_label("审核人员密钥").fill(keys.reviewer)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="参保人").first.click()
    page.get_by_role("heading", name="为什么").wait_for()
    page.locator("label.violating").first.click()
    page.get_by_label("违规类型").first.fill("过度诊疗、超量或重复开药")
    page.get_by_role("button", name="提交判定").click()
    page.get_by_text("案件已结案").wait_for()
    page.get_by_role("link", name="English").click()
    page.get_by_text("Verdict history").wait_for()
    assert complaints == []  # the browser refused nothing under the content security policy
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with store.as_owner() as connection:
        assert connection.execute("SELECT finding, amount_fen FROM verdicts").fetchall() == [("violating", 2_000)]
