"""What the store shows of the last twelve months of rules: who was judged, by which rules, and what followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from audit.life.ledger import states_of
from audit.verdicts import STANDING
from features.catalogue import FEATURES, feature_set
from rules.frame import Rule, State

THEMES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "frequency": ("高频次", "high frequency", ("GZ10000204002000", "GZ10000204003000", "YC-TILL")),
    "cost": ("高费用", "high cost", ("GZ10000102015000", "GZ10000103003000")),
    "large": (
        "大处方开药",
        "large prescriptions",
        ("GZ10000101009000", "GZ10000202004000", "YC-SUPPLY", "YC-QUANTITY", "YC-SLIPS", "YC-HERBS"),
    ),
    "indication": (
        "无指征开药",
        "no indication",
        ("YC-NODIAGNOSIS", "GZ10000101008000", "GZ10000301007000", "GZ10000302001000", "GZ10000302002000"),
    ),
}
"""Which rules speak of what the third question names; a code that no working rule has yet says nothing."""

_YEAR = "now() - interval '12 months'"


@dataclass(frozen=True)
class Area:
    """Outpatient, inpatient or pharmacy: settlements judged, of them at settlement (`live`) and hit by a rule."""

    settlements: int
    live: int
    hit: int
    institutions: int
    last: datetime


@dataclass(frozen=True)
class FollowUp:
    """What became of what was reminded, held or refused."""

    reminded: int
    held: int
    refused: int
    in_cases: int
    open: int
    closed: int
    violating: int
    violating_fen: int
    in_order: int


@dataclass(frozen=True)
class Evidence:
    """All of it.

    Attributes:
        states: of the rules, by code.
        waiting: active rules whose knowledge table is not loaded.
        live: when each rule was last asked at a settlement.
        hits: of active rules by code.
        areas: by `outpatient`, `inpatient`, `pharmacy`.
        columns, account_columns: how many columns are about a `patient` or an `institution`.
        cost_columns: columns in money about a patient.
        built_at: when they were last built.
        cases: opened by kind of subject.
        advice: questions by stage.
        systems: calling systems that asked.
        institutions, complete_registers, fresh_registers: how many, with a complete one, confirmed within 24 hours.
        follow_up: see `FollowUp`.
    """

    states: Mapping[str, State]
    waiting: frozenset[str]
    live: Mapping[str, datetime]
    hits: Mapping[str, int]
    areas: Mapping[str, Area]
    columns: Mapping[str, int]
    account_columns: Mapping[str, int]
    cost_columns: int
    built_at: datetime | None
    cases: Mapping[str, int]
    advice: Mapping[str, int]
    systems: int
    institutions: int
    complete_registers: int
    fresh_registers: int
    follow_up: FollowUp

    def with_state(self, state: State) -> list[str]:
        """The codes of the rules in a state."""
        return [code for code, of_rule in self.states.items() if of_rule is state]


def read_evidence(connection: psycopg.Connection, rules: Sequence[Rule]) -> Evidence:
    """Read it; some of the questions read each decision of the twelve months."""
    states = states_of(connection, rules)
    kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM knowledge WHERE is_understood")}
    registers = _one(
        connection,
        "SELECT count(*), count(*) FILTER (WHERE is_complete),"
        " count(*) FILTER (WHERE is_complete AND confirmed_at >= now() - interval '24 hours')"
        " FROM institutions LEFT JOIN (SELECT institution_id, bool_and(is_complete) AS is_complete,"
        " min(confirmed_at) AS confirmed_at FROM declarations GROUP BY institution_id) d USING (institution_id)",
    )
    built = connection.execute("SELECT built_at FROM feature_builds WHERE feature_set = %s", [feature_set()]).fetchone()
    return Evidence(
        states=states,
        waiting=frozenset(
            rule.code
            for rule in rules
            if states[rule.code] is State.ACTIVE and rule.needs and not kinds & set(rule.needs)
        ),
        live=_asked_live(connection),
        hits=dict(
            connection.execute(
                "SELECT rule_code, sum(hits)::bigint FROM rule_counts WHERE state = 'active'"
                f" AND on_day >= {_YEAR} GROUP BY 1"
            ).fetchall()
        ),
        areas=_areas(connection),
        columns={kind: _columns_about(kind, ("",)) for kind in ("patient", "institution")},
        account_columns={kind: _columns_about(kind, ("account",)) for kind in ("patient", "institution")},
        cost_columns=sum(one.unit == "fen" and one.name.startswith("patient_") for one in FEATURES),
        built_at=built[0] if built else None,
        cases=dict(
            connection.execute(
                f"SELECT subject_kind, count(*) FROM cases WHERE opened_at >= {_YEAR} GROUP BY 1"
            ).fetchall()
        ),
        advice=dict(
            connection.execute(f"SELECT stage, count(*) FROM advice WHERE asked_at >= {_YEAR} GROUP BY 1").fetchall()
        ),
        systems=_one(connection, f"SELECT count(DISTINCT system_code) FROM advice WHERE asked_at >= {_YEAR}")[0],
        institutions=registers[0],
        complete_registers=registers[1],
        fresh_registers=registers[2],
        follow_up=_follow_up(connection),
    )


def _asked_live(connection: psycopg.Connection) -> dict[str, datetime]:
    """When each rule was last asked at a settlement: by the rule sets of the decisions."""
    rows = connection.execute(
        "SELECT s.asked, used.last FROM rule_sets s JOIN (SELECT rule_set, max(decided_at) AS last FROM decisions"
        f" WHERE NOT is_batch AND decided_at >= {_YEAR} GROUP BY 1) used ON used.rule_set = s.fingerprint"
        " ORDER BY used.last"
    )
    return {code: last for asked, last in rows for code, state, _ in asked if state == State.ACTIVE}


def _areas(connection: psycopg.Connection) -> dict[str, Area]:
    rows = connection.execute(
        "SELECT CASE WHEN i.kind = 'pharmacy' THEN 'pharmacy' WHEN c.benefit_kind = 'inpatient' THEN 'inpatient'"
        " ELSE 'outpatient' END AS area, count(*), count(*) FILTER (WHERE NOT d.is_batch),"
        " count(*) FILTER (WHERE d.rule_hits <> '[]'), count(DISTINCT c.institution_id), max(d.decided_at)"
        " FROM decisions d JOIN claims c USING (claim_id) LEFT JOIN institutions i USING (institution_id)"
        f" WHERE d.decided_at >= {_YEAR} AND c.kind = 'settlement' GROUP BY 1"
    )
    return {area: Area(*rest) for area, *rest in rows}


def _follow_up(connection: psycopg.Connection) -> FollowUp:
    actions = _one(
        connection,
        "SELECT count(*) FILTER (WHERE action = 'remind'), count(*) FILTER (WHERE action = 'review'),"
        " count(*) FILTER (WHERE action = 'refuse'), count(*) FILTER (WHERE EXISTS ("
        "  SELECT FROM evidence e WHERE e.claim_id = d.claim_id))"
        f" FROM decisions d WHERE decided_at >= {_YEAR} AND action <> 'pass'",
    )
    cases = _one(
        connection,
        "SELECT count(*) FILTER (WHERE status = 'open'), count(*) FILTER (WHERE status = 'closed') FROM cases"
        f" WHERE opened_at >= {_YEAR}",
    )
    verdicts = _one(
        connection,
        "SELECT count(*) FILTER (WHERE finding = 'violating'),"
        " coalesce(sum(amount_fen) FILTER (WHERE finding = 'violating'), 0)::bigint,"
        f" count(*) FILTER (WHERE finding = 'in_order') FROM verdicts v WHERE decided_at >= {_YEAR} AND {STANDING}"
        " AND EXISTS (SELECT FROM decisions d WHERE d.claim_id = v.claim_id AND d.action <> 'pass')",
    )
    return FollowUp(*actions, *cases, *verdicts)


def _columns_about(entity: str, words: Iterable[str]) -> int:
    return sum(one.name.startswith(f"{entity}_") and any(word in one.name for word in words) for one in FEATURES)


def _one(connection: psycopg.Connection, query: str) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
