"""A model bundle on disk: LightGBM's text, arrays and JSON under one fingerprint. Loading it runs no code."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from propcache.api import cached_property

from claims.errors import BadBundle
from scoring.forest import FOREST_TYPES, Forest, check_forest
from scoring.knots import Knots
from scoring.trees import NoTrees, Trees

MANIFEST = "manifest.json"
MODEL, FOREST, FACTS = "model.txt", "forest.npz", "bundle.json"
FORMAT = 1


@dataclass(frozen=True)
class BundleFeature:
    """One column that the model reads, with the words of its sentence.

    Attributes:
        name: the feature's name.
        unit: how its value is written.
        says_zh: Chinese sentence with `{value}`.
        says_en: English sentence with `{value}`.
        typical: the median over the training rows, for comparison in the sentence; None to leave it out.
    """

    name: str
    unit: str
    says_zh: str
    says_en: str
    typical: float | None = None


@dataclass(frozen=True, eq=False)
class Bundle:
    """All that scoring needs.

    Attributes:
        subject: what is scored: claim, patient, doctor, institution or labelled-institution.
        features: k columns in the order of the matrix.
        feature_set: fingerprint of the declarations that the columns came from.
        model_text: the trees as LightGBM writes them; empty while no verdict has taught any.
        forest: the isolation forest, None for a subject without one.
        probability_knots: from the trees' raw score (log-odds, `predict(raw_score=True)`) to a probability.
        anomaly_knots: from the forest's score (`-score_samples`) to 0..1.
        review_probability: from this probability on a person looks.
        review_anomaly: from this anomaly on, on the scale of 0..1 after the knots.
        review_ring_score: from this `patient_ring_score` on.
        trained_until: the newest moment that training may have seen, seconds since 1970 in UTC.
        facts: further short facts, such as the training run.
        reads_oddness: whether the trees read the forest's score too, as one column more, their last.
        fingerprint: of the saved bundle; empty before it is saved.
    """

    subject: str
    features: tuple[BundleFeature, ...]
    feature_set: str
    model_text: str
    forest: Forest | None
    probability_knots: Knots
    anomaly_knots: Knots
    review_probability: float
    review_anomaly: float
    review_ring_score: float
    trained_until: int
    facts: Mapping[str, str] = field(default_factory=dict)
    reads_oddness: bool = False
    fingerprint: str = ""

    def __post_init__(self) -> None:
        """Check that the parts fit.

        Raises:
            BadBundle: no or repeated columns, a malformed forest, or thresholds that are no numbers.
        """
        if not self.features or len({feature.name for feature in self.features}) != len(self.features):
            raise BadBundle("The bundle names no columns, or one twice. Expected distinct columns. Train it again.")
        if not np.isfinite([self.review_probability, self.review_anomaly, self.review_ring_score]).all():
            raise BadBundle(
                "A review threshold of the bundle is no number. Expected finite thresholds. Train it again."
            )
        if self.forest is not None:
            check_forest(self.forest, len(self.features))
        elif self.reads_oddness:
            raise BadBundle("The trees read a forest's score, but there is no forest. Expected one. Train it again.")
        elif not self.has_trees:
            raise BadBundle("The bundle holds neither trees nor a forest. Expected one of them. Train it again.")

    @property
    def has_trees(self) -> bool:
        """Whether verdicts have taught trees; without them `probability` is one prior for all rows."""
        return bool(self.model_text)

    @cached_property
    def trees(self) -> Trees | NoTrees:
        """The boosted trees, ready to ask.

        Raises:
            BadBundle: the text is no model, or of another number of columns.
        """
        if not self.has_trees:
            return NoTrees(len(self.features))
        trees = Trees(self.model_text)
        offered = len(self.features) + self.reads_oddness
        if trees.feature_count != offered:
            raise BadBundle(
                f"The model reads {trees.feature_count} columns, but the bundle offers {offered}. "
                "Expected the same number. Train it again."
            )
        return trees

    def column(self, name: str) -> int | None:
        """The place of the column called `name`, None if the bundle does not read it."""
        return next((place for place, feature in enumerate(self.features) if feature.name == name), None)


def require_feature_set(bundle: Bundle, offered: str) -> None:
    """Make sure that the columns offered are those that the bundle was trained on.

    Raises:
        BadBundle: the fingerprints of the feature sets differ.
    """
    if bundle.feature_set != offered:
        raise BadBundle(
            f"The bundle reads feature set {bundle.feature_set[:12]}, but {offered[:12]} is offered. Expected the "
            "features of its training. Build the features, then train and promote a bundle on them."
        )


def save_bundle(bundle: Bundle, folder: Path) -> str:
    """Write the bundle into `folder` (made if missing) and return its fingerprint."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {FACTS: _facts_of(bundle)}
    if bundle.has_trees:
        contents[MODEL] = bundle.model_text.encode()
    if bundle.forest is not None:
        contents[FOREST] = _packed(bundle.forest)
    manifest = {"format": FORMAT, "files": {name: _hash(content) for name, content in sorted(contents.items())}}
    written = json.dumps(manifest, indent=1, sort_keys=True).encode()
    for name, content in (*contents.items(), (MANIFEST, written)):
        (folder / name).write_bytes(content)
    return _hash(written)


def load_bundle(folder: Path, expected_fingerprint: str | None = None) -> Bundle:
    """Read the bundle in `folder`.

    Raises:
        BadBundle: a file is missing or altered, the fingerprint is another, or the content is malformed.
    """
    written = _read(folder, MANIFEST)
    fingerprint = _hash(written)
    if expected_fingerprint is not None and fingerprint != expected_fingerprint:
        raise BadBundle(
            f"The bundle in {folder} has fingerprint {fingerprint[:12]}, but {expected_fingerprint[:12]} was promoted. "
            "Expected the promoted files. Restore them, or promote the run again."
        )
    try:
        listed = json.loads(written)
        files = dict(listed["files"])
        known = listed["format"] == FORMAT and {FACTS} < set(files) <= {MODEL, FACTS, FOREST}
    except (ValueError, KeyError, TypeError) as error:
        raise _malformed(folder, MANIFEST) from error
    if not known:
        raise _malformed(folder, MANIFEST)
    contents = {name: _verified(folder, name, files[name]) for name in files}
    try:
        forest = _unpacked(contents[FOREST]) if FOREST in contents else None
        model_text = contents[MODEL].decode() if MODEL in contents else ""
        if MODEL in contents and not model_text:
            raise ValueError("an empty model is none")  # one that verdicts did not teach has no such file
        bundle = _assembled(json.loads(contents[FACTS]), model_text, forest, fingerprint)
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise _malformed(folder, FACTS) from error
    _ask_once(bundle)
    return bundle


def _facts_of(bundle: Bundle) -> bytes:
    facts = {
        "subject": bundle.subject,
        "features": [vars(feature) for feature in bundle.features],
        "feature_set": bundle.feature_set,
        "probability_knots": _listed(bundle.probability_knots),
        "anomaly_knots": _listed(bundle.anomaly_knots),
        "review_probability": bundle.review_probability,
        "review_anomaly": bundle.review_anomaly,
        "review_ring_score": bundle.review_ring_score,
        "trained_until": bundle.trained_until,
        "facts": dict(bundle.facts),
        "reads_oddness": bundle.reads_oddness,
    }
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _ask_once(bundle: Bundle) -> None:
    """Score a row of zeros: a model that cannot be read, and the time to compile, must not meet the first claim."""
    zeros = np.zeros((1, len(bundle.features)))
    bundle.trees.contributions(np.zeros((1, len(bundle.features) + bundle.reads_oddness)))
    if bundle.forest is not None:
        bundle.forest.score(zeros)
        bundle.forest.contributions(zeros)


def _listed(knots: Knots) -> dict[str, list[float]]:
    return {"x": knots.x.tolist(), "y": knots.y.tolist()}


def _assembled(facts: dict[str, Any], model_text: str, forest: Forest | None, fingerprint: str) -> Bundle:
    def knots(name: str) -> Knots:
        return Knots(np.asarray(facts[name]["x"]), np.asarray(facts[name]["y"]))

    return Bundle(
        subject=str(facts["subject"]),
        features=tuple(BundleFeature(**entry) for entry in facts["features"]),
        feature_set=str(facts["feature_set"]),
        model_text=model_text,
        forest=forest,
        probability_knots=knots("probability_knots"),
        anomaly_knots=knots("anomaly_knots"),
        review_probability=float(facts["review_probability"]),
        review_anomaly=float(facts["review_anomaly"]),
        review_ring_score=float(facts["review_ring_score"]),
        trained_until=int(facts["trained_until"]),
        facts={str(name): str(value) for name, value in facts["facts"].items()},
        reads_oddness=bool(facts.get("reads_oddness", False)),
        fingerprint=fingerprint,
    )


def _packed(forest: Forest) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: getattr(forest, name) for name in FOREST_TYPES})
    return buffer.getvalue()


def _unpacked(content: bytes) -> Forest:
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return Forest(**{name: stored[name] for name in FOREST_TYPES})


def _verified(folder: Path, name: str, expected: object) -> bytes:
    content = _read(folder, name)
    if _hash(content) != expected:
        raise BadBundle(
            f"The file {name} of the bundle in {folder} was altered after training. Expected the content that its "
            "manifest names. Restore it, or promote the run again."
        )
    return content


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise BadBundle(
            f"The bundle in {folder} has no readable {name}. Expected {MANIFEST} and the files that it names. "
            "Restore it, or promote the run again."
        ) from error


def _malformed(folder: Path, name: str) -> BadBundle:
    return BadBundle(
        f"The file {name} of the bundle in {folder} is malformed. Expected what save_bundle writes in format {FORMAT}. "
        "Train and promote again."
    )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
