"""The ledger of promotions: which bundle serves, since when, by whom and why. The service follows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from claims.settings import Settings

CHAMPION = "champion"


@dataclass(frozen=True)
class Promotion:
    """One row of the ledger."""

    promotion_id: int
    subject: str
    alias: str
    bundle_path: Path
    bundle_fingerprint: str
    run_id: str
    version: str
    promoted_by: str
    why: str
    promoted_at: datetime


_COLUMNS = ", ".join(Promotion.__dataclass_fields__)


def promote(
    connection: psycopg.Connection,
    settings: Settings,
    subject: str,
    bundle_path: Path,
    bundle_fingerprint: str,
    run_id: str,
    version: str,
    promoted_by: str,
    why: str,
    alias: str = CHAMPION,
) -> Promotion:
    """Write a promotion; the transaction is the caller's.

    Args:
        connection: an open connection.
        settings: where the data folder is; a bundle inside is found again when the folder was moved.
        subject: what the model judges, `claim` or `institution`.
        bundle_path: the folder of the bundle, readable by the service.
        bundle_fingerprint: as `save_bundle` gave it.
        run_id: the MLflow run that made it.
        version: the registry's version number.
        promoted_by: who decided.
        why: the reason in words.
        alias: `champion` serves, `challenger` shadows.
    """
    row = connection.execute(
        "INSERT INTO promotions (subject, alias, bundle_path, bundle_fingerprint, run_id, version, promoted_by, why)"
        f" VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
        [subject, alias, settings.stored_path(bundle_path), bundle_fingerprint, run_id, version, promoted_by, why],
    ).fetchone()
    assert row is not None
    return _promotion(row, settings)


def champion(
    connection: psycopg.Connection, settings: Settings, subject: str = "claim", alias: str = CHAMPION
) -> Promotion | None:
    """The newest promotion of `subject` under `alias`, or None when nothing was promoted."""
    return next(iter(newest_promotions(connection, settings, 1, subject, alias)), None)


def newest_promotions(
    connection: psycopg.Connection, settings: Settings, most: int, subject: str = "claim", alias: str = CHAMPION
) -> list[Promotion]:
    """At most `most` promotions of `subject` under `alias`, the newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM promotions WHERE subject = %s AND alias = %s ORDER BY promotion_id DESC LIMIT %s",
        [subject, alias, most],
    )
    return [_promotion(row, settings) for row in rows]


def _promotion(row: Sequence[Any], settings: Settings) -> Promotion:
    named = dict(zip(Promotion.__dataclass_fields__, row, strict=True))
    return Promotion(**{**named, "bundle_path": settings.path_of(named["bundle_path"])})
