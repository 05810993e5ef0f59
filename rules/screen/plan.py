"""How a screening is cut; written down, so that one that was stopped goes on where it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from claims.clock import to_moment
from claims.errors import NotEnoughData
from claims.store.slices import Block
from claims.store.stream import Moment, blocks_of
from features.context import look_back_of
from rules.declared import fingerprint
from rules.frame import Rule

CLAIMS_IN_A_PART = 150_000
"""Of about three lines each; two processes with such a part stay below three gigabytes."""

UNFINISHED, PLAN, PIECES, PARTS = "unfinished", "plan.json", "pieces", "parts"


@dataclass(frozen=True)
class Plan:
    """What every worker needs to know; equal plans give equal files.

    Attributes:
        moment: the state of the store that is screened; another one of the same claims when a screening goes on.
        folder: of the unfinished work; every worker reads and writes it.
        begin, end: seconds; settlements with `settled_at` in [begin, end) are judged, earlier ones are their past.
        blocks: consecutive claims.
        parts: how many parts the claims make, by person.
        codes: the rules that are asked.
    """

    moment: Moment
    folder: Path
    begin: int
    end: int
    blocks: tuple[Block, ...]
    parts: int
    codes: tuple[str, ...]

    def pieces(self, name: str) -> Path:
        """The folder of the pieces of a table."""
        return self.folder / PIECES / name

    @property
    def scans_file(self) -> Path:
        """The boxes that were scanned more than once."""
        return self.folder / "scans.arrow"

    def part_file(self, number: int) -> Path:
        """What the rules found in a part; there when the part is done."""
        return self.folder / PARTS / f"{number:06d}.parquet"


def make_plan(
    connection: psycopg.Connection,
    moment: Moment,
    folder: Path,
    begin: int,
    end: int,
    rules: Sequence[Rule],
    claims_in_a_part: int = CLAIMS_IN_A_PART,
) -> Plan:
    """The plan of a screening; where an unfinished one asks the same of the same store, its work is kept.

    Args:
        connection: in the transaction that `moment` exported.
        moment: the state of the store.
        folder: of the screening.
        begin: as in `Plan`.
        end: as in `Plan`.
        rules: the rules that are asked.
        claims_in_a_part: how many claims a block and a part hold, about.

    Raises:
        NotEnoughData: nothing was settled in the period.
    """
    unfinished = folder / UNFINISHED
    blocks = _blocks(connection, begin, end, claims_in_a_part)
    plan = Plan(moment, unfinished, begin, end, blocks, len(blocks), tuple(rule.code for rule in rules))
    said = _said(connection, plan, rules)
    written = unfinished / PLAN
    if not written.exists() or json.loads(written.read_text(encoding="utf-8")) != said:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        written.write_text(json.dumps(said), encoding="utf-8")
    return plan


def _blocks(connection: psycopg.Connection, begin: int, end: int, size: int) -> tuple[Block, ...]:
    """The claims of the period and of the past that rules look at."""
    row = connection.execute(
        "SELECT max(recorded_order) FROM claims "
        "WHERE kind = 'settlement' AND settled_at >= to_timestamp(%s) AND settled_at < to_timestamp(%s)",
        (begin, end),
    ).fetchone()
    if row is None or row[0] is None:
        raise NotEnoughData(
            f"No settlement lies between {to_moment(begin):%Y-%m-%d} and {to_moment(end - 1):%Y-%m-%d}. Expected "
            "settled claims between --from and --to. Choose another period."
        )
    since = look_back_of(begin)
    where = f"recorded_order <= {int(row[0])} AND settled_at >= to_timestamp({since})"
    return tuple(blocks_of(connection, size, where))


def _said(connection: psycopg.Connection, plan: Plan, rules: Sequence[Rule]) -> dict[str, Any]:
    """The plan and everything that its results depend on, as it is written down."""
    row = connection.execute(
        "SELECT (SELECT version::text FROM register_version), (SELECT max(import_id) FROM imports), "
        "(SELECT value FROM store_facts WHERE name = 'store_id')"
    ).fetchone()
    return {
        "begin": plan.begin,
        "end": plan.end,
        "blocks": [[block.first, block.last, block.count] for block in plan.blocks],
        "store": list(row or ()),
        "rules": {rule.code: fingerprint(rule) for rule in rules},
    }
