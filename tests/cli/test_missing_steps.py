"""A step that needs an earlier one says which, and works once that is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.intake.conftest import Source
from tests.cli.conftest import CommandLine

NATIONAL = ("import", "--mapping", "national")
PERIOD = ("--from", "2025-03-01", "--to", "2025-03-31")


@pytest.fixture
def claims(yicha: CommandLine, source: Source) -> None:
    """One settlement with one line is in the store."""
    yicha.does(*NATIONAL, source.settlements({}), source.lines({}))


@pytest.mark.parametrize("words", [("features", "build"), ("graphs", "build")])
def test_nothing_is_built_from_an_empty_store(words: tuple[str, ...], yicha: CommandLine) -> None:
    assert "yicha import" in yicha.refuses(*words)


@pytest.mark.usefixtures("claims")
def test_rings_can_be_listed_once_they_are_built(yicha: CommandLine) -> None:
    assert "yicha graphs build" in yicha.refuses("graphs", "list")
    assert "yicha graphs build" in yicha.refuses("graphs", "draw", "ring-x")
    yicha.does("graphs", "build", "--from", "2025-03-01")
    yicha.does("graphs", "list")
    assert "ring-x" in yicha.refuses("graphs", "draw", "ring-x")
    assert "nightly, weekly" in yicha.refuses("graphs", "build", "--cadence", "daily")


@pytest.mark.usefixtures("claims")
def test_features_built_before_the_rings_say_so(yicha: CommandLine) -> None:
    assert "yicha graphs build" in yicha.does("features", "build")
    yicha.does("graphs", "build", "--from", "2025-03-01")
    assert "yicha graphs build" not in yicha.does("features", "build")


@pytest.mark.usefixtures("claims")
def test_training_needs_features_and_then_verdicts(yicha: CommandLine) -> None:
    assert "yicha features build" in yicha.refuses("train")
    yicha.does("features", "build")
    assert "verdict" in yicha.refuses("train")


@pytest.mark.usefixtures("claims")
def test_nothing_is_scored_before_a_model_is_promoted(yicha: CommandLine) -> None:
    yicha.does("features", "build")
    assert "yicha promote" in yicha.refuses("score", *PERIOD)
    assert "yicha promote" in yicha.refuses("score", "--subject", "institution")
    assert "--from" in yicha.refuses("score", "--from", "2025-03-31", "--to", "2025-03-01")
    assert "--from" in yicha.refuses("score", "--from", "soon", "--to", "2025-03-01")


def test_only_a_finished_run_is_promoted(yicha: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "yicha train" in yicha.refuses("promote", "--why", "test")
    assert "made-up-run" in yicha.refuses("promote", "--run", "made-up-run", "--why", "test")
    assert "--why" in yicha.refuses("promote", "--why", " ")
    (yicha.home / "occupied").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{yicha.home / 'occupied' / 'mlflow.db'}")
    assert "MLFLOW_TRACKING_URI" in yicha.refuses("promote", "--why", "test")


@pytest.mark.usefixtures("claims")
def test_what_follows_on_a_model_says_what_it_lacks(yicha: CommandLine) -> None:
    yicha.does("features", "build")
    assert "yicha promote" in yicha.refuses("watch")
    assert "yicha models history" in yicha.refuses("rollback", "--why", "test")
    assert "yicha models challenge" in yicha.refuses("models", "difference")
    assert "yicha train" in yicha.refuses("models", "challenge", "--why", "test")
    assert "No challenger stands" in yicha.refuses("models", "withdraw", "--why", "test")
    assert "Expected it in words" in yicha.refuses("models", "withdraw", "--why", " ")
    stopped = yicha("retrain")
    assert stopped.code == 3
    assert "holds no verdict" in stopped.out
    assert "retraining 2025-03 stopped" in yicha.does("models", "history")


def test_an_empty_store_is_not_retrained(yicha: CommandLine) -> None:
    assert "yicha import" in yicha.refuses("retrain")


BAD_LABELS = {
    "an unknown value": ("Provider,PotentialFraud\nA,Yes\nB,Perhaps\n", "line 3"),
    "an id twice": ("Provider,PotentialFraud\nA,Yes\nA,No\n", "line 3"),
    "no id": ("Provider,PotentialFraud\n,Yes\n", "line 2"),
    "a missing column": ("Provider,Colour\nA,blue\n", "PotentialFraud"),
    "a header alone": ("Provider,PotentialFraud\n", "holds no row"),
    "an empty file": ("", "holds no row"),
    "one kind only": ("Provider,PotentialFraud\nA,Yes\nB,Yes\n", "alike"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_bad_labels_are_refused(case: str, yicha: CommandLine) -> None:
    text, says = BAD_LABELS[case]
    labels = labels_file(yicha.home, text.encode())
    assert says in yicha.refuses("train", "--subject", "institution", "--labels", labels)


def test_labels_that_are_no_text_or_not_there_are_refused(yicha: CommandLine) -> None:
    train = ("train", "--subject", "institution")
    labels = labels_file(yicha.home, "Provider,PotentialFraud\n示例医院,Yes\n".encode("gb18030"))
    assert "UTF-8" in yicha.refuses(*train, "--labels", labels)
    assert "labels file" in yicha.refuses(*train, "--labels", yicha.home / "nowhere.csv")
    assert "yicha import" in yicha.refuses(*train)  # without a file the verdicts of the store are meant
    assert "--labels" in yicha.refuses("train", "--labels", labels)


def labels_file(folder: Path, content: bytes) -> Path:
    path = folder / "labels.csv"
    path.write_bytes(content)
    return path


def test_a_key_needs_a_known_role_and_a_known_id(yicha: CommandLine) -> None:
    assert "settlement, reviewer, supervisor" in yicha.refuses("keys", "make", "--holder", "T", "--role", "king")
    assert "yicha keys list" in yicha.refuses("keys", "revoke", "made-up-id")
    yicha.does("keys", "make", "--holder", "T", "--role", "reviewer")


@pytest.mark.usefixtures("claims")
def test_subjects_need_verdicts_to_learn_from_and_others_to_be_unlike(yicha: CommandLine) -> None:
    for subject in ("patient", "doctor", "institution"):
        assert "verdict" in yicha.refuses("train", "--subject", subject)
    assert "--labels" in yicha.refuses("train", "--subject", "institution")
    assert "only 1 have claims" in yicha.refuses("score", "--subject", "patient", "--at", "2025-03-31")
    assert "--at" in yicha.refuses("score", "--subject", "doctor")
    assert "--from" in yicha.refuses("score", "--at", "2025-03-31")
    assert "--from" in yicha.refuses("score", "--subject", "doctor", "--at", "2025-03-31", *PERIOD)
    assert "not over yet" in yicha.refuses("score", "--subject", "doctor", "--at", "2999-01-01")
    assert "Choose another --at" in yicha.refuses("score", "--subject", "doctor", "--at", "2001-01-01")
    assert "--at" in yicha.refuses("score", "--subject", "doctor", "--at", "the last one")
