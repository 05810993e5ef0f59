"""Asks one rule about the claims of a past period as it would have been asked then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg

from audit.life.asked import asked_in
from audit.life.ledger import states_of
from audit.life.past_verdicts import standing_verdicts
from audit.life.tally import Tally
from claims.batch import ClaimBatch, select
from claims.clock import area_day, start_of_day
from claims.context import Context
from claims.errors import BadSetting, NotEnoughData
from claims.tables import Array
from features.past_context import PastReader
from rules.catalogue import RULES
from rules.declared import with_numbers
from rules.frame import Rule
from rules.known import Known
from rules.run import RuleResult, run_rules
from scoring.actions import ACTIONS, REFUSE, REMIND, REVIEW, action_of

CHUNK = 20_000
"""Claims judged together; with the past of their persons some four hundred megabytes. Smaller parts read more twice."""

NOW, TRIED = "now", "tried"


@dataclass(frozen=True)
class Backtest:
    """What a rule would have done.

    Attributes:
        code: the rule's.
        first, last: the days, both included.
        claims: settlements of the period.
        columns: figures by NOW (as the rule is declared) and, where numbers were changed, TRIED; see `Tally.plain`.
        changed: the numbers that were changed.
        only: claims that only one of the two columns hits, by column.
        only_stopped: claims that only one of them would hold or refuse.
        missing: kinds of knowledge tables without any of which the rule is not asked; empty where there is one.
    """

    code: str
    first: date
    last: date
    claims: int
    columns: Mapping[str, Mapping[str, Any]]
    changed: Mapping[str, int]
    only: Mapping[str, int]
    only_stopped: Mapping[str, int]
    missing: Sequence[str]

    def plain(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "code": self.code,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "claims": self.claims,
            "columns": dict(self.columns),
            "changed": dict(self.changed),
            "only": dict(self.only),
            "only_stopped": dict(self.only_stopped),
            "missing_tables": list(self.missing),
        }


def backtest(
    connection: psycopg.Connection,
    rule: Rule,
    first: date,
    last: date,
    changed: Mapping[str, int] | None = None,
    progress: Callable[[int, int], object] = lambda *_: None,
    rules: Sequence[Rule] = RULES,
    chunk: int = CHUNK,
) -> Backtest:
    """Ask a rule in any state, or one that is in no list yet, about a period; nothing is written.

    Each claim is judged with what was recorded before it, by the numbers and the knowledge of its own day.

    Args:
        connection: without a transaction of the caller's; may be the service's.
        rule: what is asked.
        first: first day of settlement.
        last: last day, itself included.
        changed: numbers of the rule to try out beside the present ones.
        progress: told (done, of all) after each part.
        rules: the catalogue; the overlap is with those of it that act.
        chunk: claims judged together.

    Raises:
        BadSetting: the period ends before it begins, or the rule has no such number.
        NotEnoughData: nothing was settled in it.
    """
    tallies = {NOW: Tally(rule)}
    if changed:
        tallies[TRIED] = Tally(with_numbers(rule, changed))
    everything = settled_in(connection, first, last)
    reader = PastReader(connection)
    others = [each for each in asked_in(states_of(connection, rules), rules).active if each.code != rule.code]
    only, only_stopped = (Counter[str]() for _ in range(2))
    done, missing = 0, list(rule.needs)
    for claim_ids, settled_at, last_order in _parts(connection, first, last, chunk):
        batch, context = reader.read(claim_ids, settled_at, last_order)
        if not Known(context.knowledge).kinds.isdisjoint(rule.needs):
            missing = []
        found = _add(connection, batch, context, tallies, others)
        if changed:
            only += _only(found, {REMIND, REVIEW, REFUSE})
            only_stopped += _only(found, {REVIEW, REFUSE})
        connection.rollback()  # nothing was written; what follows need not hold back the store's own housekeeping
        done += len(claim_ids)
        progress(done, everything)
    columns = {name: tally.plain() for name, tally in tallies.items()}
    hit, stopped = ({name: counts[name] for name in tallies if changed} for counts in (only, only_stopped))
    return Backtest(rule.code, first, last, everything, columns, dict(changed or {}), hit, stopped, missing)


def settled_in(connection: psycopg.Connection, first: date, last: date, most: int | None = None) -> int:
    """How many settlements the period has; counts no further than `most`.

    Raises:
        BadSetting: it ends before it begins.
        NotEnoughData: none.
    """
    if last < first:
        raise BadSetting("The period ends before it begins. Expected a last day not before the first. Give both again.")
    row = connection.execute(
        f"SELECT count(*) FROM (SELECT FROM claims WHERE {_IN_PERIOD} LIMIT %s) c", [*_bounds(first, last), most]
    ).fetchone()
    if row is None or not row[0]:
        raise NotEnoughData(
            "No settlement lies in this period. Expected settled claims between the two days. Choose another period."
        )
    return int(row[0])


_IN_PERIOD = "kind = 'settlement' AND settled_at >= to_timestamp(%s) AND settled_at < to_timestamp(%s)"


def _bounds(first: date, last: date) -> list[int]:
    return [start_of_day(first), start_of_day(last + timedelta(days=1))]


def _parts(connection: psycopg.Connection, first: date, last: date, chunk: int) -> Iterator[tuple[Array, Array, int]]:
    """Ids and moments of the settlements, part by part in recorded order, with the last order of each part."""
    after = -1
    while True:
        rows = connection.execute(
            "SELECT claim_id, extract(epoch FROM settled_at)::bigint, recorded_order FROM claims"
            f" WHERE {_IN_PERIOD} AND recorded_order > %s ORDER BY recorded_order LIMIT %s",
            [*_bounds(first, last), after, chunk],
        ).fetchall()
        if not rows:
            return
        ids = np.array([claim_id for claim_id, *_ in rows], dtype=object)
        after = rows[-1][2]
        yield ids, np.array([at for _, at, _ in rows], dtype=np.int64), after


def _add(
    connection: psycopg.Connection,
    batch: ClaimBatch,
    context: Context,
    tallies: Mapping[str, Tally],
    others: Sequence[Rule],
) -> dict[str, RuleResult]:
    found = {name: run_rules(batch, context, [tally.rule]) for name, tally in tallies.items()}
    rows = sorted({hit.claim_row for result in found.values() for hit in result.hits})
    beside = _hit_by_others(batch, context, rows, others)
    verdicts = standing_verdicts(connection, batch.claims["claim_id"][rows].tolist() if rows else [])
    days = area_day(batch.claims["settled_at"])
    for name, tally in tallies.items():
        tally.add(batch, int(np.count_nonzero(tally.rule.holds_on(days))), found[name], beside, verdicts)
    return found


def _only(found: Mapping[str, RuleResult], actions: set[str]) -> Counter[str]:
    """How many claims have findings that propose one of the actions in one column and not in the other."""
    rows = {
        name: {hit.claim_row for hit in result.hits if ACTIONS[action_of(hit)] in actions}
        for name, result in found.items()
    }
    now, tried = rows[NOW], rows[TRIED]
    return Counter({NOW: len(now - tried), TRIED: len(tried - now)})


def _hit_by_others(batch: ClaimBatch, context: Context, rows: list[int], others: Sequence[Rule]) -> dict[int, set[str]]:
    """Which other rules hit these claims, by row; they see the whole part as their past."""
    if not rows or not others:
        return {}
    chosen = select(batch, np.array(rows))
    beside: dict[int, set[str]] = {}
    for hit in run_rules(chosen, context, others).hits:
        beside.setdefault(rows[hit.claim_row], set()).add(hit.code)
    return beside
