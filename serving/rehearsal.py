"""One made-up settlement, decided on the whole path and taken back, before anybody is told that we are ready.

It compiles what is compiled at first use and loads what is loaded at first use, so that no till waits for it.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog

from claims.errors import NotBuilt
from serving.desk import Desk
from serving.schemas import SettlementIn

log = structlog.get_logger("yicha")


class Rehearsal:
    """Remembers whether this process has decided once.

    Args:
        desk: decides.
        times: how often; the pool hands out its connections in turn, and each has caches of its own to fill.
    """

    def __init__(self, desk: Desk, times: int = 1) -> None:
        self._desk, self._times = desk, times
        self._is_done = False
        self._lock = threading.Lock()

    def is_done(self) -> bool:
        """Whether a settlement was rehearsed; tried now if not, and False while the features are not built."""
        with self._lock:
            if not self._is_done:
                self._is_done = self._rehearse()
            return self._is_done

    def _rehearse(self) -> bool:
        now = datetime.fromtimestamp(int(self._desk.clock()), UTC)
        try:
            for _ in range(self._times):
                self._desk.rehearse([SettlementIn.model_validate(body) for body in _bodies(now)])
        except NotBuilt as error:
            log.warning("not ready", why=str(error))
            return False
        return True


def _bodies(now: datetime) -> list[dict[str, object]]:
    """Two purchases by one person, so that the second looks back on the first."""
    line = {
        "line_number": 1,
        "item_code": "REHEARSAL",
        "item_kind": "drug",
        "quantity": "1",
        "unit_price_yuan": "1.00",
        "amount_yuan": "1.00",
        "days_of_supply": 7,
    }
    body = {
        "person_number": "REHEARSAL",
        "institution_id": "REHEARSAL",
        "doctor_id": "REHEARSAL",
        "channel": "networked",
        "benefit_kind": "chronic",
        "settled_at": now.isoformat(),
        "total_yuan": "1.00",
        "fund_yuan": "1.00",
        "account_yuan": "0.00",
        "cash_yuan": "0.00",
        "diagnoses": [{"code": "I10", "is_main": True}],
        "lines": [line],
    }
    return [{**body, "settlement_id": f"REHEARSAL-{number}"} for number in (1, 2)]
