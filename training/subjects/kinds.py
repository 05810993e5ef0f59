"""What can be a subject, and the claim's column that names it."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["patient", "doctor", "institution"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ID_COLUMN: dict[Kind, str] = {"patient": "patient_id", "doctor": "doctor_id", "institution": "institution_id"}

PLURAL: dict[Kind, str] = {"patient": "patients", "doctor": "doctors", "institution": "institutions"}
