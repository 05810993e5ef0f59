"""The notebooks run from top to bottom, and are kept without outputs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
JUDGES = "02_a_feature"
"""Shows a feature scheme by scheme, as a judge sees it."""
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
    notebook = nbformat.read(FOLDER / f"{JUDGES}.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    opened = [number for number, source in enumerate(code) if "truth" in source]
    learned = [number for number, source in enumerate(code) if "read_labels_at(connection, cutoff)" in source]
    assert len(opened) == len(learned) == 1
    assert not [source for source in code[learned[0] :] if "wrong" in source or "scheme" in source]


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem != JUDGES], ids=lambda path: path.stem)
def test_it_opens_no_truth(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "truth" not in code.replace('.drop("truth/truth.csv")', "")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what a kernel warns of is not ours
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YICHA_DATA", "/nonexistent/it-must-choose-its-own-folder")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=SECONDS_A_CELL, resources={"metadata": {"path": str(FOLDER)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) >= 6
    assert not [output for output in shown if output.output_type == "stream" and output.name == "stderr"]
