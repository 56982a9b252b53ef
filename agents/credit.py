"""What a work of a portfolio costs the others of its episode.

A work that is like an earlier one loses novelty, and that one has taken it. Paid for itself alone,
a work answers for half of what likeness costs. As all works of an episode are by one policy, any
two of them lose as much by being alike: so a work may be charged once more for what it loses, at
the quality that the others have ("difference rewards" of Wolpert and Tumer, 2002, by symmetry
rather than by trying each episode without each work). That is exact for pairs, and too much in a
crowd: a work that is like several others takes little from each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LossOfOthers:
    """Keeps the qualities of each episode's works, and charges later ones for being like them.

    Args:
        num_envs: N.
    """

    def __init__(self, num_envs: int) -> None:
        self._quality = np.zeros(num_envs, np.float64)
        self._count = np.zeros(num_envs, np.int64)

    def charge(
        self, infos: Sequence[Mapping[str, Any]], terminated: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """What works that have just ended are charged: w x mean earlier quality x (1 - novelty).

        Args:
            infos: Of the environments; "work" where one has ended.
            terminated: Which episodes have ended with it, shape (N,).

        Returns:
            Shape (N,), in [0, 1]; 0 where no work ended, or it was the first of its episode.
        """
        charged = np.zeros(len(infos), np.float64)
        for row, info in enumerate(infos):
            if "work" not in info:
                continue
            work = info["work"]
            if self._count[row]:
                others = self._quality[row] / self._count[row]
                charged[row] = float(work["brief"][0]) * others * (1 - work["novelty"])
            self._quality[row] += work["quality"]
            self._count[row] += 1
        self.forget(terminated)
        return charged

    def forget(self, rows: NDArray[np.bool_]) -> None:
        """Begins new episodes in these rows, shape (N,)."""
        self._quality[rows] = 0
        self._count[rows] = 0

    def get_state(self) -> dict[str, NDArray[Any]]:
        """All there is to know, for `set_state`."""
        return {"quality": self._quality.copy(), "count": self._count.copy()}

    def set_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continues from what `get_state` gave."""
        self._quality[:] = state["quality"]
        self._count[:] = state["count"]
