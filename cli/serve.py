"""`yicha serve`: the service for the settlement system and the reviewers."""

import os
import signal
import socket
import sys
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from rich.console import Console

from claims.errors import BadSetting, YichaError
from claims.pseudonyms import open_pseudonyms
from claims.settings import read_settings
from claims.store.connect import open_store
from serving.app import app_from_settings

console = Console()


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes that answer; they share one database.", min=1, max=64)] = 1,
) -> None:
    """Answer settlements and show the audit queue until interrupted.

    Examples:
      yicha serve
      yicha serve --host 0.0.0.0 --port 8080 --workers 2
    """
    _open_for_workers()
    try_port(host, port)
    console.print(f"Yicha serves on [bold]http://{host}:{port}[/]  (queue /queue, API /v1, description /openapi.json)")
    uvicorn.run(
        "cli.serve:app_of_worker",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def _open_for_workers() -> None:
    """Open the store once, here: what is wrong is said before a worker starts, and one process owns the server."""
    settings = read_settings()
    store = open_store(settings)
    with store.as_owner() as connection:
        open_pseudonyms(settings, connection)
    os.environ["YICHA_DATABASE_URL"] = store.owner_url
    os.environ["YICHA_SERVICE_DATABASE_URL"] = store.service_url
    # uvicorn ends with the signal that stopped it, which would skip letting go of the embedded server
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def try_port(host: str, port: int) -> None:
    """Say plainly that a port is taken, before anything is started.

    Raises:
        BadSetting: nobody can listen there.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise BadSetting(
            f"Port {port} of {host} cannot be listened on ({error.strerror}). Expected a free port of this machine. "
            "Stop the program that has it, or choose another with --port."
        ) from error


def app_of_worker() -> FastAPI:
    """The application in one worker; what stops the start is one sentence here too."""
    try:
        return app_from_settings()
    except YichaError as error:
        print(error, file=sys.stderr)  # noqa: T201  # a worker has no console of its own
        sys.exit(1)
