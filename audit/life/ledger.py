"""The ledger of rules: in which state each is, and who changed that, why and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from claims.clock import to_moment
from claims.errors import BadSetting, NotFound
from rules.catalogue import RULES
from rules.declared import Declared, declared, differences, fingerprint
from rules.frame import Rule, State

DECLARED, CHANGED, DECLINED = "declared", "changed", "declined"
PROGRAM = "yicha"
"""Who writes down what the program itself declares."""


@dataclass(frozen=True)
class Change:
    """One row of the ledger.

    Attributes:
        what: DECLARED (what the program says of the rule came or changed), CHANGED (its state) or DECLINED.
        old_state: None where the rule was new.
        proposal_id, proposed_by: of the proposal that was decided.
        decided_by: who approved, declined, or changed without a proposal.
        fingerprint: of what the rule declared then.
        old_declaration, new_declaration: of DECLARED rows, see `rules.declared`.
    """

    change_id: int
    rule_code: str
    what: str
    old_state: State | None
    new_state: State
    proposal_id: int | None
    proposed_by: str | None
    decided_by: str
    why: str
    fingerprint: str
    old_declaration: Declared | None
    new_declaration: Declared | None
    changed_at: datetime

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Name, old and new value of what the rule declares otherwise; nothing for a rule that was new."""
        if self.old_declaration is None or self.new_declaration is None:
            return []
        return differences(self.old_declaration, self.new_declaration)

    def plain(self) -> dict[str, Any]:
        """The row as JSON can hold it."""
        return {
            "change_id": self.change_id,
            "what": self.what,
            "old_state": self.old_state,
            "new_state": self.new_state,
            "proposal_id": self.proposal_id,
            "proposed_by": self.proposed_by,
            "decided_by": self.decided_by,
            "why": self.why,
            "fingerprint": self.fingerprint,
            "differences": [{"name": name, "old": old, "new": new} for name, old, new in self.differences],
            "changed_at": to_moment(int(self.changed_at.timestamp())).isoformat(),
        }


_COLUMNS = ", ".join(Change.__dataclass_fields__)


def lock_ledger(connection: psycopg.Connection) -> None:
    """Let one change of rules happen at a time, until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha rule changes'))")


def states_of(connection: psycopg.Connection, rules: Sequence[Rule] = RULES) -> dict[str, State]:
    """The state of each rule by its code; one that the ledger does not know is in the state with which it ships."""
    known: dict[str, str] = dict(
        connection.execute(
            "SELECT DISTINCT ON (rule_code) rule_code, new_state FROM rule_changes ORDER BY rule_code, change_id DESC"
        ).fetchall()
    )
    return {rule.code: State(known.get(rule.code, rule.begins)) for rule in rules}


def history(connection: psycopg.Connection, code: str, most: int = 1_000) -> list[Change]:
    """The newest rows of a rule, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM rule_changes WHERE rule_code = %s ORDER BY change_id DESC LIMIT %s", [code, most]
    ).fetchall()
    return [_change(row) for row in reversed(rows)]


def newest_change(connection: psycopg.Connection) -> int:
    """The number of the newest row, 0 before the first."""
    row = connection.execute("SELECT coalesce(max(change_id), 0) FROM rule_changes").fetchone()
    return int(row[0]) if row else 0


def write_change(
    connection: psycopg.Connection,
    rule: Rule,
    what: str,
    old_state: State | None,
    new_state: State,
    decided_by: str,
    why: str,
    proposal: tuple[int, str] | None = None,
    declarations: tuple[Declared | None, Declared] | None = None,
) -> Change:
    """Add a row; the transaction is the caller's.

    Args:
        connection: may be the service's.
        rule: as it is declared now.
        what: see `Change`.
        old_state: before.
        new_state: from now on.
        decided_by: see `Change`.
        why: the reason in words.
        proposal: its id and who made it.
        declarations: the old and the new one.
    """
    proposal_id, proposed_by = proposal or (None, None)
    old, new = declarations or (None, None)
    row = connection.execute(
        "INSERT INTO rule_changes (rule_code, what, old_state, new_state, proposal_id, proposed_by, decided_by, why,"
        " fingerprint, old_declaration, new_declaration) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        f" RETURNING {_COLUMNS}",
        [
            rule.code,
            what,
            old_state,
            new_state,
            proposal_id,
            proposed_by,
            decided_by,
            why,
            fingerprint(rule),
            None if old is None else Jsonb(dict(old)),
            None if new is None else Jsonb(dict(new)),
        ],
    ).fetchone()
    assert row is not None
    return _change(row)


def record_declarations(
    connection: psycopg.Connection, rules: Sequence[Rule] = RULES, by: str = PROGRAM
) -> list[Change]:
    """Write down which rules are new, and of which the numbers, dates or code differ from what was written last.

    The transaction is the caller's. Called whenever a service starts, and by `yicha rules sync`.

    Args:
        connection: may be the service's.
        rules: those of this program.
        by: who says so.

    Returns:
        The rows that were added; none when nothing changed.
    """
    lock_ledger(connection)
    newest = "SELECT DISTINCT ON (rule_code) rule_code, {} FROM rule_changes {} ORDER BY rule_code, change_id DESC"
    rows = connection.execute(newest.format("new_declaration", f"WHERE what = '{DECLARED}'")).fetchall()
    known: dict[str, Declared] = dict(rows)
    states = states_of(connection, rules)
    added = []
    for rule in rules:
        old, new = known.get(rule.code), declared(rule)
        if old == new:
            continue
        state = states[rule.code]
        why = "shipped" if old is None else "declared otherwise"
        before = None if old is None else state
        added.append(
            write_change(connection, rule, DECLARED, before, state, by, why, declarations=(old, new))
        )  # fmt: skip
    return added


def rule_named(code: str, rules: Sequence[Rule] = RULES) -> Rule:
    """The rule with this code.

    Raises:
        NotFound: there is none.
    """
    for rule in rules:
        if rule.code == code:
            return rule
    raise NotFound(
        f"There is no working rule {code[:40]!r}. Expected a code of the catalogue. Look it up with `yicha rules list`."
    )


def checked_words(what: str, text: str, most: int = 1_000) -> str:
    """The text without blanks around it.

    Raises:
        BadSetting: it is empty or too long.
    """
    words = text.strip()
    if not words or len(words) > most or "\0" in words:
        raise BadSetting(
            f"The {what} is empty or longer than {most} characters. Expected it in words, for the ledger. Give one."
        )
    return words


def _change(row: Sequence[Any]) -> Change:
    named = dict(zip(Change.__dataclass_fields__, row, strict=True))
    old = named["old_state"]
    return Change(**{**named, "old_state": old and State(old), "new_state": State(named["new_state"])})
