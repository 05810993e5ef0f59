"""Trace codes of the boxes that claims bill: each box once, but where somebody cheats or a scanner slips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from claims.city.dice import dice
from claims.city.make import City
from claims.city.medicine import E4
from claims.city.places import SHOP
from claims.clock import DAY, day_number
from claims.tables import Array

TRACED_FROM = day_number(date(2025, 7, 1))
"""Since this day institutions must scan to settle."""
SCANNING = 0.95  # of the institutions are connected to the collection
SCANNED = 0.97  # of their lines have a code
MOST_BOXES = 30  # of a line; what a ward uses up in a stay is not scanned box by box
SLIPS = 1 / 3_000  # of the lines with several boxes have the first one scanned twice
EMPTY_SWIPES, BOUGHT_BACK = 2, (0, 3)  # places in `SCHEMES`: empty swipes; ant-moving and resale tours
ON_THE_SHELF = 4  # boxes of an item that a crooked pharmacy scans again and again
COMES_BACK = 0.3  # of the boxes that a buyer collects are sold a second time
DAYS_TO_COME_BACK = 5
_SPREAD, _NUMBERS = 987_654_321, 1_000_000_000
"""Neighbouring boxes get numbers that lie far apart, each its own: the two have no common factor."""


def scanned_boxes(city: City) -> pa.Array:
    """The numbers of each line's boxes, as a list column; null where none was scanned."""
    visits, lines = city.claims.visits, city.claims.lines
    rng = dice(city.world.plan.seed, "trace codes")
    connected = rng.random(len(city.world.places)) < SCANNING
    claim, count = lines["visit"], np.abs(lines["quantity_e4"]) // E4
    is_traced = (visits["settled"][claim] >= TRACED_FROM * DAY) & connected[visits["institution"][claim]]
    is_traced &= (
        city.world.medicine.drugs[lines["item"]]
        & (lines["quantity_e4"] % E4 == 0)
        & (count > 0)
        & (count <= MOST_BOXES)
    )
    key = _same_boxes(city)
    is_traced &= _luck(rng, key) < SCANNED
    rows = np.flatnonzero(is_traced)
    boxes = _Boxes.of(rows, count[rows], key[rows])
    _scan_twice(rng, boxes)
    _scan_the_shelf(rng, city, boxes)
    _sell_again(rng, city, boxes)
    _give_back(lines["reverses_line"], boxes)
    bounds = np.zeros(len(claim) + 1, dtype=np.int32)
    np.cumsum(np.where(is_traced, count, 0), out=bounds[1:])
    numbers = boxes.number * _SPREAD % _NUMBERS
    return pa.ListArray.from_arrays(pa.array(bounds), pa.array(numbers), mask=pa.array(~is_traced))


@dataclass
class _Boxes:
    """The boxes of some lines, one after the other.

    Attributes:
        rows: (k,) the lines.
        first: (k,) place of each line's first box.
        number: (b,) what tells a box from all others.
    """

    rows: Array
    first: Array
    number: Array

    @classmethod
    def of(cls, rows: Array, count: Array, key: Array) -> _Boxes:
        """Boxes numbered so that lines of one key have the same ones."""
        _, first_line, which = np.unique(key, return_index=True, return_inverse=True)
        begin = np.cumsum(count[first_line]) - count[first_line]
        first = np.cumsum(count) - count
        within = np.arange(int(count.sum())) - np.repeat(first, count)
        return cls(rows, first, np.repeat(begin[which], count) + within)

    @property
    def free(self) -> int:
        """The first number that no box has."""
        return int(self.number.max(initial=-1)) + 1


def _same_boxes(city: City) -> Array:
    """One number for the lines of the same care and item: settled again or taken back, the boxes are the same."""
    visits, lines = city.claims.visits, city.claims.lines
    claim, item = lines["visit"], lines["item"]
    order = np.lexsort((item, claim))
    again = (np.diff(claim[order], prepend=-1) == 0) & (np.diff(item[order], prepend=-1) == 0)
    nth = np.zeros(len(claim), dtype=np.int64)
    nth[order] = again
    parts = (visits["person"][claim], visits["institution"][claim], visits["served"][claim], item, nth)
    mixed = np.zeros(len(claim), dtype=np.uint64)
    for part in parts:
        mixed = (mixed ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _luck(rng: np.random.Generator, key: Array) -> Array:
    """A chance for each line, the same for lines of one key."""
    _, which = np.unique(key, return_inverse=True)
    return rng.random(int(which.max(initial=-1)) + 1)[which]


def _give_back(reverses: Array, boxes: _Boxes) -> None:
    """A refund brings back the boxes of its original, whichever they were."""
    place_of = np.full(len(reverses), -1, dtype=np.int64)
    place_of[boxes.rows] = np.arange(len(boxes.rows))
    size = np.diff(np.append(boxes.first, len(boxes.number)))
    for place in np.flatnonzero(reverses[boxes.rows] >= 0).tolist():
        original = int(place_of[reverses[boxes.rows[place]]])
        if original >= 0:
            first, its = int(boxes.first[place]), int(boxes.first[original])
            boxes.number[first : first + size[place]] = boxes.number[its : its + size[place]]


def _scan_twice(rng: np.random.Generator, boxes: _Boxes) -> None:
    size = np.diff(np.append(boxes.first, len(boxes.number)))
    slips = boxes.first[(size > 1) & (rng.random(len(size)) < SLIPS)]
    boxes.number[slips + 1] = boxes.number[slips]


def _scan_the_shelf(rng: np.random.Generator, city: City, boxes: _Boxes) -> None:
    """Who swipes for nobody has no box to scan but those that stay on the shelf."""
    visits, lines = city.claims.visits, city.claims.lines
    claim = lines["visit"][boxes.rows]
    empty = np.flatnonzero((visits["scheme"][claim] == EMPTY_SWIPES) & (lines["quantity_e4"][boxes.rows] > 0))
    width = int(lines["item"].max(initial=0)) + 1
    _, shelf = np.unique(
        visits["institution"][claim[empty]] * width + lines["item"][boxes.rows[empty]], return_inverse=True
    )
    boxes.number[boxes.first[empty]] = boxes.free + shelf * ON_THE_SHELF + rng.integers(0, ON_THE_SHELF, len(empty))


def _sell_again(rng: np.random.Generator, city: City, boxes: _Boxes) -> None:
    """Boxes that buyers collected go over the counter of crooked pharmacies a second time, to honest customers."""
    visits, lines, places = city.claims.visits, city.claims.lines, city.world.places
    claim, item = lines["visit"][boxes.rows], lines["item"][boxes.rows]
    scheme, at = visits["scheme"][claim], visits["settled"][claim]
    is_sale = lines["quantity_e4"][boxes.rows] > 0
    crooked = np.unique(visits["institution"][visits["scheme"] == EMPTY_SWIPES])
    crooked = np.intersect1d(crooked, places.of_level(SHOP))
    collected = np.isin(scheme, BOUGHT_BACK) & (lines["is_taken"][boxes.rows] == 1) & is_sale
    collected &= ~np.isin(visits["institution"][claim], crooked) & (rng.random(len(claim)) < COMES_BACK)
    counter = is_sale & (scheme < 0) & np.isin(visits["institution"][claim], crooked)
    for one in np.intersect1d(item[collected], item[counter]):
        source, sold = (np.flatnonzero(where & (item == one)) for where in (collected, counter))
        source, sold = source[np.argsort(at[source], kind="stable")], sold[np.argsort(at[sold], kind="stable")]
        place = 0
        for row in sold:
            if place < len(source) and at[source[place]] + DAYS_TO_COME_BACK * DAY <= at[row]:
                boxes.number[boxes.first[row]] = boxes.number[boxes.first[source[place]]]
                place += 1
