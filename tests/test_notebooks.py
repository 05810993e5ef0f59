"""The notebooks run from top to bottom, and are kept without outputs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from claims.store.connect import open_store
from claims.store.embedded import stop_embedded
from tests.conftest import settings_in

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
JUDGES = ("02_a_feature", "05_a_model")
"""Show a feature and a model scheme by scheme, as a judge sees it."""
PRACTISE = ("05_a_model", "06_drift")
"""Look at the practice store, which lies in the data folder and is made once for both."""
SECONDS_A_CELL = 300


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs_and_names_no_machine(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count or cell.metadata for cell in code)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    text = path.read_text(encoding="utf-8")
    assert not [place for place in ("/home/", "/root/", "/tmp/", "/Users/", str(FOLDER.parent)) if place in text]


def test_only_the_step_that_judges_a_feature_opens_the_truth() -> None:
    code = code_of(FOLDER / "02_a_feature.ipynb")
    opened = [number for number, source in enumerate(code) if "truth" in source]
    learned = [number for number, source in enumerate(code) if "read_labels_at(view, cutoff)" in source]
    assert len(opened) == len(learned) == 1
    assert not [source for source in code[learned[0] :] if "wrong" in source or "scheme" in source]


def test_the_step_that_judges_a_model_is_its_last_look() -> None:
    code = code_of(FOLDER / "05_a_model.ipynb")
    (opened,) = [number for number, source in enumerate(code) if "truth" in source]
    assert not [source for source in code[opened + 1 :] if "predict" in source or "explain" in source]
    assert not [source for source in code[:opened] if "keyed_as(" in source]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_reads_the_view_and_not_the_tables(path: Path) -> None:
    code = "\n".join(code_of(path))
    assert "view = open_view(settings)" in code
    readers = (
        "read_claim_table",
        "read_labels_at",
        "read_batch",
        "read_frames",
        "rings_at",
        "read_source",
        "read_story",
    )
    assert not [name for name in readers if f"{name}(connection" in code or f"{name}(owner" in code]
    assert "public." not in code


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem not in JUDGES], ids=lambda path: path.stem)
def test_it_opens_no_truth(path: Path) -> None:
    code = "\n".join(code_of(path))
    assert "truth" not in code.replace('.drop("truth/truth.csv")', "")


def code_of(path: Path) -> list[str]:
    """The code cells of a notebook."""
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def data_folder() -> Iterator[Path]:
    """Where the practice store is made; the embedded server's own user must be able to enter it."""
    folder = Path(tempfile.mkdtemp(prefix="yicha-practice-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what a kernel warns of is not ours
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    practises = path.stem in PRACTISE
    monkeypatch.setenv("YICHA_DATA", str(data_folder) if practises else "/nonexistent/it-must-choose-its-own-folder")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=SECONDS_A_CELL, resources={"metadata": {"path": str(FOLDER)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) >= 6
    assert not [output for output in shown if output.output_type == "stream" and output.name == "stderr"]
    if practises:
        assert not [name for name in stored_names(data_folder) if name in str(shown)]


def stored_names(data_folder: Path) -> list[str]:
    """Ids of the persons and the names of the institutions in the practice store."""
    (secret,) = data_folder.glob("practice-*/data/postgres.secret")
    settings = settings_in(secret.parents[1])
    with open_store(settings).as_owner() as connection:
        rows = connection.execute(
            "SELECT patient_id FROM patients UNION SELECT name FROM institutions WHERE name IS NOT NULL"
        ).fetchall()
    stop_embedded(settings.data_folder)
    return [name for (name,) in rows]
