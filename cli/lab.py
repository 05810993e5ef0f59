"""`yicha lab`: Jupyter Lab on the notebooks, over the same store."""

from __future__ import annotations

import os
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from claims.errors import BadSetting
from claims.settings import Settings, read_settings
from claims.store.view import prepare_view
from cli.pages import HOST, show_page
from cli.serve import try_port

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = PROJECT / "notebooks"
WORKS_OFFLINE = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
"""Nothing is asked of other hosts, and nothing can be installed from the page."""
SETTINGS = Path(__file__).parent / "jupyter"
"""Jupyter Lab's own defaults, changed: whether one wants its news is not asked."""


def lab(
    port: Annotated[int, typer.Option(help="Port of this machine to listen on.", min=1, max=65535)] = 8888,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only renew the view that notebooks read, for others' logins, and end.")
    ] = False,
) -> None:
    """Open Jupyter Lab on notebooks/ until interrupted; its kernel is this program's, its data are this store's.

    Only this machine reaches it, and only with the token in the address that is printed. Notebooks read a view in which
    all ids are keyed again (docs/notebooks.md).

    Examples:
        yicha lab

        yicha lab --port 8890

        yicha lab --prepare
    """
    settings = read_settings()
    if prepare:
        prepare_view(settings)
        Console().print("The view for notebooks is up to date.")
        return
    _require_jupyter()
    try_port(HOST, port)
    prepare_view(settings)  # starts the embedded server, which notebooks then join
    token = secrets.token_urlsafe(24)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.ip={HOST}"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={NOTEBOOKS}"),
        *("--Application.log_level=ERROR", *WORKS_OFFLINE),
    ]
    where = f"http://{HOST}:{port}"
    says = f"Jupyter Lab is at {where}/lab?token={token}  (end with Ctrl-C)"
    show_page("Jupyter Lab", command, _environment(settings, token), f"{where}/api", says)


def _require_jupyter() -> None:
    if find_spec("jupyterlab") is None:
        raise BadSetting(
            "Jupyter Lab is not installed here. Expected the package jupyterlab in this environment. Install it: "
            f"{sys.executable} -m pip install jupyterlab."
        )
    if not NOTEBOOKS.is_dir():
        raise BadSetting(
            f"There is no folder {NOTEBOOKS}. Expected the notebooks of the repository beside the program. Run yicha "
            "lab from a checkout."
        )


def _environment(settings: Settings, token: str) -> dict[str, str]:
    """What kernels need to open the same store from any folder; the token never stands in a list of processes."""
    named = {
        "YICHA_DATA": settings.data_folder,
        "YICHA_LEARNING_BOUNDS": settings.learning_bounds,
        "MLFLOW_TRACKING_URI": settings.tracking_uri,
        "PYTHONPATH": _before(PROJECT, "PYTHONPATH"),
        "JUPYTER_CONFIG_PATH": _before(SETTINGS, "JUPYTER_CONFIG_PATH"),
        "JUPYTER_TOKEN": token,
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel python3 is this environment's, not another one of the user's
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def _before(folder: Path, variable: str) -> str:
    """A list of folders in which ours comes first."""
    return os.pathsep.join(filter(None, (str(folder), os.environ.get(variable))))
