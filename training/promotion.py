"""Moves models through their life: proposes, promotes, withdraws, rolls back; the bundle, the ledger, then the alias.

The ledger is what the service follows; MLflow's aliases mirror it.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from audit import promotions
from audit.life.ledger import checked_words
from audit.life.proposals import require_supervisor, same_person
from audit.promotions import CHALLENGER, CHAMPION, REFUSED, Model, Promotion
from claims.errors import BadBundle, BadSetting, Conflict, Refused
from claims.settings import Settings
from scoring.bundle import load_bundle
from training.bounds import bounds_of
from training.track import (
    BUNDLE_FOLDER,
    fetch,
    how_to_train,
    newest_run,
    open_client,
    registered_version,
    set_alias,
    store_of,
)

LATEST = "latest"


def promote_run(
    connection: psycopg.Connection,
    settings: Settings,
    run: str,
    subject: str,
    why: str,
    promoted_by: str,
    despite_refusal: bool = False,
) -> Promotion:
    """Promote the model of a run; the service follows when the caller's transaction is committed.

    Args:
        connection: an open connection; the transaction is the caller's.
        settings: where MLflow and the data folder are.
        run: a run id, or `latest`: the standing challenger, else the newest run that learned from this store.
        subject: one of `track.MODELS`.
        why: the reason in words.
        promoted_by: who decided.
        despite_refusal: a retraining refused this run and it shall serve all the same.

    Raises:
        NotFound: no such run, or it made no model of this subject.
        BadBundle: the run's bundle is incomplete, altered, or of another subject.
        Refused: it needs a second person, or a retraining refused it.
    """
    why, by = checked_words("reason", why), checked_words("name", promoted_by, 100)
    standing = promotions.challenger(connection, settings, subject)
    run_id = _run_of(connection, settings, run, subject, standing)
    _require_second_person(connection, settings, run_id, standing, by)
    last = promotions.newest_word_on(connection, settings, run_id)
    if last is not None and last.what == REFUSED and not despite_refusal:
        raise Refused(
            f"Run {run_id} was refused on {last.promoted_at:%Y-%m-%d} ({last.why.rstrip('.')}). Expected a run that "
            "was not. Name another run, or say --despite-refusal with your reason."
        )
    return let_serve(connection, settings, install(settings, run_id, subject), by, why)


def let_serve(connection: psycopg.Connection, settings: Settings, model: Model, by: str, why: str) -> Promotion:
    """Make an installed model the champion; one that shadowed shadows no more. The transaction is the caller's.

    Raises:
        BadSetting: MLflow is away; the caller's transaction must not be committed.
    """
    standing = promotions.challenger(connection, settings, model.subject)
    fields = (model.subject, model.bundle_path, model.bundle_fingerprint, model.run_id, model.version)
    made = promotions.promote(connection, settings, *fields, by, why)
    if standing is not None and standing.bundle_fingerprint == model.bundle_fingerprint:
        promotions.withdraw(connection, settings, model.subject, by, "Promoted: it shadows no more.")
        set_alias(settings, model.subject, CHALLENGER, None)
    set_alias(settings, model.subject, CHAMPION, model.version)
    return made


def propose_run(
    connection: psycopg.Connection,
    settings: Settings,
    run: str,
    subject: str,
    why: str,
    by: str,
    needs_second: bool = False,
) -> Promotion:
    """Let the model of a run shadow the champion. The arguments and errors are those of `promote_run`.

    Raises:
        Conflict: it serves already.
    """
    why, by = checked_words("reason", why), checked_words("name", by, 100)
    run_id = newest_run(settings, subject, store_of(connection)) if run == LATEST else run
    model = install(settings, run_id, subject)
    serving = promotions.champion(connection, settings, subject)
    if serving is not None and serving.bundle_fingerprint == model.bundle_fingerprint:
        raise Conflict(
            f"The model of run {run_id} serves already. Expected another one to compare with it. Name another run."
        )
    needs_second = needs_second or bounds_of(settings).four_eyes
    made = promotions.propose(connection, settings, model, by, why, needs_second)
    set_alias(settings, subject, CHALLENGER, model.version)
    return made


def withdraw_challenger(
    connection: psycopg.Connection, settings: Settings, subject: str, why: str, by: str
) -> Promotion:
    """End the shadow of the challenger.

    Raises:
        NotFound: none stands.
    """
    by, why = checked_words("name", by, 100), checked_words("reason", why)
    made = promotions.withdraw(connection, settings, subject, by, why)
    set_alias(settings, subject, CHALLENGER, None)
    return made


@dataclass(frozen=True)
class RolledBack:
    """The champion that serves again, and whether MLflow's alias could be moved too."""

    promotion: Promotion
    alias_followed: bool


def roll_back(connection: psycopg.Connection, settings: Settings, subject: str, why: str, by: str) -> RolledBack:
    """Let the champion before the present one serve again; works without MLflow, since it may be urgent.

    Raises:
        NotFound: there is none before it.
        BadBundle: its files are gone or altered; nothing changes.
    """
    by, why = checked_words("name", by, 100), checked_words("reason", why)
    made = promotions.roll_back(connection, settings, subject, by, why)
    load_bundle(made.bundle_path, made.bundle_fingerprint)
    try:
        set_alias(settings, subject, CHAMPION, made.version)
    except BadSetting:
        return RolledBack(made, False)
    return RolledBack(made, True)


def aliases_follow(connection: psycopg.Connection, settings: Settings, subject: str) -> None:
    """Set MLflow's aliases to what the ledger says; heals what a rollback without MLflow left behind.

    A version that this MLflow does not know (the ledger is older than it) has no alias there.

    Raises:
        BadSetting: MLflow is away.
    """
    open_client(settings)
    for alias, row in (
        (CHAMPION, promotions.champion(connection, settings, subject)),
        (CHALLENGER, promotions.challenger(connection, settings, subject)),
    ):
        with suppress(BadSetting):
            set_alias(settings, subject, alias, row.version if row else None)


def install(settings: Settings, run_id: str, subject: str) -> Model:
    """Copy the run's bundle to `bundles/<fingerprint>`, which appears whole or not at all.

    Raises:
        NotFound: no such run, or it made no model of this subject.
        BadBundle: the run's bundle is incomplete, altered, or of another subject.
    """
    version = registered_version(settings, subject, run_id)
    bundles = settings.data_folder / "bundles"
    bundles.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bundles) as name:
        fetched = fetch(settings, run_id, BUNDLE_FOLDER, Path(name))
        bundle = load_bundle(fetched)
        if bundle.subject != subject:
            raise BadBundle(
                f"The bundle of run {run_id} judges subject {bundle.subject!r}, not {subject!r}. Expected a run of "
                f"{how_to_train(subject)}. Name another run or subject."
            )
        folder = bundles / bundle.fingerprint
        if not _is_whole(folder, bundle.fingerprint):  # one that serves is never taken away, not even for an instant
            shutil.rmtree(folder, ignore_errors=True)
            fetched.rename(folder)
    return Model(subject, folder, bundle.fingerprint, run_id, version)


def _run_of(
    connection: psycopg.Connection, settings: Settings, run: str, subject: str, standing: Promotion | None
) -> str:
    if run != LATEST:
        return run
    return standing.run_id if standing else newest_run(settings, subject, store_of(connection))


def _require_second_person(
    connection: psycopg.Connection, settings: Settings, run_id: str, standing: Promotion | None, by: str
) -> None:
    proposed = standing if standing is not None and standing.run_id == run_id else None
    if proposed is None and bounds_of(settings).four_eyes:
        raise Refused(
            f"Run {run_id} was proposed by nobody, and four eyes are asked for. Expected the standing challenger. "
            "Propose it with `yicha models challenge`, and let another person promote it."
        )
    if proposed is None or not proposed.needs_second:
        return
    require_supervisor(connection, by)
    if same_person(by, proposed.promoted_by):
        raise Refused(
            f"{proposed.promoted_by} proposed this model and cannot promote it. Expected a second person. Ask another "
            "supervisor."
        )


def _is_whole(folder: Path, fingerprint: str) -> bool:
    try:
        load_bundle(folder, fingerprint)
    except BadBundle:
        return False
    return True
