"""The service in a process of its own, and a settlement system that sends it claims one by one."""

import http.client
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import track

from audit.keys import make_key
from claims.errors import StoreDown, YichaError
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.settlement_feed import read_feed

START_SECONDS = 180
console = Console()


class Service:
    """A running `yicha serve`, stopped when the `with` block ends."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __enter__(self) -> "Service":
        """Start the service and wait until it says that it is ready."""
        yicha = Path(sys.executable).with_name("yicha")
        self.log = (read_settings().data_folder / "service.log").open("ab")
        command = [str(yicha), "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)  # noqa: S603  # our own program
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.terminate()
                raise StoreDown(
                    f"The service did not become ready on port {self.port}. Expected it to answer within "
                    f"{START_SECONDS} s. What it says of itself stands in {self.log.name}."
                )
            time.sleep(0.2)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the service."""
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.client.OK and self.process.poll() is None
        except OSError:
            return False
        finally:
            connection.close()

    def send(self, folder: Path) -> None:
        """Send the claims under `folder` in the order of their settlement, and count the answers."""
        with open_store(read_settings()).as_owner() as store:
            key = make_key(store, holder="made-up settlement system", role="settlement")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        actions: Counter[str] = Counter()
        feed = read_feed(folder)
        start = time.monotonic()
        for path, body in track(feed, description="settling", console=console):
            connection.request("POST", path, body=json.dumps(body), headers=headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
            if response.status >= http.client.BAD_REQUEST:
                raise YichaError(f"The service answered {response.status} to {path}: {answer}")
            actions[answer.get("action", "reversal")] += 1
        pace = (time.monotonic() - start) / max(len(feed), 1) * 1000
        counts = ", ".join(f"{count} {action}" for action, count in actions.most_common())
        console.print(f"{len(feed)} sent one by one, {pace:.0f} ms each on average: {counts}")

    def say_where(self) -> None:
        """Print the address of the web page and a key to enter it."""
        with open_store(read_settings()).as_owner() as store:
            key = make_key(store, holder="demo reviewer", role="reviewer")
        console.print(f"\nThe audit queue: [bold]http://127.0.0.1:{self.port}/[/bold]   key for the login page: {key}")

    def wait(self) -> None:
        """Serve until the keyboard stops it."""
        console.print("Serving until Ctrl-C.")
        self.process.wait()
