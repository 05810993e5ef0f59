"""Makes a trained model the champion: its bundle to the data folder, the alias, and a row in the ledger."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import psycopg

from audit.promotions import Promotion, promote
from claims.errors import BadBundle
from claims.settings import Settings
from scoring.bundle import Bundle, load_bundle
from training.track import BUNDLE_FOLDER, fetch, newest_run, registered_version, set_champion, store_of

LATEST = "latest"


def promote_run(
    connection: psycopg.Connection, settings: Settings, run: str, subject: str, why: str, promoted_by: str
) -> Promotion:
    """Promote the model of a run; the ledger row is the last step, so that the service never follows half a promotion.

    Args:
        connection: an open connection; the transaction is the caller's.
        settings: where MLflow and the data folder are.
        run: a run id, or `latest` for the newest that learned from this store.
        subject: claim or institution.
        why: the reason in words.
        promoted_by: who decided.

    Raises:
        NotFound: no such run, or it made no model of this subject.
        BadBundle: the run's bundle is incomplete, altered, or of another subject.
    """
    run_id = newest_run(settings, subject, store_of(connection)) if run == LATEST else run
    version = registered_version(settings, subject, run_id)
    bundle, folder = _install(settings, run_id, subject)
    set_champion(settings, subject, version)
    return promote(connection, settings, subject, folder, bundle.fingerprint, run_id, version, promoted_by, why)


def _install(settings: Settings, run_id: str, subject: str) -> tuple[Bundle, Path]:
    """Copy the run's bundle to `bundles/<fingerprint>`, which appears whole or not at all."""
    bundles = settings.data_folder / "bundles"
    bundles.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bundles) as name:
        fetched = fetch(settings, run_id, BUNDLE_FOLDER, Path(name))
        bundle = load_bundle(fetched)
        if bundle.subject != subject:
            raise BadBundle(
                f"The bundle of run {run_id} judges subject {bundle.subject!r}, not {subject!r}. Expected a run of "
                f"yicha train --subject {subject}. Name another run or subject."
            )
        folder = bundles / bundle.fingerprint
        if not _is_whole(folder, bundle.fingerprint):  # one that serves is never taken away, not even for an instant
            shutil.rmtree(folder, ignore_errors=True)
            fetched.rename(folder)
    return bundle, folder


def _is_whole(folder: Path, fingerprint: str) -> bool:
    try:
        load_bundle(folder, fingerprint)
    except BadBundle:
        return False
    return True
