"""Findings of violations as the features read them: as a case spells them, or made up around the random streams."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from claims.clock import DAY, HOUR
from claims.tables import MISSING, Columns
from tests.features.made import seconds_of
from tests.features.streams import HARD_MOMENTS

_NAMES = ("entity_kind", "entity_id", "claim_id", "known_at", "replaced_at", "amount_fen")


def judged(findings: Sequence[dict[str, Any]]) -> Columns:
    """Findings with `about` (such as "patient p1"), `claim`, `known`, and perhaps `replaced` and `amount`."""
    return _columns([
        (*one["about"].split(), one["claim"], seconds_of(one["known"]),
         seconds_of(one["replaced"]) if "replaced" in one else MISSING, one.get("amount", 0))
        for one in findings
    ])  # fmt: skip


def made_up_findings() -> Columns:
    """300 findings around the moments at which random streams begin: many on one claim, some replaced by an appeal."""
    draw, rows = random.Random(7), []
    for _ in range(300):
        hours = draw.randrange(-450 * 24, 60 * 24)
        known = draw.choice(HARD_MOMENTS) // HOUR * HOUR + hours * HOUR + draw.choice((0, -1, 1, 77))
        replaced = draw.choice((MISSING, MISSING, known, known + HOUR, known + 10 * DAY))
        about = draw.choice(("patient p1", "patient p2", "doctor d1", "doctor d3", "institution i1", "institution i3"))
        rows.append((*about.split(), f"judged{draw.randrange(100)}", known, replaced, draw.choice((0, 900, 12_345))))
    return _columns(rows)


def _columns(rows: Sequence[tuple[Any, ...]]) -> Columns:
    values_of = list(zip(*rows, strict=True)) if rows else [()] * len(_NAMES)
    types = (object, object, object, np.int64, np.int64, np.int64)
    return {name: np.array(values, dtype=kind) for name, values, kind in zip(_NAMES, values_of, types, strict=True)}
