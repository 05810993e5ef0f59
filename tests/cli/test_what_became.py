"""`yicha reminders report` and `yicha unconfirmed` on a store where little has happened."""

from __future__ import annotations

from claims.store.connect import Store
from tests.audit.made_claims import add_claim
from tests.cli.conftest import CommandLine


def test_reminders_are_reported_by_institution(yicha: CommandLine, store: Store) -> None:
    period = ("--from", "2026-01-01", "--to", "2026-01-31")
    assert "Nobody asked" in yicha.does("reminders", "report", *period)
    with store.as_owner() as connection:
        for number, way in enumerate("112", 1):
            connection.execute(
                "INSERT INTO reminders VALUES (%s, '3101', %s, '2', '11', 'H1', 'patient-a', 'V1', 'X1',"
                " '2026-01-31T23:59+08', '2026-01-31T23:59+08', 5000, true, 'YC-X', 'x', 'definite', 'x', 100, 100)",
                [f"W{number}", f"M{number}"],
            )
            connection.execute("INSERT INTO dispositions (reminder_id, way) VALUES (%s, %s)", [f"W{number}", way])
    said = yicha.does("reminders", "report", *period)
    assert "33.3%" in said
    assert "3 reminders, 3 of them ended, 1 were followed" in said
    assert "ends before it begins" in yicha("reminders", "report", "--from", "2026-02-01", "--to", "2026-01-01").err


def test_unconfirmed_settlements_are_listed(yicha: CommandLine, store: Store) -> None:
    assert "was confirmed or cancelled" in yicha.does("unconfirmed")
    with store.as_owner() as connection:
        add_claim(connection, "S1")
        connection.execute(
            "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, money_at_stake_fen,"
            " feature_set, features, rule_hits, reasons, answer, is_batch, latency_microseconds, decided_at)"
            " SELECT recorded_order, claim_id, '', 'pass', 0, '', '', '[]', '[]', '{}', false, 1,"
            " now() - interval '3 days'"
            " FROM claims"
        )
    said = yicha.does("unconfirmed", "--hours", "48")
    assert "S1" in said
    assert "1 settlements wait for more than 48 hours" in said
