"""Long work in named steps, of which none is done twice."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

console = Console()


class Steps:
    """Remembers on disk which steps are done, so that what was interrupted goes on where it stopped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: list[str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    def run(self, name: str, action: Callable[[], None]) -> None:
        """Run `action` unless it is done; show its name and how long it took."""
        if name in self.done:
            return
        console.rule(f"[bold]{name}")
        start = time.monotonic()
        action()
        console.print(f"[green]done[/green] in {time.monotonic() - start:.0f} s")
        self.done.append(name)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.done), encoding="utf-8")
