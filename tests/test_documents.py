"""Documents name only what is there: files, folders, links, and make's targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("*/README.md")],
    key=lambda path: path.relative_to(PROJECT).parts,
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"[\w.-]+(/[\w.<>*-]+)+/?|[\w-]+/")
MADE_LATER = ("data/", "mlruns/", "artifacts/", "exports/", "path/", "OUT/", ".venv/")
"""Beginnings of paths that a user or the program makes."""


def text_of(document: Path) -> str:
    return FENCED.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as the code forges make them."""
    headings = re.findall(r"^#+ (.+)$", text_of(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_documents_are_there() -> None:
    names = {document.name for document in DOCUMENTS}
    assert names >= {"README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(text_of(document)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_path_that_is_named_exists(document: Path) -> None:
    for code in CODE.findall(text_of(document)):
        if not PATH.fullmatch(code) or code.startswith(MADE_LATER):
            continue
        pattern = re.sub(r"<\w+>", "*", code)
        found = any(PROJECT.glob(pattern)) or any(document.parent.glob(pattern))
        assert found, code


def test_every_target_that_is_named_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        named = re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= targets, document.name


def test_the_lists_that_contributing_names_are_there() -> None:
    from features.catalogue import FEATURES
    from rules.catalogue import RULES

    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert FEATURES
    assert RULES
    for name, home in (("FEATURES", "features/catalogue/__init__.py"), ("RULES", "rules/catalogue.py")):
        assert f"`{name}` in `{home}`" in text
