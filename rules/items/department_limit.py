"""限科室使用: an item that belongs to some departments only, ordered by another one."""

from __future__ import annotations

import numpy as np

from claims.lookup import Codes, is_given, row_on_day
from claims.masks import rows_where
from claims.tables import Array
from rules.diagnoses import begins_with
from rules.facts import Facts
from rules.frame import HIGHLY, SLIGHTLY, Grade, Hits, Rule
from rules.knowledge import kinds
from rules.knowledge.local_words import code_words
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each


def _in_departments(code: str, kind: str, grade: Grade) -> Rule:
    @national(code, grade=grade, needs=(kind,))
    def of_another_department(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
        """The ordering department is none of those listed, by the beginning of its code or of its registered name.

        A line without a department is no hit.
        """
        points = facts.points(kind).in_table_order()
        department = facts.department_of_line[points.line]
        name = _names(facts, points.line, department)
        fits = begins_with(department, points) | begins_with(name, points)
        allowed = np.zeros(len(facts.claim_of_line), dtype=np.bool_)
        allowed[points.line[fits]] = True
        chosen = rows_where(~allowed[points.line] & is_given(department) & is_paid(facts, points.line))
        chosen = chosen[first_of_each(points.line[chosen])]
        lines, codes = points.line[chosen], points.of("codes")[chosen]
        own = np.where(is_given(name[chosen]), name[chosen], department[chosen])
        says = []
        for line, orderer, listed in zip(lines.tolist(), own.tolist(), codes.tolist(), strict=True):
            label, wanted = facts.item_label(line), code_words(listed)
            says.append(
                (
                    f"“{label}”限 {wanted} 科室使用，开单科室为 {orderer}",
                    f"{label} is for the departments {wanted}, ordered by {orderer}",
                )
            )
        return line_hits(facts, lines, says)

    return of_another_department


def _names(facts: Facts, lines: Array, department: Array) -> Array:
    """(k,) the registered name of each line's department on the line's day, None where there is none."""
    table = facts.context.departments
    codes = Codes(zip(table["institution_id"].tolist(), table["department_id"].tolist(), strict=True))
    institution = facts.batch.claims["institution_id"][facts.claim_of_line[lines]]
    asked = codes.of(zip(institution.tolist(), department.tolist(), strict=True))
    row = row_on_day(codes.of_rows, table["valid_from"], table["valid_until"], asked, facts.line_day[lines])
    names = np.append(table["name"], np.array([None], dtype=object))
    return np.asarray(names[row])


DEPARTMENT_RULES: tuple[Rule, ...] = (
    _in_departments("GZ10000102008000", kinds.ITEM_DEPARTMENT, HIGHLY),
    _in_departments("GZ10000303002000", kinds.GOODS_DEPARTMENT, SLIGHTLY),
)
