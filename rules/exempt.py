"""What spares honest heavy use: the reasons for which a finding is not made, counted so that a report can show them."""

from __future__ import annotations

import numpy as np

from claims.masks import is_any
from claims.tables import Array

LONG_PRESCRIPTION = "long_prescription"
"""长期处方: approved on the claim's own day."""
FAMILY_ACCOUNT = "family_account"
"""家庭共济: a personal account may pay for husband or wife, parents and children (国办发〔2021〕14号)."""
TRAVEL_STOCK = "travel_stock"
"""节前备药: two prescriptions at once in the weeks before the Spring Festival."""
WHOLE_PACKS = "whole_packs"
"""整盒: the last pack was begun within the limit, and nobody sells half of one."""
ONCOLOGY = "oncology"
"""肿瘤治疗: treatment in cycles."""
DIALYSIS = "dialysis"
"""透析治疗: two or three visits a week, for life."""
EMERGENCY = "emergency"
"""急诊抢救: it came when it came."""
MANUAL = "manual"
"""手工报销: the claim was typed in weeks after the care."""
UPLOADED_LATER = "uploaded_later"
"""补传: the clocks of a claim that was sent later are not exact to the minute."""
SPLIT_PACK = "split_pack"
"""拆零销售: an opened box is sold by the piece, and each time its one trace code is scanned."""

EXEMPTIONS = (
    LONG_PRESCRIPTION,
    FAMILY_ACCOUNT,
    TRAVEL_STOCK,
    WHOLE_PACKS,
    ONCOLOGY,
    DIALYSIS,
    EMERGENCY,
    MANUAL,
    UPLOADED_LATER,
    SPLIT_PACK,
)

ONCOLOGY_CODES = (
    *("C", *(f"D0{digit}" for digit in range(10))),
    *("Z51.0", "Z51.1", "Z51.2", "Z51.8"),
)
"""ICD-10: malignant and in-situ neoplasms; sessions of radiotherapy, chemotherapy and what goes with them."""
DIALYSIS_CODES = ("N18.0", "N18.5", "Z49", "Z99.2")
"""ICD-10: end-stage renal disease in its older and newer place, care that involves dialysis, dependence on it."""


def spare(rows: Array, claim_of: Array, *exemptions: tuple[str, Array]) -> tuple[Array, dict[str, Array]]:
    """Take the spared ones out of would-be findings; each counts under the first exemption that holds.

    Args:
        rows: (k,) would-be findings, as places in the masks.
        claim_of: the claim of each place.
        exemptions: names, each with whether it holds at each place; a name may come twice.

    Returns:
        The rows that are left, and the claims of the spared ones by exemption.
    """
    spared: dict[str, Array] = {}
    for name, holds in exemptions:
        if not len(rows):
            break
        is_spared = holds[rows]
        if is_any(is_spared):
            spared[name] = np.concatenate([spared.get(name, rows[:0]), claim_of[rows[is_spared]]])
            rows = rows[~is_spared]
    return rows, spared
