"""The reviewers' pages: sign in, read, judge."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from audit.cases import open_cases
from claims.store.connect import Store
from serving.web.words import WORDS
from tests.audit.made_claims import NOON, add_claim, an_alert
from tests.serving.bodies import Keys, bearer, hoarded, settle

HTML = {"accept": "text/html"}


@pytest.fixture
def case_id(client: TestClient, keys: Keys) -> str:
    """A case of one line; the client is signed in as a reviewer."""
    case = settle(client, keys, hoarded(5)).json()[-1]["case_id"]
    sign_in(client, keys.reviewer)
    return str(case)


def sign_in(client: TestClient, key: str) -> None:
    assert client.post("/login", data={"key": key}).status_code == 303


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', page)
    assert found
    return found.group(1)


def verdict_form(page: str, **changes: str) -> dict[str, str]:
    found = re.search(r'name="claim-1" value="([^"]+)"><input type="hidden" name="line-1" value="(\d+)"', page)
    assert found
    form = {"token": token_of(page), "claim-1": found.group(1), "line-1": found.group(2), "finding-1": "violating"}
    return {**form, "amount-1": "20.00", "type-1": "过度诊疗、超量或重复开药", **changes}


def test_pages_ask_to_sign_in_first(client: TestClient) -> None:
    for path in ("/", "/queue", "/cases/C1"):
        assert client.get(path, headers=HTML).status_code == 303
    assert client.post("/cases/C1/verdicts", data={}).headers["location"] == "/login"


def test_only_reviewers_sign_in(client: TestClient, keys: Keys) -> None:
    for key in ("", "x", keys.settlement):
        assert client.post("/login", data={"key": key}).status_code == 401


def test_a_forged_cookie_opens_nothing(client: TestClient, keys: Keys) -> None:
    sign_in(client, keys.reviewer)
    cookie = client.cookies["yicha_session"]
    client.cookies.clear()
    for forged in (cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), cookie.replace(".", ".9", 1), "a.b.c", ""):
        client.cookies.set("yicha_session", forged)
        assert client.get("/queue").status_code == 303


def test_the_queue_and_the_case_say_why_in_both_languages(client: TestClient, case_id: str) -> None:
    queue = client.get("/queue", headers=HTML).text
    assert "累计供药天数超限" in queue
    assert case_id in queue
    case = client.get(f"/cases/{case_id}?lang=en", headers=HTML).text
    assert "More days of supply than allowed" in case
    assert "<circle" in case
    assert "Why" in client.get(f"/cases/{case_id}", headers=HTML).text  # the choice of language is remembered


def test_a_verdict_filed_on_the_page_closes_the_case(client: TestClient, case_id: str, store: Store) -> None:
    page = client.get(f"/cases/{case_id}", headers=HTML).text
    answer = client.post(f"/cases/{case_id}/verdicts", data=verdict_form(page))
    assert answer.headers["location"] == f"/cases/{case_id}?filed=2"
    assert "判定已记录，案件已结案" in client.get(answer.headers["location"], headers=HTML).text
    with store.as_owner() as connection:
        row = connection.execute("SELECT finding, amount_fen, violation_type, decided_by FROM verdicts").fetchone()
    assert row == ("violating", 2_000, "过度诊疗、超量或重复开药", "T-reviewer")
    assert client.get("/queue", headers=HTML).text.count("/cases/") == 0


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"token": "0"}, 403, "another session"),
        ({"amount-1": "abc"}, 422, "cannot be read"),
        ({"amount-1": "99999"}, 422, "more than"),
        ({"type-1": ""}, 422, "incomplete"),
        ({"finding-1": "x"}, 422, "cannot be read"),
        ({"line-1": "x"}, 422, "cannot be read"),
        ({"appeal": "1"}, 403, "supervisor"),
    ],
)
def test_a_form_that_cannot_be_taken_is_explained(
    client: TestClient, case_id: str, changes: dict[str, str], status: int, says: str
) -> None:
    page = client.get(f"/cases/{case_id}", headers=HTML).text
    answer = client.post(f"/cases/{case_id}/verdicts", data=verdict_form(page, **changes), headers=HTML)
    assert answer.status_code == status
    assert says in answer.text


def test_a_supervisor_can_replace_a_verdict(client: TestClient, case_id: str, keys: Keys) -> None:
    page = client.get(f"/cases/{case_id}", headers=HTML).text
    client.post(f"/cases/{case_id}/verdicts", data=verdict_form(page))
    sign_in(client, keys.supervisor)
    page = client.get(f"/cases/{case_id}", headers=HTML).text
    changed = verdict_form(page, appeal="1", **{"finding-1": "in_order"})
    assert client.post(f"/cases/{case_id}/verdicts", data=changed).status_code == 303
    assert "已被改判" in client.get(f"/cases/{case_id}", headers=HTML).text


def test_an_institution_case_of_whole_claims_is_shown(client: TestClient, keys: Keys, store: Store) -> None:
    with store.as_owner() as connection:
        add_claim(connection, "bare", institution="P00000000001", lines=1)
        connection.execute("DELETE FROM lines")
        counts = open_cases(connection, [an_alert("bare", 0, ("institution", "P00000000001"), "model")], NOON)
    sign_in(client, keys.reviewer)
    page = client.get(f"/cases/{counts.case_of_claim['bare']}", headers=HTML)
    assert page.status_code == 200
    assert "示例药店" in page.text
    assert "整笔结算" in page.text


def test_text_from_outside_is_never_markup(client: TestClient, keys: Keys, store: Store) -> None:
    with store.as_owner() as connection:
        add_claim(connection, "bare")
        counts = open_cases(connection, [an_alert("bare", says="<script>alert(1)</script>")], NOON)
    sign_in(client, keys.reviewer)
    page = client.get(f"/cases/{counts.case_of_claim['bare']}", headers=HTML).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_every_page_is_protected_by_its_headers(client: TestClient) -> None:
    headers = client.get("/login").headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "style=" not in client.get("/login").text


def test_pages_load_nothing_from_elsewhere(client: TestClient, case_id: str) -> None:
    for path in ("/login", "/queue", f"/cases/{case_id}", "/static/style.css"):
        assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", client.get(path, headers=HTML).text), (
            path
        )


def test_an_unknown_page_is_a_page(client: TestClient, keys: Keys) -> None:
    sign_in(client, keys.reviewer)
    answer = client.get("/cases/C0", headers=HTML)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_verdict_over_the_api_closes_the_case(client: TestClient, keys: Keys, case_id: str) -> None:
    case = client.get(f"/v1/cases/{case_id}", headers=bearer(keys.reviewer)).json()
    findings = [
        {"claim_id": row["claim_id"], "line_number": row["line_number"], "finding": "in_order"}
        for row in case["evidence"]
    ]
    answer = client.post(f"/v1/cases/{case_id}/verdicts", json={"findings": findings}, headers=bearer(keys.reviewer))
    assert answer.status_code == 201
    assert answer.json()["closed_cases"] == [case_id]


def test_every_word_is_there_in_both_languages() -> None:
    for key, (chinese, english) in WORDS.items():
        assert chinese, key
        assert english or key in {"cases_unit", "months"}, key


@pytest.mark.parametrize("name", ["a%00b", "%ff", "x" * 3_000, "%0d%0aX:1", "..%2f.."])
def test_a_name_that_no_case_can_have_is_refused(client: TestClient, keys: Keys, case_id: str, name: str) -> None:
    form = {"token": token_of(client.get(f"/cases/{case_id}").text), "finding-1": "in_order", "claim-1": "S1"}
    assert client.get(f"/cases/{name}", headers=HTML).status_code in {404, 422}
    assert client.post(f"/cases/{name}/verdicts", data={**form, "line-1": "1"}).status_code in {404, 422}


def test_no_link_of_a_page_leads_to_another_site(client: TestClient) -> None:
    page = client.get("http://testserver//elsewhere.example/x", headers=HTML)
    assert page.status_code == 404
    assert 'href="?lang=en"' in page.text
    assert "elsewhere" not in page.text
