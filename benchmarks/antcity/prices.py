"""What evasion costs a ring: the yuan it takes in a month until it is flagged, kept so that a loss is noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from benchmarks.antcity.judge import Match, how_soon
from benchmarks.antcity.planted import Planted

KEPT = Path(__file__).with_name("prices.json")
MOST_RISE = 0.10
"""Rings may take so much more than before without the check failing: a change of no account."""

DAYS_A_MONTH = 30.4


def price_of(planted: Sequence[Planted], matches: Sequence[Match], level: float) -> float:
    """Yuan that a ring of card collectors takes in a month until it is flagged.

    Args:
        planted: all planted rings of the cities.
        matches: of one detector; none means that nobody watches.
        level: score from which on it flags.
    """
    nearest = max((step / 50 for step in range(1, 51) if step / 50 <= level), default=0.02)
    soon = how_soon(matches, planted, round(nearest, 2))
    fen, months = 0, 0.0
    for number, ring in enumerate(planted):
        if ring.kind == "card_collectors" and len(ring.day):
            fen += soon[number].fen if number in soon else int(ring.fen.sum())
            months += (int(ring.day.max()) - int(ring.day.min()) + 1) / DAYS_A_MONTH
    return fen / 100 / max(months, 1e-9)


def keep(plan: str, prices: Mapping[int, float], path: Path = KEPT) -> None:
    """Write down the prices by strength of evasion, to be compared with later.

    Args:
        plan: what was run, as text.
        prices: yuan a ring-month.
        path: of the file.
    """
    kept = _read(path) | {plan: {str(strength): round(price) for strength, price in prices.items()}}
    path.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def check(plan: str, prices: Mapping[int, float], path: Path = KEPT) -> list[str]:
    """One sentence for each strength at which rings take over a tenth more than is written down; empty if none does.

    Args:
        plan: what was run, as text.
        prices: yuan a ring-month.
        path: of the file.
    """
    kept = _read(path).get(plan)
    if kept is None:
        return [f"No prices of evasion are written down for {plan}. Expected some. Run once with --keep."]
    return [
        f"At strength {strength} a ring takes {price:,.0f} yuan a month. Expected at most "
        f"{kept[str(strength)] * (1 + MOST_RISE):,.0f}, a tenth more than before. Find the change that lets it."
        for strength, price in prices.items()
        if price > kept[str(strength)] * (1 + MOST_RISE)
    ]


def _read(path: Path) -> dict[str, dict[str, int]]:
    kept: dict[str, dict[str, int]] = orjson.loads(path.read_bytes()) if path.exists() else {}
    return kept
