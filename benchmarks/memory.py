"""Memory of everything that works on a task: this process, its helpers, and the PostgreSQL server of a data folder."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

KIB = 1024


def proportional_bytes(pids: set[int]) -> int:
    """Sum of the proportional set sizes: a page that several processes share counts once in all."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:  # it has ended
            continue
        total += sum(int(line.split()[1]) * KIB for line in text.splitlines() if line.startswith("Pss:"))
    return total


def tree_of(root: int, server_folder: Path | None) -> set[int]:
    """The process, all below it, and those of the server that runs on a folder."""
    parents: dict[int, int] = {}
    servers: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
            if server_folder and str(server_folder).encode() in command:
                servers.add(int(entry.name))
    wanted = {root} | servers
    while more := {pid for pid, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    return wanted


def processor_seconds(pid: int) -> float:
    """What the process has used of the processors, user and system; 0 when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class PeakMemory:
    """Samples while the block runs.

    Attributes:
        peak: the largest sum of memory seen, in bytes.
    """

    def __init__(self, root: int, server_folder: Path | None = None, every: float = 2.0) -> None:
        self.peak = 0
        self._root, self._folder, self._every = root, server_folder, every
        self._first = {pid: processor_seconds(pid) for pid in tree_of(root, server_folder)}
        self._last: dict[int, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.is_set():
            pids = tree_of(self._root, self._folder)
            self.peak = max(self.peak, proportional_bytes(pids))
            for pid in pids:
                self._last[pid] = max(self._last.get(pid, 0.0), processor_seconds(pid))
            self._done.wait(self._every)

    @property
    def processor_seconds(self) -> float:
        """What all of them used of the processors; of one that ended, as far as the last sample saw."""
        return sum(self._last.values()) - sum(self._first.get(pid, 0.0) for pid in self._last)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
