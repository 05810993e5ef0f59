"""Back-tests that somebody waits for elsewhere: a process of its own, whose state is in the store."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from audit.life.backtest import backtest, settled_in
from audit.life.ledger import rule_named
from claims.clock import to_moment
from claims.errors import BadSetting, Conflict, NotFound, YichaError
from claims.store.connect import connect
from rules.declared import with_numbers

RUNNING, DONE, FAILED, LOST = "running", "done", "failed", "lost"

MOST_SECONDS = 1_800
"""Then a back-test gives up and says so: the next one waits for it."""

MOST_DAYS = 366
MOST_CLAIMS = 200_000
"""Minutes of one processor; a longer period is a matter for the command line at night."""

SILENT = timedelta(minutes=10)
"""A process that said nothing for so long is gone: a part of 5,000 claims takes seconds."""

CHUNK = 5_000
"""A hundred megabytes, beside a service that needs its memory."""

NICENESS = 10
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """One back-test: `result` is `Backtest.plain()` when done, and why it failed when it did."""

    backtest_id: str
    rule_code: str
    first_day: date
    last_day: date
    changed_numbers: Mapping[str, int]
    status: str
    done: int
    claims: int
    result: Mapping[str, Any] | None
    asked_by: str
    asked_at: str


def start(
    connection: psycopg.Connection, url: str, code: str, first: date, last: date, changed: Mapping[str, int], by: str
) -> str:
    """Begin a back-test in a process of its own and give its id; commits.

    Args:
        connection: may be the service's.
        url: address of the store for the process; it is handed over where no list of processes shows it.
        code: the rule's.
        first: first day of settlement.
        last: last day, itself included.
        changed: numbers to try out.
        by: who asks.

    Raises:
        NotFound: no such rule.
        BadSetting: the period is too long, or the rule has no such number.
        NotEnoughData: nothing was settled in it.
        Conflict: another one is running.
    """
    with_numbers(rule_named(code), changed)
    if (last - first).days >= MOST_DAYS:
        raise BadSetting(f"The period is longer than {MOST_DAYS} days. Expected a year at most. {_ELSEWHERE}")
    claims = settled_in(connection, first, last, MOST_CLAIMS + 1)
    if claims > MOST_CLAIMS:
        raise BadSetting(
            f"The period holds more than {MOST_CLAIMS:,} settlements. Expected fewer beside a running service. "
            f"{_ELSEWHERE}"
        )
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha back-tests'))")
    if connection.execute(
        "SELECT 1 FROM rule_backtests WHERE status = %s AND heard_at > now() - %s", [RUNNING, SILENT]
    ).fetchone():
        raise Conflict("Another back-test is running. Expected one at a time. Wait until it is done.")
    backtest_id = secrets.token_hex(8)
    connection.execute(
        "INSERT INTO rule_backtests (backtest_id, rule_code, first_day, last_day, changed_numbers, status, claims,"
        " asked_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [backtest_id, code, first, last, Jsonb(dict(changed)), RUNNING, claims, by],
    )
    connection.commit()
    _spawn(url, backtest_id)
    return backtest_id


_ELSEWHERE = "Choose a shorter one, or run `yicha rules backtest` on the server."


def read_run(connection: psycopg.Connection, backtest_id: str) -> Run:
    """How far a back-test is, and what it found.

    Raises:
        NotFound: no such back-test.
    """
    row = connection.execute(
        "SELECT backtest_id, rule_code, first_day, last_day, changed_numbers, CASE WHEN status = %s AND"
        " heard_at < now() - %s THEN %s ELSE status END, done, claims, result, asked_by, asked_at"
        " FROM rule_backtests WHERE backtest_id = %s",
        [RUNNING, SILENT, LOST, backtest_id],
    ).fetchone()
    if row is None:
        raise NotFound("There is no such back-test. Expected the id that was given at its start. Look it up.")
    named = dict(zip(Run.__dataclass_fields__, row, strict=True))
    return Run(**{**named, "asked_at": to_moment(int(named["asked_at"].timestamp())).isoformat()})


def _spawn(url: str, backtest_id: str) -> None:
    words = [sys.executable, "-m", "audit.life.background"]
    # In a session of its own, so that what ends the service at a terminal leaves it alone.
    process = subprocess.Popen(words, stdin=subprocess.PIPE, cwd=PROJECT, start_new_session=True)  # noqa: S603
    assert process.stdin is not None
    with process.stdin as to:
        to.write(json.dumps({"url": url, "backtest_id": backtest_id}).encode())
    threading.Thread(target=process.wait, daemon=True).start()  # else it would stay in the list of processes


class _TooLong(Exception):
    """The back-test is given up."""


def _too_long(done: int, everything: int) -> str:
    return (
        f"Given up after {done:,} of {everything:,} settlements: it did not end in {MOST_SECONDS // 60} minutes. "
        f"Expected a period that a running service can judge beside its work. {_ELSEWHERE}"
    )


def run(url: str, backtest_id: str) -> None:
    """Do a back-test that was begun, and write down how far it is and what it found.

    One that needs more than `MOST_SECONDS`, or a single question to the store that needs as long as `SILENT`, fails and
    says so.
    """
    began = time.monotonic()
    with connect(url) as connection, connect(url) as notes:
        asked = read_run(notes, backtest_id)
        connection.execute(f"SET statement_timeout = '{int(SILENT.total_seconds())}s'")
        connection.commit()

        def note(done: int, everything: int) -> None:
            notes.execute(
                "UPDATE rule_backtests SET done = %s, heard_at = now() WHERE backtest_id = %s", [done, backtest_id]
            )
            notes.commit()
            if done < everything and time.monotonic() - began > MOST_SECONDS:
                raise _TooLong(_too_long(done, everything))

        try:
            rule = rule_named(asked.rule_code)
            found = backtest(
                connection, rule, asked.first_day, asked.last_day, asked.changed_numbers, note, chunk=CHUNK
            )
            status, result = DONE, found.plain()
        except (YichaError, _TooLong) as error:
            status, result = FAILED, {"why": str(error)}
        except psycopg.errors.QueryCanceled:
            status, result = FAILED, {"why": _too_long(read_run(notes, backtest_id).done, asked.claims)}
        except Exception as error:  # its message may hold data
            status, result = FAILED, {"why": f"An unexpected {type(error).__name__}. Run it by hand to see more."}
        notes.execute(
            "UPDATE rule_backtests SET status = %s, result = %s, heard_at = now() WHERE backtest_id = %s",
            [status, Jsonb(result), backtest_id],
        )


if __name__ == "__main__":
    os.nice(NICENESS)
    run(**json.load(sys.stdin))
