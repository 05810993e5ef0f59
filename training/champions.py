"""Opens the bundle of the champion, and says whether a new model can be compared with it."""

from __future__ import annotations

import psycopg

from audit.promotions import Promotion, champion, subjects_with_a_champion
from claims.clock import to_moment
from claims.errors import NoChampion
from claims.settings import Settings
from scoring.bundle import Bundle, load_bundle
from training.track import how_to_train


def open_champion(connection: psycopg.Connection, settings: Settings, subject: str) -> tuple[Promotion, Bundle]:
    """The newest promotion of a subject and its bundle.

    Raises:
        NoChampion: nothing was promoted yet.
        BadBundle: the promoted files are gone or altered.
    """
    promotion = champion(connection, settings, subject)
    if promotion is None:
        others = subjects_with_a_champion(connection)
        there = f"; there are champions for {', '.join(others)}" if others else ""
        raise NoChampion(
            f"No model for subject {subject!r} was promoted yet{there}. Expected a champion to score with. Run "
            f"{how_to_train(subject)} and then yicha promote --run latest --subject {subject} --why TEXT."
        )
    return promotion, load_bundle(promotion.bundle_path, promotion.bundle_fingerprint)


def asked_champion(
    connection: psycopg.Connection, settings: Settings, subject: str, feature_set: str
) -> tuple[Promotion | None, Bundle | None]:
    """What serves, and its bundle where it can be asked about the columns of `feature_set`.

    The bundle is None when nothing serves, verdicts taught it nothing, or it reads other columns or units.

    Raises:
        BadBundle: the promoted files are gone or altered.
    """
    serving = champion(connection, settings, subject)
    if serving is None:
        return None, None
    bundle = load_bundle(serving.bundle_path, serving.bundle_fingerprint)
    return serving, bundle if bundle.has_trees and bundle.feature_set == feature_set else None


def comparable_champion(
    connection: psycopg.Connection, settings: Settings, subject: str, feature_set: str, cutoff: int
) -> tuple[Bundle | None, str]:
    """The champion of a subject where a new model can be compared with it on rows from the cut-off on.

    Args:
        connection: an open connection.
        settings: where the data folder is.
        subject: what the models are about.
        feature_set: fingerprint of the columns that are made now.
        cutoff: seconds; a champion that was trained on later rows has seen the test.

    Returns:
        It or None, and what is to be said of it.
    """
    try:
        _, bundle = open_champion(connection, settings, subject)
    except NoChampion:
        return None, "No model was promoted before, so there is no last champion."
    if not bundle.has_trees:
        return None, "The last champion is an isolation forest alone, whose like is in the table."
    if bundle.feature_set != feature_set:
        return None, (
            "The last champion is left out: it reads other columns than are made now (another feature, unit or "
            "declaration)."
        )
    if bundle.trained_until > cutoff:
        return None, "The last champion is left out: it may have learned from what is the test here."
    return bundle, f"The last champion learned from what was known before {to_moment(bundle.trained_until).date()}."
