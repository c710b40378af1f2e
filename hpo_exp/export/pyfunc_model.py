"""The model as MLflow loads it: MLflow runs this file and takes what `set_model` is given."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

BUNDLE = "bundle"
"""The artifact that is the bundle's folder."""


class LoadForecaster(PythonModel):
    """Answers a table of the last hours with forecast, interval and dispatch, a row a step."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the bundle that was logged with the model."""
        from hpo_exp.export.answer import Bundle

        self._bundle = Bundle(Path(context.artifacts[BUNDLE]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Answer a table; see `hpo_exp.export.answer.Bundle.answer`."""
        del context, params
        # MLflow hands optional columns that were left out over as columns without a value.
        return self._bundle.answer(model_input.dropna(axis="columns", how="all"))


set_model(LoadForecaster())
