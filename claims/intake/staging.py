"""Temporary tables that hold an import's rows until all of them are known to fit together."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psycopg
import pyarrow as pa

from claims.intake.binary import to_binary
from claims.intake.mapping import Output
from claims.intake.rows import Rows
from claims.tables import VERDICTS, Kind, Table

VIOLATED_ROWS = "refused_rows"
"""Temporary table of the rows that the merge rejects: file, line, field, the value as text (until shaped), reason."""


@dataclass
class Stage:
    """One temporary table.

    Attributes:
        name: its name.
        output: what it holds.
        is_own: whether the rows are their part's own (first) output, so that each is one row of the source.
        supplied: columns that some file of this import supplied.
        rows: how many rows were added.
    """

    name: str
    output: Output
    is_own: bool
    supplied: set[str] = field(default_factory=set)
    rows: int = 0

    @property
    def table(self) -> Table:
        """The table whose columns it has."""
        return self.output.like

    @property
    def kept(self) -> list[str]:
        """The supplied columns that the table has, in its order."""
        return [name for name in self.table.names if name in self.supplied]


def stage_columns(table: Table) -> list[tuple[str, Kind]]:
    """The staged columns of a table; verdicts name a line by the source's line id until its number is known."""
    extra = [("line_id", Kind.TEXT)] if table is VERDICTS else []
    return [(column.name, column.kind) for column in table.columns] + extra


class Staging:
    """All temporary tables of one import; they vanish with the transaction."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.stages: dict[str, Stage] = {}
        self._copier = ThreadPoolExecutor(1)
        self._copying: Future[None] | None = None
        connection.execute(
            f"CREATE TEMPORARY TABLE {VIOLATED_ROWS} "
            "(file_no bigint, line_no bigint, field text, value text, reason text, is_own boolean) ON COMMIT DROP"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wait for the thread: the connection is its own until then."""
        self._copier.shutdown()

    def stage_of(self, output: Output, is_own: bool) -> Stage:
        """The stage of an output; makes its table when it is first asked for."""
        name = f"in_{output.name}" if is_own else f"in_{output.name}_derived"
        if name not in self.stages:
            self.wait()
            columns = ", ".join(f"{column} {kind.store_type}" for column, kind in stage_columns(output.like))
            self.connection.execute(
                f"CREATE TEMPORARY TABLE {name} ({columns}, file_no bigint, line_no bigint) ON COMMIT DROP"
            )
            self.stages[name] = Stage(name, output, is_own)
        return self.stages[name]

    def add(self, rows: Rows, is_own: bool, file_no: int) -> None:
        """Copy rows into their stage, in a thread: the server takes them while the next ones are read."""
        stage = self.stage_of(rows.output, is_own)
        if len(rows.lines) == 0:
            return
        count = len(rows.lines)
        columns = {**rows.columns, "file_no": pa.repeat(pa.scalar(file_no), count), "line_no": pa.array(rows.lines)}
        self.wait()
        self._copying = self._copier.submit(self._copy, stage.name, columns)
        stage.rows += count

    def wait(self) -> None:
        """Until all added rows are in their stage; needed before the connection serves anything else."""
        if self._copying:
            self._copying.result()
            self._copying = None

    def _copy(self, name: str, columns: Mapping[str, pa.Array]) -> None:
        blocks = to_binary(list(columns.values()))
        statement = f"COPY {name} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
        with self.connection.cursor().copy(statement) as copy:
            for block in blocks:
                copy.write(block)

    def rewrite(self, stage: Stage, query: str) -> None:
        """Give a stage the rows of a query over it."""
        self.connection.execute(f"CREATE TEMPORARY TABLE rewritten ON COMMIT DROP AS {query}")
        self.empty(stage)
        self.connection.execute(f"DROP TABLE {stage.name}")
        self.connection.execute(f"ALTER TABLE rewritten RENAME TO {stage.name}")
        self.connection.execute(f"ANALYZE {stage.name}")

    def empty(self, stage: Stage) -> None:
        """Give the disk of a stage back that nobody reads again; at once, as the table is of this transaction."""
        self.connection.execute(f"TRUNCATE {stage.name}")

    def analyze(self) -> None:
        """Tell the planner how large the stages are, when all rows are in."""
        self.wait()
        for stage in self.stages.values():
            self.connection.execute(f"ANALYZE {stage.name}")

    def of_table(self, name: str) -> list[Stage]:
        """The stages that feed a table: own rows first, then derived ones."""
        return [self.stages[key] for key in (f"in_{name}", f"in_{name}_derived") if key in self.stages]


def same(columns: Iterable[str], left: str, right: str) -> str:
    """SQL that is true where two rows agree in all columns."""
    names = list(columns)
    if not names:
        return "true"
    one, other = (", ".join(f"{side}.{name}" for name in names) for side in (left, right))
    return f"ROW({one}) IS NOT DISTINCT FROM ROW({other})"
