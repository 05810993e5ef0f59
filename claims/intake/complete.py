"""Fills what is missing in staged rows from look-ups and from other staged rows."""

from collections.abc import Sequence
from itertools import groupby

from claims.intake.mapping import Completion
from claims.intake.staging import Stage, Staging, stage_columns


def complete(staging: Staging, completions: Sequence[Completion]) -> None:
    """Fill the staged rows of each completed table; an earlier completion counts before a later one."""
    for table, of_table in groupby(completions, key=lambda completion: completion.table):
        listed = list(of_table)
        for stage in staging.of_table(table):
            _complete_stage(staging, stage, listed)


def _complete_stage(staging: Staging, stage: Stage, completions: Sequence[Completion]) -> None:
    """Write the stage anew with all completions at once: to update its rows would leave every old one behind."""
    value_of = {name: f"s.{name}" for name, _ in stage_columns(stage.table)}
    joins: list[str] = []
    for completion in completions:
        for source in staging.of_table(completion.source):
            columns = [name for name in completion.columns if name in source.supplied]
            if not columns or completion.on not in stage.supplied:
                continue
            found = f"f{len(joins)}"
            joins.append(
                f"LEFT JOIN ({_first_rows(source, completion, columns)}) {found} "
                f"ON {found}.{completion.on} = {value_of[completion.on]}"
            )
            value_of |= {name: f"coalesce({value_of[name]}, {found}.{name})" for name in columns}
            stage.supplied.update(columns)
    if joins:
        chosen = ", ".join(f"{value} AS {name}" for name, value in value_of.items())
        staging.rewrite(stage, f"SELECT {chosen}, s.file_no, s.line_no FROM {stage.name} s {' '.join(joins)}")


def _first_rows(source: Stage, completion: Completion, columns: Sequence[str]) -> str:
    """SQL of the first row of the source for each value that joins it to what it completes."""
    order = f"{completion.first_by} NULLS LAST, " if completion.first_by else ""
    return (
        f"SELECT DISTINCT ON ({completion.on}) {completion.on}, {', '.join(columns)} FROM {source.name} "
        f"ORDER BY {completion.on}, {order}file_no, line_no"
    )
