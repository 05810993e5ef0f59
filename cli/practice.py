"""A small made-up city that was learned from, in a store of its own: what the notebooks about models look at.

Two models stand in it, the champion and a challenger that learned six weeks longer, and four months that the champion
decided. One scheme begins only in these months: no model knows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import graphs.build
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.clock import start_of_day
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.settings import Settings
from claims.store.connect import Store, open_store
from cli.practice_review import review
from cli.steps import Steps
from features import batch
from features.catalogue import feature_set
from training.claim_model import ClaimPlan
from training.difference import report_difference
from training.promotion import LATEST, promote_run, propose_run
from training.screen_claims import screen_claims
from training.train_claim import train_claims

FIRST_TEST_DAY, LATER, END = date(2025, 9, 1), date(2025, 10, 16), date(2026, 1, 1)
"""Where the champion's test and decisions begin, where the challenger's would, and where the city ends."""

PLAN = CityPlan(insured=2_400, months=12, rates="dense", seed=1, late_scheme="card_collectors", late_months=3)
REVIEWS_A_DAY = 5
CITY = "city"
"""Its files, and in a folder of them what is wrong, for judges."""


def practice_store(settings: Settings) -> Settings:
    """Make the practice store, or go on with one that was begun; a minute and a half the first time.

    Args:
        settings: in whose data folder it lies; nothing else there is touched.

    Returns:
        The settings of the practice store.
    """
    folder = settings.data_folder / f"practice-{feature_set()}"  # other features are another store
    folder.mkdir(parents=True, exist_ok=True)
    own = Settings(
        data_folder=folder / "data",
        database_url=None,
        service_database_url=None,
        key_file=folder / "keys" / "pseudonym.key",
        tracking_uri=f"sqlite:///{folder / 'mlflow.db'}",
    )
    steps, store = Steps(folder / "steps.json"), open_store(own)
    for name, step in STEPS:
        steps.run(name, partial(step, store, own))
    return own


def city_of(settings: Settings) -> Path:
    """The folder of the city's files, by the settings of the practice store."""
    return settings.data_folder / CITY


def _make(_: Store, settings: Settings) -> None:
    write_city(make_city(PLAN), city_of(settings))


def _import(store: Store, settings: Settings) -> None:
    run_import(store, settings, read_mapping("national"), sorted(city_of(settings).glob("*.csv")))


def _build(store: Store, settings: Settings) -> None:
    with store.as_owner() as connection:
        graphs.build.build(connection, cadence="weekly")
        connection.commit()
        batch.build(connection, settings)


def _review_some(store: Store, settings: Settings) -> None:
    """What reviewers found in a random part of all claims."""
    with store.as_owner() as connection:
        settled = "SELECT claim_id FROM claims WHERE kind = 'settlement'"
        review(connection, city_of(settings), settled, "random", 0.08)


def _champion(store: Store, settings: Settings) -> None:
    with store.as_owner() as connection:
        train_claims(connection, settings, _plan(FIRST_TEST_DAY))
        promote_run(connection, settings, LATEST, "claim", "first model of the practice store", "practice")


def _challenger(store: Store, settings: Settings) -> None:
    with store.as_owner() as connection:
        train_claims(connection, settings, _plan(LATER))
        propose_run(connection, settings, LATEST, "claim", "it learned six weeks longer", "practice")


def _plan(cutoff: date) -> ClaimPlan:
    return ClaimPlan(start_of_day(cutoff), start_of_day(END), REVIEWS_A_DAY, trials=1)


def _decide(store: Store, settings: Settings) -> None:
    """Let the champion decide and the challenger shadow it; then date the decisions as if they had been served."""
    with store.as_owner() as connection:
        screen_claims(connection, settings, start_of_day(FIRST_TEST_DAY), start_of_day(END))
        review(connection, city_of(settings), "SELECT claim_id FROM decisions WHERE action = 'review'", "model", 0.6)
        report_difference(connection, settings)
        connection.execute("UPDATE decisions d SET decided_at = c.known_at FROM claims c WHERE c.claim_id = d.claim_id")


STEPS: tuple[tuple[str, Callable[[Store, Settings], None]], ...] = (
    ("Make up a city", _make),
    ("Import it", _import),
    ("Find links and rings, build features", _build),
    ("Review some of its claims", _review_some),
    ("Train and promote the champion", _champion),
    ("Train the challenger", _challenger),
    ("Decide four months, and review what was held", _decide),
)
