"""What was taken: resale-prone drugs, supply and money of each claim, as columns that rings are judged by."""

from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import area_day
from claims.lazy import coded, is_text, rows_with, texts_at
from claims.lookup import Codes, row_on_day
from claims.tables import MISSING, REVERSAL, SETTLEMENT, Array, Columns, drug_class_of
from graphs.codes import codes_in, encode
from graphs.swipes import Swipes

NEVER = np.iinfo(np.int64).max
LONGEST_SUPPLY_DAYS = 200


@dataclass(frozen=True)
class Taking:
    """Per claim of the batch (n rows), per supply line (s rows sorted by patient and day) and per patient (p rows).

    Attributes:
        patient, institution: (n,) codes; patients as in the swipes. institution_ids: its sorted texts.
        day, known_day: (n,) area days. is_settlement: (n,) False for reversals.
        amount_fen: (n,) paid by the funds and the personal account. has_resale: (n,) holds a resale-prone drug.
        returned_day: (n,) first day on which a reversal of it, whole or in part, was known, else NEVER.
        returns: by row of the claim, the known day and the fen of each of its reversals.
        has_diagnosis: (n,).
        supply_patient, supply_class, supply_item, supply_day, supply_days, supply_row: (s,) resale-prone drugs handed
            out; classes and items as codes.
        is_chronic: (p,). employer, area: (p,) codes, -1 unknown.
        long_from, long_until: (p,) days of the approval for long prescriptions, MISSING never and still.
    """

    patient: Array
    institution: Array
    institution_ids: Array
    day: Array
    known_day: Array
    is_settlement: Array
    amount_fen: Array
    has_resale: Array
    returned_day: Array
    returns: dict[int, list[tuple[int, int]]]
    has_diagnosis: Array
    supply_patient: Array
    supply_class: Array
    supply_item: Array
    supply_day: Array
    supply_days: Array
    supply_row: Array
    is_chronic: Array
    long_from: Array
    long_until: Array
    employer: Array
    area: Array


def read_taking(batch: ClaimBatch, swipes: Swipes, patients: Columns, catalogue: Columns) -> Taking:
    """Columns of what each claim of `batch` took.

    Args:
        batch: n claims.
        swipes: the swipes of the same batch; gives the patient codes.
        patients: the columns of that table (a patient not in it counts as unknown).
        catalogue: the columns of that table; a line is judged by the version of its day, none means not resale-prone.
    """
    claims, lines = batch.claims, batch.lines
    n = len(batch)
    # The swipes' codes know the patients with a claim here; others in the register are of no use.
    patient = codes_in(swipes.patient_ids, coded(claims, "patient_id"))
    registered = codes_in(swipes.patient_ids, coded(patients, "patient_id"))
    institution_ids, (institution,) = encode(coded(claims, "institution_id"))
    day, known = area_day(claims["settled_at"]), area_day(claims["known_at"])
    returned_day, returns = _returns(claims, np.maximum(known, day))
    item, is_resale = _resale_lines(lines, day[lines["claim_index"]], catalogue)
    has_resale, has_diagnosis = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    has_resale[lines["claim_index"][is_resale]] = True
    has_diagnosis[batch.diagnoses["claim_index"]] = True
    is_settlement = is_text(claims, "kind", SETTLEMENT)
    chosen = np.flatnonzero(is_resale & is_settlement[lines["claim_index"]])
    row = lines["claim_index"][chosen]
    _, (classes,) = encode(drug_class_of(lines["item_code"][chosen]))
    _, (items,) = encode(lines["item_code"][chosen])
    supply_days = _days_of_supply(lines, item, catalogue, chosen)
    order = np.lexsort((chosen, day[row], patient[row]))
    row = row[order]
    flags = _patient_columns(patients, registered, len(swipes.patient_ids))
    return Taking(
        patient=patient,
        institution=institution,
        institution_ids=institution_ids,
        day=day,
        known_day=np.maximum(known, day),
        is_settlement=is_settlement,
        amount_fen=claims["fund_fen"] + claims["account_fen"],
        has_resale=has_resale,
        returned_day=returned_day,
        returns=returns,
        has_diagnosis=has_diagnosis,
        supply_patient=patient[row],
        supply_class=classes[order],
        supply_item=items[order],
        supply_day=day[row],
        supply_days=supply_days[order],
        supply_row=row,
        is_chronic=flags["chronic"] == 1,
        long_from=flags["long_from"],
        long_until=flags["long_until"],
        employer=flags["employer"],
        area=flags["area"],
    )


def _returns(claims: Columns, known: Array) -> tuple[Array, dict[int, list[tuple[int, int]]]]:
    """Per claim the first day on which a reversal of it was known; and all (known day, fen given back)."""
    returned_day = np.full(len(known), NEVER, dtype=np.int64)
    returns: dict[int, list[tuple[int, int]]] = {}
    reversals = np.flatnonzero(is_text(claims, "kind", REVERSAL))
    originals = texts_at(claims, "reverses_claim_id", reversals)
    row_of = rows_with(claims, "claim_id", {name for name in originals if name is not None})
    given_back = claims["fund_fen"][reversals] + claims["account_fen"][reversals]
    for original, day, fen in zip(originals, known[reversals].tolist(), given_back.tolist(), strict=True):
        row = row_of.get(original) if original is not None else None
        if row is not None:
            returned_day[row] = min(returned_day[row], day)
            returns.setdefault(row, []).append((day, -fen))
    return returned_day, returns


def _resale_lines(lines: Columns, day: Array, catalogue: Columns) -> tuple[Array, Array]:
    """Each line's catalogue row of its day (-1 none), and whether that lists the item as resale-prone."""
    codes = Codes(catalogue["item_code"].tolist())
    asked = codes.of(lines["item_code"].tolist())
    item = row_on_day(codes.of_rows, catalogue["valid_from"], catalogue["valid_until"], asked, day)
    return item, np.append(catalogue["is_resale_prone"], False)[item]


def _days_of_supply(lines: Columns, item: Array, catalogue: Columns, rows: Array) -> Array:
    """Days that the quantity lasts: as stated if plausible, else from the pack and the usual dose, else 0."""
    stated = lines["days_of_supply"][rows]
    packs, doses = (
        np.append(catalogue[name], MISSING)[item[rows]] for name in ("units_per_pack_e4", "units_per_day_e4")
    )
    known = (packs > 0) & (doses > 0)
    from_dose = lines["quantity_e4"][rows] / 10_000 * np.where(known, packs, 0) / np.where(known, doses, 1)
    plausible = (stated >= 1) & (stated <= LONGEST_SUPPLY_DAYS)
    return np.where(plausible, stated, np.clip(np.floor(from_dose), 0, LONGEST_SUPPLY_DAYS)).astype(np.int64)


def _patient_columns(patients: Columns, registered: Array, size: int) -> dict[str, Array]:
    known = np.flatnonzero(registered >= 0)
    conditions = coded(patients, "chronic_conditions")
    chronic = np.array([*map(bool, conditions.texts), False], dtype=np.int64)[conditions.codes]
    values = {
        "chronic": chronic,
        "long_from": patients["long_prescription_from"],
        "long_until": patients["long_prescription_until"],
        "employer": encode(coded(patients, "employer_id"))[1][0],
        "area": encode(coded(patients, "area"))[1][0],
    }
    unknown = {"long_from": MISSING, "long_until": MISSING}
    columns = {name: np.full(size, unknown.get(name, -1), dtype=np.int64) for name in values}
    for name, column in columns.items():
        column[registered[known]] = values[name][known]
    return columns
