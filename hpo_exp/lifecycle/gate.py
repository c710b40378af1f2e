"""What a gate says."""

from dataclasses import dataclass

from hpo_exp.errors import UserError


class PromotionError(UserError):
    """A model is not promoted, or there is nothing to go back to; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """A gate's outcome.

    Attributes:
        gate: its name.
        passed: whether the model may pass.
        text: what was found, held against its limit, in one sentence.
    """

    gate: str
    passed: bool
    text: str

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'FAILED'}: {self.text}"
