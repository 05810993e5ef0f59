"""For each drug class: lines that state how many days they last, and the lower median of days a pack."""

from __future__ import annotations

from features.closed.cut import Cut, Learned
from features.closed.runs import Runs


def learn(cut: Cut) -> Learned:
    """Lines, and days of a pack in ten-thousandths."""
    member, days = cut.supplies["class"], cut.supplies["days_per_pack_e4"]
    runs = Runs(member, then=days)
    return Learned([""], cut.texts["class"], [(runs.of(member) * 0, runs.of(member), (runs.sizes, runs.tenths(days)))])
