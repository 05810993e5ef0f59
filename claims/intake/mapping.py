"""What a mapping file says: which source column feeds which column of ours, and how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from claims.tables import Kind, Table

LEAVE = "leave"
REGISTERS = (
    *("institutions", "declarations", "patients", "departments", "department_services"),
    *("staff", "catalogue", "agreements", "item_mappings"),
)
"""Tables that say what is so now and may be brought up to date; the others hold facts, which never change."""


@dataclass(frozen=True)
class Format:
    """How the text of a source file is laid out.

    Attributes:
        missing: texts that mean "no value".
        times, dates: patterns such as `yyyy-MM-dd HH:mm:ss`, tried in order; S is a digit that is ignored.
        clock: the wall clock of times without a zone, `area` (UTC+8) or `utc`.
        ticks_begin: the day on that clock at whose midnight a source that counts time counts zero.
        tick_seconds: how long one of its counts lasts; the two defaults with `utc` read Unix seconds.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("",)
    times: tuple[str, ...] = ("yyyy-MM-dd HH:mm:ss",)
    dates: tuple[str, ...] = ("yyyy-MM-dd",)
    clock: str = "area"
    ticks_begin: str = "1970-01-01"
    tick_seconds: int = 1


@dataclass(frozen=True)
class Way:
    """One way to get a value for a column of ours.

    Attributes:
        aliases: names that the source column may have; the first that the file has is read. Empty for a constant.
        parser: a name in `parse.PARSERS`.
        optional: the file may lack the column.
        codes: for the parser `codes`: source value (or its beginning, if `by_prefix`) to ours; None is no value.
        otherwise: for `codes`: the value for an unlisted code; `LEAVE` gives none, None rejects the row.
        constant: for `constant`: the value; for `present`: the value when the source has one.
    """

    aliases: tuple[str, ...]
    parser: str
    optional: bool = False
    codes: Mapping[str, str | bool | None] = field(default_factory=dict)
    by_prefix: bool = False
    otherwise: str | bool | None = None
    constant: str | bool | int | None = None


@dataclass(frozen=True)
class ColumnRule:
    """How one column of ours is filled.

    Attributes:
        target: our column.
        kind: its kind.
        ways: where values come from.
        combine: `first`: the first way that has a value, row by row; `sum`: of all; `join`: all, with commas between.
        default: the value where no way gives one.
        required: a row without a value is rejected.
        least: smallest permitted value, in the unit of the store.
        which: name of another column of this output; this one then says which of its ways gave the value ...
        says: ... in these words, one for each way.
    """

    target: str
    kind: Kind
    ways: tuple[Way, ...]
    combine: str = "first"
    default: str | bool | int | None = None
    required: bool = False
    least: int | None = None
    which: str | None = None
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Output:
    """Rows that a part gives to one table of ours, or to a look-up that completes one.

    Attributes:
        name: the table's name, or the look-up's own.
        like: the table whose columns the rows have.
        is_lookup: the rows only complete another table.
        variants: column rules; several of them make several rows of one source row.
        needs: with several variants: a row is made only where this column has a value.
        identity: columns that tell one row from another in the source.
    """

    name: str
    like: Table
    is_lookup: bool
    variants: tuple[tuple[ColumnRule, ...], ...]
    needs: str | None
    identity: tuple[str, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that are filled."""
        return tuple(rule.target for rule in self.variants[0])


@dataclass(frozen=True)
class Part:
    """One kind of source file. The first output is the part's own; the others are derived from the same rows.

    Attributes:
        only: source columns (aliases) with the values that a valid row may have; a file may lack such a column.
    """

    name: str
    patterns: tuple[str, ...]
    format: Format
    outputs: tuple[Output, ...]
    only: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Completion:
    """Fills what is missing in one table's new rows from a look-up or from another table's new rows."""

    table: str
    source: str
    on: str
    columns: tuple[str, ...]
    first_by: str | None


@dataclass(frozen=True)
class Numbering:
    """Numbers a table's rows 1, 2, ... within a parent where the source has no number."""

    table: str
    column: str
    within: str
    order: tuple[str, ...]


@dataclass(frozen=True)
class NotAfter:
    """`earlier` may be at most `slack_days` after `later`."""

    table: str
    earlier: str
    later: str
    slack_days: int


@dataclass(frozen=True)
class SourceMapping:
    """A whole mapping file."""

    name: str
    parts: tuple[Part, ...]
    completions: tuple[Completion, ...]
    numberings: tuple[Numbering, ...]
    checks: tuple[NotAfter, ...]

    def part_of(self, path: Path) -> Part | None:
        """The part whose pattern fits the file's name; None if no part does."""
        name = path.name.lower()
        fitting = (part for part in self.parts if any(fnmatch(name, pattern.lower()) for pattern in part.patterns))
        return next(fitting, None)

    def numbering_of(self, table: str) -> Numbering | None:
        """How the table's rows are numbered, if they are."""
        return next((numbering for numbering in self.numberings if numbering.table == table), None)
