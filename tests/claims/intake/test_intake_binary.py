"""What goes to the server in its binary format comes out as it was, and decimals are read exactly."""

import re
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claims.intake.binary import to_binary
from claims.intake.decimals import MOST_DIGITS, decimals
from claims.tables import MISSING

COLUMNS = {
    "text": pa.array(["", None, "王某", "two\nlines, 'quoted' \\N", "\\."]),
    "flag": pa.array([True, False, None, True, False]),
    "whole": pa.array([0, -1, None, 2**62, -(2**62)]),
    "day": pa.array([0, -40_000, None, 20_000, 10_957], pa.int32()).cast(pa.date32()),
    "moment": pa.array([0, -2_840_140_800, None, 1_740_821_400, 946_684_800], pa.timestamp("s", "UTC")),
    "nothing": pa.nulls(5, pa.string()),
}


@pytest.mark.parametrize("begin", [0, 1, 4])
def test_rows_come_out_of_the_server_as_they_went_in(store, begin):
    rows = pa.table(COLUMNS)[begin:]
    with store.as_owner() as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE t "
            "(text text, flag boolean, whole bigint, day date, moment timestamptz, nothing text)"
        )
        with connection.cursor().copy("COPY t FROM STDIN (FORMAT binary)") as copy:
            for block in to_binary([column.combine_chunks() for column in rows.columns]):
                copy.write(block)
        stored = connection.execute("SELECT * FROM t").fetchall()
    assert [dict(zip(COLUMNS, row, strict=True)) for row in stored] == rows.to_pylist()


def expected(text: str | None, places: int) -> tuple[int, bool]:
    """The value and whether it is bad, by a pattern and exact decimals."""
    if text is None:
        return MISSING, False
    fraction = rf"(\.[0-9]{{1,{places}}}0*)?" if places else r"(\.0+)?"
    if not re.fullmatch(rf"-?[0-9]{{1,{MOST_DIGITS - places}}}{fraction}", text):
        return MISSING, True
    return int(Decimal(text) * 10**places), False


@settings(deadline=None)  # the first example compiles
@given(
    st.lists(st.none() | st.text("0123456789.-+e 王", max_size=20) | st.decimals(-(10**9), 10**9, places=4).map(str)),
    st.sampled_from([0, 2, 4, 6]),
)
@example(["9" * 15, "9" * 16, "-0", "-", ".", "5.", ".5", "", "-.5", "1.0000000", "1.2.3", "007"], 0)
@example(["9" * 13, "9" * 14, "-0.00", "12.345", "12.340", "12.3", "1e9", "NaN", "٣", "0.1\n"], 2)
@example(["9" * 9 + ".999999", "-" + "9" * 9 + ".9999990", "0." + "0" * 30, "0." + "0" * 30 + "1"], 6)
def test_a_decimal_is_read_exactly_or_not_at_all(texts, places):
    values, bad = decimals(pa.array(texts, pa.string()), places)
    assert list(zip(values.tolist(), bad.tolist(), strict=True)) == [expected(text, places) for text in texts]


def test_a_part_of_a_column_is_read_as_that_part():
    values, bad = decimals(pa.array(["x", "1.5", None, "-2", "y"])[1:4], 2)
    assert (values.tolist(), bad.tolist()) == ([150, MISSING, -200], [False] * 3)
