"""What the watch and the comparison of models found, each time they ran; the service shows the newest ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

WATCH, DIFFERENCE = "watch", "difference"


@dataclass(frozen=True)
class WatchReport:
    """One report.

    Attributes:
        figures: name -> number or None.
    """

    made_at: datetime
    bundle_fingerprint: str
    is_within_bounds: bool
    figures: Mapping[str, Any]


def keep_report(
    connection: psycopg.Connection,
    kind: str,
    subject: str,
    bundle_fingerprint: str,
    is_within_bounds: bool,
    figures: Mapping[str, Any],
) -> None:
    """Add a report; the transaction is the caller's.

    Args:
        connection: an owner's.
        kind: watch or difference.
        subject: what the models judge.
        bundle_fingerprint: of the model that was watched, or compared with the champion.
        is_within_bounds: nothing calls somebody.
        figures: ready for JSON.
    """
    connection.execute(
        "INSERT INTO watch_reports (kind, subject, bundle_fingerprint, is_within_bounds, figures)"
        " VALUES (%s, %s, %s, %s, %s)",
        [kind, subject, bundle_fingerprint, is_within_bounds, Jsonb(dict(figures))],
    )


def newest_report(connection: psycopg.Connection, kind: str, subject: str = "claim") -> WatchReport | None:
    """The newest report of a kind; the service may ask."""
    row = connection.execute(
        "SELECT made_at, bundle_fingerprint, is_within_bounds, figures FROM watch_reports"
        " WHERE kind = %s AND subject = %s ORDER BY report_id DESC LIMIT 1",
        [kind, subject],
    ).fetchone()
    return None if row is None else WatchReport(*row)
