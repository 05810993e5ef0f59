"""`yicha rules propose`, `approve`, `decline`, `history`, `sync`: the life of a rule in this area."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from audit.life.ledger import Change, history, record_declarations, rule_named, states_of
from audit.life.proposals import Proposal, approve, decline, open_proposals, propose, require_supervisor
from audit.life.words import STATES
from claims.clock import to_moment
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.language import Language, of_terminal
from rules.frame import State

Code = Annotated[str, typer.Argument(help="The rule's code, as `yicha rules list` shows it.")]
Number = Annotated[int | None, typer.Argument(help="The proposal's number; left out, the open ones are listed.")]
By = Annotated[str, typer.Option(help="Who decides: the exact name on a standing key of a supervisor.")]
Why = Annotated[str, typer.Option(help="The reason in words; it goes into the ledger.")]


def propose_state(
    code: Code,
    to: Annotated[State, typer.Option(help="The new state.")],
    by: By,
    why: Why,
) -> None:
    """Ask for a new state of a rule. To let it act needs a second person's approval; all else is done at once.

    A draft is not asked. In shadow a rule is asked and counted and changes nothing. A retired rule is not asked any
    more. The service follows within a second.

    Examples:
        yicha rules propose YC-SUPPLY --to shadow --by S001 --why "too many findings in May"

        yicha rules propose YC-SUPPLY --to active --by S001 --why "table corrected, back-test of May is fine"
    """
    with open_store(read_settings()).as_owner() as connection:
        record_declarations(connection)
        made = propose(connection, code, to, require_supervisor(connection, by), why)
    if isinstance(made, Proposal):
        say = f"Proposal {made.proposal_id}: {code} from {made.old_state} to {made.new_state}. A second person approves"
        _say(f"{say} it with `yicha rules approve {made.proposal_id} --by NAME`.")
    else:
        _say(_changed(made))


def approve_proposal(
    number: Number = None,
    by: Annotated[str | None, typer.Option(help="The second person: the exact name on a supervisor's key.")] = None,
    why: Annotated[str | None, typer.Option(help="A reason of your own; the proposal's if left out.")] = None,
) -> None:
    """Approve a proposal of another person, so that the rule acts; without a number, list what waits.

    Examples:
        yicha rules approve

        yicha rules approve 3 --by S002
    """
    with open_store(read_settings()).as_owner() as connection:
        if number is None:
            _list_open(open_proposals(connection))
            return
        done = approve(connection, number, require_supervisor(connection, by or ""), why)
    _say(_changed(done))


def decline_proposal(
    number: Annotated[int, typer.Argument(help="The proposal's number.")],
    by: By,
    why: Why,
) -> None:
    """Close a proposal without following it.

    Example:  yicha rules decline 3 --by S002 --why "wait for the new table"
    """
    with open_store(read_settings()).as_owner() as connection:
        done = decline(connection, number, require_supervisor(connection, by), why)
    _say(f"Proposal {number} is declined; {done.rule_code} stays {done.new_state}.")


def show_history(
    code: Code,
    lang: Annotated[Language | None, typer.Option(help="Language of the states; the terminal's if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show what became of a rule: its states, who changed them and why, and its numbers with old and new values.

    Example:  yicha rules history YC-SUPPLY --lang en
    """
    rule = rule_named(code)
    with open_store(read_settings()).as_owner() as connection:
        rows, state = history(connection, code), states_of(connection)[code]
    if as_json:
        typer.echo(json.dumps({"state": state, "history": [row.plain() for row in rows]}, ensure_ascii=False))
        return
    language = lang or of_terminal()
    place = 0 if language is Language.zh else 1
    name = rule.name_zh if language is Language.zh else rule.name_en
    table = Table(
        "when", "what", "state", "who", "why, and what differs", title=f"{code} {name}: {STATES[state][place]}"
    )
    for row in rows:
        states = [STATES[each][place] for each in dict.fromkeys((row.old_state, row.new_state)) if each]
        who = " + ".join(filter(None, (row.proposed_by, row.decided_by)))
        when = f"{to_moment(int(row.changed_at.timestamp())):%Y-%m-%d %H:%M}"
        table.add_row(when, row.what, " → ".join(states), who, "\n".join([row.why, *_differences(row)]))
    Console().print(table)


def sync() -> None:
    """Write down which rules are new, and which numbers, dates or checks changed since they were written down last.

    The service does the same when it starts.

    Example:  yicha rules sync
    """
    with open_store(read_settings()).as_owner() as connection:
        added = record_declarations(connection)
    new = [row for row in added if row.old_declaration is None]
    _say(f"{len(new)} rules are new to the ledger, {len(added) - len(new)} declare something else than before.")
    for row in added:
        for line in _differences(row):
            _say(f"{row.rule_code}: {line}")


def _differences(row: Change) -> list[str]:
    return [f"{name}: {_short(old)} → {_short(new)}" for name, old, new in row.differences]


def _short(value: Any) -> str:
    if isinstance(value, dict) and "values" in value:
        return ", ".join(f"{number} (from {since})" for since, number, *_ in value["values"]) + f" {value['unit']}"
    return "nothing" if value is None else str(value)


def _changed(done: Change) -> str:
    return f"{done.rule_code} was {done.old_state} and is {done.new_state}; a running service follows within a second."


def _list_open(waiting: list[Proposal]) -> None:
    if not waiting:
        _say("No proposal waits for a second person.")
        return
    table = Table("number", "rule", "from", "to", "proposed by", "why")
    for each in waiting:
        table.add_row(str(each.proposal_id), each.rule_code, each.old_state, each.new_state, each.proposed_by, each.why)
    Console().print(table)


def _say(text: str) -> None:
    Console(soft_wrap=True, highlight=False, markup=False).print(text)
