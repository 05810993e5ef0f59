"""What was known about a batch of claims when it was decided: the past of its patients, and the reference data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from claims.batch import ClaimBatch
from claims.tables import Columns
from claims.trace_codes import Scans


@dataclass(frozen=True)
class Context:
    """Facts beside a batch. Tables hold at least the rows that the batch names; they may hold more.

    Attributes:
        history: claims of the batch's patients with a `recorded_order` below the batch's, in that order. It may also
            hold the batch itself and later claims: whoever reads it compares `recorded_order`.
        patients, institutions, departments, staff, catalogue: the columns of those tables.
        confirmed: findings of violations by whom they concern, see `features.verdicts`; None where nobody asks.
        closed: what whole months had taught, see `features.closed.lookup`; None where nobody asks.
        knowledge: points of the knowledge tables, those about the items of the batch and of the history and about the
            batch's diagnoses at least; None where nobody asks.
        agreements: agreements with the batch's institutions; None where nobody asks.
        declarations: which registers are complete, of the batch's institutions and of those that registered the people
            it names; None where nobody asks.
        department_services: which departments may perform the batch's services; None where nobody asks.
        item_mappings: which national items the batch's own codes are, and at least one entry of each institution of the
            batch that has any; None where nobody asks or the batch has no own code.
        scans: the repeated scans of the batch's boxes, the batch's own among them; None where nobody asks or the batch
            has no trace code.
    """

    history: ClaimBatch
    patients: Columns
    institutions: Columns
    departments: Columns
    staff: Columns
    catalogue: Columns
    confirmed: Columns | None = None
    closed: Any = None
    knowledge: Columns | None = None
    agreements: Columns | None = None
    declarations: Columns | None = None
    department_services: Columns | None = None
    item_mappings: Columns | None = None
    scans: Scans | None = None
