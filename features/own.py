"""Properties of the asked claims themselves and of their patients at that moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from claims.numbering import number
from claims.tables import Array
from features.claim_facts import FACTS, facts
from features.items import items_distinct
from features.labels import LABELS, read_labels
from features.measures import CONDITIONS, QUANTITIES, condition, quantity
from features.rows import Rows, is_none
from features.stays import stay_days


def read_own(rows: Rows, names: Sequence[str]) -> dict[str, Array]:
    """The properties of these names for the n asked claims, (n,) each."""
    told = {**_told(FACTS, of_claims, names, rows), **_told(LABELS, read_labels, names, rows)}
    return {name: told[name] if name in told else OTHERS[name](rows) for name in names}


def _told(every: Sequence[str], read: Callable[[Rows], Array], names: Sequence[str], rows: Rows) -> dict[str, Array]:
    """What a pass tells by name; nothing when none of it is asked for."""
    return dict(zip(every, read(rows), strict=True)) if not set(names).isdisjoint(every) else {}


def of_claims(rows: Rows) -> Array:
    """The rows of `FACTS`."""
    return rows.once("own", "facts", lambda: _facts(rows))  # type: ignore[no-any-return]


def _facts(rows: Rows) -> Array:
    claims = rows.claims
    return facts(
        rows.at, claims["settled_at"], claims["total_fen"], claims["fund_fen"], claims["account_fen"],
        claims["account_balance_fen"], patients(rows), rows.context.patients["born_on"],
    )  # fmt: skip


def ages(rows: Rows) -> Array:
    """Age of each asked claim's patient in years at settlement, -1 where the birth date is not known (n,)."""
    return np.asarray(of_claims(rows)[FACTS.index("patient_age")])


def patients(rows: Rows) -> Array:
    """The row of each asked claim's patient in the patients' table, -1 where it has none (n,)."""
    return rows.once("own", "patients", lambda: _patients(rows))  # type: ignore[no-any-return]


def _patients(rows: Rows) -> Array:
    row_of = {name: row for row, name in enumerate(rows.context.patients["patient_id"].tolist())}
    codes, names = rows.numbers("patient_id")
    return np.array([row_of.get(name, -1) for name in names], dtype=np.int64)[codes[rows.at]]


def sexes(rows: Rows) -> tuple[Array, list[str]]:
    """The sex of each asked claim's patient as a number, and the text of each number; empty where it is not known."""
    return rows.once("own", "sexes", lambda: _sexes(rows))  # type: ignore[no-any-return]


def _sexes(rows: Rows) -> tuple[Array, list[str]]:
    found = number(rows.context.patients["sex"])
    texts = [*map(str, found.texts), ""]
    of_patient = np.array([*found.codes.tolist(), -1], dtype=np.int64)  # -1 is the last text
    return of_patient[patients(rows)], texts


def is_male(rows: Rows) -> Array:
    """1 male, 0 female, -1 not known."""
    codes, texts = sexes(rows)
    return np.array([1 if text == "1" else 0 if text == "2" else -1 for text in texts])[codes]


OTHERS: dict[str, Callable[[Rows], Array]] = {
    **{name: lambda rows, name=name: quantity(rows, name)[rows.at] for name in QUANTITIES},  # type: ignore[misc]
    **{f"is_{name}": lambda rows, name=name: condition(rows, name)[rows.at] for name in CONDITIONS},  # type: ignore[misc]
    "items_distinct": lambda rows: items_distinct(rows)[rows.at],
    "stay_days": lambda rows: stay_days(rows)[rows.at],
    "has_no_doctor": lambda rows: is_none(rows.claims["doctor_id"][rows.at]),
    "patient_is_male": is_male,
}
"""Every property that no pass tells, by its name: (n,) for the asked claims."""
