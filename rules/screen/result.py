"""What a screening found, put together from its parts: findings by institution, and the counts of each rule."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from claims.clock import area_day, to_day
from rules.screen.part import COUNTS, HIT_SCHEMA
from rules.screen.plan import Plan

HITS = "hits.parquet"
ROWS_IN_A_GROUP = 1 << 17


@dataclass(frozen=True)
class RuleCount:
    """What one rule found.

    Attributes:
        hits, claims, persons, institutions: findings, and how many different ones they touch.
        amount_fen: money found.
        spared: by exemption, how many would-be findings it spared.
    """

    hits: int
    claims: int
    persons: int
    institutions: int
    amount_fen: int
    spared: Mapping[str, int]


@dataclass(frozen=True)
class Screening:
    """What all rules found in a period.

    Attributes:
        screening_id: in the store.
        claims: settlements judged.
        unjudged: those that a crashed rule could not judge; a person has to look at them.
        crashed: code and type of error of each rule that crashed.
        by_rule: for each rule that was asked.
        institutions: how many have findings.
        folder: with `hits.parquet` and a workbook for each institution.
    """

    screening_id: int
    claims: int
    unjudged: int
    crashed: list[tuple[str, str]]
    by_rule: Mapping[str, RuleCount]
    institutions: int
    folder: Path


def gather_parts(plan: Plan) -> tuple[pa.Table, dict[str, Any]]:
    """All findings sorted by institution and time, and the counts of all parts."""
    tables, counts, spared = [], Counter[str](), Counter[tuple[str, str]]()
    crashed: dict[tuple[str, str], None] = {}
    for number in range(plan.parts):
        table = pq.read_table(plan.part_file(number))
        said = json.loads(table.schema.metadata[COUNTS])
        counts.update({name: said[name] for name in ("claims", "unjudged")})
        crashed |= dict.fromkeys((code, error) for code, error in said["crashed"])
        spared.update({(code, exemption): count for code, exemption, count in said["spared"]})
        tables.append(table.replace_schema_metadata(None))
    hits = pa.concat_tables(tables).cast(HIT_SCHEMA)
    by = [(name, "ascending") for name in ("institution_id", "settled_at", "claim_id", "line_number", "code")]
    return hits.sort_by(by), {**counts, "crashed": list(crashed), "spared": spared}


def count_rules(hits: pa.Table, codes: tuple[str, ...], spared: Mapping[tuple[str, str], int]) -> dict[str, RuleCount]:
    """The counts of each rule, in the order of `codes`."""
    distinct = ("claim_id", "patient_id", "institution_id")
    wanted = [("code", "count"), *((name, "count_distinct") for name in distinct), ("amount_fen", "sum")]
    found = {row.pop("code"): row for row in hits.group_by("code").aggregate(wanted).to_pylist()}
    of_rule: dict[str, dict[str, int]] = {code: {} for code in codes}
    for (code, exemption), count in spared.items():
        of_rule[code][exemption] = count

    def counted(code: str) -> RuleCount:
        findings, claims, persons, institutions, amount = (found.get(code, {}).get("_".join(one), 0) for one in wanted)
        return RuleCount(findings, claims, persons, institutions, amount, of_rule[code])

    return {code: counted(code) for code in codes}


def write_hits(hits: pa.Table, folder: Path) -> None:
    """The file of all findings."""
    pq.write_table(hits, folder / HITS, row_group_size=ROWS_IN_A_GROUP)


_STORED = (
    "claim_id",
    "line_number",
    "institution_id",
    "settled_at",
    "code",
    "grade",
    "amount_fen",
    "says_zh",
    "says_en",
)


def store_screening(
    connection: psycopg.Connection, plan: Plan, hits: pa.Table, counts: Mapping[str, Any],
    by_rule: Mapping[str, RuleCount], path: str,
) -> int:  # fmt: skip
    """Write a screening and its findings into the store, in the caller's transaction.

    Returns:
        Its number.
    """
    said = {code: vars(count) for code, count in by_rule.items()}
    days = [to_day(int(area_day(at))) for at in (plan.begin, plan.end - 1)]
    row = connection.execute(
        "INSERT INTO screenings (first_day, last_day, rules, claims, hits, unjudged, by_rule, path) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING screening_id",
        (*days, list(plan.codes), counts["claims"], len(hits), counts["unjudged"], json.dumps(said), path),
    ).fetchone()
    assert row is not None
    chosen = hits.select(list(_STORED))
    with connection.cursor().copy(f"COPY screen_hits (screening_id, {', '.join(_STORED)}) FROM STDIN") as copy:
        for batch in chosen.to_batches(ROWS_IN_A_GROUP):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                copy.write_row((row[0], *values))
    return int(row[0])


def institutions_of(hits: pa.Table) -> list[tuple[str, int, int]]:
    """Each institution with the first row of its findings and how many there are."""
    if not len(hits):
        return []
    encoded = pc.run_end_encode(hits["institution_id"].combine_chunks())
    ends = encoded.run_ends.to_pylist()
    starts = [0, *ends[:-1]]
    return [
        (name, start, end - start) for name, start, end in zip(encoded.values.to_pylist(), starts, ends, strict=True)
    ]
