"""Runs a web page of another program beside this one, on this machine only, until the keyboard or a signal stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress

from rich.console import Console

from claims.errors import BadSetting

HOST = "127.0.0.1"
ERROR_STREAM = 2
START_SECONDS, STOP_SECONDS = 90, 15
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
console = Console(soft_wrap=True, highlight=False)


def show_page(name: str, command: Sequence[str], environment: Mapping[str, str], address: str, says: str) -> None:
    """Start a program, say where its page is once it answers, and end it when we are stopped.

    Args:
        name: of the program, for messages.
        command: what is run.
        environment: of it, beside our own.
        address: that answers when it is ready.
        says: printed then.

    Raises:
        BadSetting: it ended by itself, or does not answer in time.
    """
    # A session of its own: the keyboard stops us, and we stop all of it, in order and without a question.
    # What it prints goes to the error stream: ours is the one line that says where the page is.
    whole = {**os.environ, **environment}
    process = subprocess.Popen(command, env=whole, start_new_session=True, stdout=ERROR_STREAM)  # noqa: S603
    try:
        _wait(name, process, address)
        console.print(says)
        while (code := process.poll()) is None:  # a wait without end would sleep on where another thread got the signal
            time.sleep(0.2)
        raise BadSetting(
            f"{name} ended by itself with code {code}. Expected it to run until it is stopped. Its messages are above."
        )
    except KeyboardInterrupt:
        console.print(f"{name} is stopped.")
    finally:
        _end(process)


def _wait(name: str, process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            _DIRECTLY.open(address, timeout=5).close()
            return
        time.sleep(0.2)
    raise BadSetting(
        f"{name} did not start. Expected an answer of its page within {START_SECONDS} seconds. Its own messages are "
        "above; choose another --port if it says that this one is taken."
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, and insist after a while."""
    for way in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, way)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return
