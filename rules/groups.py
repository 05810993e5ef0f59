"""The lines of one person and one item together, for rules that count what came before a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from propcache.api import cached_property

from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import Array
from rules.facts import Facts
from rules.known import Points, matches
from rules.past_lines import LONGEST_SUPPLY


@dataclass(frozen=True)
class Group:
    """g lines of known days, in the order in which they became known.

    Attributes:
        order: (g,) rising; lines of one claim have the same.
        day: (g,) of the fee.
        visit: (g,) numbers of the visits.
        quantity: (g,) billed, in ten-thousandths.
        supply: (g,) days that the line says it lasts, MISSING without.
        returned_of, returned_order, returned: what was given back, see `past_lines.Returns`, by place in the group.
    """

    order: Array
    day: Array
    visit: Array
    quantity: Array
    supply: Array
    returned_of: Array
    returned_order: Array
    returned: Array

    @cached_property
    def supplies(self) -> Array:
        """(g,) days that each line is paid for; one where it says none, or more than anybody would believe."""
        return np.where((self.supply >= 1) & (self.supply <= LONGEST_SUPPLY), self.supply, 1)

    @cached_property
    def all_supplies(self) -> int:
        """No line of the group stands for more paid days than this."""
        return int(self.supplies.sum())

    @cached_property
    def whole_span(self) -> int:
        """Days from the first to the last paid one of the group."""
        return int((self.day + self.supplies).max() - self.day.min())

    @cached_property
    def all_units(self) -> int:
        """Everything that was billed in the group, in ten-thousandths."""
        return int(np.maximum(self.quantity, 0).sum())

    def left_before(self, at: int) -> Array:
        """(g,) what is left of each line, as was known when the line `at` came."""
        left = self.quantity.copy()
        known = self.returned_order < self.order[at]
        np.subtract.at(left, self.returned_of[known], self.returned[known])
        return np.maximum(left, 0)

    def stands_before(self, at: int) -> Array:
        """(g,) which lines came up to the line `at`, itself among them, and were not given back wholly."""
        return np.asarray((np.arange(len(self.day)) <= at) & (self.left_before(at) > 0))


def groups(facts: Facts, points: Points, key: str = "item_code") -> Iterator[tuple[int, Group, int]]:
    """For each line with a point, whose day is known: the place of the point, the line's group, its place in it.

    Args:
        facts: of the batch.
        points: at most one a line.
        key: the column by which items belong together: item_code, or item_name for all codes of a drug.
    """
    if not len(points):
        return
    lines = facts.past_lines
    kind = points.table["kind"][points.row[0]]
    rows = facts.known.rows_of(str(kind))
    names = Codes(points.table[key][rows].tolist())
    name_of_item = np.full(len(facts.known.codes.of_rows), -1, dtype=np.int64)
    name_of_item[facts.known.items[rows]] = names.of_rows
    name = name_of_item[lines.item]
    chosen = rows_where((name >= 0) & lines.is_day_known)
    whose = Codes(zip(lines.patient[chosen].tolist(), name[chosen].tolist(), strict=True)).of_rows
    sequence = np.lexsort((chosen, lines.order[chosen], whose))
    chosen, whose = chosen[sequence], whose[sequence]
    point_of = {line: place for place, line in enumerate(points.line.tolist())}
    asked = [(at, point_of[line]) for at, line in enumerate(lines.batch_line[chosen].tolist()) if line in point_of]
    supply = lines.past.line("days_of_supply")
    made: dict[int, tuple[int, Group]] = {}
    for at, point in asked:
        own = int(whose[at])
        if own not in made:
            begin, end = np.searchsorted(whose, [own, own + 1]).tolist()
            made[own] = (begin, _group(facts, chosen[begin:end], supply))
        begin, group = made[own]
        yield point, group, at - begin


def _group(facts: Facts, rows: Array, supply: Array) -> Group:
    lines = facts.past_lines
    returns = lines.returns
    by_row = np.argsort(rows, kind="stable")
    of, place = matches(rows[by_row], returns.of)
    return Group(
        order=lines.order[rows],
        day=lines.day[rows],
        visit=lines.visit[rows],
        quantity=lines.quantity[rows],
        supply=supply[lines.row[rows]],
        returned_of=by_row[place],
        returned_order=returns.order[of],
        returned=returns.quantity[of],
    )
