"""For each benefit and each kind and level of institution: settlements and the lower median of their totals."""

from __future__ import annotations

from features.closed.cut import Cut, Learned
from features.closed.runs import Runs, joined


def learn(cut: Cut) -> Learned:
    """Settlements and total."""
    claims, texts = cut.claims, cut.texts
    member, members = joined((claims["benefit"], texts["benefit"]), (claims["peers"], texts["peers"]))
    runs = Runs(member, then=claims["fen"])
    return Learned([""], members, [(runs.of(member) * 0, runs.of(member), (runs.sizes, runs.tenths(claims["fen"])))])
