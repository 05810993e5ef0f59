"""抗菌药物分级: an antibiotic of a grade above that which its prescriber may order."""

from __future__ import annotations

import numpy as np

from claims.lookup import Codes, row_on_day
from claims.masks import rows_where
from claims.tables import MISSING, Array
from rules.exempt import EMERGENCY, spare
from rules.facts import Facts
from rules.findings import on_lines
from rules.frame import HIGHLY, Hits
from rules.knowledge.kinds import ANTIBIOTIC_GRADE
from rules.knowledge.local_words import GRADE_WORDS
from rules.national_rule import national
from rules.numbers import Numbers


@national(
    "GZ10000202003000",
    grade=HIGHLY,
    needs=(ANTIBIOTIC_GRADE,),
    basis="抗菌药物临床应用管理办法（卫生部令第84号）第二十四条、第二十八条",
)
def antibiotic_above_the_grade(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A doctor of the institution's register ordered an antibiotic above the registered grade.

    A doctor without a registered grade is no hit. In an emergency any doctor may order one day's need.
    """
    points = facts.points(ANTIBIOTIC_GRADE).one_a_line()
    lines, grade = points.line, points.of("least_level")
    own = _registered_grade(facts, lines)
    would_be = rows_where((own != MISSING) & (own < grade))
    claim = facts.claim_of_line[lines]
    chosen, spared = spare(would_be, claim, (EMERGENCY, facts.batch.claims["is_emergency"][claim]))
    says = []
    for place in chosen.tolist():
        label, needed = facts.item_label(lines[place]), GRADE_WORDS[int(grade[place])]
        has = GRADE_WORDS.get(int(own[place]), ("无抗菌药物处方权", "no"))
        says.append(
            (
                f"“{label}”为{needed[0]}抗菌药物，开单医师的处方权为{has[0]}",
                f"{label} is an antibiotic of the {needed[1]} grade, its prescriber's grade is {has[1]}",
            )
        )
    return on_lines(facts, lines[chosen], says, spared=spared)


def _registered_grade(facts: Facts, lines: Array) -> Array:
    """(k,) the grade of each line's doctor at the institution on the line's day, MISSING where none is registered."""
    staff = facts.context.staff
    doctors = rows_where(staff["role"] == "doctor")
    keys = zip(staff["institution_id"][doctors].tolist(), staff["staff_id"][doctors].tolist(), strict=True)
    codes = Codes(keys)
    institution = facts.batch.claims["institution_id"][facts.claim_of_line[lines]]
    doctor = facts.doctor_of_line[lines]
    asked = codes.of(zip(institution.tolist(), doctor.tolist(), strict=True))
    first, last = staff["valid_from"][doctors], staff["valid_until"][doctors]
    row = row_on_day(codes.of_rows, first, last, asked, facts.line_day[lines])
    return np.append(staff["antibiotic_level"][doctors], MISSING)[row]
