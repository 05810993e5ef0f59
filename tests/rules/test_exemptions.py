"""What exemptions spare is counted."""

from __future__ import annotations

import numpy as np

from rules.exempt import spare
from rules.facts import Facts
from rules.frame import Hits
from rules.numbers import Numbers
from rules.run import run_rules
from tests.rules.scenes import scene
from tests.rules.test_rule_numbers import made


def test_a_finding_is_counted_under_the_first_exemption_that_holds() -> None:
    claim_of = np.array([0, 0, 1, 1])
    kept, spared = spare(
        np.array([0, 1, 3]),
        claim_of,
        ("first", np.array([True, False, True, False])),
        ("second", np.array([True, True, True, False])),
    )
    assert kept.tolist() == [3]
    assert {name: rows.tolist() for name, rows in spared.items()} == {"first": [0], "second": [0]}


def test_only_what_the_rule_covers_counts_as_spared() -> None:
    @made(since="2025-01-01")
    def spares_all(facts: Facts, numbers: Numbers) -> Hits:
        """Would find every claim, and spares it."""
        none, rows = np.empty(0, dtype=np.int64), np.arange(len(facts.batch))
        return Hits(none, none, none, [], [], spared={"long_prescription": rows})

    batch, context = scene([{"settled_at": "2024-12-31 10:00"}, {}, {}, {"kind": "reversal"}])
    assert run_rules(batch, context, [spares_all]).spared == {("YC-TEST", "long_prescription"): 2}


def test_what_was_spared_is_still_counted_beside_a_crash() -> None:
    @made()
    def crashes_on_one(facts: Facts, numbers: Numbers) -> Hits:
        """Fails when it meets the claim of a certain till, and spares every other claim."""
        if "BAD" in facts.batch.claims["till_id"].tolist():
            raise ZeroDivisionError
        none, rows = np.empty(0, dtype=np.int64), np.arange(len(facts.batch))
        return Hits(none, none, none, [], [], spared={"oncology": rows})

    batch, context = scene([{"till_id": till} for till in ("OK", "BAD", "OK", "OK")])
    assert run_rules(batch, context, [crashes_on_one]).spared == {("YC-TEST", "oncology"): 3}
