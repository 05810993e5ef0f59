"""Changes the state of rules: one person proposes what lets a rule act, another approves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from audit.keys import list_keys
from audit.life.ledger import (
    CHANGED,
    DECLINED,
    Change,
    checked_words,
    lock_ledger,
    rule_named,
    states_of,
    write_change,
)
from claims.errors import BadSetting, Conflict, NotFound, Refused
from rules.catalogue import RULES
from rules.declared import fingerprint
from rules.frame import Rule, State

NEXT = {
    State.DRAFT: (State.SHADOW, State.RETIRED),
    State.SHADOW: (State.ACTIVE, State.DRAFT, State.RETIRED),
    State.ACTIVE: (State.SHADOW, State.RETIRED),
    State.RETIRED: (State.SHADOW, State.ACTIVE),
}
"""What may follow on what: nothing acts that has not been counted first. To stop a rule one person is enough."""


@dataclass(frozen=True)
class Proposal:
    """A change that waits for a second person."""

    proposal_id: int
    rule_code: str
    old_state: State
    new_state: State
    fingerprint: str
    proposed_by: str
    why: str
    proposed_at: datetime


_COLUMNS = ", ".join(f"p.{name}" for name in Proposal.__dataclass_fields__)
_OPEN = "NOT EXISTS (SELECT 1 FROM rule_changes c WHERE c.proposal_id = p.proposal_id)"


def propose(
    connection: psycopg.Connection, code: str, to: State, by: str, why: str, rules: Sequence[Rule] = RULES
) -> Proposal | Change:
    """Ask for a new state of a rule; what does not let it act is done at once. The transaction is the caller's.

    Args:
        connection: may be the service's.
        code: the rule's.
        to: the new state.
        by: the supervisor who asks.
        why: the reason in words.
        rules: those of this program.

    Returns:
        The proposal to activate it, or the change that was made.

    Raises:
        NotFound: no such rule.
        Conflict: the state cannot follow on the present one, or a proposal is open already.
    """
    rule, by, why = rule_named(code, rules), checked_words("name", by, 100), checked_words("reason", why)
    lock_ledger(connection)
    state = states_of(connection, rules)[code]
    if to not in NEXT[state]:
        raise Conflict(
            f"The rule {code} is {state} and cannot become {to}. Expected {' or '.join(NEXT[state])}. Choose one; a "
            "rule counts in shadow before it acts."
        )
    for other in open_proposals(connection):
        if other.rule_code == code:
            raise Conflict(
                f"Proposal {other.proposal_id} about the rule {code} is still open. Expected one at a time. Approve "
                "or decline it first."
            )
    if to is not State.ACTIVE:
        return write_change(connection, rule, CHANGED, state, to, by, why)
    row = connection.execute(
        "INSERT INTO rule_proposals AS p (rule_code, old_state, new_state, fingerprint, proposed_by, why)"
        f" VALUES (%s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
        [code, state, to, fingerprint(rule), by, why],
    ).fetchone()
    assert row is not None
    return _proposal(row)


def approve(
    connection: psycopg.Connection, proposal_id: int, by: str, why: str | None = None, rules: Sequence[Rule] = RULES
) -> Change:
    """Let a rule act that another person proposed; the transaction is the caller's.

    Args:
        connection: may be the service's.
        proposal_id: an open one.
        by: the supervisor who approves, not the one who proposed.
        why: the reason in words; the proposal's if left out.
        rules: those of this program.

    Raises:
        NotFound: no such proposal.
        Refused: the same person proposed it.
        Conflict: it was decided before, or the rule has changed since.
    """
    by = checked_words("name", by, 100)
    lock_ledger(connection)
    proposal = _open_one(connection, proposal_id)
    if same_person(by, proposal.proposed_by):
        raise Refused(
            f"{proposal.proposed_by} proposed this and cannot approve it. Expected a second person. Ask another "
            "supervisor."
        )
    rule = rule_named(proposal.rule_code, rules)
    if states_of(connection, rules)[rule.code] != proposal.old_state or fingerprint(rule) != proposal.fingerprint:
        raise Conflict(
            f"The rule {rule.code} has changed since proposal {proposal_id} was made. Expected the rule that was "
            "proposed. Decline the proposal, look at the rule, and propose it again."
        )
    reason = proposal.why if why is None else checked_words("reason", why)
    who = (proposal_id, proposal.proposed_by)
    return write_change(connection, rule, CHANGED, proposal.old_state, proposal.new_state, by, reason, who)


def decline(
    connection: psycopg.Connection, proposal_id: int, by: str, why: str, rules: Sequence[Rule] = RULES
) -> Change:
    """Close a proposal without following it; who proposed may do so too. The transaction is the caller's.

    Raises:
        NotFound: no such proposal.
        Conflict: it was decided before.
    """
    by, why = checked_words("name", by, 100), checked_words("reason", why)
    lock_ledger(connection)
    proposal = _open_one(connection, proposal_id)
    rule = rule_named(proposal.rule_code, rules)
    state = states_of(connection, rules)[rule.code]
    return write_change(connection, rule, DECLINED, state, state, by, why, (proposal_id, proposal.proposed_by))


def open_proposals(connection: psycopg.Connection) -> list[Proposal]:
    """What waits for a second person, oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM rule_proposals p WHERE {_OPEN} ORDER BY proposal_id").fetchall()
    return [_proposal(row) for row in rows]


def require_supervisor(connection: psycopg.Connection, name: str) -> str:
    """The name, if a standing key of a supervisor is held under it.

    Raises:
        Refused: there is no such key.
    """
    name = checked_words("name", name, 100)
    standing = [key.holder for key in list_keys(connection) if key.role == "supervisor" and key.revoked_at is None]
    if name not in standing:
        raise Refused(
            f"Nobody called {name!r} holds a key of a supervisor. Expected one who does, by the holder's exact name. "
            "`yicha keys list` shows them, `yicha keys make --holder NAME --role supervisor` makes one."
        )
    return name


def _open_one(connection: psycopg.Connection, proposal_id: int) -> Proposal:
    if not 0 < proposal_id < 1 << 63:
        raise BadSetting("The number of the proposal is out of range. Expected one that was shown. Look it up.")
    row = connection.execute(
        f"SELECT {_OPEN}, {_COLUMNS} FROM rule_proposals p WHERE proposal_id = %s", [proposal_id]
    ).fetchone()
    if row is None:
        raise NotFound(f"There is no proposal {proposal_id}. Expected an open one. `yicha rules approve` lists them.")
    if not row[0]:
        raise Conflict(
            f"Proposal {proposal_id} was decided before. Expected an open one. `yicha rules history CODE` tells how."
        )
    return _proposal(row[1:])


def _proposal(row: Sequence[object]) -> Proposal:
    named = dict(zip(Proposal.__dataclass_fields__, row, strict=True))
    states = {name: State(str(named[name])) for name in ("old_state", "new_state")}
    return Proposal(**{**named, **states})  # type: ignore[arg-type]


def same_person(one: str, other: str) -> bool:
    """Whether two names differ by blanks and capitals only."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
