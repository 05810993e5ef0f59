"""Bodies that tests send; every code and person is made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi.testclient import TestClient

DRUG = "XC09AAF001A001010100001"


@dataclass(frozen=True)
class Keys:
    """One key of each role."""

    settlement: str
    reviewer: str
    supervisor: str


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def a_settlement(settlement_id: str = "S1", at: str = "2026-01-05T09:30:00+08:00", **changes: Any) -> dict[str, Any]:
    """A month's supply of one drug at a pharmacy."""
    body = {
        "settlement_id": settlement_id,
        "person_number": "TEST-PERSON-1",
        "institution_id": "P00000000001",
        "till_id": "T1",
        "channel": "networked",
        "benefit_kind": "chronic",
        "settled_at": at,
        "total_yuan": "24.60",
        "fund_yuan": "20.00",
        "account_yuan": "0.00",
        "cash_yuan": "4.60",
        "person": {"sex": "1", "born_on": "1950-02-01"},
        "diagnoses": [{"code": "I10", "is_main": True}],
        "lines": [
            {
                "line_number": 1,
                "line_id": f"{settlement_id}-1",
                "item_code": DRUG,
                "item_kind": "drug",
                "quantity": "2",
                "unit_price_yuan": "12.30",
                "amount_yuan": "24.60",
                "days_of_supply": 28,
            }
        ],
    }
    return {**body, **changes}


def hoarded(count: int = 6) -> list[dict[str, Any]]:
    """The same month's supply bought every second day: far beyond need, so that a rule sends it to a person."""
    return [a_settlement(f"S{number}", f"2026-01-{2 * number + 1:02}T09:30:00+08:00") for number in range(1, count + 1)]


def a_reversal(reversal_id: str = "R1", of: str = "S1", yuan: str = "-12.30") -> dict[str, Any]:
    return {
        "reversal_id": reversal_id,
        "reverses_settlement_id": of,
        "person_number": "TEST-PERSON-1",
        "institution_id": "P00000000001",
        "settled_at": "2026-01-06T10:00:00+08:00",
        "total_yuan": yuan,
        "fund_yuan": "-10.00",
        "account_yuan": "0",
        "cash_yuan": "-2.30",
        "lines": [
            {
                "line_number": 1,
                "reverses_line_id": f"{of}-1",
                "item_code": DRUG,
                "item_kind": "drug",
                "quantity": "-1",
                "unit_price_yuan": "12.30",
                "amount_yuan": yuan,
            }
        ],
    }


def settle(client: TestClient, keys: Keys, body: Any) -> httpx.Response:
    return client.post("/v1/settlements", json=body, headers=bearer(keys.settlement))
