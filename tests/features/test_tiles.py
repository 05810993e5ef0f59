"""A packed tile is the tile again, whatever its numbers are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tiles import Clock, Tile, pack, unpack

LAYOUT, OTHER_LAYOUT = b"layout-1", b"layout-2"
EDGES = [sign * (1 << bits) + off for sign in (1, -1) for bits in (0, 7, 8, 15, 31, 62) for off in (-1, 0, 1)]
numbers = st.one_of(st.sampled_from(EDGES), st.integers(-(1 << 63), (1 << 63) - 1))
rows = st.integers(0, 5).flatmap(lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), max_size=6))


@settings(deadline=None)  # the first packing compiles
@given(rows)
def test_a_packed_tile_is_the_tile_again(made: list[list[int]]) -> None:
    values = np.array(made, dtype=np.int64).reshape(len(made), len(made[0]) if made else 0)
    tile = Tile(np.arange(len(values)) * 3_600, values, Clock(*range(7)))
    again = unpack(pack(tile, LAYOUT), LAYOUT)
    assert again is not None
    assert np.array_equal(tile.values, again.values)
    assert np.array_equal(tile.starts, again.starts)
    assert tile.clock == again.clock


def test_columns_take_the_fewest_bytes_that_hold_them() -> None:
    widths = {0: 0, 127: 1, -128: 1, 128: 2, -129: 2, (1 << 63) - 1: 8}
    header = len(pack(Tile(np.empty(0, np.int64), np.empty((0, 1), np.int64)), LAYOUT))
    for value, width in widths.items():
        packed = pack(Tile(np.zeros(1, np.int64), np.array([[value]])), LAYOUT)
        assert len(packed) - header == 4 + width, value


def test_a_tile_of_another_layout_is_not_read() -> None:
    tile = Tile(np.zeros(1, np.int64), np.ones((1, 1), np.int64))
    assert unpack(pack(tile, LAYOUT), OTHER_LAYOUT) is None
