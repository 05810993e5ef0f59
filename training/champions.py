"""Opens the bundle of the champion."""

from __future__ import annotations

import psycopg

from audit.promotions import Promotion, champion
from claims.errors import NoChampion
from claims.settings import Settings
from scoring.bundle import Bundle, load_bundle


def open_champion(connection: psycopg.Connection, settings: Settings, subject: str) -> tuple[Promotion, Bundle]:
    """The newest promotion of a subject and its bundle.

    Raises:
        NoChampion: nothing was promoted yet.
        BadBundle: the promoted files are gone or altered.
    """
    promotion = champion(connection, settings, subject)
    if promotion is None:
        raise NoChampion(
            f"No model for subject {subject!r} was promoted yet. Expected a champion to score with. Run yicha train "
            f"--subject {subject} and then yicha promote --run latest --subject {subject} --why TEXT."
        )
    return promotion, load_bundle(promotion.bundle_path, promotion.bundle_fingerprint)
