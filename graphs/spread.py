"""Counts joint days on a Dask cluster: by parts of places, and then by parts of pairs.

All swipes of a till lie in one part, with all that says how usual a meeting there is. A part of places writes down the
first meeting of each pair and day, shuffled by the pair; a part of pairs puts together what was met at all places and
keeps pairs with at least two days. Only these come back to the process that asked. Parts of places are cut in the order
of the places, so that a swipe has the same number in its part, but for what lies before, and of two equal meetings the
same one is kept as in one piece.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from claims.shuffle import read_part, read_piece, write_pieces
from claims.tables import Array
from claims.workers import Workers, cluster
from graphs.links import WINDOW_SECONDS, JointDays, JointFinder, find_joint_days, joint_days_of, window_of
from graphs.meetings import MOST_NEIGHBOURS, Met, all_meetings, first_a_day, meet, that_meet_again
from graphs.surprise import Habits
from graphs.swipes import Swipes

SWIPES_IN_A_PART = 250_000
MEETINGS_IN_A_BLOCK = 1 << 21
"""A part of places looks at no more of its meetings at a time, so that a crowded till needs no more memory: 200 MB."""

_COLUMNS = ("patient", "place", "at", "day", "known_day")
_MIXER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Plan:
    """How a count is cut.

    Attributes:
        folder: for the pieces between the steps; every worker reads and writes it.
        offsets: the number of the first swipe of each part of places; there are as many parts of pairs.
        persons, places: how many there are in all.
        has_time: as of the swipes.
    """

    folder: Path
    offsets: tuple[int, ...]
    persons: int
    places: int
    has_time: bool

    @property
    def swipes(self) -> Path:
        """The file of all swipes, one piece a part of places."""
        return self.folder / "swipes.arrow"

    @property
    def met(self) -> Path:
        """The folder of meetings, one piece a part of pairs in each file."""
        return self.folder / "met"

    @property
    def kept(self) -> Path:
        """The folder of what comes back, one file a part of pairs."""
        return self.folder / "kept"


@contextmanager
def joint_finder(address: str | None, folder: Path) -> Iterator[JointFinder]:
    """What counts joint days: this process, or a Dask cluster while the block runs.

    Args:
        address: see `claims.workers.cluster`; None for this process.
        folder: where the pieces lie meanwhile; workers on other machines must reach it under the same path.

    Raises:
        BadSetting: there is no such cluster.
    """
    if address is None:
        yield find_joint_days
        return
    folder.mkdir(parents=True, exist_ok=True)
    with cluster(address) as workers:
        yield partial(find_on, workers, folder.resolve())


def find_on(workers: Workers, folder: Path, swipes: Swipes, swipes_in_a_part: int = SWIPES_IN_A_PART) -> JointDays:
    """As `find_joint_days`, with the same result."""
    if not len(swipes.at):
        return find_joint_days(swipes)
    with tempfile.TemporaryDirectory(dir=folder, prefix="unfinished-") as scratch:
        part = parts_of_places(swipes.place, swipes_in_a_part)
        offsets = np.flatnonzero(np.diff(part, prepend=-1)).tolist()
        persons, places = len(swipes.patient_ids), len(swipes.place_ids)
        plan = Plan(Path(scratch), tuple(offsets), persons, places, swipes.has_time)
        write_pieces(plan.swipes, pa.table({name: getattr(swipes, name) for name in _COLUMNS}), part, len(offsets))
        for task in (count_places, sum_pairs):
            for _ in workers(task, plan, range(len(offsets))):
                pass
        kept = _met_of(read_part(plan.kept, 0))
    return joint_days_of(swipes, first_a_day(kept))


def parts_of_places(place: Array, size: int) -> Array:
    """The part of each swipe, 0, 1, ...; all swipes of a place in one, about `size` in each unless a place has more."""
    begins = np.searchsorted(place, place)
    part: Array = np.unique(begins // size, return_inverse=True)[1]
    return part


def count_places(plan: Plan, number: int) -> None:
    """Write down the first meeting of each pair and day in a part of places, shuffled by the pair."""
    swipes, parts = _swipes_of(plan, number), len(plan.offsets)
    habits, step = Habits(swipes, WINDOW_SECONDS), max(1, MEETINGS_IN_A_BLOCK // MOST_NEIGHBOURS)
    for start in range(0, len(swipes.at), step):
        stop = min(start + step, len(swipes.at))
        found = all_meetings(swipes, window_of(swipes, WINDOW_SECONDS), start, stop)
        met = meet(swipes, habits, *found, plan.offsets[number])
        part = (met.pair_key.astype(np.uint64) * _MIXER >> np.uint64(32)).astype(np.int64) % parts
        write_pieces(plan.met / f"{_name(number)}-{start:012d}.arrow", _table_of(met), part, parts)


def sum_pairs(plan: Plan, number: int) -> None:
    """Keep the pairs of a part that met on enough days, wherever that was."""
    met = that_meet_again(first_a_day(_met_of(read_part(plan.met, number))))
    write_pieces(plan.kept / f"{_name(number)}.arrow", _table_of(met), np.zeros(len(met.day), dtype=np.int64), 1)


def _swipes_of(plan: Plan, number: int) -> Swipes:
    batch = read_piece(plan.swipes, number)
    columns = {name: batch.column(name).to_numpy().copy() for name in _COLUMNS}
    unnamed = np.array(None, dtype=object)  # of texts only their number is asked
    return Swipes(
        row=np.arange(batch.num_rows),
        **columns,
        patient_ids=np.broadcast_to(unnamed, plan.persons),
        place_ids=np.broadcast_to(unnamed, plan.places),
        has_time=plan.has_time,
    )


def _table_of(met: Met) -> pa.Table:
    return pa.table({each.name: getattr(met, each.name) for each in fields(Met)})


def _met_of(table: pa.Table) -> Met:
    return Met(*(table[each.name].to_numpy() for each in fields(Met)))


def _name(number: int) -> str:
    """Names sort as the numbers do."""
    return f"{number:06d}"
