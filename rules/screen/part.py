"""Second step of a screening: asks the rules about one part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from claims.batch import ClaimBatch, empty_batch
from claims.clock import AREA_ZONE
from claims.context import Context
from claims.lazy import texts_at
from claims.masks import rows_where
from claims.shuffle import read_part
from claims.store.batches import batch_of, columns_of
from claims.store.stream import Moment
from claims.tables import PATIENTS, SETTLEMENT, Columns
from features.context import read_whole_context
from rules.catalogue import RULES
from rules.frame import Hit
from rules.run import run_rules
from rules.screen.plan import Plan
from rules.screen.scatter import CHILDREN, kept_scans

MOMENT_TYPE = pa.timestamp("s", tz=str(AREA_ZONE).removeprefix("UTC"))

HIT_SCHEMA = pa.schema(
    {
        "institution_id": pa.string(),
        "settled_at": MOMENT_TYPE,
        "claim_id": pa.string(),
        "line_number": pa.int64(),
        "item_code": pa.string(),
        "patient_id": pa.string(),
        "doctor_id": pa.string(),
        "code": pa.string(),
        "name_zh": pa.string(),
        "grade": pa.string(),
        "amount_fen": pa.int64(),
        "says_zh": pa.string(),
        "says_en": pa.string(),
        "source": pa.string(),
    }
)
"""A row for each finding; line_number 0 and no item for a finding about the claim as a whole."""

COUNTS = b"yicha counts"
"""The place of a part's counts in the file's own description."""


def screen_part(plan: Plan, number: int) -> None:
    """Ask the rules about part `number` and write what they found; does nothing where that is done already."""
    path = plan.part_file(number)
    if path.exists():
        return
    batch, patients = read_claims_of_part(plan, number)
    context = replace(reference_of(plan.moment), history=batch, patients=patients, scans=kept_scans(plan))
    settled_at = batch.claims["settled_at"]
    asked = (batch.claims["kind"] == SETTLEMENT) & (settled_at >= plan.begin) & (settled_at < plan.end)
    found = run_rules(batch, context, [rule for rule in RULES if rule.code in plan.codes], asked)
    counts = {
        "claims": int(np.count_nonzero(asked)),
        "unjudged": int(np.count_nonzero(found.crashed_claims)),
        "crashed": found.crashed,
        "spared": [[code, exemption, count] for (code, exemption), count in found.spared.items()],
    }
    table = hit_table(batch, found.hits).replace_schema_metadata({COUNTS: json.dumps(counts)})
    path.parent.mkdir(parents=True, exist_ok=True)
    half_done = path.with_suffix(".half")
    pq.write_table(table, half_done)
    half_done.rename(path)


def read_claims_of_part(plan: Plan, number: int) -> tuple[ClaimBatch, Columns]:
    """The claims of part `number` in recorded order, and their persons."""
    claims = read_part(plan.pieces("claims"), number).sort_by("recorded_order")
    batch = batch_of(claims, {table.name: read_part(plan.pieces(table.name), number) for table in CHILDREN})
    return batch, columns_of(read_part(plan.pieces("patients"), number), PATIENTS)


def hit_table(batch: ClaimBatch, hits: Sequence[Hit]) -> pa.Table:
    """Findings with what they are about, by `HIT_SCHEMA`."""
    claim = np.array([hit.claim_row for hit in hits], dtype=np.int64)
    line = np.array([hit.line_row for hit in hits], dtype=np.int64)
    on_line = rows_where(line >= 0)
    number, item = np.zeros(len(hits), dtype=np.int64), np.full(len(hits), None, dtype=object)
    doctor = _texts(batch, "doctor_id", claim)
    if len(on_line):
        number[on_line] = batch.lines["line_number"][line[on_line]]
        item[on_line] = texts_at(batch.lines, "item_code", line[on_line])
        own = np.array(texts_at(batch.lines, "doctor_id", line[on_line]), dtype=object)
        doctor[on_line] = np.where(own != np.array(None), own, doctor[on_line])
    return pa.table(
        {
            "institution_id": _texts(batch, "institution_id", claim),
            "settled_at": pa.array(batch.claims["settled_at"][claim]).cast(MOMENT_TYPE),
            "claim_id": _texts(batch, "claim_id", claim),
            "line_number": number,
            "item_code": item,
            "patient_id": _texts(batch, "patient_id", claim),
            "doctor_id": doctor,
            "code": [hit.code for hit in hits],
            "name_zh": [hit.name_zh for hit in hits],
            "grade": [str(hit.grade) for hit in hits],
            "amount_fen": [hit.amount_fen for hit in hits],
            "says_zh": [hit.says_zh for hit in hits],
            "says_en": [hit.says_en for hit in hits],
            "source": [hit.source for hit in hits],
        },
        schema=HIT_SCHEMA,
    )


def _texts(batch: ClaimBatch, name: str, rows: np.ndarray) -> np.ndarray:
    return np.array(texts_at(batch.claims, name, rows), dtype=object)


@lru_cache(maxsize=1)
def reference_of(moment: Moment) -> Context:
    """The registers, the catalogue, knowledge and what drugs were learned to last; kept by each worker."""
    with moment.connect() as connection:
        return read_whole_context(connection, empty_batch(), people=False)
