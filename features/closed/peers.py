"""Amounts beside those of peers: claims, doctors, institutions and persons of the same kind."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from claims.tables import Array
from features.asked import begins
from features.closed.ages import AGES, BANDS
from features.closed.asked import EVERYWHERE, departments, diagnoses, peers
from features.closed.cut import NO_DIAGNOSIS
from features.closed.lookup import ClosedTables
from features.closed.search import Sheets, find, month_at
from features.closed.smooth import PRIOR
from features.closed.tables import AMOUNTS, DOCTORS, INSTITUTIONS, MIXES, PATIENTS, TABLES
from features.compiled import compiled
from features.own import ages, sexes
from features.rows import Rows

THOUSANDTHS = 1_000

_PEERS = (
    ("peers_doctor_claims_count", DOCTORS, "claims", 1),
    ("peers_doctor_amount_mean", DOCTORS, "mean", 1),
    ("peers_institution_claims_count", INSTITUTIONS, "claims", 1),
    ("peers_institution_amount_mean", INSTITUTIONS, "mean", 1),
    ("peers_institution_amount_sum", INSTITUTIONS, "fen", 1),
    ("peers_institution_claims_per_patient", INSTITUTIONS, "per_patient", THOUSANDTHS),
    ("peers_patient_claims_count", PATIENTS, "claims", 1),
    ("peers_patient_amount_sum", PATIENTS, "fen", 1),
)
"""What the peers of each claim's doctor, institution or patient have, by table, value and unit."""

AGAINST = ("amount_against_peers", "amount_against_expected", *(name for name, *_ in _PEERS))
"""What `stand` reads, in the order of its rows."""

_TABLES = (AMOUNTS, MIXES, DOCTORS, INSTITUTIONS, PATIENTS)
_NUMBERS = np.array([TABLES.index(table) for table in _TABLES])
_WIDTHS = np.array([len(table.values) for table in _TABLES])
_READ = np.array([(_TABLES.index(table), table.values.index(value), unit) for _, table, value, unit in _PEERS])
_AGES = np.array(AGES)


def read_peers(rows: Rows) -> Array:
    """The readings of `AGAINST` for the n asked claims (10, n)."""
    claims, listed, tables = rows.claims, rows.batch.diagnoses, rows.closed
    (benefit, benefits), (sex, sexes_there), place = rows.numbers("benefit_kind"), sexes(rows), peers(rows)
    department, (diagnosis, groups) = departments(rows), diagnoses(rows)
    named = tuple(benefits), tuple(place.texts), tuple(department.texts), tuple(sexes_there)
    members = tables.kept(("peers", named), lambda: _members(tables, *named))
    return stand(
        _NUMBERS, _WIDTHS, _READ, PRIOR, rows.at, claims["known_at"], claims["total_fen"],
        begins(listed["claim_index"], len(benefit)), diagnosis, listed["is_main"], listed["sequence"],
        tables.pages(MIXES, (*groups, NO_DIAGNOSIS)),
        np.array([tables.page(table, EVERYWHERE) for table in _TABLES]),
        benefit, rows.numbers("institution_id")[0], place.code, department.code, sex,
        ages(rows), _AGES,
        *members, *tables.sheets,
    )  # fmt: skip


def _members(
    tables: ClosedTables, benefits: Sequence[str], places: Sequence[str | None], departments: Sequence[str | None],
    sexes: Sequence[str],
) -> tuple[Array, ...]:  # fmt: skip
    """The members that `stand` looks up, from `of_amounts` to `of_patients`."""
    return (
        tables.members([f"{kind}|{peer}" for kind in benefits for peer in places]),
        tables.members([f"{kind}|{band}|{peer}" for kind in benefits for band in BANDS for peer in places]),
        tables.members(departments),
        tables.members(places),
        tables.members([f"{one}|{band}" for one in sexes for band in BANDS]),
    )


@compiled
def stand(
    tables: Array, widths: Array, read: Array, prior: int, at: Array, known_at: Array, total: Array,
    first: Array, diagnosis: Array, is_main: Array, sequence: Array, page: Array, whole: Array,
    benefit: Array, institution: Array, peers: Array, department: Array, sex: Array, years: Array,
    ages: Array, of_amounts: Array, of_mixes: Array, of_doctors: Array, of_institutions: Array, of_patients: Array,
    *pages: Array,
) -> Array:  # fmt: skip
    """How the asked claims stand among their peers.

    Args:
        tables: the numbers of the five tables of peers: claims, case mixes, doctors, institutions, persons.
        widths: how many values each has.
        read: (8, 3) table among the five, value and unit of what is read of peers as it is.
        prior: imagined observations of the mean without the diagnosis.
        at: n asked claims among m.
        known_at: (m,) seconds.
        total: (m,) fen.
        first: (1 + m) where the diagnoses of each claim begin.
        diagnosis: (d,) places in `page`.
        is_main: (d,) whether it is a main diagnosis.
        sequence: (d,) number within the claim.
        page: the case mixes' page of each diagnosis; the last one is for claims without any.
        whole: (5,) the page of all in each table.
        benefit: (m,) kinds of benefits.
        institution: (m,) places in `peers`.
        peers: for each institution its kind and level.
        department: (n,) places in `of_doctors`.
        sex: (n,) sexes, -1 for the last one.
        years: (n,) age, below zero when it is not known.
        ages: first years of the age bands after the first.
        of_amounts: member of each (benefit, peers).
        of_mixes: member of each (benefit, band, peers).
        of_doctors: member of each kind and department, -1 for claims that name none.
        of_institutions: member of each kind and level.
        of_patients: member of each (sex, band).
        *pages: the arrays of `Sheets`.

    Returns:
        (10, n) float64: the total divided by the median of peers and by the mean of the case mix, 1 where that is not
        known; then what `read` says, zero where it is not known.
    """
    sheets = Sheets(*pages)
    values = sheets.values
    bands, levels, found = 2 + ages.size, of_institutions.size, np.zeros(5, np.int64)
    out = np.ones((2 + len(read), at.size))
    for claim in range(at.size):
        row = at[claim]
        peer, band = peers[institution[row]], 0
        if years[claim] >= 0:
            band = 1 + np.sum(ages <= math.floor(years[claim]))
        person = sex[claim] if sex[claim] >= 0 else of_patients.size // bands - 1
        mix = of_mixes[(benefit[row] * bands + band) * levels + peer]
        members = (
            of_amounts[benefit[row] * levels + peer], mix,
            of_doctors[department[claim]],
            of_institutions[peer], of_patients[person * bands + band],
        )  # fmt: skip
        for place in range(5):
            month = month_at(sheets, tables[place], known_at[row])
            found[place] = find(sheets, month, whole[place], members[place], widths[place])
        usual = values[found[0] + 1]
        if usual > 0:
            out[0, claim] = total[row] / usual
        month = month_at(sheets, tables[1], known_at[row])
        named = page[_main(diagnosis, is_main, sequence, first[row], first[row + 1])]
        fine = find(sheets, month, named, mix, widths[1])
        mean = values[found[1] + 1] / values[found[1]] if values[found[1]] > 0 else 0.0
        expected = (values[fine + 1] + prior * mean) / (values[fine] + prior)
        if expected > 0:
            out[1, claim] = total[row] / expected
        for nth in range(len(read)):
            place, column, unit = read[nth]
            out[2 + nth, claim] = values[found[place] + column] / unit
    return out


@compiled
def _main(diagnosis: Array, is_main: Array, sequence: Array, first: int, end: int) -> int:
    """The first main diagnosis of a claim, else its first one, -1 without any."""
    best = -1
    for row in range(first, end):
        is_better = best < 0 or (is_main[row], -sequence[row]) > (is_main[best], -sequence[best])
        best = row if is_better else best
    return int(diagnosis[best]) if best >= 0 else -1
