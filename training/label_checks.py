"""What must hold of verdicts and settlements before they may teach, in `yicha train` as in `yicha retrain`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import psycopg

from audit.verdicts import STANDING
from claims.clock import DAY
from claims.errors import NotEnoughData
from claims.tables import Array

MOST_ODD_VERDICTS = 0.01
"""Share of verdicts that may contradict each other or precede their claim: slips of the pen, which every ledger has."""


@dataclass(frozen=True)
class Check:
    """What one check found, in both languages; a failed one says what to do."""

    name: str
    passed: bool
    zh: str
    en: str


def future_labels(connection: psycopg.Connection, now: int) -> Check:
    """No verdict comes from the future, and hardly any from before its claim.

    Args:
        connection: an open connection.
        now: seconds by the wall clock.
    """
    ahead = count(connection, "SELECT count(*) FROM verdicts WHERE known_at > to_timestamp(%s)", now + DAY)
    early = count(
        connection, "SELECT count(*) FROM verdicts v JOIN claims c USING (claim_id) WHERE v.known_at < c.settled_at"
    )
    all_ = count(connection, "SELECT count(*) FROM verdicts")
    passed = ahead == 0 and early <= MOST_ODD_VERDICTS * all_
    zh, en = (
        f"{ahead} 条判定来自未来，{early} 条早于其结算",
        f"{ahead} verdicts lie in the future, {early} before their claim",
    )
    if not passed:
        zh += "；请更正来源的时钟或导入映射"
        en += ": correct the clock of their source, or its import mapping"
    return Check("future_labels", passed, zh, en)


def duplicates(connection: psycopg.Connection, claim_ids: Array) -> Check:
    """A settlement stands once in the build, and standing verdicts on one place agree.

    Args:
        connection: an open connection.
        claim_ids: (n,) of the settlements of the build.
    """
    twice = len(claim_ids) - len(np.unique(claim_ids.astype(str)))
    split, places = 0, 0
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE findings > 1), count(*) FROM (SELECT count(DISTINCT finding) AS findings"
        f" FROM verdicts v WHERE {STANDING} AND finding <> 'not_judged' AND claim_id IS NOT NULL"
        " GROUP BY claim_id, coalesce(line_number, 0)) p"
    ).fetchone()
    if row:
        split, places = int(row[0]), int(row[1])
    passed = twice == 0 and split <= MOST_ODD_VERDICTS * places
    zh, en = (
        f"{twice} 笔结算重复，{split} 处判定互相矛盾",
        f"{twice} settlements stand twice, {split} places have two findings",
    )
    if not passed:
        zh += "；请重新构建特征，或以申诉更正判定"
        en += ": build the features again, or correct the verdicts by an appeal"
    return Check("duplicates", passed, zh, en)


def refuse_bad_labels(connection: psycopg.Connection, claim_ids: Array, now: int) -> None:
    """Stop a training run whose verdicts cannot be right. The arguments are those of the checks.

    Raises:
        NotEnoughData: one of the checks above failed.
    """
    failed = [
        check.en for check in (future_labels(connection, now), duplicates(connection, claim_ids)) if not check.passed
    ]
    if failed:
        raise NotEnoughData(f"Nothing was learned. Expected verdicts that can be right, but {'; '.join(failed)}.")


def count(connection: psycopg.Connection, query: str, *values: object) -> int:
    """The one number that a query gives."""
    row = connection.execute(query, values).fetchone()
    return int(row[0]) if row else 0
