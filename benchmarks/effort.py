"""How much a run of the suite measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Effort:
    """How often things are timed.

    Attributes:
        rounds: Counted rounds of environments and scores.
        training_rounds: Of training, which takes long.
        quick: Whether what takes longest is left out: trainers that encode every step anew, and
            the largest of sizes that costs are measured at.
    """

    rounds: int
    training_rounds: int
    quick: bool


FULL: Final = Effort(rounds=7, training_rounds=3, quick=False)
QUICK: Final = Effort(rounds=3, training_rounds=1, quick=True)
