"""A bundle on disk: the same after loading, refused when altered, free of code."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from claims.errors import BadBundle
from scoring.bundle import Bundle, load_bundle, require_feature_set, save_bundle
from scoring.score import score
from tests.scoring.small_bundle import bundle_reading_oddness, small_bundle, values

FILES = ("manifest.json", "bundle.json", "model.txt", "forest.npz")


@pytest.mark.parametrize("make", [small_bundle, bundle_reading_oddness])
def test_a_loaded_bundle_scores_as_before(tmp_path: Path, make: Callable[[], Bundle]) -> None:
    bundle, matrix = make(), values(100, seed=4)
    fingerprint = save_bundle(bundle, tmp_path)
    loaded = load_bundle(tmp_path, fingerprint)
    assert loaded.fingerprint == fingerprint
    assert loaded.features == bundle.features
    assert (loaded.trained_until, loaded.facts) == (bundle.trained_until, bundle.facts)
    for before, after in zip(vars(score(bundle, matrix)).values(), vars(score(loaded, matrix)).values(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_same_bundle_has_the_same_fingerprint_and_another_has_another(tmp_path: Path) -> None:
    first, second = save_bundle(small_bundle(), tmp_path / "a"), save_bundle(small_bundle(), tmp_path / "b")
    assert first == second
    assert save_bundle(small_bundle(review_probability=0.51), tmp_path / "c") != first


def test_a_bundle_without_a_forest(tmp_path: Path) -> None:
    save_bundle(small_bundle(forest=None), tmp_path)
    scores = score(load_bundle(tmp_path), values(10))
    assert not scores.anomaly.any()
    assert not (tmp_path / "forest.npz").exists()


def test_a_bundle_before_the_first_verdict_has_no_trees_and_says_one_probability(tmp_path: Path) -> None:
    save_bundle(small_bundle(model_text=""), tmp_path)
    loaded, matrix = load_bundle(tmp_path), values(100)
    assert not (tmp_path / "model.txt").exists()
    assert not loaded.has_trees
    scores = score(loaded, matrix)
    assert len(set(scores.probability.tolist())) == 1
    assert not scores.contributions.any()
    np.testing.assert_array_equal(scores.anomaly, score(small_bundle(), matrix).anomaly)
    with pytest.raises(BadBundle, match="neither trees nor a forest"):
        small_bundle(model_text="", forest=None)


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    fingerprint = save_bundle(small_bundle(), tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(bytes(content))
    with pytest.raises(BadBundle, match=r"altered|promoted|malformed"):
        load_bundle(tmp_path, fingerprint)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    save_bundle(small_bundle(), tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(BadBundle, match=name):
        load_bundle(tmp_path)


def test_another_bundle_than_the_promoted_one_is_refused(tmp_path: Path) -> None:
    save_bundle(small_bundle(), tmp_path)
    with pytest.raises(BadBundle, match="was promoted"):
        load_bundle(tmp_path, "0" * 64)


def rewritten(folder: Path, name: str, content: bytes) -> None:
    """Alter a file and forge the manifest to fit."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


class Bomb:
    """Would run code if it were unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code ran')",)


def pickled_arrays() -> bytes:
    """An archive of arrays in which one holds a pickle."""
    buffer = io.BytesIO()
    np.savez(buffer, roots=np.array([Bomb()], dtype=object))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("forest.npz", pickled_arrays()),
        ("forest.npz", pickle.dumps(Bomb())),
        ("forest.npz", b""),
        ("bundle.json", b"{}"),
        ("bundle.json", b"\xff"),
        ("bundle.json", pickle.dumps(Bomb())),
        ("model.txt", b"not a model"),
        ("model.txt", b""),
        ("manifest.json", b'{"format": 2, "files": {}}'),
        ("manifest.json", b'{"format": 1, "files": {"../secret": "0"}}'),
    ],
)
def test_forged_content_is_refused_and_no_code_runs(tmp_path: Path, name: str, content: bytes) -> None:
    save_bundle(small_bundle(), tmp_path)
    if name == "manifest.json":
        (tmp_path / name).write_bytes(content)
    else:
        rewritten(tmp_path, name, content)
    with pytest.raises(BadBundle):
        load_bundle(tmp_path)


def test_there_is_no_pickle_in_a_bundle(tmp_path: Path) -> None:
    save_bundle(small_bundle(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    with zipfile.ZipFile(tmp_path / "forest.npz") as archive:
        for name in archive.namelist():
            array = np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
            assert array.dtype != object


def test_the_features_on_offer_must_be_those_of_the_training() -> None:
    require_feature_set(small_bundle(), "made-up-features")
    with pytest.raises(BadBundle, match="feature set"):
        require_feature_set(small_bundle(), "others")


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(BadBundle, match="5\\)"):
        score(small_bundle(), values(3)[:, :5])


def test_scoring_loads_neither_pandas_nor_scikit_learn(tmp_path: Path) -> None:
    save_bundle(small_bundle(), tmp_path)
    program = (
        "import sys, pathlib, numpy, scoring.judge\n"
        "from scoring.bundle import load_bundle; from scoring.score import score\n"
        "bundle = load_bundle(pathlib.Path(sys.argv[1])); score(bundle, numpy.zeros((1, 6)))\n"
        "print([name for name in ('pandas', 'sklearn', 'mlflow', 'shap', 'lightgbm') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
