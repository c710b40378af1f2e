"""What a sweep ends in: the winner's networks and their companions', which forecast together."""

from dataclasses import dataclass

import numpy as np

from hpo_exp.data.table import TARGET
from hpo_exp.models.training import Fit


@dataclass(frozen=True)
class Blend:
    """Fits of one training part, each with an equal voice.

    Networks that err differently err less together than the best of them does alone.

    Attributes:
        fits: the winner's first.
    """

    fits: tuple[Fit, ...]

    @property
    def winner(self) -> Fit:
        """The fit whose hyperparameters won the search."""
        return self.fits[0]

    def forecast(self, issues: np.ndarray) -> np.ndarray:
        """Forecast the load (MW) at every step, shape (issues, horizon)."""
        return self.forecast_all(issues)[TARGET]

    def forecast_all(self, issues: np.ndarray) -> dict[str, np.ndarray]:
        """Forecast every series (MW) at every step: column to shape (issues, horizon)."""
        answers = [fit.forecast_all(issues) for fit in self.fits]
        return {name: np.mean([answer[name] for answer in answers], axis=0) for name in answers[0]}
