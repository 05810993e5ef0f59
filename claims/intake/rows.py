"""Makes rows of ours from a chunk of source columns: one set of Arrow columns for each output of a part."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.errors import BadFile
from claims.intake.mapping import REGISTERS, ColumnRule, Output, Part, Way
from claims.intake.parse import PARSERS, Ask, Parsed, arrow_type
from claims.intake.rejects import Reject, shape_of
from claims.intake.source import Chunk, Source
from claims.pseudonyms import Pseudonyms
from claims.tables import Array


@dataclass(frozen=True)
class Rows:
    """Rows for one output: its columns, and the source line of each."""

    output: Output
    columns: dict[str, pa.Array]
    lines: Array


@dataclass(frozen=True)
class Plan:
    """How one source file is read: for each alias list the column that the file has, None where it may lack it."""

    part: Part
    column_of: Mapping[tuple[str, ...], str | None]
    unused: tuple[str, ...]

    @property
    def wanted(self) -> set[str]:
        """The source columns that are read."""
        return {name for name in self.column_of.values() if name is not None}

    def fills(self, output: Output, rule: ColumnRule) -> bool:
        """Whether this file gives values for the rule; a register keeps what it knows where a file lacks the column."""
        has_column = any(not way.aliases or self.column_of[way.aliases] for way in rule.ways)
        has_default = rule.default is not None and output.name not in REGISTERS
        return bool(rule.which) or has_column or has_default

    def filled(self, output: Output) -> set[str]:
        """The columns of an output that this file fills."""
        return {rule.target for variant in output.variants for rule in variant if self.fills(output, rule)}


def plan(source: Source, part: Part) -> Plan:
    """Find each rule's column in the file.

    Raises:
        BadFile: a column that the mapping needs is not there; names all that are missing.
    """
    column_of: dict[tuple[str, ...], str | None] = {}
    missing: list[str] = []
    for way in _ways(part):
        if not way.aliases:
            continue
        found = next((name for name in way.aliases if name in source.header), None)
        column_of[way.aliases] = found
        if found is None and not way.optional and "|".join(way.aliases) not in missing:
            missing.append("|".join(way.aliases))
    for aliases in part.only:
        column_of[aliases] = next((name for name in aliases if name in source.header), None)
    if missing:
        raise BadFile(
            f"{source.path.name} has no column {', '.join(missing)}. Expected by part {part.name!r} of the mapping; "
            f"the header has {', '.join(source.header)}. Correct the file, or mark the column `optional: true` in the "
            "mapping."
        )
    used = set(column_of.values())
    return Plan(part, column_of, tuple(name for name in source.header if name not in used))


def make_rows(chunk: Chunk, how: Plan, pseudonyms: Pseudonyms | None) -> tuple[list[Rows], list[Reject]]:
    """The outputs' rows of a chunk, and what could not be read; a row with one bad value gives no rows at all."""
    bad = np.zeros(len(chunk.lines), dtype=np.bool_)
    rejects: list[Reject] = []
    _refuse_void(chunk, how, bad, rejects)
    made: list[tuple[Output, dict[str, pa.Array], Array]] = []
    for output in how.part.outputs:
        for variant in output.variants:
            columns, chosen = _variant(output, variant, chunk, how, pseudonyms, bad, rejects)
            made.append((output, columns, chosen))
    rows = []
    for output, columns, chosen in made:
        kept = chosen & ~bad
        if kept.all():
            rows.append(Rows(output, columns, chunk.lines))
        else:
            mask = pa.array(kept)
            rows.append(Rows(output, {name: array.filter(mask) for name, array in columns.items()}, chunk.lines[kept]))
    return rows, rejects


def _refuse_void(chunk: Chunk, how: Plan, bad: Array, rejects: list[Reject]) -> None:
    """Refuse rows that the source itself marks as void."""
    for aliases, allowed in how.part.only.items():
        name = how.column_of[aliases]
        if name is None:
            continue
        texts = chunk.columns[name]
        is_void = pc.and_(pc.is_valid(texts), pc.invert(pc.is_in(texts, pa.array(allowed))))
        void = is_void.to_numpy(zero_copy_only=False) & ~bad
        reason = f"the source marks the row as void (expected {' or '.join(allowed)})"
        rejects.extend(
            Reject(int(chunk.lines[row]), name, shape_of(texts[int(row)].as_py()), reason)
            for row in np.flatnonzero(void)
        )
        bad |= void


def _variant(
    output: Output,
    variant: tuple[ColumnRule, ...],
    chunk: Chunk,
    how: Plan,
    pseudonyms: Pseudonyms | None,
    bad: Array,
    rejects: list[Reject],
) -> tuple[dict[str, pa.Array], Array]:
    """The columns of one variant and the rows that it makes; adds to `bad` and `rejects`."""
    columns: dict[str, pa.Array] = {}
    first_way: dict[str, Array] = {}
    chosen = np.ones(len(chunk.lines), dtype=np.bool_)
    ordered = sorted(variant, key=lambda rule: rule.target != output.needs)
    for rule in ordered:
        if rule.which:
            says = pa.array([*rule.says, None])
            columns[rule.target] = says.take(pa.array(first_way[rule.which]))
            continue
        if not how.fills(output, rule):
            continue
        values = _fill(rule, chunk, how, pseudonyms, chosen, bad, rejects, first_way)
        if rule.target == output.needs:
            chosen = values.is_valid().to_numpy(zero_copy_only=False)
        else:
            _check(rule, values, chunk, chosen, bad, rejects)
        columns[rule.target] = values
    return columns, chosen


def _fill(
    rule: ColumnRule,
    chunk: Chunk,
    how: Plan,
    pseudonyms: Pseudonyms | None,
    chosen: Array,
    bad: Array,
    rejects: list[Reject],
    first_way: dict[str, Array],
) -> pa.Array:
    count = len(chunk.lines)
    found: list[pa.Array] = []
    chosen_way = np.full(count, len(rule.ways), dtype=np.int64)
    for number, way in enumerate(rule.ways):
        name = how.column_of[way.aliases] if way.aliases else None
        if way.aliases and name is None:
            continue
        texts = chunk.columns[name] if name else pa.nulls(count, pa.string())
        parsed = PARSERS[way.parser](texts, Ask(rule.kind, way, how.part.format, pseudonyms))
        _note(parsed, name or rule.target, texts, chunk.lines, chosen, bad, rejects)
        chosen_way[(chosen_way == len(rule.ways)) & parsed.values.is_valid().to_numpy(zero_copy_only=False)] = number
        found.append(parsed.values)
    first_way[rule.target] = chosen_way
    values = _combined(rule, found, count)
    return values if rule.default is None else pc.fill_null(values, rule.default)


def _combined(rule: ColumnRule, found: list[pa.Array], count: int) -> pa.Array:
    if len(found) < 2:
        return found[0] if found else pa.nulls(count, arrow_type(rule.kind))
    if rule.combine == "first":
        return pc.coalesce(*found)
    if rule.combine == "join":
        parts = [pc.fill_null(pc.binary_join_element_wise(values, "", ","), "") for values in found]
        joined = pc.utf8_rtrim(pc.binary_join_element_wise(*parts, ""), ",")
        return pc.if_else(pc.equal(joined, ""), None, joined)
    total = found[0]
    for values in found[1:]:
        both = pc.add(pc.fill_null(total, 0), pc.fill_null(values, 0))
        total = pc.if_else(pc.and_(pc.is_null(total), pc.is_null(values)), None, both)
    return total


def _note(
    parsed: Parsed, field: str, texts: pa.Array, lines: Array, chosen: Array, bad: Array, rejects: list[Reject]
) -> None:
    for row in np.flatnonzero(parsed.bad & chosen & ~bad):
        shape = shape_of(texts[int(row)].as_py())
        rejects.append(Reject(int(lines[row]), field, shape, f"cannot be read (expected {parsed.expected})"))
    bad |= parsed.bad & chosen


def _check(rule: ColumnRule, values: pa.Array, chunk: Chunk, chosen: Array, bad: Array, rejects: list[Reject]) -> None:
    field = _field_of(rule)
    if rule.required and values.null_count:
        empty = values.is_null().to_numpy(zero_copy_only=False) & chosen
        reason = "is empty (expected a value)"
        rejects.extend(Reject(int(chunk.lines[row]), field, "", reason) for row in np.flatnonzero(empty & ~bad))
        bad |= empty
    if rule.least is not None:
        low = pc.fill_null(pc.less(values, rule.least), False).to_numpy(zero_copy_only=False) & chosen
        for row in np.flatnonzero(low & ~bad):
            shape = shape_of(str(values[int(row)].as_py()))
            rejects.append(Reject(int(chunk.lines[row]), field, shape, f"is below {rule.least}"))
        bad |= low


def _field_of(rule: ColumnRule) -> str:
    return " or ".join("|".join(way.aliases) for way in rule.ways if way.aliases) or rule.target


def needs_pseudonyms(part: Part) -> bool:
    """Whether a part of the mapping reads identities."""
    return any(way.parser == "pseudonym" for way in _ways(part))


def _ways(part: Part) -> list[Way]:
    return [way for output in part.outputs for variant in output.variants for rule in variant for way in rule.ways]
