"""Reads a mapping file and says in one sentence what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from claims.errors import BadMapping
from claims.intake.mapping import ColumnRule, Completion, Format, NotAfter, Numbering, Output, Part, SourceMapping, Way
from claims.intake.moments import is_clock
from claims.intake.parse import PARSER_OF_KIND, PARSERS
from claims.tables import TABLES, Kind, Table

FOLDER = Path(__file__).parent / "mappings"
FILLED_BY_US = {"claims": ("recorded_order", "source")}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_WAY_KEYS = {"from", "as", "optional", "codes", "by_prefix", "otherwise", "constant"}
_COMBINATIONS = {"first_of": "first", "sum_of": "sum", "join": "join"}
_RULE_KEYS = _WAY_KEYS | {*_COMBINATIONS, "default", "required", "least", "which", "says"}


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_mapping(name_or_path: str) -> SourceMapping:
    """The shipped mapping of this name, or the one in this YAML file.

    Raises:
        BadMapping: no such mapping, or it is malformed; the message says where.
    """
    path = FOLDER / f"{name_or_path}.yaml"
    if not _NAME.fullmatch(name_or_path) or not path.exists():
        path = Path(name_or_path)
    if not path.is_file():
        raise BadMapping(
            f"There is no mapping {name_or_path!r}. Expected one of {', '.join(shipped_mappings())}, "
            "or the path of a YAML file. Correct --mapping."
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise BadMapping(
            f"Mapping {path.name} is not YAML{where}: {problem}. Expected UTF-8 YAML with a `parts:` list; compare "
            f"with a shipped mapping in {FOLDER.name}/."
        ) from error
    return _Reader(path.name).mapping(path.stem, content)


class _Reader:
    """Turns YAML values into a mapping; keeps the file's name for messages."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        self.lookups: dict[str, Table] = {}

    def fail(self, where: str, what: str, expected: str) -> BadMapping:
        return BadMapping(f"Mapping {self.file_name}, {where}: {what}. Expected {expected}. Correct the mapping.")

    def section(self, value: Any, where: str, allowed: set[str], needed: Sequence[str] = ()) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.fail(where, f"found {type(value).__name__}", f"keys such as {', '.join(sorted(allowed))}")
        unknown = [str(key) for key in value if key not in allowed]
        if unknown:
            raise self.fail(where, f"unknown key {unknown[0]!r}", f"one of {', '.join(sorted(allowed))}")
        for key in needed:
            if key not in value:
                raise self.fail(where, f"{key!r} is missing", f"the keys {', '.join(needed)}")
        return value

    def names(self, value: Any, where: str) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or not all(isinstance(item, str) for item in listed):
            raise self.fail(where, f"found {value!r}", "a name or a list of names")
        return tuple(listed)

    def mapping(self, name: str, content: Any) -> SourceMapping:
        top = self.section(
            content, "top level", {"says", "format", "parts", "complete", "number", "checks"}, needed=("parts",)
        )
        if not isinstance(top["parts"], Mapping) or not top["parts"]:
            raise self.fail("parts", "no part is described", "one entry for each kind of source file")
        base = self.format(top.get("format", {}), "format", Format())
        numberings = tuple(self.numbering(entry) for entry in top.get("number") or [])
        numbered = {(numbering.table, numbering.column) for numbering in numberings}
        parts = tuple(self.part(str(key), value, base, numbered) for key, value in top["parts"].items())
        return SourceMapping(
            name,
            parts,
            tuple(self.completion(entry, parts) for entry in top.get("complete") or []),
            numberings,
            tuple(self.check(entry) for entry in top.get("checks") or []),
        )

    def format(self, value: Any, where: str, base: Format) -> Format:
        keys = {"delimiter", "quote", "encoding", "missing", "times", "dates", "clock", "ticks_begin", "tick_seconds"}
        given = self.section(value or {}, where, keys)
        if given.get("clock", base.clock) not in ("area", "utc"):
            raise self.fail(where, f"unknown clock {given['clock']!r}", "area or utc")
        if given.get("encoding", base.encoding) not in ("utf-8", "gb18030"):
            raise self.fail(where, f"unknown encoding {given['encoding']!r}", "utf-8 or gb18030")
        lists = {key: self.names(given[key], f"{where}.{key}") for key in ("missing", "times", "dates") if key in given}
        texts = ("delimiter", "quote", "encoding", "clock", "ticks_begin")
        single = {key: str(given[key]) for key in texts if key in given}
        read = Format(
            **{**base.__dict__, **single, **lists, "tick_seconds": given.get("tick_seconds", base.tick_seconds)}
        )
        if not is_clock(read.ticks_begin, read.tick_seconds):
            raise self.fail(where, "the ticks mean nothing", "`ticks_begin:` a day, `tick_seconds:` whole, from 1 on")
        return read

    def part(self, name: str, value: Any, base: Format, numbered: set[tuple[str, str]]) -> Part:
        where = f"part {name}"
        given = self.section(value, where, {"files", "format", "only", "tables"}, needed=("files", "tables"))
        if not isinstance(given["tables"], Mapping) or not given["tables"]:
            raise self.fail(where, "it feeds no table", "`tables:` with at least one table")
        outputs = tuple(self.output(str(key), rows, where, numbered) for key, rows in given["tables"].items())
        if outputs[0].needs:
            raise self.fail(where, "the first table has `repeat:`", "a first table with one row for each source row")
        patterns = self.names(given["files"], f"{where}.files")
        only = self._only(given.get("only") or {}, f"{where}.only")
        return Part(name, patterns, self.format(given.get("format"), f"{where}.format", base), outputs, only)

    def _only(self, value: Any, where: str) -> dict[tuple[str, ...], tuple[str, ...]]:
        if not isinstance(value, Mapping):
            raise self.fail(where, f"found {type(value).__name__}", "`source column: [values of a valid row]` pairs")
        return {tuple(str(name).split("|")): self.names(allowed, where) for name, allowed in value.items()}

    def output(self, name: str, value: Any, where: str, numbered: set[tuple[str, str]]) -> Output:
        where = f"{where}, table {name}"
        given = self.section(value, where, {"like", "columns", "repeat", "identity"}, needed=("columns",))
        by_name = {table.name: table for table in TABLES}
        is_lookup = "like" in given
        table = by_name.get(given.get("like", name))
        if table is None or (is_lookup and (name in by_name or not _NAME.fullmatch(name))):
            raise self.fail(
                where, "no such table", f"one of {', '.join(by_name)}, or a look-up with `like:` one of them"
            )
        self.lookups[name] = table
        common = self.rules(given["columns"], table, where)
        variants: tuple[tuple[ColumnRule, ...], ...] = (common,)
        needs = None
        if "repeat" in given:
            repeat = self.section(given["repeat"], f"{where}.repeat", {"needs", "rows"}, needed=("needs", "rows"))
            needs = str(repeat["needs"])
            variants = tuple(common + self.rules(row, table, f"{where}.repeat") for row in repeat["rows"])
        identity = self.names(given["identity"], f"{where}.identity") if "identity" in given else table.key
        output = Output(name, table, is_lookup, variants, needs, identity)
        self._complete(output, where, numbered)
        return output

    def _complete(self, output: Output, where: str, numbered: set[tuple[str, str]]) -> None:
        """Every row must have its identity, and a table's rows every required column."""
        flags = {column.name for column in output.like.columns if column.kind is Kind.FLAG}
        needed = list(output.identity)
        if not output.is_lookup:
            needed += [column.name for column in output.like.columns if column.required]
        ours = {*FILLED_BY_US.get(output.name, ()), *(column for table, column in numbered if table == output.name)}
        for variant in output.variants:
            targets = {rule.target for rule in variant}
            lacking = [name for name in needed if name not in targets | ours | flags]
            if lacking:
                raise self.fail(
                    where, f"nothing fills {', '.join(lacking)}", "a source column, a code or a constant for it"
                )

    def rules(self, value: Any, table: Table, where: str) -> tuple[ColumnRule, ...]:
        if not isinstance(value, Mapping):
            raise self.fail(where, "no columns", "`column: source column` pairs")
        return tuple(self.rule(str(target), spec, table, where) for target, spec in value.items())

    def rule(self, target: str, spec: Any, table: Table, where: str) -> ColumnRule:
        kinds = {column.name: column.kind for column in table.columns} | {"line_id": Kind.TEXT}
        if target not in kinds:
            raise self.fail(where, f"table {table.name} has no column {target!r}", f"one of {', '.join(kinds)}")
        where = f"{where}, column {target}"
        given = self.section({"from": spec} if isinstance(spec, str) else spec, where, _RULE_KEYS)
        kind = kinds[target]
        if "which" in given:
            return ColumnRule(target, kind, (), which=str(given["which"]), says=self.names(given.get("says"), where))
        several = next((key for key in _COMBINATIONS if key in given), None)
        listed = given[several] if several else [{key: given[key] for key in given if key in _WAY_KEYS}]
        if not isinstance(listed, list) or not listed:
            raise self.fail(where, f"`{several}:` holds no list", "a list of source columns")
        ways = tuple(self.way(entry, kind, where) for entry in listed)
        is_required = {column.name: column.required for column in table.columns}.get(target, False)
        return ColumnRule(
            target,
            kind,
            ways,
            _COMBINATIONS.get(several or "", "first"),
            given.get("default"),
            bool(given.get("required", is_required)),
            given.get("least"),
        )

    def way(self, spec: Any, kind: Kind, where: str) -> Way:
        given = self.section({"from": spec} if isinstance(spec, str) else spec, where, _WAY_KEYS)
        usual = "constant" if "constant" in given and "from" not in given else PARSER_OF_KIND[kind]
        parser = given.get("as", "codes" if "codes" in given else usual)
        if parser not in PARSERS:
            raise self.fail(where, f"unknown parser {parser!r}", f"one of {', '.join(PARSERS)}")
        if ("from" in given) is (parser == "constant"):
            raise self.fail(where, "a value needs a source", "`from:` a source column, or a `constant:`")
        if (parser == "codes") is not isinstance(given.get("codes"), Mapping):
            raise self.fail(where, "`codes:` and the parser do not fit", "`codes:` with source code: our value pairs")
        codes = {str(code): meaning for code, meaning in (given.get("codes") or {}).items()}
        return Way(
            tuple(str(given["from"]).split("|")) if "from" in given else (),
            parser,
            bool(given.get("optional", False)),
            codes,
            bool(given.get("by_prefix", False)),
            given.get("otherwise"),
            given.get("constant"),
        )

    def completion(self, value: Any, parts: Sequence[Part]) -> Completion:
        keys = ("table", "from", "by", "columns")
        given = self.section(value, "complete", {*keys, "first_by"}, needed=keys)
        targets = {output.name: set(output.targets) for part in parts for output in part.outputs}
        source = str(given["from"])
        columns = self.names(given["columns"], "complete.columns")
        for name in (source, str(given["table"])):
            if name not in targets:
                raise self.fail("complete", f"nothing is called {name!r}", f"one of {', '.join(targets)}")
        first_by = given.get("first_by")
        for column in (str(given["by"]), *columns, *([str(first_by)] if first_by else [])):
            if column not in targets[source]:
                raise self.fail(
                    "complete", f"{source} has no {column!r}", f"one of {', '.join(sorted(targets[source]))}"
                )
        return Completion(str(given["table"]), source, str(given["by"]), columns, str(first_by) if first_by else None)

    def numbering(self, value: Any) -> Numbering:
        keys = ("table", "column", "within", "order")
        given = self.section(value, "number", set(keys), needed=keys)
        order = self.names(given["order"], "number.order")
        table = self._table(str(given["table"]), "number")
        self._columns(
            table, (str(given["column"]), str(given["within"]), *(name.split()[0] for name in order)), "number"
        )
        return Numbering(table.name, str(given["column"]), str(given["within"]), order)

    def check(self, value: Any) -> NotAfter:
        keys = ("table", "earlier", "later")
        given = self.section(value, "checks", {*keys, "slack_days"}, needed=keys)
        table = self._table(str(given["table"]), "checks")
        self._columns(table, (str(given["earlier"]), str(given["later"])), "checks")
        return NotAfter(table.name, str(given["earlier"]), str(given["later"]), int(given.get("slack_days", 0)))

    def _table(self, name: str, where: str) -> Table:
        tables = {table.name: table for table in TABLES}
        if name not in tables:
            raise self.fail(where, f"no such table {name!r}", f"one of {', '.join(tables)}")
        return tables[name]

    def _columns(self, table: Table, names: Sequence[str], where: str) -> None:
        for name in names:
            if name not in table.names:
                raise self.fail(where, f"table {table.name} has no column {name!r}", f"one of {', '.join(table.names)}")
