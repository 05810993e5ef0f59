"""Reads the claims of subjects in bounded parts, and makes their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import psycopg

from claims.context import Context
from claims.errors import NotEnoughData
from claims.store.columns import join, read_bulk
from claims.store.slices import SUBJECT_DOCTOR_SQL
from claims.store.stream import narrowed
from claims.tables import CLAIMS, DIAGNOSES, LINES, Array
from features.closed.store import read_closed
from features.part import read_reference
from features.scatter import COLUMNS
from features.windows import LONGEST, window
from graphs.columns import read_changes
from training.subjects.columns import columns_of, place_of
from training.subjects.kinds import ID_COLUMN, PLURAL, Kind
from training.subjects.moment import columns_at
from training.subjects.periods import YEAR_MONTHS, months_before

CLAIMS_AT_ONCE = 150_000
"""Claims of the subjects that are read together, about; with their lines some hundred megabytes."""

CLAIM_COLUMNS = narrowed(CLAIMS, COLUMNS["claims"])
CHILDREN = tuple(narrowed(table, ("claim_id", *COLUMNS[table.name])) for table in (LINES, DIAGNOSES))
_SUBJECT = {**{kind: f"t.{column}" for kind, column in ID_COLUMN.items()}, "doctor": SUBJECT_DOCTOR_SQL}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """n questions: which subject at which moment; each pair once."""

    ids: Array
    ends: Array

    def __len__(self) -> int:
        """How many questions."""
        return len(self.ids)


@dataclass(frozen=True)
class SubjectTable:
    """n subjects at period ends, in the order in which they were asked for.

    Attributes:
        kind: what the subjects are.
        ids: (n,) text.
        ends: (n,) seconds.
        matrix: (n, k) float64, the columns of `columns_of(kind)`.
    """

    kind: Kind
    ids: Array
    ends: Array
    matrix: Array

    def column(self, name: str) -> Array:
        """(n,) the column `name` without its kind, such as `amount_sum_365d`."""
        return np.asarray(self.matrix[:, place_of(self.kind, name)])


@dataclass(frozen=True)
class Life:
    """When each of u subjects was seen: first and last moment in seconds, and the number of its claims."""

    ids: Array
    first: Array
    last: Array
    claims: Array

    def active(self, end: int) -> Array:
        """The subjects that may have settled claims in the year before a moment, and had some known before it."""
        return np.asarray(self.ids[(self.first < end) & (self.last >= months_before(end, YEAR_MONTHS))])


def read_life(connection: psycopg.Connection, kind: Kind) -> Life:
    """All subjects of a kind that the store's settlements name, sorted.

    Raises:
        NotEnoughData: none.
    """
    column = ID_COLUMN[kind]
    rows = connection.execute(
        f"SELECT {column}, extract(epoch FROM min(greatest(settled_at, known_at)))::bigint,"
        " extract(epoch FROM max(settled_at))::bigint, count(*)"
        f" FROM claims WHERE kind = 'settlement' AND {column} IS NOT NULL GROUP BY 1 ORDER BY {column} COLLATE \"C\""
    ).fetchall()
    if not rows:
        raise NotEnoughData(
            f"The store holds no settlement with {PLURAL[kind]}, so nobody can be looked at. Expected claims. "
            "Import them first (yicha import)."
        )
    ids, first, last, count = zip(*rows, strict=True)
    return Life(np.array(ids, dtype=object), *(np.array(part, dtype=np.int64) for part in (first, last, count)))


def read_subjects(
    connection: psycopg.Connection,
    kind: Kind,
    life: Life,
    asked: Asked,
    progress: Progress | None = None,
    claims_at_once: int = CLAIMS_AT_ONCE,
) -> SubjectTable:
    """The rows asked for; beside them only the claims of some subjects are held at a time.

    Args:
        connection: an open connection; a temporary table is made in it.
        kind: what the subjects are.
        life: of all subjects.
        asked: n questions.
        progress: told (done, of all) after each part.
        claims_at_once: how many claims a part holds, about.
    """
    matrix = np.zeros((len(asked), len(columns_of(kind))))
    if not len(asked):
        return SubjectTable(kind, asked.ids, asked.ends, matrix)
    reference = replace(read_reference(connection), closed=read_closed(connection))
    places = np.searchsorted(life.ids.astype(str), asked.ids.astype(str))
    part_of = _parts(life, np.unique(places), claims_at_once)[places]
    _remember(connection, life.ids[places], part_of)
    parts = int(part_of.max()) + 1
    for part in range(parts):
        chosen = np.flatnonzero(part_of == part)
        for rows, values in _of_part(connection, kind, reference, part, asked, chosen):
            matrix[rows] = values
        if progress:
            progress(part + 1, parts)
    return SubjectTable(kind, asked.ids, asked.ends, matrix)


def _parts(life: Life, places: Array, claims_at_once: int) -> Array:
    """The part of each subject (u,), those without a question in the first one."""
    part = np.zeros(len(life.ids), dtype=np.int64)
    before = np.cumsum(life.claims[places]) - life.claims[places]
    _, part[places] = np.unique(before // claims_at_once, return_inverse=True)
    return part


def _remember(connection: psycopg.Connection, ids: Array, part_of: Array) -> None:
    connection.execute("DROP TABLE IF EXISTS asked_subjects")
    connection.execute("CREATE TEMPORARY TABLE asked_subjects (id text PRIMARY KEY, part bigint NOT NULL)")
    pairs = dict(zip(ids.tolist(), part_of.tolist(), strict=True))
    with connection.cursor().copy("COPY asked_subjects FROM STDIN") as copy:
        for pair in pairs.items():
            copy.write_row(pair)
    connection.execute("ANALYZE asked_subjects")


def _of_part(
    connection: psycopg.Connection, kind: Kind, reference: Context, part: int, asked: Asked, chosen: Array
) -> Iterator[tuple[Array, Array]]:
    """The rows of one part and their values, moment by moment."""
    ends = np.unique(asked.ends[chosen])
    context = _with_past(connection, kind, reference, part, int(ends[0]), int(ends[-1]))
    changes = read_changes(connection, kind, sorted(set(asked.ids[chosen].tolist())))
    for end in ends.tolist():
        rows = chosen[asked.ends[chosen] == end]
        yield rows, columns_at(kind, asked.ids[rows], end, context, {kind: changes})


def _with_past(
    connection: psycopg.Connection, kind: Kind, reference: Context, part: int, first: int, last: int
) -> Context:
    """The claims that the moments from `first` to `last` look back on, and the persons on them."""
    begin = window(LONGEST).start(first)
    # A reversal counts only where its original, however old, is known.
    taken_back = (
        f"SELECT 1 FROM claims r WHERE r.reverses_claim_id = t.claim_id AND r.settled_at >= to_timestamp({begin})"
    )
    mine = (
        f"JOIN asked_subjects a ON a.id = {_SUBJECT[kind]} AND a.part = {part} "
        f"WHERE (t.settled_at >= to_timestamp({begin}) OR EXISTS ({taken_back})) AND t.known_at < to_timestamp({last})"
    )
    claims = read_bulk(connection, CLAIM_COLUMNS, f"{mine} ORDER BY t.recorded_order")
    of_mine = f"JOIN (SELECT t.claim_id AS id, t.recorded_order FROM claims t {mine}) c ON c.id = t.claim_id"
    lines, diagnoses = (
        read_bulk(connection, table, f"{of_mine} ORDER BY c.recorded_order, t.{place}")
        for table, place in zip(CHILDREN, ("line_number", "sequence"), strict=True)
    )
    return replace(reference, history=join(claims, lines, diagnoses))
