"""Parsers: a column of texts in, a column of ours out, with the rows that could not be read."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.intake.decimals import decimals
from claims.intake.mapping import LEAVE, Format, Way
from claims.intake.moments import FIRST_YEAR, LAST_YEAR, days, moments
from claims.pseudonyms import Pseudonyms
from claims.tables import MISSING, Array, Kind
from claims.trace_codes import LONGEST, SEPARATOR

ARROW_TYPE = {
    Kind.TEXT: pa.string(),
    Kind.FLAG: pa.bool_(),
    Kind.TIME: pa.timestamp("s", "UTC"),
    Kind.DATE: pa.date32(),
}
PARSER_OF_KIND = {
    Kind.TEXT: "text",
    Kind.WHOLE: "whole",
    Kind.FEN: "yuan",
    Kind.MICRO_YUAN: "micro_yuan",
    Kind.QUANTITY_E4: "quantity",
    Kind.TIME: "time",
    Kind.DATE: "date",
    Kind.FLAG: "flag",
}


@dataclass(frozen=True)
class Parsed:
    """n values of one column.

    Attributes:
        values: an Arrow array of the target's type, null where there is no value.
        bad: whether the row's text could not be read.
        expected: what was expected, in words.
    """

    values: pa.Array
    bad: Array
    expected: str


@dataclass(frozen=True)
class Ask:
    """What a parser needs to know beside the texts."""

    kind: Kind
    way: Way
    format: Format
    pseudonyms: Pseudonyms | None


Parser = Callable[[pa.Array, Ask], Parsed]


def arrow_type(kind: Kind) -> pa.DataType:
    """The Arrow type in which a column of this kind travels to the store."""
    return ARROW_TYPE.get(kind, pa.int64())


def from_numbers(values: Array, kind: Kind) -> pa.Array:
    """Integers with `MISSING` as the Arrow array of a kind."""
    array = pa.array(values, mask=values == MISSING)
    if kind is Kind.DATE:
        return array.cast(pa.int32()).cast(pa.date32())
    return array.cast(arrow_type(kind))


def text(texts: pa.Array, ask: Ask) -> Parsed:  # noqa: ARG001 - every parser is asked alike
    """The text without blanks around it."""
    return Parsed(texts, np.zeros(len(texts), dtype=np.bool_), "a text")


def yuan(texts: pa.Array, ask: Ask) -> Parsed:
    """An amount in yuan, kept in fen."""
    return _scaled(texts, ask, 2, "an amount in yuan with at most two decimals, such as 12.50")


def micro_yuan(texts: pa.Array, ask: Ask) -> Parsed:
    """A unit price in yuan, kept in millionths."""
    return _scaled(texts, ask, 6, "a price in yuan with at most six decimals, such as 0.125")


def quantity(texts: pa.Array, ask: Ask) -> Parsed:
    """A quantity, kept in ten-thousandths."""
    return _scaled(texts, ask, 4, "a quantity with at most four decimals, such as 2 or 0.5")


def whole(texts: pa.Array, ask: Ask) -> Parsed:
    """A whole number, also for a column of ours that already has the store's unit."""
    return _scaled(texts, ask, 0, "a whole number")


def rounded(texts: pa.Array, ask: Ask) -> Parsed:
    """A number with up to four decimals, rounded to the nearest whole one."""
    values, bad = decimals(texts, 4)
    values = np.where(values == MISSING, MISSING, (values + 5_000) // 10_000)
    return Parsed(from_numbers(values, ask.kind), bad, "a number, such as 7 or 7.50")


def time(texts: pa.Array, ask: Ask) -> Parsed:
    """A moment on the mapping's clock."""
    values, bad = moments(texts, ask.format.times, ask.format.clock)
    expected = f"a moment as {' or '.join(ask.format.times)} between the years {FIRST_YEAR} and {LAST_YEAR}"
    return Parsed(from_numbers(values, Kind.TIME), bad, expected)


def ticks(texts: pa.Array, ask: Ask) -> Parsed:
    """A moment as a whole number of ticks since the mapping's beginning."""
    layout = ask.format
    begin = int(moments(pa.array([layout.ticks_begin]), ("yyyy-MM-dd",), layout.clock)[0][0])
    last = int(moments(pa.array([f"{LAST_YEAR}-12-31"]), ("yyyy-MM-dd",), layout.clock)[0][0])
    counted, unreadable = decimals(texts, 0)
    beyond = (counted != MISSING) & ((counted < 0) | (counted > (last - begin) // layout.tick_seconds))
    values = np.where((counted == MISSING) | beyond, 0, counted) * layout.tick_seconds + begin
    values[(counted == MISSING) | beyond] = MISSING
    expected = f"a whole number, counted from 0, of {layout.tick_seconds} seconds since {layout.ticks_begin}"
    return Parsed(from_numbers(values, Kind.TIME), unreadable | beyond, expected)


def date(texts: pa.Array, ask: Ask) -> Parsed:
    """A calendar day."""
    values, bad = days(texts, ask.format.dates)
    expected = f"a day as {' or '.join(ask.format.dates)} between the years {FIRST_YEAR} and {LAST_YEAR}"
    return Parsed(from_numbers(values, Kind.DATE), bad, expected)


def flag(texts: pa.Array, ask: Ask) -> Parsed:  # noqa: ARG001
    """1 or true, 0 or false."""
    lower = pc.utf8_lower(texts)
    is_true = pc.is_in(lower, pa.array(["1", "true", "t"]))
    is_false = pc.is_in(lower, pa.array(["0", "false", "f"]))
    known = pc.or_(is_true, is_false)
    bad = pc.and_(pc.invert(known), pc.is_valid(texts)).to_numpy(zero_copy_only=False)
    return Parsed(pc.if_else(known, is_true, None), bad, "1 or true, 0 or false")


def codes(texts: pa.Array, ask: Ask) -> Parsed:
    """A code of the source, turned into ours by the mapping's list."""
    encoded = texts.dictionary_encode()
    listed = list(ask.way.codes)
    keys = [_listed(code, ask.way) for code in encoded.dictionary.to_pylist()]
    otherwise = None if ask.way.otherwise == LEAVE else ask.way.otherwise
    meanings = [otherwise if key is None else ask.way.codes[key] for key in keys]
    values = pa.array(meanings, type=arrow_type(ask.kind)).take(encoded.indices)
    is_unknown = pa.array([key is None and ask.way.otherwise is None for key in keys], type=pa.bool_())
    bad = pc.fill_null(is_unknown.take(encoded.indices), False).to_numpy(zero_copy_only=False)
    return Parsed(
        values, bad, f"{'a code that begins with' if ask.way.by_prefix else ''} one of {', '.join(listed)}".strip()
    )


def _listed(code: str, way: Way) -> str | None:
    """The mapping's entry for a code, by prefix the longest; None for an unlisted code."""
    if not way.by_prefix:
        return code if code in way.codes else None
    return max((prefix for prefix in way.codes if code.startswith(prefix)), key=len, default=None)


def pseudonym(texts: pa.Array, ask: Ask) -> Parsed:
    """A person's or employer's identity, turned into its keyed pseudonym."""
    assert ask.pseudonyms is not None
    encoded = texts.dictionary_encode()
    values = pa.array(ask.pseudonyms.of(encoded.dictionary.to_pylist()), type=pa.string()).take(encoded.indices)
    return Parsed(values, np.zeros(len(texts), dtype=np.bool_), "an identity")


def present(texts: pa.Array, ask: Ask) -> Parsed:
    """The way's constant where the source has any value."""
    values = pc.if_else(pc.is_valid(texts), pa.scalar(ask.way.constant, arrow_type(ask.kind)), None)
    return Parsed(values, np.zeros(len(texts), dtype=np.bool_), "a value")


def constant(texts: pa.Array, ask: Ask) -> Parsed:
    """The same value in every row; the texts only say how many rows there are."""
    values = pa.repeat(pa.scalar(ask.way.constant, arrow_type(ask.kind)), len(texts))
    return Parsed(values, np.zeros(len(texts), dtype=np.bool_), "a value")


def trace_codes(texts: pa.Array, ask: Ask) -> Parsed:  # noqa: ARG001
    """Trace codes of boxes with anything usual between them, kept with commas; placeholders are kept and never used."""
    joined = pc.utf8_trim(pc.replace_substring_regex(texts, r"[\s,;|/、，；]+", SEPARATOR), SEPARATOR)
    values = pc.if_else(pc.equal(joined, ""), None, joined)
    fits = pc.match_substring_regex(
        values, f"^[^{SEPARATOR}]{{1,{LONGEST}}}({SEPARATOR}[^{SEPARATOR}]{{1,{LONGEST}}})*$"
    )
    bad = pc.fill_null(pc.invert(fits), False).to_numpy(zero_copy_only=False)
    return Parsed(values, bad, f"trace codes of at most {LONGEST} characters, with a comma or a blank between them")


PARSERS: dict[str, Parser] = {
    "text": text,
    "yuan": yuan,
    "micro_yuan": micro_yuan,
    "quantity": quantity,
    "whole": whole,
    "rounded": rounded,
    "time": time,
    "ticks": ticks,
    "date": date,
    "flag": flag,
    "codes": codes,
    "pseudonym": pseudonym,
    "present": present,
    "constant": constant,
    "trace_codes": trace_codes,
}


def _scaled(texts: pa.Array, ask: Ask, places: int, expected: str) -> Parsed:
    values, bad = decimals(texts, places)
    return Parsed(from_numbers(values, ask.kind), bad, expected)
