"""What finds a scheme that no verdict has taught: one that begins only in the test months.

    python -m benchmarks.unseen --scheme card_collectors --insured 20000 --seeds 2

makes cities in which nobody carries out the scheme before the test, trains on what was known then, and says by scheme
what share of the money that was really taken lies in the claims that each would send to the reviewers: the trees and
the rules at their daily capacity, the forest at the share of it that it has, and rings by their score.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.learn import bring_in
from benchmarks.machine import machine
from claims.city.make import City, make_city
from claims.city.national import settlement_ids
from claims.city.plan import CityPlan
from claims.city.wrongs import SCHEMES, WRONGS
from claims.clock import start_of_day
from claims.tables import Array
from graphs.group import RING_SCORE_LEAST
from training.capacity import choose_daily
from training.claim_model import ClaimPlan, fit_claims
from training.claim_work import ClaimWork
from training.rule_ranking import rank_by_rules

TEST_MONTHS = 4
FINDERS = ("trees", "rules", "forest", "rings")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scheme", default="card_collectors", choices=[scheme.name for scheme in SCHEMES])
    parser.add_argument("--insured", type=int, default=20_000)
    parser.add_argument("--rates", default="realistic", help="realistic (default) or dense")
    parser.add_argument("--rings", type=int, default=12, help="rings of each kind at least (default 12)")
    parser.add_argument("--seeds", type=int, default=2, help="cities (default 2)")
    asked = parser.parse_args()
    _say(machine("lightgbm", "numpy"))
    every = []
    for seed in range(1, asked.seeds + 1):
        plan = CityPlan(insured=asked.insured, rates=asked.rates, seed=seed, least_rings=asked.rings)
        begin = replace(plan, months=TEST_MONTHS).first_day
        city = make_city(replace(plan, late_scheme=asked.scheme, late_months=TEST_MONTHS))
        with tempfile.TemporaryDirectory() as folder:
            work = bring_in(city, Path(folder), ClaimPlan(cutoff=start_of_day(begin)))
        every.append(_by_scheme(city, work))
        _say(f"unseen {asked.scheme} seed={seed} per_day={work.per_day}")
    for name, figures in _summed(every).items():
        mark = " (never in training)" if name == asked.scheme else ""
        shares = " ".join(f"{finder}={figures[finder] / figures['taken']:.0%}" for finder in FINDERS)
        _say(f"unseen {name}{mark} claims={figures['claims']:,.0f} taken={figures['taken'] / 100:,.0f} yuan {shares}")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # what it is for


def _by_scheme(city: City, work: ClaimWork) -> dict[str, dict[str, float]]:
    """By wrong: claims and fen of the test period, and the fen in what each finder would send."""
    table, window = work.table, work.parts.test_window
    settled = table.settled_at[window]
    model = fit_claims(table, work.then, work.parts, work.per_day, work.plan)
    ring_score = table.matrix[window, table.names.index("patient_ring_score")]
    sent = {
        "trees": choose_daily(model.probability(table, window), settled, work.per_day),
        "rules": choose_daily(rank_by_rules(table.of_rules[window]), settled, work.per_day),
        "forest": np.flatnonzero(model.forest.score(table.matrix[window]) >= model.review_anomaly),
        "rings": np.flatnonzero((ring_score > 0) & (ring_score >= RING_SCORE_LEAST)),
    }
    row, wrong, fen = _truth(city, table.claim_ids[window])
    figures: dict[str, dict[str, float]] = {}
    for number in np.unique(wrong).tolist():
        mine = wrong == number
        figures[WRONGS[number].name] = {
            "claims": float(len(np.unique(row[mine]))),
            "taken": float(fen[mine].sum()),
            **{finder: float(fen[mine & np.isin(row, rows)].sum()) for finder, rows in sent.items()},
        }
    return figures


def _truth(city: City, claim_ids: Array) -> tuple[Array, Array, Array]:
    """Each wrong of some claims: its row among them, its place in `WRONGS`, and what it took in fen."""
    truth = city.truth
    at = pd.Index(claim_ids).get_indexer(pd.Index(settlement_ids(truth.claim)))
    inside = at >= 0
    return at[inside], truth.wrong[inside], truth.amount_fen[inside]


def _summed(every: list[dict[str, dict[str, float]]]) -> Mapping[str, Mapping[str, float]]:
    summed: dict[str, dict[str, float]] = {}
    for figures in every:
        for name, of_name in figures.items():
            total = summed.setdefault(name, dict.fromkeys(of_name, 0.0))
            for key, value in of_name.items():
                total[key] += value
    return {name: figures for name, figures in summed.items() if figures["taken"] > 0}


if __name__ == "__main__":
    main()
