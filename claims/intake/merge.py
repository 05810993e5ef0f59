"""Fits the staged rows of one import together and moves them into the store, in one order for every source."""

from collections import Counter
from dataclasses import dataclass, field

import psycopg

from claims.intake import facts, order
from claims.intake.bare import Bare
from claims.intake.complete import complete
from claims.intake.facts import Counts, run
from claims.intake.mapping import REGISTERS, Completion, SourceMapping
from claims.intake.registers import merge_register
from claims.intake.staging import Stage, Staging
from claims.tables import REVERSAL, SETTLEMENT

CHILDREN = ("lines", "diagnoses")


@dataclass
class Merged:
    """What became of the staged rows.

    Attributes:
        taken, known: rows of each file (only rows that are their part's own).
        placement: how the new claims were placed in history.
        lone_reversals: new reversals whose original is not in the store.
    """

    taken: Counts = field(default_factory=Counter)
    known: Counts = field(default_factory=Counter)
    placement: order.Placement = field(default_factory=lambda: order.Placement(0, 0))
    lone_reversals: int = 0

    def count(self, stage: Stage, taken: Counts, known: Counts) -> None:
        """Add a stage's counts, unless its rows are derived and so were counted elsewhere."""
        if stage.is_own:
            self.taken.update(taken)
            self.known.update(known)


def merge(
    connection: psycopg.Connection, staging: Staging, mapping: SourceMapping, source: str, allow_backfill: bool
) -> Merged:
    """Move all stages into the store.

    Args:
        connection: the import's connection, in its transaction.
        staging: the rows.
        mapping: says how the parts complete each other.
        source: what claims get as their source.
        allow_backfill: whether claims known before the newest decision may be appended.

    Raises:
        OutOfOrder: such claims came and were not asked for.
    """
    merged = Merged()
    _complete_and_check(connection, staging, mapping)
    bare = Bare(connection)
    bare.strip({name: sum(stage.rows for stage in staging.of_table(name)) for name in ("claims", *CHILDREN)})
    _drop_packed_pasts(connection, staging)
    for stage in staging.of_table("claims"):
        _merge_claims(connection, stage, merged, source, allow_backfill)
    bare.restore("claims")
    for name in REGISTERS:
        for stage in staging.of_table(name):
            _drop_refused(connection, stage)
            merged.count(stage, *merge_register(connection, stage))
            _release(staging, stage, mapping)
    for name in CHILDREN:
        for stage in staging.of_table(name):
            _merge_children(connection, stage, mapping, merged, allow_backfill)
            _release(staging, stage, mapping)
        bare.restore(name)
    for name in ("stock", "verdicts"):
        for stage in staging.of_table(name):
            _merge_others(connection, stage, mapping, merged)
    _count_lookups(connection, staging, mapping, merged)
    _analyze(connection, staging)
    return merged


def _analyze(connection: psycopg.Connection, staging: Staging) -> None:
    """Tell the planner what the tables hold now: it would read a store that was just filled as if it were empty."""
    for name in sorted({stage.table.name for stage in staging.stages.values()}):
        run(connection, f"ANALYZE {name}")


def _complete_and_check(connection: psycopg.Connection, staging: Staging, mapping: SourceMapping) -> None:
    complete(staging, mapping.completions)
    for check in mapping.checks:
        for stage in staging.of_table(check.table):
            if {check.earlier, check.later} <= stage.supplied:
                facts.check_not_after(connection, stage, check)


def _drop_packed_pasts(connection: psycopg.Connection, staging: Staging) -> None:
    """Patients' packed pasts do not hold what comes now; the lock lets no settlement write one beside this import."""
    if any(staging.of_table(name) for name in ("claims", *CHILDREN)):
        run(connection, "LOCK TABLE claims IN SHARE ROW EXCLUSIVE MODE")
        run(connection, "DELETE FROM patient_pasts")


def _release(staging: Staging, stage: Stage, mapping: SourceMapping) -> None:
    """Give a merged stage's disk back, unless a look-up is still to be counted by the rows that it completed there."""
    if stage.table.name not in {completion.table for completion in mapping.completions}:
        staging.empty(stage)


def _drop_refused(connection: psycopg.Connection, stage: Stage) -> None:
    if not stage.is_own:
        facts.drop_rows_of_refused(connection, stage)


def _merge_claims(
    connection: psycopg.Connection, stage: Stage, merged: Merged, source: str, allow_backfill: bool
) -> None:
    _drop_refused(connection, stage)
    facts.refuse(
        connection,
        stage,
        f"s.kind = '{SETTLEMENT}' AND s.total_fen < 0",
        "total_fen",
        "negative total without an original (expected the settlement that it takes back)",
    )
    facts.refuse(
        connection,
        stage,
        f"s.kind = '{REVERSAL}' AND s.total_fen > 0",
        "total_fen",
        "a reversal with a positive total (expected an amount at or below zero)",
    )
    known = facts.drop_doubles(connection, stage) + facts.drop_known(connection, stage)
    merged.placement = order.place(connection, stage, allow_backfill)
    taken = order.insert_placed(connection, stage, source, merged.placement)
    merged.count(stage, taken, known)
    row = run(
        connection,
        f"SELECT count(*) FROM {stage.name} s WHERE s.kind = '{REVERSAL}' "
        "AND NOT EXISTS (SELECT FROM claims t WHERE t.claim_id = s.reverses_claim_id)",
    ).fetchone()
    assert row is not None
    merged.lone_reversals += int(row[0])


def _merge_children(
    connection: psycopg.Connection, stage: Stage, mapping: SourceMapping, merged: Merged, allow_backfill: bool
) -> None:
    _drop_refused(connection, stage)
    known = facts.drop_doubles(connection, stage) + facts.drop_known(connection, stage)
    facts.refuse(
        connection,
        stage,
        "NOT EXISTS (SELECT FROM claims t WHERE t.claim_id = s.claim_id)",
        "claim_id",
        "its claim is unknown or was rejected (expected a settlement of this import or of an earlier one)",
    )
    if stage.table.name == "lines":
        _refuse_negative(connection, stage)
    _guard_decided(connection, stage, allow_backfill)
    merged.count(stage, facts.insert(connection, stage, mapping.numbering_of(stage.table.name)), known)


def _refuse_negative(connection: psycopg.Connection, stage: Stage) -> None:
    facts.refuse(
        connection,
        stage,
        "(s.quantity_e4 < 0 OR s.amount_fen < 0) AND s.reverses_line_id IS NULL AND EXISTS "
        f"(SELECT FROM claims t WHERE t.claim_id = s.claim_id AND t.kind = '{SETTLEMENT}')",
        "quantity_e4",
        "negative quantity or amount without an original (expected the line that it takes back, or a reversal)",
    )


def _guard_decided(connection: psycopg.Connection, stage: Stage, allow_backfill: bool) -> None:
    """A decided claim keeps the lines that it was decided on, unless back-filling was asked for."""
    decided = order.newest_decision(connection)
    if not decided:
        return
    touched = f"t.claim_id = s.claim_id AND t.recorded_order <= {decided}"
    if allow_backfill:
        order.mark_affected(
            connection, f"SELECT * FROM claims t WHERE EXISTS (SELECT FROM {stage.name} s WHERE {touched})"
        )
        return
    facts.refuse(
        connection,
        stage,
        f"EXISTS (SELECT FROM claims t WHERE {touched})",
        "claim_id",
        "its claim lies before the newest decision (expected rows of later claims, or --allow-backfill)",
    )


def _merge_others(connection: psycopg.Connection, stage: Stage, mapping: SourceMapping, merged: Merged) -> None:
    _drop_refused(connection, stage)
    if stage.table.name == "verdicts":
        _resolve_verdicts(connection, stage)
    known = facts.drop_doubles(connection, stage) + facts.drop_known(connection, stage)
    merged.count(stage, facts.insert(connection, stage, mapping.numbering_of(stage.table.name)), known)


def _resolve_verdicts(connection: psycopg.Connection, stage: Stage) -> None:
    """Turn the source's line ids into our line numbers; a verdict on something unknown is refused."""
    facts.refuse(
        connection,
        stage,
        "s.claim_id IS NOT NULL AND NOT EXISTS (SELECT FROM claims t WHERE t.claim_id = s.claim_id)",
        "claim_id",
        "the claim it judges is unknown (expected a settlement of this import or of an earlier one)",
    )
    if "line_id" not in stage.supplied:
        return
    run(
        connection,
        f"UPDATE {stage.name} s SET line_number = t.line_number FROM lines t "
        "WHERE t.claim_id = s.claim_id AND t.line_id = s.line_id",
    )
    stage.supplied.add("line_number")
    facts.refuse(
        connection,
        stage,
        "s.line_id IS NOT NULL AND s.line_number IS NULL",
        "line_id",
        "the line it judges is unknown (expected a line of its claim)",
    )


def _count_lookups(connection: psycopg.Connection, staging: Staging, mapping: SourceMapping, merged: Merged) -> None:
    """A look-up's row is taken when it completed a new claim, known when its claim is, and refused otherwise."""
    for completion in mapping.completions:
        for stage in staging.of_table(completion.source):
            if not stage.output.is_lookup:
                continue
            _count_lookup(connection, stage, completion, staging.of_table(completion.table), merged)


def _count_lookup(
    connection: psycopg.Connection, stage: Stage, completion: Completion, completed: list[Stage], merged: Merged
) -> None:
    on, table = completion.on, completion.table
    known = facts.drop_doubles(connection, stage)
    facts.refuse(
        connection,
        stage,
        f"NOT EXISTS (SELECT FROM {table} t WHERE t.{on} = s.{on})",
        on,
        f"no row of {table} has this {on} (expected one in this import or an earlier one)",
    )
    rest = facts.count_by_file(connection, stage.name)
    taken: Counts = Counter()
    for new in completed:
        taken += facts.count_by_file(
            connection, f"{stage.name} s WHERE EXISTS (SELECT FROM {new.name} t WHERE t.{on} = s.{on})"
        )
    merged.count(stage, taken, known + (rest - taken))
