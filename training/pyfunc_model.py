"""The model as MLflow loads it, from this very file: reads our bundle and scores rows of feature columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from claims.errors import BadBundle
from scoring.bundle import load_bundle
from scoring.score import score


class BundleModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow's classes carry no types for us
    """Scores a data frame that has the bundle's feature columns; other columns are ignored."""

    def load_context(self, context: Any) -> None:  # MLflow's own signature
        """Load the bundle that was logged beside this file; loading it runs no code."""
        self.bundle = load_bundle(Path(context.artifacts["bundle"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Calibrated probability and anomaly of each row, in the order of the rows."""
        names = [feature.name for feature in self.bundle.features]
        lacking = [name for name in names if name not in model_input.columns]
        if lacking:
            raise BadBundle(
                f"The data frame lacks {len(lacking)} of {len(names)} columns, such as {lacking[0]!r}. Expected all "
                "columns of the bundle: features of a build, and for claims what rules found. Add them."
            )
        scores = score(self.bundle, model_input[names].to_numpy(dtype="float64"))
        return pd.DataFrame({"probability": scores.probability, "anomaly": scores.anomaly}, index=model_input.index)


mlflow.models.set_model(BundleModel())
