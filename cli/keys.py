"""`yicha keys`: API keys for settlement systems and reviewers."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audit.keys import ROLES, list_keys, make_key, revoke_key
from claims.clock import to_moment
from claims.settings import read_settings
from claims.store.connect import open_store

keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
console = Console()


@keys.command("make")
def make(
    holder: Annotated[str, typer.Option(help="The calling system, or the reviewer's staff id.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    institution: Annotated[
        str | None, typer.Option(help="Whom a key of role institution speaks for: its code.")
    ] = None,
) -> None:
    """Make a key and print it once; the store keeps only a hash.

    Examples:
      yicha keys make --holder HIS01 --role settlement
      yicha keys make --holder R007 --role reviewer
      yicha keys make --holder "HIS of H1" --role institution --institution H00000000001
    """
    with open_store(read_settings()).as_owner() as connection:
        key = make_key(connection, holder, role, institution)
    console.print("Keep this key; it is not shown again:")
    console.print(key, soft_wrap=True, highlight=False, markup=False)


@keys.command("list")
def show() -> None:
    """List all keys without their secrets.

    Example: yicha keys list
    """
    table = Table()
    for title in ("id", "holder", "role", "institution", "made", "revoked"):
        table.add_column(title)
    with open_store(read_settings()).as_owner() as connection:
        for row in list_keys(connection):
            ended = f"{to_moment(int(row.revoked_at.timestamp())):%Y-%m-%d %H:%M}" if row.revoked_at else ""
            made = f"{to_moment(int(row.made_at.timestamp())):%Y-%m-%d %H:%M}"
            table.add_row(row.key_id, row.holder, row.role, row.institution_id or "", made, ended)
    console.print(table)


@keys.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The id that `yicha keys list` shows.")]) -> None:
    """Make a key useless from now on; its web sessions end at once.

    Example: yicha keys revoke 0a1b2c3d4e5f
    """
    with open_store(read_settings()).as_owner() as connection:
        revoke_key(connection, key_id)
    console.print(f"Key {key_id} is revoked.")
