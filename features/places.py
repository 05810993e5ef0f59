"""What the service knows about the doctors, institutions and departments of a batch instead of all their claims."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch
from claims.tables import Array
from features.cells import Cell, cells_of
from features.declare import Feature
from features.measures import OF_THE_CLAIM_ALONE, event_values
from features.rows import ENTITIES, TILE_ENTITIES, Rows
from features.tiles import Tile
from features.windows import longest_of

FAR = int(np.iinfo(np.int64).max)
PAST = -1
"""The order of everything that is older than any claim of the batch."""

NEWCOMERS = "newcomers"
"""The column of patients who had no settlement here in the 400 days before."""

LAST_SEEN_BY = {("doctor", "institution"): "doctor_institution", ("institution", "doctor"): "doctor_institution"}
"""Whose tile tells when an entity saw another for the last time; when it saw a patient, the patient's claims tell."""

SINGLE_ENTITIES = ("institution_amount", "till")
"""Entities whose few claims of the last hours are read one by one."""


@dataclass(frozen=True)
class Layout:
    """The columns of a kind's tiles: measures, others by their last settlement here, and newcomers."""

    measures: tuple[tuple[str, str | None], ...]
    others: tuple[str, ...]
    longest: str

    @property
    def width(self) -> int:
        """How many columns a tile has."""
        return len(self.measures) + len(self.others)

    def column_of(self, other: str) -> int:
        """The column of the others called so."""
        return len(self.measures) + self.others.index(other)

    @property
    def seen(self) -> tuple[str, ...]:
        """The others that are counted by their last settlement."""
        return tuple(other for other in self.others if other != NEWCOMERS)


def layout_of(features: Sequence[Feature], entity: str) -> Layout:
    """What the tiles of `entity` must hold for `features`."""
    cells = [cell for cell in _cells(features) if cell.per == entity and cell.family not in ("node", "peer", "verdict")]
    measures = dict.fromkeys((cell.what, cell.where) for cell in cells if cell.family == "sum")
    for what, where in measures:
        plain = {what.removeprefix("gross_"), where} - {"claims", "reversals", None}
        assert plain <= set(OF_THE_CLAIM_ALONE), f"{plain} of {entity} cannot be kept in tiles"
    assert entity == "institution" or "reversals" not in {what for what, _ in measures}, "a reversal names no doctor"
    others = dict.fromkeys(cell.what for cell in cells if cell.family == "distinct")
    known = {"patient"} | {other for place, other in LAST_SEEN_BY if place == entity}
    assert others.keys() <= known, f"different {others} of {entity} cannot be kept in tiles"
    assert not {cell.family for cell in cells} & {"last", "max"}, f"tiles keep neither last nor largest of {entity}"
    assert not any(cell.over.endswith("m") for cell in cells), f"tiles of {entity} know no minutes"
    newcomers = [NEWCOMERS] if any(cell.family == "new" for cell in cells) else []
    return Layout(tuple(measures), (*others, *newcomers), longest_of({cell.over for cell in cells}) or "1d")


def _cells(features: Sequence[Feature]) -> list[Cell]:
    return [cell for feature in features for cell in cells_of(feature)]


@dataclass(frozen=True)
class Needs:
    """What features need from the store about places: worked out once, as it is the same for every batch.

    Attributes:
        layouts: the columns of each kind's tiles.
        single_over: the longest window of each kind whose claims are read one by one; None where no feature asks.
    """

    layouts: dict[str, Layout]
    single_over: dict[str, str | None]


def needs_of(features: Sequence[Feature]) -> Needs:
    """What to read for `features`."""
    cells = _cells(features)
    spans = {entity: longest_of({cell.over for cell in cells if cell.per == entity}) for entity in SINGLE_ENTITIES}
    return Needs({entity: layout_of(features, entity) for entity in TILE_ENTITIES}, spans)


@dataclass(frozen=True)
class Places:
    """Tiles of a batch's places, and the single claims where a tile is not exact.

    Attributes:
        first_order: order of the batch's first claim; everything lower is in the tiles.
        layouts: the columns of each kind's tiles.
        tiles: per kind and id the whole tile.
        cuts: per kind and id where single claims take over from the tile; None where the tile alone is exact.
        rows: those claims, and the claims of the last hours with the amounts or at the tills of the batch.
        hidden: per kind and other (id, other's id, time): the last settlement before the cut of others seen after it.
    """

    first_order: int
    layouts: dict[str, Layout]
    tiles: dict[str, dict[str, Tile]]
    cuts: dict[str, dict[str, int | None]]
    rows: ClaimBatch
    hidden: dict[tuple[str, str], list[tuple[str, str, int]]]


def id_of(*parts: str) -> str:
    """The id of an entity that one or two columns name; the first one's length keeps two columns apart.

    >>> id_of("H1"), id_of("H1", "0300")
    ('H1', '2:H1:0300')
    """
    return parts[0] if len(parts) == 1 else f"{len(parts[0])}:{':'.join(parts)}"


def keys_by_id(rows: Rows, entity: str) -> dict[str, int]:
    """The number that each entity of the frame has in `rows.keys(entity)`."""
    return rows.once("ids", entity, lambda: _keys_by_id(rows, entity))  # type: ignore[no-any-return]


def _keys_by_id(rows: Rows, entity: str) -> dict[str, int]:
    if len(ENTITIES[entity]) == 1:
        return {str(name): key for name, key in rows.numbers(ENTITIES[entity][0])[1].items()}
    keys, first = np.unique(rows.keys(entity), return_index=True)
    keys, first = keys[keys >= 0], first[keys >= 0]
    parts = (rows.claims[column][first].tolist() for column in ENTITIES[entity])
    return {id_of(*names): key for *names, key in zip(*parts, keys.tolist(), strict=True)}


def counts_single(places: Places, rows: Rows, entity: str, key: Array, s: Array, order: Array) -> Array:
    """Which happenings count one by one: those of the batch, and those from the cut on (the others are in the bins)."""
    keys = keys_by_id(rows, entity)
    late = {keys[name]: cut for name, cut in places.cuts[entity].items() if cut is not None and name in keys}
    single: Array = order >= places.first_order
    for late_key, cut in late.items():
        single = single | ((key == late_key) & (s >= cut))
    return single


def fingerprint_of(layout: Layout) -> bytes:
    """Eight bytes that change with the layout, written into each tile."""
    return hashlib.blake2b(repr(layout).encode(), digest_size=8).digest()


def tile_column(rows: Rows, measure: tuple[str, str | None], events: Array) -> Array:
    """What each of the chosen events adds to a measure."""
    return np.asarray(event_values(rows, *measure)[events], dtype=np.int64)
