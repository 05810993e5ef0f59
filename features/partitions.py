"""By which key the claims are parted for each feature, so that one part holds everything that the feature looks at."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.store.slices import SUBJECT_DOCTOR
from claims.tables import Array
from features.cells import Cell, cells_of
from features.declare import Feature
from features.measures import OF_THE_CLAIM_ALONE
from features.rows import ENTITIES

KEYS = ("patient", "doctor", "institution")
"""The keys, in the order of preference for a pair that lies whole in two of them. Only `patient` parts have lines."""

ALONE = "alone"
"""In place of a key: the store is small, one part holds all claims and serves all features."""

KEY_COLUMN = {"patient": "patient_id", "doctor": SUBJECT_DOCTOR, "institution": "institution_id", ALONE: "claim_id"}
"""The column of a claim that says into which part it goes; a reversal goes where its original is."""

CLAIMS_IN_A_PART = 250_000
"""About 1.3 GB of memory while a part with lines is computed: two at a time leave a machine of 8 GB room."""


def key_of(feature: Feature) -> str:
    """The first of `KEYS` whose parts hold all that the feature looks at.

    Raises:
        ValueError: there is none, such as for the share of one doctor's pairs among an institution's claims.
    """
    wanted = [set(_keys_of(cell)) for cell in cells_of(feature)]
    for key in KEYS:
        if all(key in keys for keys in wanted):
            return key
    raise ValueError(f"{feature.name} looks at claims that lie in no part together")


def key_of_entity(entity: str) -> str:
    """The key whose parts hold all claims of each such entity."""
    return "patient" if entity == "patient_class" else next(key for key in KEYS if f"{key}_id" in ENTITIES[entity])


def _keys_of(cell: Cell) -> tuple[str, ...]:
    """The keys whose parts hold what the cell needs; what is asked about places needs neither lines nor patients."""
    if cell.family == "node":
        return (cell.per,)
    if cell.family == "closed":  # what peers of places and doctors have needs neither lines nor patients
        return KEYS if cell.what.startswith(("peers_doctor", "peers_institution")) else ("patient",)
    if cell.per == "patient_class":
        return ("patient",)
    if cell.per != "claim" and "patient_id" not in ENTITIES[cell.per]:
        return tuple(key for key in KEYS if f"{key}_id" in ENTITIES[cell.per])
    if cell.where is None and cell.what in ("claims", *OF_THE_CLAIM_ALONE):
        return tuple(key for key in KEYS if cell.per == "claim" or f"{key}_id" in ENTITIES[cell.per])
    return ("patient",)


def part_numbers(ids: pa.ChunkedArray, instead: Array, parts: int) -> Array:
    """The part of each claim, the same on every machine and in every run.

    Args:
        ids: n texts, null where a claim lacks the key: it has no past there and may lie in any part.
        instead: n numbers that spread those claims.
        parts: how many parts.

    Returns:
        n numbers in 0..parts-1.
    """
    encoded = ids.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    number_of = np.array([part_of(name, parts) for name in encoded.dictionary.to_pylist()] + [0], dtype=np.int64)
    codes = pc.fill_null(encoded.indices, len(number_of) - 1).to_numpy(zero_copy_only=False)
    is_null = np.asarray(ids.is_null().to_numpy(), dtype=np.bool_)
    return np.where(is_null, instead % parts, number_of[codes])


def part_of(name: str, parts: int) -> int:
    """The part of everything that carries this id."""
    return zlib.crc32(name.encode()) % parts


def places_of(features: Sequence[Feature], key: str) -> list[int]:
    """Which of `features` are computed from the parts of `key`."""
    return [place for place, feature in enumerate(features) if key in (ALONE, key_of(feature))]
