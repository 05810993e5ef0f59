"""What holds for every rule of the list."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, timedelta
from itertools import chain
from typing import Any

import numpy as np
import pytest

from claims.batch import ClaimBatch, concat, select, take
from claims.clock import day_number
from claims.context import Context
from claims.tables import Columns
from claims.trace_codes import Scans
from rules.catalogue import RULES
from rules.frame import Hit, Rule
from rules.knowledge.kinds import DIAGNOSIS_KINDS
from rules.run import run_rules
from tests.rules.scenes import scene
from tests.rules.test_rule_cases import cases_of, scene_of

TABLES = (
    *("patients", "institutions", "departments", "staff", "catalogue", "knowledge", "agreements"),
    *("declarations", "department_services", "item_mappings"),
)
"""The tables of a context."""


def one_big_scene(rule: Rule) -> tuple[ClaimBatch, Context]:
    """All cases of a rule side by side, each with its own ids, so that none sees the others."""
    parts = []
    for number, case in enumerate(cases_of(rule)):
        batch, context = scene_of(case)
        knowledge = context.knowledge
        assert knowledge is not None
        if DIAGNOSIS_KINDS.intersection(knowledge["kind"].tolist()):
            batch, context = _renamed_diagnoses(batch, context, number)
        parts.append((_renamed(batch, number), _renamed_context(context, number)))
    tables = {
        name: {column: np.concatenate([getattr(context, name)[column] for _, context in parts]) for column in part}
        for name in TABLES
        for part in [getattr(parts[0][1], name)]
    }
    scans = [vars(context.scans) for _, context in parts]
    joined = Scans(**{name: np.concatenate([part[name] for part in scans]) for name in scans[0]})
    history = concat([context.history for _, context in parts])
    return concat([batch for batch, _ in parts]), Context(history, **tables, scans=joined)


def _renamed_diagnoses(batch: ClaimBatch, context: Context, number: int) -> tuple[ClaimBatch, Context]:
    """Each case with its own diagnoses; the number comes first, as a code is known by its beginning."""

    def renamed(columns: Columns, name: str) -> Columns:
        return {**columns, name: np.array([f"{number:02}{code}" for code in columns[name]], dtype=object)}

    own, earlier = (
        dataclasses.replace(claims, diagnoses=renamed(claims.diagnoses, "code")) for claims in (batch, context.history)
    )
    assert context.knowledge is not None
    return own, dataclasses.replace(context, history=earlier, knowledge=renamed(context.knowledge, "item_code"))


def _renamed(batch: ClaimBatch, number: int) -> ClaimBatch:
    return ClaimBatch(*(_renamed_columns(columns, number) for columns in (batch.claims, batch.lines, batch.diagnoses)))


def _renamed_context(context: Context, number: int) -> Context:
    tables = {
        field.name: _renamed_columns(getattr(context, field.name), number)
        for field in dataclasses.fields(context)
        if field.name not in ("history", "confirmed", "closed", "scans")  # of the second and third there are none
    }
    scans = Scans(**_renamed_columns(vars(context.scans), number))
    return Context(_renamed(context.history, number), **tables, scans=scans)


def _renamed_columns(columns: object, number: int) -> dict[str, Any]:
    ids = {
        "claim_id",
        "reverses_claim_id",
        "patient_id",
        "institution_id",
        "item_code",
        "other_code",
        "staff_id",
        "doctor_id",
        "till_id",
        "trace_code",
    }
    assert isinstance(columns, dict)
    if DIAGNOSIS_KINDS.intersection(columns.get("kind", ())):
        ids.remove("item_code")  # which are diagnoses
    return {
        name: np.array([value and f"{value}-{number}" for value in column], dtype=object) if name in ids else column
        for name, column in columns.items()
    }


def keys(hits: list[Hit], batch: ClaimBatch) -> list[tuple[object, ...]]:
    """Hits without the rows at which they stand."""
    lines = batch.lines["line_number"]
    return sorted(
        (
            hit.code,
            batch.claims["claim_id"][hit.claim_row],
            int(lines[hit.line_row]) if hit.line_row >= 0 else 0,
            hit.amount_fen,
            hit.grade,
            hit.may_refuse,
            hit.says_zh,
            hit.says_en,
        )
        for hit in hits
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_all_cases_in_one_batch_find_as_much_as_alone(rule: Rule) -> None:
    batch, context = one_big_scene(rule)
    expected = sum(len(case["hits"]) for case in cases_of(rule))
    spared = sum(sum(case.get("spared", {}).values()) for case in cases_of(rule))
    result = run_rules(batch, context, [rule])
    assert (len(result.hits), sum(result.spared.values())) == (expected, spared)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_order_of_rows_changes_nothing(rule: Rule) -> None:
    batch, context = one_big_scene(rule)
    chance = np.random.default_rng(1)
    shuffled = concat([select(batch, np.array([row])) for row in chance.permutation(len(batch))])
    mixed = dataclasses.replace(
        context,
        **{
            name: take(getattr(context, name), chance.permutation(len(next(iter(getattr(context, name).values())))))
            for name in TABLES
        },
    )
    assert keys(run_rules(shuffled, mixed, [rule]).hits, shuffled) == keys(
        run_rules(batch, context, [rule]).hits, batch
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_claim_alone_is_judged_as_in_the_batch(rule: Rule) -> None:
    batch, context = one_big_scene(rule)
    whole = dataclasses.replace(context, history=concat([context.history, batch]))
    ones = [select(batch, np.array([row])) for row in range(len(batch))]
    alone = chain.from_iterable(keys(run_rules(one, whole, [rule]).hits, one) for one in ones)
    assert sorted(alone) == keys(run_rules(batch, whole, [rule]).hits, batch)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_is_recorded_later_changes_nothing(rule: Rule) -> None:
    batch, context = one_big_scene(rule)
    order = batch.claims["recorded_order"] + 1_000_000
    ids = np.array([f"{name}-later" for name in batch.claims["claim_id"]], dtype=object)
    later = ClaimBatch({**batch.claims, "claim_id": ids, "recorded_order": order}, batch.lines, batch.diagnoses)
    wider = dataclasses.replace(context, history=concat([context.history, later]))
    before, after = (run_rules(batch, known, [rule]) for known in (context, wider))
    assert keys(after.hits, batch) == keys(before.hits, batch)
    assert after.spared == before.spared


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_judges_only_the_days_on_which_it_holds(rule: Rule) -> None:
    batch, context = one_big_scene(rule)
    day = day_number(date(2025, 3, 10))
    found = [hit for hit in run_rules(batch, context, [rule]).hits if "2025" in str(_day(batch, hit))]
    assert found
    for since, until, holds in (
        (rule.since, date(2025, 3, 10), True),
        (rule.since, date(2025, 3, 9), False),
        (date(2025, 3, 10), None, True),
        (date(2025, 3, 11), None, False),
    ):
        dated = dataclasses.replace(rule, since=since, until=until)
        on_the_day = [hit for hit in run_rules(batch, context, [dated]).hits if _day(batch, hit) == date(2025, 3, 10)]
        assert bool(on_the_day) == holds, (since, until)
        assert bool(dated.holds_on(np.array([day]))[0]) == holds


def _day(batch: ClaimBatch, hit: Hit) -> date:
    return date(1970, 1, 1) + timedelta(seconds=int(batch.claims["settled_at"][hit.claim_row]) + 8 * 3600)


def test_codes_are_distinct() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_has_a_passport(rule: Rule) -> None:
    assert re.fullmatch(r"GZ\d{14}|YC-[A-Z]+", rule.code)
    assert rule.source
    assert rule.name_zh
    assert rule.name_en
    assert rule.category in {"政策类", "管理类", "医疗类"}
    assert rule.subject_kind in {"patient", "doctor", "institution"}
    assert rule.check.__doc__


def test_an_empty_batch_has_no_hits() -> None:
    batch, context = scene([])
    result = run_rules(batch, context)
    assert (result.hits, result.crashed, len(result.crashed_claims)) == ([], [], 0)
