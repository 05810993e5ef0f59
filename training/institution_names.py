"""Two models judge institutions, one that verdicts taught and one that a file of labels taught, each with a champion.

Who promotes says `institution` for both: the run tells which one is meant.
"""

from __future__ import annotations

import psycopg

from audit.promotions import challenger
from claims.settings import Settings
from training.promotion import LATEST
from training.track import LABELLED, newest_of, store_of, subject_of

INSTITUTION = "institution"


def meant_by(connection: psycopg.Connection, settings: Settings, subject: str, run: str) -> str:
    """The name of the model that a person means.

    Args:
        connection: an open connection.
        settings: where MLflow is.
        subject: as the person said it; any but `institution` means itself.
        run: a run id, or `latest`: the standing challenger of either model, else the newest run of either.

    Raises:
        BadSetting: MLflow is away.
    """
    if subject != INSTITUTION:
        return subject
    names = (INSTITUTION, LABELLED)
    if run != LATEST:
        found = subject_of(settings, run)
        return found if found in names else subject
    standing = [name for name in names if challenger(connection, settings, name)]
    if standing:
        return standing[0]
    newest = newest_of(settings, names, store_of(connection))
    return subject if newest is None else newest[0]
