"""Ring ids that stay: a ring that gains, loses or rests keeps its id."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from claims.clock import to_day

LEAST_OVERLAP = 0.5
"""Share of the smaller of two rings that must be in both for them to be the same ring."""


def new_id(kind: str, members: Sequence[str], day: int) -> str:
    """An id from the kind, the founding members and the day: the same on each run, and naming nobody.

    >>> new_id("card_collectors", ["p1", "p2"], 20_000)
    'ring-20241004-b33b173d'
    """
    text = "\\n".join([kind, *sorted(members)]).encode()
    return f"ring-{to_day(day):%Y%m%d}-{hashlib.sha256(text).hexdigest()[:8]}"


def number_of(ring_id: str) -> float:
    """A whole number of 48 bits, which a float64 holds exactly, that stays with the id; never 0.

    >>> number_of("ring-20241004-b33b173d")
    73307456775873.0
    """
    return float(int.from_bytes(hashlib.blake2b(ring_id.encode(), digest_size=6).digest(), "big") | 1)


def keep_ids(kind: str, rings: Sequence[Sequence[str]], known: Mapping[str, frozenset[str]], day: int) -> list[str]:
    """The id of each ring: that of the known ring with which it shares most, else a new one.

    Args:
        kind: of all these rings.
        rings: members of each ring of today.
        known: members of the rings of before, by id.
        day: today's day number, part of new ids.

    Returns:
        One id a ring, all different.
    """
    rings_of: dict[str, list[str]] = {}
    for ring_id, members in known.items():
        for member in members:
            rings_of.setdefault(member, []).append(ring_id)
    candidates = []
    for number, ring in enumerate(rings):
        shared = Counter(ring_id for member in ring for ring_id in rings_of.get(member, ()))
        for ring_id, count in shared.items():
            if count >= LEAST_OVERLAP * min(len(ring), len(known[ring_id])):
                candidates.append((-count, ring_id, number))
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for _, ring_id, number in sorted(candidates):
        if number not in ids and ring_id not in taken:
            ids[number] = ring_id
            taken.add(ring_id)
    return [ids.get(number) or _free_id(kind, ring, day, taken | known.keys()) for number, ring in enumerate(rings)]


def _free_id(kind: str, ring: Sequence[str], day: int, taken: set[str]) -> str:
    base = new_id(kind, ring, day)
    return base if base not in taken else f"{base}-2"
