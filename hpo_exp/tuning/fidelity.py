"""What a trial has to pass: rungs from cheap to whole, so that losers cost little.

A rung trains some of the folds, for some of the epochs, on some of the history. The pruner is
asked after each; the last rung is the whole, and its mean is the trial's value.
"""

from dataclasses import dataclass

from hpo_exp.config import RungConfig, TuneConfig

WHOLE = 100
"""Step at which a whole trial is reported; cheaper rungs have their share of it."""


@dataclass(frozen=True)
class Fidelity:
    """How thoroughly a fold is trained.

    Attributes:
        epochs: most epochs it takes.
        history: share of its training part, the newest, in (0, 1].
    """

    epochs: int
    history: float


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder.

    Attributes:
        step: work up to and with this rung's kind, in percent of a whole trial: the step that
            Optuna's pruners and pages see.
        folds: how many folds it trains, from the first.
        fidelity: how thoroughly.
    """

    step: int
    folds: int
    fidelity: Fidelity


@dataclass(frozen=True)
class Ladder:
    """The rungs of every trial of a study, the cheapest first."""

    rungs: tuple[Rung, ...]

    @property
    def whole(self) -> Rung:
        """The last rung."""
        return self.rungs[-1]

    def comparable_steps(self, step: int) -> tuple[int, ...]:
        """Steps up to this one that were trained as thoroughly: their values can be averaged."""
        fidelity = next(rung.fidelity for rung in self.rungs if rung.step == step)
        return tuple(
            rung.step for rung in self.rungs if rung.step <= step and rung.fidelity == fidelity
        )


def build_ladder(config: TuneConfig) -> Ladder:
    """The rungs that `fidelity` asks for, and the whole trial above them."""
    rungs = config.fidelity.rungs
    if config.study.objective == "both":
        rungs = []  # Optuna prunes by one objective alone
    elif rungs is None:
        rungs = [RungConfig(folds=folds) for folds in range(1, config.cv.folds)]
    return Ladder(tuple(_rung(config, rung) for rung in [*rungs, RungConfig()]))


def _rung(config: TuneConfig, rung: RungConfig) -> Rung:
    folds = rung.folds or config.cv.folds
    epochs = rung.epochs or config.trainer.epochs
    return Rung(
        step=rung.percent(config.cv.folds, config.trainer.epochs),
        folds=folds,
        fidelity=Fidelity(epochs, rung.history),
    )
