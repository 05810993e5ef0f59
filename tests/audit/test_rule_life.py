"""Rules live in a ledger: two persons let one act, what it declares is written down, and old sets can be found."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from audit.keys import make_key, revoke_key
from audit.life.asked import RuleWatch, asked_now, asked_then
from audit.life.ledger import CHANGED, DECLARED, DECLINED, Change, history, record_declarations, states_of
from audit.life.proposals import NEXT, Proposal, approve, decline, open_proposals, propose, require_supervisor
from claims.errors import BadSetting, Conflict, NotFound, Refused
from claims.store.connect import Store
from rules.catalogue import RULES
from rules.conduct.supply_days import too_much_in_hand
from rules.declared import differences, with_numbers
from rules.frame import Rule, State

CODE = too_much_in_hand.code
RETIRED, SHADOW, ACTIVE = State.RETIRED, State.SHADOW, State.ACTIVE


def state(connection: psycopg.Connection) -> State:
    return states_of(connection)[CODE]


def proposed(connection: psycopg.Connection, by: str = "S1") -> Proposal:
    """A proposal to let the rule act again."""
    if state(connection) is ACTIVE:
        propose(connection, CODE, SHADOW, "S1", "too many findings")
    made = propose(connection, CODE, ACTIVE, by, "corrected")
    assert isinstance(made, Proposal)
    return made


def test_a_shipped_rule_acts_and_a_draft_does_not(store: Store) -> None:
    draft = replace(too_much_in_hand, code="YC-TEST", begins=State.DRAFT)
    with store.as_service() as connection:
        assert set(states_of(connection).values()) == {ACTIVE}
        asked = asked_now(connection, [*RULES, draft])
        assert (asked.active, asked.shadow) == (RULES, ())


def test_one_person_stops_a_rule_and_two_let_it_act_again(store: Store) -> None:
    with store.as_service() as connection:
        stopped = propose(connection, CODE, RETIRED, "S1", "wrong table")
        assert isinstance(stopped, Change)
        assert (stopped.old_state, stopped.new_state, stopped.decided_by) == (ACTIVE, RETIRED, "S1")
        made = proposed(connection)
        assert state(connection) is RETIRED
        assert open_proposals(connection) == [made]
        done = approve(connection, made.proposal_id, "S2")
        assert (done.old_state, done.new_state, done.proposed_by, done.decided_by) == (RETIRED, ACTIVE, "S1", "S2")
        assert state(connection) is ACTIVE
        assert open_proposals(connection) == []
        assert [row.what for row in history(connection, CODE)] == [CHANGED, CHANGED]


@pytest.mark.parametrize("name", ["S1", " s1 ", "S 1"])
def test_who_proposed_cannot_approve(store: Store, name: str) -> None:
    with store.as_service() as connection:
        made = proposed(connection)
        with pytest.raises(Refused, match="second person"):
            approve(connection, made.proposal_id, name)
        assert state(connection) is SHADOW


def test_a_declined_proposal_is_closed_and_changes_nothing(store: Store) -> None:
    with store.as_service() as connection:
        made = proposed(connection)
        assert decline(connection, made.proposal_id, "S2", "not yet").what == DECLINED
        assert state(connection) is SHADOW
        with pytest.raises(Conflict, match="decided before"):
            approve(connection, made.proposal_id, "S3")


def test_a_proposal_about_a_rule_that_changed_meanwhile_cannot_be_approved(store: Store) -> None:
    with store.as_service() as connection:
        made = proposed(connection)
        stricter = with_numbers(too_much_in_hand, {"review_from_days": 60})
        with pytest.raises(Conflict, match="has changed since"):
            approve(connection, made.proposal_id, "S2", rules=[stricter])


def test_what_cannot_be_is_refused_with_the_way_out(store: Store) -> None:
    draft = replace(too_much_in_hand, begins=State.DRAFT)
    with store.as_service() as connection:
        with pytest.raises(Conflict, match="Expected shadow or retired"):
            propose(connection, CODE, ACTIVE, "S1", "now", [draft])
        with pytest.raises(NotFound, match="no working rule"):
            propose(connection, "NOBODY", SHADOW, "S1", "why")
        with pytest.raises(BadSetting, match="reason is empty"):
            propose(connection, CODE, SHADOW, "S1", " ")
        with pytest.raises(NotFound, match="no proposal 7"):
            approve(connection, 7, "S2")
        proposed(connection)
        with pytest.raises(Conflict, match="still open"):
            propose(connection, CODE, RETIRED, "S2", "why")


def test_no_state_is_a_dead_end_and_none_acts_without_having_been_counted() -> None:
    assert set(NEXT) == set(State)
    assert all(NEXT.values())
    assert {old for old, news in NEXT.items() if ACTIVE in news} == {SHADOW, RETIRED}


def test_the_ledger_cannot_be_edited_by_the_service(store: Store) -> None:
    with store.as_owner() as connection:
        record_declarations(connection)
    for table in ("rule_changes", "rule_proposals", "rule_sets", "rule_counts"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET rule_code = 'X'", f"TRUNCATE {table}"):
            with store.as_service() as connection, pytest.raises(psycopg.Error):
                connection.execute(statement)  # type: ignore[arg-type]


def test_only_holders_of_a_standing_key_of_a_supervisor_decide(store: Store) -> None:
    with store.as_owner() as connection:
        key_id = make_key(connection, "S1", "supervisor").split("_")[1]
        make_key(connection, "R1", "reviewer")
        assert require_supervisor(connection, "S1") == "S1"
        revoke_key(connection, key_id)
        for name in ("S1", "R1", "S2"):
            with pytest.raises(Refused, match="key of a supervisor"):
                require_supervisor(connection, name)


def test_a_changed_number_is_written_down_with_old_and_new(store: Store) -> None:
    stricter = with_numbers(too_much_in_hand, {"review_from_days": 60})
    with store.as_service() as connection:
        assert len(record_declarations(connection)) == len(RULES)
        assert record_declarations(connection) == []
        (row,) = record_declarations(connection, [stricter])
        assert (row.what, row.rule_code, row.old_state, row.new_state) == (DECLARED, CODE, ACTIVE, ACTIVE)
        assert row.old_declaration is not None
        assert row.new_declaration is not None
        ((name, old, new),) = differences(row.old_declaration, row.new_declaration)
        assert name == "numbers.review_from_days"
        assert ([value for _, value, _ in old["values"]], [value for _, value, _ in new["values"]]) == ([84], [60])


def test_a_changed_number_leaves_the_state_that_the_area_chose(store: Store) -> None:
    with store.as_service() as connection:
        record_declarations(connection)
        propose(connection, CODE, RETIRED, "S1", "wrong table")
        record_declarations(connection, [with_numbers(too_much_in_hand, {"review_from_days": 60})])
        assert state(connection) is RETIRED


def test_the_watch_follows_and_an_old_set_is_found_again(store: Store) -> None:
    watch = RuleWatch()
    with store.as_service() as connection:
        before = watch.follow(connection)
        assert watch.follow(connection) is before
        propose(connection, CODE, SHADOW, "S1", "too many findings")
        after = watch.follow(connection)
        assert [rule.code for rule in after.shadow] == [CODE]
        assert len(after.active) == len(RULES) - 1
        old, new = (asked_then(connection, asked.fingerprint) for asked in (before, after))
        assert (codes(old.asked.active), codes(new.asked.shadow)) == (codes(RULES), [CODE])
        assert (old.asked.fingerprint, new.asked.fingerprint) == (before.fingerprint, after.fingerprint)
        assert (old.changed, old.gone) == ((), ())


def test_an_old_set_says_which_rules_are_not_what_they_were(store: Store) -> None:
    stricter = with_numbers(too_much_in_hand, {"review_from_days": 60})
    with store.as_service() as connection:
        asked = asked_now(connection)
        later = asked_then(connection, asked.fingerprint, [stricter])
        assert later.changed == (CODE,)
        assert len(later.gone) == len(RULES) - 1
        with pytest.raises(NotFound, match="No rule set"):
            asked_then(connection, "unknown")


def codes(rules: object) -> list[str]:
    assert isinstance(rules, list | tuple)
    return [rule.code for rule in rules if isinstance(rule, Rule)]
