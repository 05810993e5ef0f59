"""What the claim model adds to simpler rankings, and what links and rings add to it: money by reviewers' capacity.

    python -m benchmarks.learn --insured 20000 --seeds 2

makes cities, brings each into a store of its own as a user would, and trains the claim model twice on the same rows,
with and without the columns that come from links and rings. These rank the claims of the test period by money (the
probability times the root of the amount) and by probability alone; beside them rules alone, the amount alone and the
forest alone. What the `per_day` best of each day really took is read from the truth, which no model saw. Intervals by
bootstrap over rings, and over patients outside of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.machine import machine
from benchmarks.ring_reviews import review_rings
from claims.city.make import City, make_city
from claims.city.national import settlement_ids
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.settings import Settings, read_settings
from claims.store.connect import open_store
from claims.store.embedded import stop_embedded
from claims.tables import Array
from training.capacity import at_capacity, by_money, choose_daily
from training.claim_model import ClaimPlan, fit_claims
from training.claim_work import ClaimWork, prepare
from training.link_columns import link_columns, without
from training.rule_ranking import rank_by_rules

DRAWS = 2_000
RANKINGS = ("ours", "without_links", "by_probability", "by_probability_without_links", "rules", "amount", "forest")
COMPARED = (
    ("ours", "without_links"),
    ("by_probability", "by_probability_without_links"),
    ("ours", "by_probability"),
    ("ours", "rules"),
    ("ours", "amount"),
    ("ours", "forest"),
)
"""Which ranking is held against which other."""


@dataclass(frozen=True)
class Outcome:
    """One city's test period.

    Attributes:
        per_day: claims that are looked at on each day.
        claims: settled in the period.
        by_verdict: fen that standing verdicts found in what each of `RANKINGS` chose.
        taken: (s, r) fen really taken in what each of `RANKINGS` chose, by subject: a ring, or a patient outside.
        all_taken: fen really taken in the period.
    """

    per_day: int
    claims: int
    by_verdict: tuple[int, ...]
    taken: Array
    all_taken: int


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--insured", type=int, default=20_000)
    parser.add_argument("--rates", default="dense", help="realistic or dense (default)")
    parser.add_argument("--rings", type=int, default=0, help="rings of each kind at least (default 0)")
    parser.add_argument("--seeds", type=int, default=2, help="cities (default 2)")
    parser.add_argument("--ring-reviews", action="store_true", help="reviewers also judge the rings that are found")
    asked = parser.parse_args()
    _say(machine("lightgbm", "numpy"))
    outcomes = []
    for seed in range(1, asked.seeds + 1):
        plan = CityPlan(insured=asked.insured, rates=asked.rates, seed=seed, least_rings=asked.rings)
        with tempfile.TemporaryDirectory() as folder:
            outcome = measure(make_city(plan), Path(folder), rings_are_judged=asked.ring_reviews)
        outcomes.append(outcome)
        _say(line(f"learn seed={seed}", [outcome]))
    _say(line("learn all", outcomes))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # what it is for


def measure(city: City, folder: Path, *, rings_are_judged: bool) -> Outcome:
    """Bring a city in, train twice, and look at what each ranking would have sent to the reviewers.

    Args:
        city: finished.
        folder: for its files and its store.
        rings_are_judged: reviewers also judge the rings that the program finds.
    """
    return _outcome(city, bring_in(city, folder, ClaimPlan(), rings_are_judged=rings_are_judged))


def bring_in(city: City, folder: Path, plan: ClaimPlan, *, rings_are_judged: bool = False) -> ClaimWork:
    """Bring a city into a store of its own as a user would, and read what one training run works on.

    Args:
        city: finished.
        folder: for its files and its store.
        plan: of the run.
        rings_are_judged: reviewers also judge the rings that the program finds.
    """
    write_city(city, folder / "city")
    settings = replace(read_settings(), data_folder=folder / "store", database_url=None, key_file=folder / "key")
    files = sorted((folder / "city").glob("*.csv"))
    _yicha(settings, ["import", "--mapping", "national", *map(str, files)])
    _yicha(settings, ["graphs", "build"])
    if rings_are_judged:
        with open_store(settings).as_owner() as connection:
            review_rings(connection, city)
    _yicha(settings, ["features", "build"])
    with open_store(settings).as_owner() as connection:
        work = prepare(connection, settings, plan)
    stop_embedded(settings.data_folder)
    return work


def _yicha(settings: Settings, words: Sequence[str]) -> None:
    command = [sys.executable, "-c", "from cli.main import main; main()", *words]
    environment = {**os.environ, "YICHA_DATA": str(settings.data_folder), "YICHA_KEY_FILE": str(settings.key_file)}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603


def _outcome(city: City, work: ClaimWork) -> Outcome:
    table, window = work.table, work.parts.test_window
    settled, label, found = table.settled_at[window], work.now.label[window], work.now.amount_fen[window]
    fen, subject = _truth(city, table.claim_ids[window], table.patient_ids[window])
    subjects, of = np.unique(subject, return_inverse=True)
    model = fit_claims(table, work.then, work.parts, work.per_day, work.plan)
    fewer = without(table, link_columns(table.names))
    linkless = fit_claims(fewer, work.then, work.parts, work.per_day, work.plan, model.trees.parameters)
    probability, total = model.probability(table, window), table.total_fen[window]
    without_links = linkless.probability(fewer, window)
    scores = (
        by_money(probability, total),
        by_money(without_links, total),
        probability,
        without_links,
        rank_by_rules(table.of_rules[window]),
        total,
        model.forest.score(table.matrix[window]),
    )
    chosen = [choose_daily(each, settled, work.per_day) for each in scores]
    verdicts = tuple(at_capacity(each, label, found).money_fen for each in chosen)
    taken = np.column_stack([np.bincount(of[each], fen[each], len(subjects)) for each in chosen])
    return Outcome(work.per_day, len(window), verdicts, taken, int(fen.sum()))


def _truth(city: City, claim_ids: Array, patient_ids: Array) -> tuple[Array, Array]:
    """What each claim really took in fen, and whose it is: its ring, else its patient."""
    truth = city.truth
    names = pd.Index(claim_ids)
    at = names.get_indexer(pd.Index(settlement_ids(truth.claim)))
    inside = np.flatnonzero(at >= 0)
    fen = np.bincount(at[inside], truth.amount_fen[inside], len(names))
    subject = patient_ids.astype(object).copy()
    for row in inside[truth.ring[inside] >= 0].tolist():
        subject[at[row]] = f"ring {truth.wrong[row]} {truth.ring[row]}"
    return fen, subject.astype(str)


def line(name: str, outcomes: Sequence[Outcome]) -> str:
    """What to read of some cities: yuan at capacity by ranking, and the rise of one over another with its interval."""
    taken = np.concatenate([outcome.taken for outcome in outcomes])
    every = taken.sum(axis=0)
    draws = np.random.default_rng(0).poisson(1.0, (DRAWS, len(taken))) @ taken  # a bootstrap by Poisson weights
    verdicts = np.sum([outcome.by_verdict for outcome in outcomes], axis=0)
    said = [
        f"{name} claims={sum(outcome.claims for outcome in outcomes):,} per_day={outcomes[0].per_day} "
        f"taken={sum(outcome.all_taken for outcome in outcomes) / 100:,.0f} yuan"
    ]
    said += [
        f"  {ranking}={yuan / 100:,.0f} (by verdicts {found / 100:,.0f})"
        for ranking, yuan, found in zip(RANKINGS, every, verdicts, strict=True)
    ]
    for one, other in COMPARED:
        here, there = RANKINGS.index(one), RANKINGS.index(other)
        low, high = np.quantile(draws[:, here] / np.maximum(draws[:, there], 1.0) - 1, (0.025, 0.975))
        rise = every[here] / max(every[there], 1.0) - 1
        said.append(f"  {one} over {other}: {rise:+.1%} (95% {low:+.1%} to {high:+.1%})")
    return "\n".join(said)


if __name__ == "__main__":
    main()
