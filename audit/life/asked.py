"""Which rules are asked: the active ones act, those in shadow are counted, nobody asks the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from propcache.api import cached_property
from psycopg.types.json import Jsonb

from audit.life.ledger import newest_change, states_of
from claims.errors import NotFound
from rules.catalogue import RULES
from rules.declared import fingerprint, fingerprint_of
from rules.frame import ALL_STAGES, Rule, State


@dataclass(frozen=True)
class Asked:
    """The rules of a decision.

    Attributes:
        active: those that act.
        shadow: those that are counted only.
        fingerprint: of their codes, states and declarations; a decision keeps it.
    """

    active: Sequence[Rule]
    shadow: Sequence[Rule]
    fingerprint: str

    def at(self, stage: str) -> Asked:
        """Those of the rules that may be asked at a stage: before or during care, or after payment."""
        return self._at[stage]

    @cached_property
    def _at(self) -> dict[str, Asked]:
        """By stage; the fingerprint is that of all, since a rule's stages are part of what it declares."""
        return {
            stage: Asked(_of_stage(self.active, stage), _of_stage(self.shadow, stage), self.fingerprint)
            for stage in ALL_STAGES
        }

    @property
    def rows(self) -> list[list[str]]:
        """Code, state and fingerprint of each rule, in the order of the catalogue."""
        return _rows(self.active, State.ACTIVE) + _rows(self.shadow, State.SHADOW)


def _of_stage(rules: Sequence[Rule], stage: str) -> Sequence[Rule]:
    chosen = tuple(rule for rule in rules if stage in rule.stages)
    return rules if len(chosen) == len(rules) else chosen


def asked_now(connection: psycopg.Connection, rules: Sequence[Rule] = RULES) -> Asked:
    """The rules by their newest state, written down so that the fingerprint can be resolved later.

    The transaction is the caller's; it may be the service's.
    """
    states = states_of(connection, rules)
    asked = asked_in(states, rules)
    connection.execute(
        "INSERT INTO rule_sets (fingerprint, asked) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [asked.fingerprint, Jsonb(asked.rows)],
    )
    return asked


def asked_in(states: dict[str, State], rules: Sequence[Rule] = RULES) -> Asked:
    """The rules by given states."""
    active, shadow = (
        tuple(rule for rule in rules if states[rule.code] is state) for state in (State.ACTIVE, State.SHADOW)
    )
    return _asked(rules if len(active) == len(rules) else active, shadow)


@dataclass(frozen=True)
class Replayed:
    """The rules of an old decision as this program has them.

    Attributes:
        asked: to be given to `scoring.judge.judge`.
        changed: codes of rules that declare something else now, so that a replay may differ.
        gone: codes of rules that this program has no more.
    """

    asked: Asked
    changed: tuple[str, ...]
    gone: tuple[str, ...]


def asked_then(connection: psycopg.Connection, set_fingerprint: str, rules: Sequence[Rule] = RULES) -> Replayed:
    """The rules behind the fingerprint that a decision keeps.

    Raises:
        NotFound: no rule set was written down under it.
    """
    row = connection.execute("SELECT asked FROM rule_sets WHERE fingerprint = %s", [set_fingerprint]).fetchone()
    if row is None:
        raise NotFound(
            f"No rule set {set_fingerprint[:12]!r} is known. Expected the one of a decision. Look it up there."
        )
    known = {rule.code: rule for rule in rules}
    kept = [(known[code], state, print_) for code, state, print_ in row[0] if code in known]
    active, shadow = (
        tuple(rule for rule, state, _ in kept if state == wanted) for wanted in (State.ACTIVE, State.SHADOW)
    )
    changed = tuple(rule.code for rule, _, print_ in kept if fingerprint(rule) != print_)
    gone = tuple(code for code, *_ in row[0] if code not in known)
    return Replayed(_asked(active, shadow), changed, gone)


class RuleWatch:
    """Follows the ledger of rules: reads states again when a row was added."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._rules = rules
        self._newest = -1
        self.asked = asked_in({rule.code: rule.begins for rule in rules}, rules)

    def follow(self, connection: psycopg.Connection) -> Asked:
        """The rules to ask now."""
        newest = newest_change(connection)
        if newest != self._newest:
            self.asked = asked_now(connection, self._rules)
            self._newest = newest
        return self.asked


def _asked(active: Sequence[Rule], shadow: Sequence[Rule]) -> Asked:
    return Asked(active, shadow, fingerprint_of(_rows(active, State.ACTIVE) + _rows(shadow, State.SHADOW)))


def _rows(rules: Sequence[Rule], state: State) -> list[list[str]]:
    return [[rule.code, str(state), fingerprint(rule)] for rule in rules]
