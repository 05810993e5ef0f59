"""What each rule found, crashed at and spared, added up by day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import psycopg

from claims.store.columns import array_text
from rules.frame import Hit, State
from scoring.judge import Judgement

Spared = Mapping[tuple[str, str], int]
"""How many findings each exemption spared, by rule code and exemption."""


def count_rules(connection: psycopg.Connection, judgement: Judgement) -> None:
    """Add what the rules of one judged batch found; the transaction is the caller's, who may be the service."""
    shadow = judgement.shadow
    rows = _rows(State.ACTIVE, judgement.hits, judgement.crashed, judgement.spared)
    rows += _rows(State.SHADOW, shadow.hits, shadow.crashed, shadow.spared)
    if not rows:
        return
    columns = [array_text(column) for column in zip(*rows, strict=True)]
    connection.execute(
        "INSERT INTO rule_counts (rule_code, state, claims, hits, amount_fen, crashes, spared, on_day)"
        " SELECT *, (now() AT TIME ZONE 'Asia/Shanghai')::date FROM unnest(%s::text[], %s::text[], %s::bigint[],"
        " %s::bigint[], %s::bigint[], %s::bigint[], %s::jsonb[])",
        columns,
    )


def _rows(
    state: State, hits: Sequence[Hit], crashed: Sequence[tuple[str, str]], spared: Spared
) -> list[tuple[str, str, int, int, int, int, str]]:
    claims: dict[str, set[int]] = {}
    found: Counter[str] = Counter()
    amount: Counter[str] = Counter()
    for hit in hits:
        claims.setdefault(hit.code, set()).add(hit.claim_row)
        found[hit.code] += 1
        amount[hit.code] += hit.amount_fen
    crashes = Counter(code for code, _ in crashed)
    mild: dict[str, dict[str, int]] = {}
    for (code, exemption), count in spared.items():
        mild.setdefault(code, {})[exemption] = count
    return [
        (
            code,
            str(state),
            len(claims.get(code, ())),
            found[code],
            amount[code],
            crashes[code],
            json.dumps(mild.get(code, {})),
        )
        for code in dict.fromkeys([*found, *crashes, *mild])
    ]


@dataclass(frozen=True)
class DayCount:
    """What one rule did on one day in one state."""

    rule_code: str
    state: State
    on_day: date
    claims: int
    hits: int
    amount_fen: int
    crashes: int


def counts_by_day(connection: psycopg.Connection, first: date, last: date, code: str | None = None) -> list[DayCount]:
    """The counts of the days on which rules were asked, by rule, day and state; days without any finding are left out.

    Args:
        connection: an open connection.
        first: first day.
        last: last day, itself included.
        code: of one rule; of all when left out.
    """
    rows = connection.execute(
        "SELECT rule_code, state, on_day, sum(claims)::bigint, sum(hits)::bigint, sum(amount_fen)::bigint,"
        " sum(crashes)::bigint FROM rule_counts WHERE on_day BETWEEN %s AND %s"
        " AND (%s::text IS NULL OR rule_code = %s) GROUP BY 1, 2, 3 ORDER BY 1, 3, 2",
        [first, last, code, code],
    )
    return [DayCount(name, State(state), *rest) for name, state, *rest in rows]


def spared_by_exemption(connection: psycopg.Connection, first: date, last: date) -> dict[tuple[str, str], int]:
    """How many findings each exemption spared, by rule code and exemption, in rules asked on these days."""
    rows = connection.execute(
        "SELECT rule_code, each.key, sum(each.value::bigint)::bigint FROM rule_counts, jsonb_each_text(spared) each"
        " WHERE on_day BETWEEN %s AND %s GROUP BY 1, 2 ORDER BY 1, 2",
        [first, last],
    )
    return {(code, exemption): count for code, exemption, count in rows}
