"""`yicha demo`: the whole path on a made-up city, from a stranger's files to an explained audit queue."""

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from claims.settings import read_settings
from cli.serve import try_port
from cli.steps import Steps

STEPS = (
    ("Make up a city", "city --insured 20000 --months 18 --rates dense --seed 1 --live-days 3 --out CITY"),
    ("Import its files as a stranger's", "import --mapping national CITY/*.csv"),
    ("Find links and rings", "graphs build"),
    ("Build features", "features build"),
    ("Train on the agency's verdicts", "train --trials 4"),
    ("Promote the model", "promote --why 'first model of the made-up city'"),
    ("Screen the month before the live days", "score --from 2025-12-01 --to 2025-12-28"),
)
"""The city ends on 2025-12-31; its last three days are sent to the service, as a settlement system would."""

console = Console()


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after printing the queue instead of serving on.")] = False,
    port: Annotated[int, typer.Option(help="Port of the service.")] = 8000,
) -> None:
    """Make up a city, import it, learn from it, serve it, and show the top of the audit queue.

    Steps that are done are not done again: a second run starts the service from what is there.

    Example: yicha demo --once
    """
    try_port("127.0.0.1", port)
    settings = read_settings()
    steps = Steps(settings.data_folder / "demo.json")
    city = settings.data_folder / "city"
    for name, typed in STEPS:
        steps.run(name, lambda typed=typed: yicha(typed, city))  # type: ignore[misc]  # mypy: default of a lambda
    from cli.demo_service import Service

    with Service(port) as service:
        steps.run("Settle the last days one by one", lambda: service.send(city / "live"))
        console.rule("[bold]The audit queue")
        yicha("queue --draw --top 5", city)
        if not once:
            service.say_where()
            service.wait()
    if once:
        console.print(f"\nTo open the page, serve on: yicha demo --port {port}, or make run")


def yicha(typed: str, city: Path) -> None:
    """Run one command of this program as a user would type it; CITY stands for the folder of the made-up city."""
    from cli.main import build_app

    console.print(f"[dim]$ yicha {typed}[/dim]", highlight=False)
    words: list[str] = []
    for word in shlex.split(typed):
        path = Path(word.replace("CITY", str(city)))
        words += [str(found) for found in sorted(path.parent.glob(path.name))] if "*" in word else [word]
    words = [word.replace("CITY", str(city)) for word in words]
    build_app(words)(words, standalone_mode=False)
