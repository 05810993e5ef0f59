"""For each sex and age band: persons, and of their three months' settlements and totals the ninth decile."""

from __future__ import annotations

from features.closed.ages import bands_of
from features.closed.cut import Cut, Learned
from features.closed.runs import Runs, joined


def learn(cut: Cut) -> Learned:
    """Persons, settlements, fen; a person counts in the band of the last age."""
    claims = cut.claims
    persons = Runs(claims["patient"])
    sex = persons.of(claims["sex"]), cut.texts["sex"]
    member, members = joined(sex, bands_of(persons.most(claims["age"])))
    fen, count = persons.total(claims["fen"]), persons.sizes
    by_count, by_fen = Runs(member, then=count), Runs(member, then=fen)
    values = (by_count.sizes, by_count.tenths(count, 9), by_fen.tenths(fen, 9))
    return Learned([""], members, [(by_count.of(member) * 0, by_count.of(member), values)])
