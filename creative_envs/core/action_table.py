"""What actions have in common, told by a domain to policies that share what they learn of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument


@dataclass(frozen=True, eq=False)
class ObservedFeatures:
    """Features of actions that every observation tells anew, and where to find them in it.

    An image patch, say, is known by its colours alone: its number means another patch in another
    library. A policy that is shown the library can use one it has never seen.

    Attributes:
        entry: Name of the observation's entry: float32 in [0, 1], constant within an episode.
        gather: Which number of the entry, laid out flat, is feature p of action a, shape (A, P).
        columns: What each of the F token columns counts for: a token has been written by the
            action that is the sum of its columns times these.
        neighbours: Positions in the work of the R tokens that bear most directly on the one at
            each position, shape (L, R), -1 for none. Each stands before it: in a grid that is
            filled in reading order, say, the cell to its left and the one above.

    Raises:
        InvalidArgument: Shapes or numbers that do not fit each other.
    """

    entry: str
    gather: NDArray[np.int64]
    columns: tuple[int, ...]
    neighbours: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Raises `InvalidArgument` unless the parts fit each other."""
        shapes = self.gather.shape, self.neighbours.shape
        if len(shapes[0]) != 2 or len(shapes[1]) != 2 or not self.columns:
            raise InvalidArgument(
                "ObservedFeatures have gather (A, P), a number for each token column and "
                f"neighbours (L, R); got {shapes[0]}, {self.columns} and {shapes[1]}."
            )
        position = np.arange(len(self.neighbours))[:, None]
        if (self.neighbours < -1).any() or (self.neighbours >= position).any():
            raise InvalidArgument(
                "ObservedFeatures: every neighbour stands before the position it bears on, or is -1"
            )
        if self.gather.min() < 0:
            raise InvalidArgument("ObservedFeatures: gather has numbers below 0")

    @property
    def shape(self) -> tuple[int, ...]:
        """(A, P), as of an array that held them."""
        return self.gather.shape


@dataclass(frozen=True, eq=False)
class ActionTable:
    """Features of actions, and how the token an action writes relates to the one before it.

    A melody's relation is the interval: a policy that is shown it need not learn anew for every
    pitch what a step, a third or a repeated note is.

    Attributes:
        features: What is known of each action, shape (A, P); or how to read it off observations.
        value: What each action writes into the first token column, shape (A,), in 0 .. V - 1.
        relation: Number of the relation of a value (column) to the value before it (row v + 1; row
            0 where nothing is before it), shape (V + 1, V), in 0 .. R - 1.

    Raises:
        InvalidArgument: Shapes or numbers that do not fit each other.
    """

    features: NDArray[np.float32] | ObservedFeatures
    value: NDArray[np.int64]
    relation: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Raises `InvalidArgument` unless the three parts fit each other."""
        values = self.relation.shape[-1]
        fits = (
            len(self.features.shape) == 2
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
