"""LightGBM's own library without its Python package, whose import brings pandas and scikit-learn along (1.2 s)."""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from pathlib import Path

import numpy as np

from claims.errors import BadBundle
from claims.tables import Array

_FLOAT64, _ROW_MAJOR = 1, 1  # C_API_DTYPE_FLOAT64 and the row-order flag of LightGBM's C interface
_PREDICT_RAW, _PREDICT_CONTRIBUTIONS = 1, 3
_FEW_ROWS = 64
"""Up to here one thread: starting more costs longer than the rows, and other requests want the cores."""


class NoTrees:
    """What stands for boosted trees while no verdict has taught any: every row has raw score 0 for no reason."""

    def __init__(self, feature_count: int) -> None:
        self.feature_count = feature_count

    def raw_scores(self, matrix: Array) -> Array:
        """Zeros (n,)."""
        return np.zeros(len(matrix))

    def contributions(self, matrix: Array) -> Array:
        """Zeros (n, k + 1)."""
        return np.zeros((len(matrix), self.feature_count + 1))


class Trees:
    """Boosted trees read from LightGBM's text format.

    Args:
        text: what `Booster.model_to_string()` wrote.

    Raises:
        BadBundle: the text is no LightGBM model.
    """

    def __init__(self, text: str) -> None:
        self._library = _library()
        self._handle = ctypes.c_void_p()
        rounds = ctypes.c_int()
        self._check(
            self._library.LGBM_BoosterLoadModelFromString(
                text.encode(), ctypes.byref(rounds), ctypes.byref(self._handle)
            )
        )
        count = ctypes.c_int()
        self._check(self._library.LGBM_BoosterGetNumFeature(self._handle, ctypes.byref(count)))
        self.feature_count: int = count.value

    def __del__(self) -> None:
        """Give the library its memory back."""
        if getattr(self, "_handle", None):
            self._library.LGBM_BoosterFree(self._handle)

    def raw_scores(self, matrix: Array) -> Array:
        """The model's raw score (n,), log-odds for a binary objective, for (n, k) feature values."""
        return self._run(matrix, _PREDICT_RAW, 1)[:, 0]

    def contributions(self, matrix: Array) -> Array:
        """SHAP values (n, k + 1) in units of the raw score (log-odds); the last column is the base value."""
        return self._run(matrix, _PREDICT_CONTRIBUTIONS, self.feature_count + 1)

    def _run(self, matrix: Array, kind: int, width: int) -> Array:
        rows, columns = matrix.shape
        values = np.ascontiguousarray(matrix, dtype=np.float64)
        result = np.zeros((rows, width), dtype=np.float64)
        if rows == 0:
            return result
        written = ctypes.c_int64()
        self._check(
            self._library.LGBM_BoosterPredictForMat(
                self._handle, values.ctypes.data_as(ctypes.c_void_p), _FLOAT64, ctypes.c_int32(rows),
                ctypes.c_int32(columns), _ROW_MAJOR, kind, 0, -1, b"num_threads=1" if rows <= _FEW_ROWS else b"",
                ctypes.byref(written), result.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
            )
        )  # fmt: skip
        if written.value != result.size:
            raise BadBundle(
                f"The model gives {written.value} values for {rows} claims where {result.size} were expected. "
                "Expected a model with one output. Train it again."
            )
        return result

    def _check(self, code: int) -> None:
        if code != 0:
            raise BadBundle(
                f"LightGBM refused the model ({self._library.LGBM_GetLastError().decode(errors='replace')}). "
                "Expected an unaltered model and as many columns as it was trained on. Promote another bundle."
            )


@cache
def _library() -> ctypes.CDLL:
    found = importlib.util.find_spec("lightgbm")
    folder = Path(found.origin).parent / "lib" if found and found.origin else Path()
    files = sorted(folder.glob("lib_lightgbm.*"))
    if not files:
        raise BadBundle(
            "LightGBM's library is not installed. Expected the package lightgbm. Install the locked requirements."
        )
    library = ctypes.CDLL(str(files[0]))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library
