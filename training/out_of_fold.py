"""What each institution got from models that had not seen it, kept with the run as a table without any code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from claims.errors import BadBundle
from claims.tables import Array
from training.institution_model import CrossValidation
from training.institution_table import InstitutionTable

FILE = "out_of_fold.parquet"
VALUE, SHARE = "value:", "contribution:"


@dataclass(frozen=True)
class OutOfFold:
    """g institutions with their out-of-fold outcome.

    Attributes:
        ids: (g,) text.
        probability: (g,) calibrated.
        values, contributions: (g, k) column values, and SHAP values in log odds.
        names: k column names.
    """

    ids: Array
    probability: Array
    values: Array
    contributions: Array
    names: tuple[str, ...]


def write_out_of_fold(table: InstitutionTable, is_violating: Array, validation: CrossValidation, path: Path) -> Path:
    """Write labels, folds, scores, values and contributions of each labelled institution."""
    columns: dict[str, object] = {
        "institution_id": table.ids.tolist(),
        "is_violating": is_violating,
        "has_claims": table.has_claims,
        "fold": validation.folds,
        **validation.rankings,
        "probability": validation.probability,
    }
    for at, column in enumerate(table.columns):
        columns[VALUE + column.name] = table.matrix[:, at]
        columns[SHARE + column.name] = validation.contributions[:, at]
    pq.write_table(pa.table(columns), path)
    return path


def read_out_of_fold(path: Path, names: tuple[str, ...]) -> OutOfFold:
    """Read it back.

    Raises:
        BadBundle: the table lacks a column that the bundle names.
    """
    table = pq.read_table(path)
    lacking = [name for name in names if VALUE + name not in table.column_names]
    if lacking:
        raise BadBundle(
            f"The out-of-fold table of the run lacks column {lacking[0]!r}. Expected the table of the same run as the "
            "bundle. Train and promote again."
        )
    return OutOfFold(
        np.array(table["institution_id"].to_pylist(), dtype=object),
        table["probability"].to_numpy(),
        np.stack([table[VALUE + name].to_numpy() for name in names], axis=1),
        np.stack([table[SHARE + name].to_numpy() for name in names], axis=1),
        names,
    )
