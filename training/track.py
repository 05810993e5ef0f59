"""Talks to MLflow: runs, registered models and their aliases; silent, and without any call home."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # before the import, which would start the sender
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # its own 7 keep a wrong address silent for minutes

import mlflow
import psycopg
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from claims.errors import BadSetting, NotFound
from claims.settings import Settings
from training.code_version import code_version

LABELLED = "labelled-institution"
"""The model of institutions that learned from a file of labels; "institution" is the one that verdicts taught."""

EXPERIMENTS = {
    "claim": "yicha-claim",
    "patient": "yicha-patient",
    "doctor": "yicha-doctor",
    "institution": "yicha-institution",
    LABELLED: "yicha-labelled-institution",
    "transaction": "yicha-transaction",
}
MODELS = {
    "claim": "yicha",
    "patient": "yicha-patient",
    "doctor": "yicha-doctor",
    "institution": "yicha-institution",
    LABELLED: "yicha-labelled-institution",
}
BUNDLE_FOLDER = "bundle"
PYFUNC_FILE = Path(__file__).parent / "pyfunc_model.py"
RUNTIME = ("lightgbm", "numba", "numpy", "pandas")

_AWAY = (MlflowException, OSError)
"""How MLflow says that its server or file is away."""


@dataclass(frozen=True)
class RunRecord:
    """What is written about one training run.

    Attributes:
        subject: claim, patient, doctor, institution, labelled-institution or transaction.
        parameters: name -> value.
        metrics: name -> figure; names of letters, digits, `_`, `-`, `.` and `/`.
        bundle_folder: folder of the saved bundle; None for a study, which makes none.
        files: further files to keep (plots, tables, the card).
        tags: name -> text.
    """

    subject: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    bundle_folder: Path | None
    files: tuple[Path, ...]
    tags: Mapping[str, str]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep MLflow's and Alembic's notes off the screen while something of ours is shown there."""
    loggers = [logging.getLogger(name) for name in ("mlflow", "mlflow.store.db.utils", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def open_client(settings: Settings) -> MlflowClient:
    """The tracking server or file of the settings, also for `mlflow.pyfunc.load_model` in this process.

    Raises:
        BadSetting: the tracking store cannot be opened.
    """
    uri = settings.tracking_uri
    with quiet():
        mlflow.set_tracking_uri(uri)
        try:
            if uri.startswith("sqlite:///"):
                Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            client = MlflowClient()
            client.search_experiments(max_results=1)
        except _AWAY as error:
            raise BadSetting(
                f"MLflow's tracking store did not open ({type(error).__name__}). Expected a writable sqlite file or a "
                "running tracking server. Check MLFLOW_TRACKING_URI."
            ) from error
    return client


def log_run(settings: Settings, record: RunRecord) -> tuple[str, str]:
    """Write one run with its bundle and register its model.

    Returns:
        The run id and the version of the registered model.

    Raises:
        BadSetting: MLflow went away; no version is registered.
    """
    client = open_client(settings)
    try:
        return _logged(client, settings, record)
    except _AWAY as error:
        raise _went_away("the run was written", error) from error


def _logged(client: MlflowClient, settings: Settings, record: RunRecord) -> tuple[str, str]:
    """The version is registered last, so that a run which breaks off leaves none."""
    assert record.bundle_folder is not None
    with (
        quiet(),
        mlflow.start_run(experiment_id=_experiment(client, settings, record.subject), tags=_tags(record)) as run,
    ):
        _log_figures(record)
        mlflow.log_artifacts(str(record.bundle_folder), artifact_path=BUNDLE_FOLDER)
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(PYFUNC_FILE),
            artifacts={"bundle": str(record.bundle_folder)},
            pip_requirements=[f"{name}=={version(name)}" for name in RUNTIME],
        )
        model_version = _register(client, record.subject, run.info.run_id, logged)
    return run.info.run_id, model_version


def log_study(settings: Settings, record: RunRecord) -> str:
    """Write one run whose model serves nobody: its files are kept, but no version is registered.

    Returns:
        The run id.

    Raises:
        BadSetting: MLflow went away.
    """
    client = open_client(settings)
    try:
        experiment = _experiment(client, settings, record.subject)
        with quiet(), mlflow.start_run(experiment_id=experiment, tags=_tags(record)) as run:
            _log_figures(record)
    except _AWAY as error:
        raise _went_away("the run was written", error) from error
    return str(run.info.run_id)


def _log_figures(record: RunRecord) -> None:
    """Parameters, metrics and files of the run that is open."""
    mlflow.log_params(dict(record.parameters))
    mlflow.log_metrics({name: value for name, value in record.metrics.items() if value == value})
    for path in record.files:
        mlflow.log_artifact(str(path))


def _tags(record: RunRecord) -> dict[str, str]:
    return {**record.tags, "code_version": code_version()}


def _register(client: MlflowClient, subject: str, run_id: str, logged: Any) -> str:
    """A new version of the subject's registered model; done by hand because `log_model` would announce it on screen."""
    name = MODELS[subject]
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(name, logged.model_uri, run_id, model_id=logged.model_id)
    return str(made.version)


def _experiment(client: MlflowClient, settings: Settings, subject: str) -> str:
    name = EXPERIMENTS[subject]
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    uri = settings.tracking_uri
    beside = str(Path(uri.removeprefix("sqlite:///")).parent / "artifacts") if uri.startswith("sqlite:///") else None
    return str(client.create_experiment(name, artifact_location=beside))


def store_of(connection: psycopg.Connection) -> str:
    """The id of the store that a run learned from: several funds may share one MLflow."""
    row = connection.execute("SELECT value FROM store_facts WHERE name = 'store_id'").fetchone()
    assert row is not None
    return str(row[0])


def how_to_train(subject: str) -> str:
    """The command that trains a model of a subject."""
    return f"yicha train --subject {'institution --labels FILE' if subject == LABELLED else subject}"


def newest_of(settings: Settings, subjects: Sequence[str], store: str) -> tuple[str, str] | None:
    """Subject and id of the newest finished run of some subjects that learned from a store."""
    client = open_client(settings)
    found = {name: client.get_experiment_by_name(EXPERIMENTS[name]) for name in subjects}
    subject_of_experiment = {str(it.experiment_id): name for name, it in found.items() if it is not None}
    wanted = f"status = 'FINISHED' AND tags.store = '{store}'"
    runs = client.search_runs(list(subject_of_experiment), wanted, max_results=1) if subject_of_experiment else []
    return next(((subject_of_experiment[run.info.experiment_id], str(run.info.run_id)) for run in runs), None)


def newest_run(settings: Settings, subject: str, store: str) -> str:
    """The id of the newest finished run of a subject that learned from a store.

    Raises:
        NotFound: there is none.
    """
    found = newest_of(settings, (subject,), store)
    if found is None:
        raise NotFound(
            f"MLflow holds no finished training run for subject {subject!r} that learned from this store. "
            f"Expected one. Train first: {how_to_train(subject)}."
        )
    return found[1]


def subject_of(settings: Settings, run_id: str) -> str | None:
    """What the registered model of a run judges; None where the run is unknown or made no model.

    Raises:
        BadSetting: MLflow went away.
    """
    subjects = {name: subject for subject, name in MODELS.items()}
    client = open_client(settings)
    try:
        versions = client.search_model_versions(f"run_id = '{run_id}'")
    except _AWAY as error:
        raise _went_away(f"the model of run {run_id} was looked up", error) from error
    return next((subjects[found.name] for found in versions if found.name in subjects), None)


def registered_version(settings: Settings, subject: str, run_id: str) -> str:
    """The version of the registered model that a run made.

    Raises:
        NotFound: the run is unknown or made no model of this subject.
    """
    client = open_client(settings)
    try:
        versions = client.search_model_versions(f"name = '{MODELS[subject]}'")
    except _AWAY as error:
        raise _went_away(f"the version of run {run_id} was looked up", error) from error
    for found in versions:
        if found.run_id == run_id:
            return str(found.version)
    other = subject_of(settings, run_id)
    raise NotFound(
        f"Run {run_id!r} has no registered model for subject {subject!r}"
        f"{f', but one for subject {other!r}' if other else ''}. Expected the id of a run of {how_to_train(subject)}. "
        "Look runs up with yicha mlflow, name the other subject, or say --run latest."
    )


def fetch(settings: Settings, run_id: str, artifact: str, folder: Path) -> Path:
    """Copy an artifact of a run into `folder`; returns the path of the copy.

    Raises:
        NotFound: the run or its artifact is not there.
    """
    open_client(settings)
    try:
        with quiet():
            return Path(
                mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=artifact, dst_path=str(folder))
            )
    except _AWAY as error:
        raise NotFound(
            f"Run {run_id!r} or its artifact {artifact!r} is not in MLflow's store. Expected a run of yicha train. "
            "Train again, or name another run."
        ) from error


def set_alias(settings: Settings, subject: str, alias: str, model_version: str | None) -> None:
    """Point an alias of the subject's registered model at a version, or take the alias away with None.

    Raises:
        BadSetting: MLflow went away, or does not know the version.
    """
    client = open_client(settings)
    try:
        if model_version is not None:
            client.set_registered_model_alias(MODELS[subject], alias, model_version)
        elif client.search_registered_models(f"name = '{MODELS[subject]}'"):
            client.delete_registered_model_alias(MODELS[subject], alias)
    except _AWAY as error:
        raise _went_away(f"the alias {alias} was to be moved", error) from error


def run_since(settings: Settings, subject: str, store: str, cutoff: int, since: int) -> str | None:
    """The newest finished run of a subject on a store with a cut-off that began at or after a moment (seconds)."""
    client = open_client(settings)
    experiment = client.get_experiment_by_name(EXPERIMENTS[subject])
    wanted = (
        f"status = 'FINISHED' AND tags.store = '{store}' AND params.cutoff = '{cutoff}'"
        f" AND attributes.start_time >= {since * 1000}"
    )
    runs = client.search_runs([experiment.experiment_id], wanted, max_results=1) if experiment else []
    return str(runs[0].info.run_id) if runs else None


def tidy_unfinished(settings: Settings, subject: str, store: str, cutoff: int, since: int) -> int:
    """End the runs with a cut-off that were killed since a moment, and take back versions that they had registered.

    Returns:
        How many runs were ended.
    """
    client = open_client(settings)
    experiment = client.get_experiment_by_name(EXPERIMENTS[subject])
    wanted = (
        f"status = 'RUNNING' AND tags.store = '{store}' AND params.cutoff = '{cutoff}'"
        f" AND attributes.start_time >= {since * 1000}"
    )
    runs = client.search_runs([experiment.experiment_id], wanted) if experiment else []
    for run in runs:
        for found in client.search_model_versions(f"run_id = '{run.info.run_id}'"):
            client.delete_model_version(found.name, found.version)
        client.set_terminated(run.info.run_id, "KILLED")
    return len(runs)


def add_to_run(
    settings: Settings, run_id: str, metrics: Mapping[str, float], tags: Mapping[str, str], texts: Mapping[str, str]
) -> None:
    """Add figures, tags and text files (name -> content) to a finished run.

    Raises:
        BadSetting: MLflow went away, or does not know the run.
    """
    client = open_client(settings)
    try:
        with quiet():
            for name, value in metrics.items():
                if value == value:
                    client.log_metric(run_id, name, value)
            for name, text in tags.items():
                client.set_tag(run_id, name, text)
            for name, text in texts.items():
                client.log_text(run_id, text, name)
    except _AWAY as error:
        raise _went_away(f"figures were to be added to run {run_id}", error) from error


def _went_away(when: str, error: Exception) -> BadSetting:
    return BadSetting(
        f"MLflow did not answer when {when} ({type(error).__name__}). Expected a running tracking server or a writable "
        "sqlite file. Nothing was registered; check MLFLOW_TRACKING_URI and run the command again."
    )
