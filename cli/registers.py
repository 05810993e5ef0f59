"""`yicha registers search`, `show`, `edit`, `confirm`, `history`, `imports`: who and what is registered, since when."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from audit.life.proposals import require_supervisor
from audit.registers import edit
from audit.registers.confirm import confirm
from audit.registers.known import REGISTERS, register_named
from audit.registers.ledger import MOST_SHOWN, RegisterChange, history, imports
from audit.registers.search import MOST_SKIPPED, Filters, search
from audit.registers.values import plain_row
from audit.registers.words import COLUMN_WORDS, REGISTER_WORDS
from claims.clock import to_moment
from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store
from claims.tables import DECLARED_REGISTERS
from cli.language import Language, of_terminal

Register = Annotated[str, typer.Argument(help=f"One of {', '.join(REGISTERS)}.")]
Pairs = Annotated[list[str], typer.Argument(help="COLUMN=VALUE of the entry's key, as the search shows them.")]
SomePairs = Annotated[list[str] | None, typer.Argument(help="COLUMN=VALUE of the key; none for all entries.")]
By = Annotated[str, typer.Option(help="Who decides: the exact name on a standing key of a supervisor.")]
Why = Annotated[str, typer.Option(help="The reason in words; it goes into the ledger.")]
Lang = Annotated[Language | None, typer.Option(help="Language of the headings; the terminal's if left out.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def search_entries(
    register: Register,
    institution: Annotated[str | None, typer.Option(help="Of this institution only.")] = None,
    id: Annotated[str | None, typer.Option(help="The code of the department, person, item or institution.")] = None,
    name: Annotated[str | None, typer.Option(help="A part of the name.")] = None,
    role: Annotated[str | None, typer.Option(help="doctor, pharmacist or till.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what holds on this day.")] = None,
    most: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="So many entries.")] = 50,
    skip: Annotated[int, typer.Option(min=0, max=MOST_SKIPPED, help="Leave so many out first.")] = 0,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Look entries of a register up.

    Examples:
        yicha registers search staff --institution H00000000001 --role doctor --on 2026-01-05

        yicha registers search catalogue --name 缬沙坦 --json

        yicha registers search item_mappings --institution H00000000001 --id YP0001
    """
    filters = Filters(institution, id, name, role, on.date() if on else None)
    with open_store(read_settings()).as_owner() as connection:
        rows = search(connection, register_named(register), filters, most, skip)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        _say("No entry is like this.")
        return
    table = Table(*(_word(name, lang) for name in rows[0]), title=_title(register, lang))
    for row in rows:
        table.add_row(*map(_shown, row.values()))
    Console(markup=False).print(table)
    if len(rows) == most:
        _say(f"There may be more: --skip {skip + most} shows the next ones.")


def show_entry(register: Register, key: Pairs, lang: Lang = None, as_json: AsJson = False) -> None:
    """Show one entry with all that it says, and how often it was changed by hand.

    Example:  yicha registers show agreements institution_id=H00000000001 covers=all valid_from=2026-01-01
    """
    known, given = register_named(register), _pairs(key)
    with open_store(read_settings()).as_owner() as connection:
        found = edit.entry_with(connection, known, given)
        changes = history(connection, known, given, MOST_SHOWN)
    row = plain_row(known.table.columns, list(found.values()))
    if as_json:
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    table = Table("", "", show_header=False, title=_title(register, lang))
    for name, value in row.items():
        table.add_row(_word(name, lang), name, _shown(value))
    Console(markup=False).print(table)
    _say(f"Changed by hand {len(changes)} times under this key; `yicha registers history` tells how.")


def edit_entry(
    register: Register,
    entry: Pairs,
    by: By,
    why: Why,
    add: Annotated[bool, typer.Option("--add", help="Add the entry; COLUMN=VALUE then are all its columns.")] = False,
    put: Annotated[list[str] | None, typer.Option("--set", help="COLUMN=VALUE to change; empty VALUE: none.")] = None,
    end: Annotated[str | None, typer.Option(help="The entry's last day, as YYYY-MM-DD.")] = None,
) -> None:
    """Add an entry, correct columns of one, or end one on a day. Nothing is ever removed.

    A running service uses the change at its next settlement.

    Examples:
        yicha registers edit staff institution_id=H00000000001 staff_id=D001 role=doctor valid_from=2026-01-05 --add
        --by S001 --why "letter of 4 January"

        yicha registers edit staff institution_id=H00000000001 staff_id=D001 role=doctor valid_from=2026-01-05
        --set department_id=A02 --by S001 --why "moved"

        yicha registers edit staff institution_id=H00000000001 staff_id=D001 role=doctor valid_from=2026-01-05
        --end 2026-06-30 --by S001 --why "left"
    """
    if [add, bool(put), end is not None].count(True) != 1:
        raise BadSetting("It is not clear what to do with the entry. Expected one of --add, --set and --end. Choose.")
    known, given = register_named(register), _pairs(entry)
    with open_store(read_settings()).as_owner() as connection:
        by = require_supervisor(connection, by)
        if add:
            done = edit.add(connection, known, given, by, why)
        elif put:
            done = edit.correct(connection, known, given, _pairs(put), by, why)
        else:
            done = edit.end(connection, known, given, end or "", by, why)
    _say(_changed(done))


def confirm_institution(
    institution: Annotated[str, typer.Argument(help="The institution's code.")],
    by: By,
    why: Why,
    register: Annotated[
        list[str] | None,
        typer.Option(
            help=f"One of {', '.join(DECLARED_REGISTERS)}; give it again for more; none: all declared before."
        ),
    ] = None,
    complete: Annotated[
        bool | None, typer.Option("--complete/--incomplete", help="Whether nothing is missing; left out: as before.")
    ] = None,
) -> None:
    """Write down that registers of an institution were confirmed just now.

    Examples:
        yicha registers confirm H00000000001 --by S001 --why "daily call"

        yicha registers confirm H00000000001 --register doctors --register departments --complete --by S001 --why "list
        of 4 January"
    """
    with open_store(read_settings()).as_owner() as connection:
        done = confirm(connection, institution, require_supervisor(connection, by), why, register or (), complete)
    for change in done:
        _say(_changed(change))


def show_changes(
    register: Register,
    key: SomePairs = None,
    most: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="So many changes, the newest first.")] = 50,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Show who changed entries of a register by hand, when, why, and from what to what.

    Examples:
        yicha registers history staff institution_id=H00000000001 staff_id=D001

        yicha registers history catalogue --json
    """
    with open_store(read_settings()).as_owner() as connection:
        rows = history(connection, register_named(register), _pairs(key or []), most)
    if as_json:
        typer.echo(json.dumps([row.plain() for row in rows], ensure_ascii=False))
        return
    headings = (
        ("时间", "条目", "变更", "人员", "原因") if _is_chinese(lang) else ("when", "entry", "what", "who", "why")
    )
    table = Table(*headings, title=_title(register, lang))
    for row in rows:
        when = f"{to_moment(int(row.changed_at.timestamp())):%Y-%m-%d %H:%M}"
        table.add_row(when, _of(row.key), "\n".join(_differences(row, lang)), row.changed_by, row.why)
    Console(markup=False).print(table)


def show_imports(
    register: Annotated[str | None, typer.Option(help="Only in this register.")] = None,
    institution: Annotated[str | None, typer.Option(help="Only of this institution.")] = None,
    most: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="So many rows, the newest first.")] = 50,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Show how many entries imports added and changed, by import, register and institution, and from which files.

    Examples:
        yicha registers imports --institution H00000000001

        yicha registers imports --register staff --json
    """
    known = None if register is None else register_named(register)
    with open_store(read_settings()).as_owner() as connection:
        rows = imports(connection, known, institution, most)
    if as_json:
        typer.echo(json.dumps([row.plain() for row in rows], ensure_ascii=False))
        return
    chinese, english = (
        ("时间", "登记册", "机构", "新增", "变更", "文件"),
        ("when", "register", "institution", "new", "changed", "files"),
    )
    table = Table(*(chinese if _is_chinese(lang) else english))
    for row in rows:
        when = f"{to_moment(int(row.imported_at.timestamp())):%Y-%m-%d %H:%M}"
        files = "\n".join(f"{file['name']} {file['fingerprint'][:12]}" for file in row.files)
        where = row.institution_id or ""
        table.add_row(when, _title(row.register, lang), where, str(row.added), str(row.changed), files)
    Console(markup=False).print(table)


def _pairs(words: Sequence[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    wrong = [word for word, (name, sign, _) in zip(words, pairs, strict=True) if not (name and sign)]
    names = [name for name, *_ in pairs]
    if wrong or len(set(names)) < len(names):
        raise BadSetting(
            f"{(wrong or names)[0][:60]!r} cannot be read, or names a column twice. Expected COLUMN=VALUE, each column "
            "once. Write it so."
        )
    return {name: value for name, _, value in pairs}


def _is_chinese(lang: Language | None) -> bool:
    return (lang or of_terminal()) is Language.zh


def _word(name: str, lang: Language | None) -> str:
    return COLUMN_WORDS.get(name, (name, name))[0 if _is_chinese(lang) else 1]


def _title(register: str, lang: Language | None) -> str:
    return REGISTER_WORDS[register][0 if _is_chinese(lang) else 1]


def _shown(value: Any) -> str:
    return "" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _of(key: Mapping[str, Any]) -> str:
    return " ".join(str(value) for value in key.values())


def _differences(row: RegisterChange, lang: Language | None = None) -> list[str]:
    return [f"{_word(name, lang)}: {_shown(old) or '-'} → {_shown(new) or '-'}" for name, old, new in row.differences]


def _changed(done: RegisterChange) -> str:
    said = "; ".join(_differences(done))
    return f"{done.register} {_of(done.key)}: {said}. A running service follows at its next settlement."


def _say(text: str) -> None:
    Console(soft_wrap=True, highlight=False, markup=False).print(text)
