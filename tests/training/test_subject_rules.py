"""How rules alone rank subjects, what is said where nobody asked them, and to which groups subjects belong."""

from __future__ import annotations

from datetime import date

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from audit.life.asked import asked_in
from audit.life.ledger import states_of
from claims.clock import start_of_day
from claims.store.columns import append_batch
from claims.store.connect import Store
from rules.frame import AFTER
from tests.audit.made_claims import add_decision
from tests.features.made import Made, batch_of
from training.groups import UNKNOWN
from training.subjects.groups import groups_of_rows
from training.subjects.rule_findings import RuleFindings, read_rule_findings

END = start_of_day(date(2025, 4, 1))
IDS, ENDS = np.array(["p1", "p2", "p3"], dtype=object), np.full(3, END)
CLAIMS = [
    Made("a", "2025-03-10T10:00", 1, patient="p1", institution="i2"),
    Made("b", "2025-03-11T10:00", 2, patient="p1"),
    Made("old", "2024-02-11T10:00", 3, patient="p1"),
    Made("late", "2025-03-12T10:00", 4, patient="p2", known="2025-04-02T10:00"),
    Made("c", "2025-03-31T23:00", 5, patient="p2"),
]


def ranked(connection: psycopg.Connection) -> RuleFindings:
    return read_rule_findings(connection, "patient", IDS, ENDS)


def screening(connection: psycopg.Connection, codes: list[str], *hits: tuple[str, str]) -> None:
    """A screening of March 2025 that asked some rules and found the first at these claims, with these grades."""
    row = connection.execute(
        "INSERT INTO screenings (first_day, last_day, rules, claims, hits, unjudged, by_rule, path)"
        " VALUES ('2025-03-01', '2025-03-31', %s, 1, 1, 0, '{}', '') RETURNING screening_id",
        [codes],
    ).fetchone()
    assert row is not None
    for claim, grade in hits:
        connection.execute(
            "INSERT INTO screen_hits VALUES (%s, %s, 1, 'i1', now(), %s, %s, 100, '', '')",
            [row[0], claim, codes[0], grade],
        )


def test_subjects_rank_by_what_stands_in_the_store_about_claims_known_by_then(store: Store) -> None:
    with store.as_owner() as connection:
        append_batch(connection, batch_of(CLAIMS))
        codes = [rule.code for rule in asked_in(states_of(connection)).at(AFTER).active]
        screening(connection, codes[:1], ("a", "definite"))
        some = ranked(connection)  # a screening by one rule says nothing of the others
        assert (some.claims, some.looked_at, some.points.tolist()) == (4, 0, [0, 0, 0])
        assert "nothing was screened or decided between 2024-04-01 and 2025-03-31" in str(some)

        found = ("a", "definite"), ("b", "slightly_suspicious"), ("late", "definite"), ("c", "highly_suspicious")
        screening(connection, codes, *found)
        again = [{"code": codes[0], "grade": "definite", "line_number": 1, "amount_yuan": "1.00"}]
        for claim in ("a", "old"):
            add_decision(connection, claim)
        connection.execute("UPDATE decisions SET rule_hits = %s", [Jsonb(again)])
        both = ranked(connection)
        # The decision on `a` found the same as the screening, `old` lies before the year, `late` was not known by then.
        assert both.points.tolist() == [101, 10, 0]
        assert "100% were screened" in str(both)
        connection.execute("DELETE FROM screen_hits")
        connection.execute("DELETE FROM screenings")
        decided = ranked(connection)
        assert decided.points.tolist() == [100, 0, 0]
        assert "25% were screened with all rules that act now, or decided. Nothing is counted" in str(decided)


def test_a_person_has_the_age_and_a_doctor_the_place_of_the_month_end(store: Store) -> None:
    with store.as_owner() as connection:
        append_batch(connection, batch_of(CLAIMS))
        connection.execute("INSERT INTO patients (patient_id, born_on, area) VALUES ('p1', '1960-03-31', '33')")
        connection.execute(
            "INSERT INTO institutions (institution_id, kind, level, area)"
            " VALUES ('i1', 'pharmacy', NULL, '44'), ('i2', 'hospital', '02', '55')"
        )
        ids, ends = np.array(["p1", "p1", "p2"], dtype=object), np.array([END - 2 * 86_400, END, END])
        persons = groups_of_rows(connection, "patient", ids, ends)
        assert persons["age"].tolist() == ["45-64", "65-79", UNKNOWN]
        assert persons["chronic"].tolist() == ["no", "no", UNKNOWN]
        doctors = np.array(["d1", "d1", "d9"], dtype=object)
        times = np.array([start_of_day(date(2025, 3, 11)), END, END])
        places = groups_of_rows(connection, "doctor", doctors, times)
        assert places["level"].tolist() == ["02", "pharmacy", UNKNOWN]
        assert places["region"].tolist() == ["55", "44", UNKNOWN]
        assert groups_of_rows(connection, "institution", np.array(["i2"], dtype=object), ENDS[:1])["level"] == ["02"]
