"""The `yicha` command: all commands stand in one list, every error is one sentence."""

import importlib
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import psycopg
import typer
from rich.console import Console
from typer._click.exceptions import ClickException

from claims.errors import YichaError
from cli.commands import COMMANDS, GROUPS

BAD_USAGE, STOPPED = 2, 130
"""Exit codes as shells and other programs use them; every other error has 1."""

PROJECT = Path(__file__).resolve().parents[1]
LAST_RESORT = (
    "An unexpected error ({kind}) at {place}. Nothing of this step was kept half-done; the step can be run again. "
    "If it comes again, report this place and kind, and what you ran."
)


def build_app(words: Sequence[str]) -> typer.Typer:
    """The application; of its commands only those are loaded that `words` may name.

    Args:
        words: what was typed after `yicha`.
    """
    app = _typer("Watches a medical-insurance fund: claims in, an explained audit queue out.", name="yicha")
    groups = {name: _typer(says) for name, says in GROUPS.items()}
    asked = next((word for word in words if not word.startswith("-")), None)
    for typed, where, says in COMMANDS:
        *group, name = typed.split(" ")
        function = _load(where) if typed.split(" ")[0] == asked else _not_loaded
        (groups[group[0]] if group else app).command(name, short_help=says)(function)
    for name, group_app in groups.items():
        app.add_typer(group_app, name=name)
    return app


def _typer(says: str, name: str | None = None) -> typer.Typer:
    return typer.Typer(
        name=name, help=says, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich",
        add_completion=False,
    )  # fmt: skip


def _load(where: str) -> Callable[..., None]:
    module, function = where.split(":")
    loaded: Callable[..., None] = getattr(importlib.import_module(module), function)
    return loaded


def _not_loaded() -> None:
    """Stands for a command that was not typed."""


def main() -> None:
    """Run the command line; exit code 0 means that everything asked for was done."""
    # a polite end also for what was started: `with` blocks and exit handlers run
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    run_plainly(_run)


def _run() -> None:
    try:
        code = build_app(sys.argv[1:])(standalone_mode=False)
    except ClickException as error:
        _stop(_usage(error), BAD_USAGE)
    if code == STOPPED:
        raise KeyboardInterrupt
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: ClickException) -> str:
    """What is wrong with the words that were typed; empty where help was shown instead."""
    message = error.format_message().strip()
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "yicha"
    return message and f"{message.rstrip('.')}. `{command} --help` shows what is expected, with examples."


def run_plainly(action: Callable[[], object]) -> None:
    """Run `action`; an error becomes one plain sentence on the error stream and an exit code other than 0."""
    try:
        action()
    except YichaError as error:
        _stop(str(error))
    except psycopg.OperationalError:
        _stop(
            "The connection to PostgreSQL was lost in the middle of the step. Expected it to stay up; "
            "nothing of an open transaction was kept. Start the server again and repeat the command."
        )
    except KeyboardInterrupt:
        _stop("Stopped by the keyboard. Finished steps are kept; run the command again to go on.", STOPPED)
    except Exception as error:  # the last resort: the place is told, the message (which may hold data) is not
        _stop(LAST_RESORT.format(kind=type(error).__name__, place=_place(error)))


def _place(error: Exception) -> str:
    """The last line of our own code that the error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PROJECT) and ".venv" not in frame.filename]
    last = (ours or list(frames))[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _stop(message: str, code: int = 1) -> NoReturn:
    if message:
        Console(stderr=True, highlight=False, soft_wrap=True).print(message, style="bold red", markup=False)
    sys.exit(code)
