"""What was decided lately, as the watch reads it: a thinned sample of values, and counts of what was said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import psycopg

from claims.errors import NotEnoughData
from claims.tables import Array
from scoring.rule_columns import kept_columns

MOST_ROWS = 20_000
"""Decisions and rows of the reference whose values are read: forty megabytes each, and chance explains little of it."""

EARLIER_WINDOWS = 3
"""Rule hits and reasons are compared with so many windows before: no build knows them."""


@dataclass(frozen=True)
class Window:
    """Decisions in (begin, end], and those before with which hits and reasons are compared, from `earlier` on."""

    earlier: datetime
    begin: datetime
    end: datetime
    decisions: int
    earlier_decisions: int


def newest_window(connection: psycopg.Connection, days: int, least: int) -> Window:
    """The last days of decisions, counted back from the newest one.

    Raises:
        NotEnoughData: there are fewer decisions than `least`.
    """
    row = connection.execute("SELECT max(decided_at) FROM decisions WHERE octet_length(features) > 0").fetchone()
    end = row[0] if row else None
    if end is None:
        raise _too_few(0, least)
    begin = end - timedelta(days=days)
    earlier = begin - timedelta(days=EARLIER_WINDOWS * days)
    counted = connection.execute(
        "SELECT count(*) FILTER (WHERE decided_at > %(begin)s), count(*) FILTER (WHERE decided_at <= %(begin)s)"
        " FROM decisions WHERE decided_at > %(earlier)s AND octet_length(features) > 0",
        {"begin": begin, "earlier": earlier},
    ).fetchone()
    now, before = counted or (0, 0)
    if now < least:
        raise _too_few(now, least)
    return Window(earlier, begin, end, now, before)


def read_values(connection: psycopg.Connection, window: Window, feature_set: str, width: int) -> tuple[Array, Array]:
    """Of the window's decisions, evenly thinned to `MOST_ROWS`: feature values (n, width), columns of rules (n, 4)."""
    every = max(1, window.decisions // MOST_ROWS)
    rows = connection.execute(
        "SELECT features, rule_hits FROM"
        " (SELECT features, rule_hits, row_number() OVER (ORDER BY recorded_order) AS place FROM decisions"
        " WHERE decided_at > %s AND feature_set = %s AND octet_length(features) = %s) d WHERE place %% %s = 0",
        [window.begin, feature_set, 8 * width, every],
    ).fetchall()
    packed = b"".join(row[0] for row in rows)
    return np.frombuffer(packed, dtype="<f8").reshape(-1, width), kept_columns([row[1] for row in rows])


def count_rule_hits(connection: psycopg.Connection, window: Window) -> tuple[Counter[str], Counter[str]]:
    """Decisions that each rule hit, before the window and in it."""
    return _counted(
        connection,
        window,
        "SELECT decided_at > %(begin)s, h->>'code', count(DISTINCT recorded_order)"
        " FROM decisions, jsonb_array_elements(rule_hits) h WHERE decided_at > %(earlier)s GROUP BY 1, 2",
    )


def count_reasons(connection: psycopg.Connection, window: Window) -> tuple[Counter[str], Counter[str]]:
    """How often each column was a reason, before the window and in it."""
    return _counted(
        connection,
        window,
        "SELECT decided_at > %(begin)s, r->>'feature', count(*) FROM decisions, jsonb_array_elements(reasons) r"
        " WHERE decided_at > %(earlier)s AND r->>'kind' = 'feature' GROUP BY 1, 2",
    )


def _counted(connection: psycopg.Connection, window: Window, query: str) -> tuple[Counter[str], Counter[str]]:
    before: Counter[str] = Counter()
    now: Counter[str] = Counter()
    for is_now, name, count in connection.execute(query, {"begin": window.begin, "earlier": window.earlier}):
        (now if is_now else before)[name] = count
    return before, now


def _too_few(count: int, least: int) -> NotEnoughData:
    return NotEnoughData(
        f"{count} settlements were decided lately. Expected at least {least} to say anything about drift. Let the "
        "service run, or screen a period with yicha score."
    )
