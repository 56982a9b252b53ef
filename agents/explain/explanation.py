"""Why a policy chose the actions of a work: what it drew on for each, as numbers to draw and tell.

Attributions are shares of a difference: between the log-probability of the chosen action among the
legal ones and what that would be if the policy saw nothing of tokens, brief and static rows. They
sum to it up to the completeness error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Decision:
    """One choice of a work, and what it rests on.

    Attributes:
        step: How many tokens were written before it.
        action: The one chosen.
        probability: Of the action among the legal ones, in (0, 1].
        tokens: What each earlier token adds to the action's log-probability, in nats, shape
            (step,); below 0 where it speaks against the action.
        brief: The same for each entry of the brief, shape (B,).
        rows: The same for the rows of static entries such as "map", each of shape (M,).
        attention: Where the deciding element looks, shape (blocks, heads, prefix + step): weights
            on the earlier works, static rows and brief of the prefix, then on the tokens, which
            sum to 1. The deciding element itself is the last of them: the brief before any token,
            later the newest token. Of shape (0, 0, 0) for a policy without attention.
        error: Completeness error in nats: by how much the attributions miss the difference they
            are shares of.
    """

    step: int
    action: int
    probability: float
    tokens: NDArray[np.float64]
    brief: NDArray[np.float64]
    rows: dict[str, NDArray[np.float64]]
    attention: NDArray[np.float64]
    error: float


@dataclass(frozen=True)
class Explanation:
    """Decisions of one work, in the order they were taken.

    Attributes:
        work: As in ``info["work"]``.
        decisions: Of all its steps, or of some.
    """

    work: dict[str, Any]
    decisions: tuple[Decision, ...]
