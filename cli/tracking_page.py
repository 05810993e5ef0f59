"""`yicha mlflow`: MLflow's page over the runs of this program."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from claims.settings import read_settings
from cli.pages import HOST, console, show_page
from cli.serve import try_port
from training.track import open_client

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # processes for language models, which nobody here needs
}


def mlflow_page(
    port: Annotated[int, typer.Option(help="Port of this machine to listen on.", min=1, max=65535)] = 5000,
) -> None:
    """Open MLflow's page over the runs that yicha train wrote, until interrupted; only this machine reaches it.

    Where MLFLOW_TRACKING_URI names a tracking server, that server has the page: its address is printed.

    Examples:
        yicha mlflow

        yicha mlflow --port 5001
    """
    uri = read_settings().tracking_uri
    if uri.startswith(("http://", "https://")):
        console.print(f"The tracking server has the page itself: {uri}")
        return
    try_port(HOST, port)
    open_client(read_settings())  # what is wrong with the tracking store is said before anything is started
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"),
        *("--uvicorn-opts", "--log-level warning"),
    ]
    where = f"http://{HOST}:{port}"
    # It may hold a password: not for a list of processes.
    environment = QUIET | {"MLFLOW_BACKEND_STORE_URI": uri, "MLFLOW_REGISTRY_STORE_URI": uri}
    show_page("MLflow", command, environment, f"{where}/health", f"MLflow's page is at {where}  (end with Ctrl-C)")
