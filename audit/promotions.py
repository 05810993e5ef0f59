"""The ledger of models: which bundle serves, which shadows it, what was refused or taken back, by whom and why.

The service follows it. Rows are added and never changed; the newest row of an alias holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from claims.errors import NotFound
from claims.settings import Settings

CHAMPION, CHALLENGER, CANDIDATE = "champion", "challenger", "candidate"
"""What serves, what shadows it, and what was trained and came no further."""

PROMOTED, ROLLED_BACK, PROPOSED, WITHDRAWN, REFUSED = "promoted", "rolled_back", "proposed", "withdrawn", "refused"


@dataclass(frozen=True)
class Model:
    """A trained model, as the ledger names it.

    Attributes:
        subject: what it judges, `claim` or `institution`.
        bundle_path: the folder of the bundle, readable by the service.
        bundle_fingerprint: as `save_bundle` gave it.
        run_id: the MLflow run that made it.
        version: the registry's version number.
    """

    subject: str
    bundle_path: Path
    bundle_fingerprint: str
    run_id: str
    version: str


@dataclass(frozen=True)
class Promotion:
    """One row of the ledger.

    Attributes:
        alias: champion serves, challenger shadows, candidate does neither.
        what: promoted, rolled_back, proposed, withdrawn or refused.
        previous_id: the row of the champion that serves again when this one is rolled back.
        needs_second: another person than `promoted_by` must promote it.
    """

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
    what: str
    previous_id: int | None
    needs_second: bool

    @property
    def model(self) -> Model:
        """The model that the row is about."""
        return Model(self.subject, self.bundle_path, self.bundle_fingerprint, self.run_id, self.version)


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
) -> Promotion:
    """Let a model serve; the transaction is the caller's. The fields are those of `Model`."""
    model = Model(subject, bundle_path, bundle_fingerprint, run_id, version)
    lock_promotions(connection)
    before = champion(connection, settings, subject)
    previous = before.promotion_id if before else None
    return _add(connection, settings, model, CHAMPION, PROMOTED, promoted_by, why, previous)


def propose(
    connection: psycopg.Connection, settings: Settings, model: Model, by: str, why: str, needs_second: bool = False
) -> Promotion:
    """Let a model shadow the champion, in the place of an earlier challenger; the transaction is the caller's."""
    lock_promotions(connection)
    return _add(connection, settings, model, CHALLENGER, PROPOSED, by, why, needs_second=needs_second)


def refuse(connection: psycopg.Connection, settings: Settings, model: Model, by: str, why: str) -> Promotion:
    """Write down that a model was trained and not taken; the transaction is the caller's."""
    return _add(connection, settings, model, CANDIDATE, REFUSED, by, why)


def withdraw(connection: psycopg.Connection, settings: Settings, subject: str, by: str, why: str) -> Promotion:
    """End the shadow of the challenger; the transaction is the caller's.

    Raises:
        NotFound: no challenger stands.
    """
    lock_promotions(connection)
    standing = challenger(connection, settings, subject)
    if standing is None:
        raise NotFound(
            f"No challenger stands for subject {subject!r}. Expected one that shadows the champion. "
            "`yicha models history` shows what there was."
        )
    return _add(connection, settings, standing.model, CHALLENGER, WITHDRAWN, by, why)


def roll_back(connection: psycopg.Connection, settings: Settings, subject: str, by: str, why: str) -> Promotion:
    """Let the champion before the present one serve again; the transaction is the caller's.

    A second time it goes one further back, never forth again.

    Raises:
        NotFound: there is none before it.
    """
    lock_promotions(connection)
    now, *before = serving_chain(connection, settings, 2, subject) or (None,)
    if now is None or not before:
        raise NotFound(
            f"No champion stood before the present one for subject {subject!r}. Expected an earlier promotion to go "
            "back to. `yicha models history` shows them; promote another run instead."
        )
    return _add(connection, settings, before[0].model, CHAMPION, ROLLED_BACK, by, why, before[0].previous_id)


def champion(
    connection: psycopg.Connection, settings: Settings, subject: str = "claim", alias: str = CHAMPION
) -> Promotion | None:
    """The newest row of `subject` under `alias`, or None when there is none."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM promotions WHERE subject = %s AND alias = %s ORDER BY promotion_id DESC LIMIT 1",
        [subject, alias],
    )
    return next((_promotion(row, settings) for row in rows), None)


def subjects_with_a_champion(connection: psycopg.Connection) -> list[str]:
    """What models that serve judge, sorted."""
    rows = connection.execute("SELECT DISTINCT subject FROM promotions WHERE alias = %s ORDER BY 1", [CHAMPION])
    return [subject for (subject,) in rows]


def challenger(connection: psycopg.Connection, settings: Settings, subject: str = "claim") -> Promotion | None:
    """The proposal that stands: neither promoted, withdrawn nor replaced."""
    newest = champion(connection, settings, subject, CHALLENGER)
    return newest if newest and newest.what == PROPOSED else None


def serving_chain(
    connection: psycopg.Connection, settings: Settings, most: int, subject: str = "claim"
) -> list[Promotion]:
    """The champion and those that would serve after one rollback, after two, ...; at most `most`."""
    rows = connection.execute(
        "WITH RECURSIVE chain AS ("
        " (SELECT *, 1 AS place FROM promotions WHERE subject = %s AND alias = %s ORDER BY promotion_id DESC LIMIT 1)"
        " UNION ALL SELECT p.*, c.place + 1 FROM promotions p JOIN chain c ON p.promotion_id = c.previous_id"
        f" WHERE c.place < %s) SELECT {_COLUMNS} FROM chain ORDER BY place",
        [subject, CHAMPION, most],
    )
    return [_promotion(row, settings) for row in rows]


def history(connection: psycopg.Connection, settings: Settings, subject: str, most: int = 100) -> list[Promotion]:
    """All that became of models of a subject, the newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM promotions WHERE subject = %s ORDER BY promotion_id DESC LIMIT %s", [subject, most]
    )
    return [_promotion(row, settings) for row in rows]


def newest_word_on(connection: psycopg.Connection, settings: Settings, run_id: str) -> Promotion | None:
    """The newest row about a run, under any alias."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM promotions WHERE run_id = %s ORDER BY promotion_id DESC LIMIT 1", [run_id]
    )
    return next((_promotion(row, settings) for row in rows), None)


def lock_promotions(connection: psycopg.Connection) -> None:
    """Let one transaction at a time decide what serves, until it ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha promotions'))")


def _add(
    connection: psycopg.Connection,
    settings: Settings,
    model: Model,
    alias: str,
    what: str,
    by: str,
    why: str,
    previous_id: int | None = None,
    needs_second: bool = False,
) -> Promotion:
    values = {
        "subject": model.subject,
        "alias": alias,
        "bundle_path": settings.stored_path(model.bundle_path),
        "bundle_fingerprint": model.bundle_fingerprint,
        "run_id": model.run_id,
        "version": model.version,
        "promoted_by": by,
        "why": why,
        "what": what,
        "previous_id": previous_id,
        "needs_second": needs_second,
    }
    marks = ", ".join(f"%({name})s" for name in values)
    row = connection.execute(
        f"INSERT INTO promotions ({', '.join(values)}) VALUES ({marks}) RETURNING {_COLUMNS}", values
    ).fetchone()
    assert row is not None
    return _promotion(row, settings)


def _promotion(row: Sequence[Any], settings: Settings) -> Promotion:
    named = dict(zip(Promotion.__dataclass_fields__, row, strict=True))
    return Promotion(**{**named, "bundle_path": settings.path_of(named["bundle_path"])})
