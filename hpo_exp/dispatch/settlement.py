"""Settlement: the commitment meets the hour that came."""

from dataclasses import dataclass

import numpy as np

from hpo_exp.dispatch.program import Limits

TOLERANCE_MW = 1e-6
"""What a solver's rounding may pass a limit by."""


@dataclass(frozen=True)
class Settlement:
    """One policy's hours as they came out, each array of shape (hours,).

    Attributes:
        hydro: hydro committed and given (MW).
        deficit: load left unserved (MW over an hour, so MWh).
        surplus: generation nobody asked for (likewise).
        cost: deficit + surplus: the absolute deviation (MWh).
        below_minimum, above_maximum: flags of hours in which a limit was broken.
    """

    hydro: np.ndarray
    deficit: np.ndarray
    surplus: np.ndarray
    cost: np.ndarray
    below_minimum: np.ndarray
    above_maximum: np.ndarray


def settle(hydro: np.ndarray, demand: np.ndarray, limits: Limits) -> Settlement:
    """Settle a commitment.

    Args:
        hydro: hydro committed (MW), shape (hours,).
        demand: demand that was really left for hydro (MW), shape (hours,).
        limits: hydro's limits, to count where a policy broke them.
    """
    deviation = demand - hydro
    deficit, surplus = np.maximum(deviation, 0), np.maximum(-deviation, 0)
    return Settlement(
        hydro=hydro,
        deficit=deficit,
        surplus=surplus,
        cost=deficit + surplus,
        below_minimum=hydro < limits.minimum - TOLERANCE_MW,
        above_maximum=hydro > limits.maximum + TOLERANCE_MW,
    )
