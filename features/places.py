"""What the service reads about the doctors and institutions of a batch instead of all their claims."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import DAY, HOUR
from claims.tables import Array
from features.cells import cells_of
from features.declare import Feature
from features.measures import OF_THE_CLAIM_ALONE, event_values
from features.rows import SETTLED, TILE_ENTITIES, Rows
from features.tiles import Tile, before
from features.windows import floor, window

FAR = int(np.iinfo(np.int64).max)
PAST = -1
"""The order of everything that is older than any claim of the batch."""


@dataclass(frozen=True)
class Layout:
    """The columns of a kind's tiles: measures, and last (if any feature asks) patients by their last settlement."""

    measures: tuple[tuple[str, str | None], ...]
    has_patients: bool
    longest: str

    @property
    def width(self) -> int:
        """How many columns a tile has."""
        return len(self.measures) + self.has_patients


def layout_of(features: Sequence[Feature], entity: str) -> Layout:
    """What the tiles of `entity` must hold for `features`."""
    every = (cell for feature in features for cell in cells_of(feature))
    cells = [cell for cell in every if cell.per == entity and cell.family != "node"]
    measures = dict.fromkeys((cell.what, cell.where) for cell in cells if cell.family == "sum")
    for what, where in measures:
        plain = {what.removeprefix("gross_"), where} - {"claims", "reversals", None}
        assert plain <= set(OF_THE_CLAIM_ALONE), f"{plain} of {entity} cannot be kept in tiles"
    assert entity == "institution" or "reversals" not in {what for what, _ in measures}, "a reversal names no doctor"
    others = {cell.what for cell in cells if cell.family == "distinct"}
    assert others <= {"patient"}, f"different {others} of {entity} cannot be kept in tiles"
    assert not {cell.family for cell in cells} & {"last", "max"}, f"tiles keep neither last nor largest of {entity}"
    spans = {cell.over for cell in cells} or {"1d"}
    return Layout(tuple(measures), bool(others), max(spans, key=lambda over: window(over).length))


@dataclass(frozen=True)
class Needs:
    """What features need from the store about places: worked out once, as it is the same for every batch."""

    layouts: dict[str, Layout]
    same_amount_over: str | None


def needs_of(features: Sequence[Feature]) -> Needs:
    """The layouts of all tiles, and the longest window over claims of one amount at one institution."""
    cells = (cell for feature in features for cell in cells_of(feature))
    spans = sorted(
        {cell.over for cell in cells if cell.per == "institution_amount"}, key=lambda over: window(over).length
    )
    return Needs({entity: layout_of(features, entity) for entity in TILE_ENTITIES}, spans[-1] if spans else None)


@dataclass(frozen=True)
class Places:
    """Tiles of a batch's doctors and institutions, and the single claims where a tile is not exact.

    Attributes:
        first_order: order of the batch's first claim; everything lower is in the tiles.
        layouts: the columns of each kind's tiles.
        tiles: per kind and id the whole tile.
        cuts: per kind and id where single claims take over from the tile; None where the tile alone is exact.
        rows: those claims, and the claims of the last day with the amounts of the batch.
        hidden: per kind (id, patient, time): the last settlement before the cut of patients seen after it.
    """

    first_order: int
    layouts: dict[str, Layout]
    tiles: dict[str, dict[str, Tile]]
    cuts: dict[str, dict[str, int | None]]
    rows: ClaimBatch
    hidden: dict[str, list[tuple[str, str, int]]]


@dataclass(frozen=True)
class Base:
    """Bins of tiles as events without a claim: key, first second and values of each."""

    key: Array
    s: Array
    values: Array


def base_events(places: Places, rows: Rows, entity: str) -> Base:
    """The bins before each cut, keyed as in `rows`."""
    codes = rows.numbers(f"{entity}_id")[1]
    kept = [(codes[name], before(tile, places.cuts[entity][name])) for name, tile in places.tiles[entity].items()
            if name in codes and name in places.cuts[entity]]  # fmt: skip
    if not kept:
        nothing = np.empty(0, dtype=np.int64)
        return Base(nothing, nothing, np.empty((0, places.layouts[entity].width), dtype=np.int64))
    return Base(
        np.repeat([code for code, _ in kept], [len(tile.starts) for _, tile in kept]).astype(np.int64),
        np.concatenate([tile.starts for _, tile in kept]),
        np.concatenate([tile.values for _, tile in kept]),
    )


def is_single(places: Places, rows: Rows, entity: str) -> Array:
    """Which events count one by one: those of the batch, and those from the cut on (the others are in the bins)."""
    codes, events = rows.numbers(f"{entity}_id")[1], rows.events
    cut = np.full(len(codes) + 1, FAR, dtype=np.int64)
    for name, moment in places.cuts[entity].items():
        if moment is not None and name in codes:
            cut[codes[name]] = moment
    return (events.order >= places.first_order) | (events.s >= cut[rows.keys(entity)[events.subject]])


def last_settlements(places: Places, rows: Rows, entity: str, single: Array) -> tuple[Base, Base]:
    """Takes the batch's patients, and those hidden by later settlements, out of the anonymous bins.

    Returns:
        Sightings (key, s, patient number as values) before the cut, and corrections (key, bin, -1) to the bins.
    """
    keys, patients, events = rows.keys(entity), rows.keys("patient"), rows.events
    asked = set(patients[rows.at].tolist())
    tile_of = {rows.numbers(f"{entity}_id")[1].get(name): tile for name, tile in places.tiles[entity].items()}
    stored = np.flatnonzero((events.kind == SETTLED) & (events.order < places.first_order))
    last: dict[tuple[int, int], int] = {}
    seen_later: set[tuple[int, int]] = set()
    for event in stored.tolist():
        pair = (int(keys[events.subject[event]]), int(patients[events.subject[event]]))
        if pair[0] not in tile_of or pair[1] not in asked:
            continue
        if single[event]:
            seen_later.add(pair)
        else:
            last[pair] = max(last.get(pair, -FAR), int(events.s[event]))
    corrections = [(key, _bin_of(tile_of[key], s), -1) for (key, patient), s in last.items()
                   if (key, patient) not in seen_later and s >= tile_of[key].kept_from]  # fmt: skip
    sightings = [(key, s, patient) for (key, patient), s in last.items()]
    entity_codes, patient_codes = rows.numbers(f"{entity}_id")[1], rows.numbers("patient_id")[1]
    sightings += [
        (entity_codes[name], s, patient_codes[patient])
        for name, patient, s in places.hidden[entity]
        if patient_codes.get(patient, -1) not in asked and name in entity_codes and patient in patient_codes
    ]
    return _base(sightings), _base(corrections)


def _bin_of(tile: Tile, s: int) -> int:
    return floor(s, HOUR if s >= tile.hours_from else DAY)


def _base(triples: list[tuple[int, int, int]]) -> Base:
    table = np.array(triples, dtype=np.int64).reshape(-1, 3)
    return Base(table[:, 0].copy(), table[:, 1].copy(), table[:, 2:].copy())


def fingerprint_of(layout: Layout) -> bytes:
    """Eight bytes that change with the layout, written into each tile."""
    return hashlib.blake2b(repr((layout.measures, layout.has_patients)).encode(), digest_size=8).digest()


def tile_values(rows: Rows, layout: Layout) -> Array:
    """What each event adds to a tile, (m, c); the patients' column is filled by whoever knows the last settlements."""
    columns = [event_values(rows, measure, where) for measure, where in layout.measures]
    columns += [np.zeros(len(rows.events.s), dtype=np.int64)] * layout.has_patients
    return np.stack(columns, axis=1) if columns else np.empty((len(rows.events.s), 0), dtype=np.int64)
