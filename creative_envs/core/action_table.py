"""What actions have in common, told by a domain to policies that share what they learn of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument


@dataclass(frozen=True, eq=False)
class ActionTable:
    """Features of actions, and how the token an action writes relates to the one before it.

    A melody's relation is the interval: a policy that is shown it need not learn anew for every
    pitch what a step, a third or a repeated note is.

    Attributes:
        features: What is known of each action, shape (A, P).
        value: What each action writes into the first token column, shape (A,), in 0 .. V - 1.
        relation: Number of the relation of a value (column) to the value before it (row v + 1; row
            0 where nothing is before it), shape (V + 1, V), in 0 .. R - 1.

    Raises:
        InvalidArgument: Shapes or numbers that do not fit each other.
    """

    features: NDArray[np.float32]
    value: NDArray[np.int64]
    relation: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Raises `InvalidArgument` unless the three arrays fit each other."""
        values = self.relation.shape[-1]
        fits = (
            self.features.ndim == 2
            and self.value.shape == self.features.shape[:1]
            and self.relation.shape == (values + 1, values)
            and self.relation.min() >= 0
            and 0 <= self.value.min() <= self.value.max() < values
        )
        if not fits:
            raise InvalidArgument(
                "An ActionTable has features (A, P), value (A,) below V and relation (V + 1, V); "
                f"got {self.features.shape}, {self.value.shape} and {self.relation.shape}."
            )

    @property
    def relations(self) -> int:
        """R, how many relations there are."""
        return int(self.relation.max()) + 1
