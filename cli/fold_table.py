"""Shows what rankings of institutions reached in cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from training.folds import FoldFigures


def fold_table(title: str, figures: list[FoldFigures]) -> Table:
    """The figures of each ranking and population, mean ± standard deviation, narrow enough for a small terminal."""
    from training.institution_card import HEADINGS, summary_rows

    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("ranking")
    for heading in ("judged on", *HEADINGS):
        table.add_column(heading, justify="left" if heading == "judged on" else "right", no_wrap=True)
    for row in summary_rows(figures):
        table.add_row(*row)
    return table
