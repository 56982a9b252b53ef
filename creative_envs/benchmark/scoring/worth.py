"""Creative Yield: how good works are, times how many different ones there are in effect.

    yield = mean(g) x VS2(K; g)        g = quality^2 x valid x new

VS2 is the Vendi score of order 2 with works weighted by their worth g (`core.diversity`).

* Quality is squared. Taken as it is, noise wins: uniformly random melodies are worth .05 each but
  all unlike, and reach .33 of the human yield, random tactics .22 of the experts'; squared, they
  reach .01 and .04 (the release gate has both).
* A work is new where two views say so. By kinship (`Insight.kinship_to_references`), which no
  reward takes, it lies farther from all that training may have seen than a tenth of the reference
  works do; by novelty's own view (`Insight.nearest_references`) the same, or half way from a copy.
  The one knows demonstrations, the other disguises: known works mirrored, moved or in another key.
* K, the similarity of two works, is the larger of what the two views say: works count as different
  where they are so in both. Novelty's view alone takes any two melodies for wholly different;
  kinship alone takes a melody moved to another mode for a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.suite import Yardstick
from creative_envs.core import diversity
from creative_envs.core.information import stack
from creative_envs.core.task import Task

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Views:
    """What both views say of n works.

    Attributes:
        similarity: K, shape (n, n), symmetric, in [0, 1], 1 on the diagonal.
        kin_distance: To the nearest of kin that training may have seen, shape (n,), in [0, 1].
        likeness: Distance to the known work that novelty finds nearest, shape (n,), in [0, 1].
    """

    similarity: Float64
    kin_distance: Float64
    likeness: Float64

    @classmethod
    def of(cls, task: Task, works: Sequence[dict[str, Any]]) -> Views:
        """Looks at works of a task."""
        told = stack(works)
        near = task.nearest_references(*told)
        similarity = np.maximum(task.kinship(*told), 1 - task.unlikeness(*told))
        return cls(
            (similarity + similarity.T) / 2,
            1 - task.kinship_to_references(*told),
            np.array([one.distance for one in near]),
        )

    def new(self, yardstick: Yardstick) -> NDArray[np.bool_]:
        """Which works are new by both views, shape (n,)."""
        return np.asarray(
            (self.kin_distance > yardstick.known_kin) & (self.likeness > yardstick.known_likeness)
        )


@dataclass(frozen=True, eq=False)
class Worth:
    """How much each of n works counts.

    Attributes:
        works: As in ``info["work"]``.
        views: What both views say of them.
        new: Which are new, shape (n,).
        each: g, shape (n,), in [0, 1].
    """

    works: Sequence[dict[str, Any]]
    views: Views
    new: NDArray[np.bool_]
    each: Float64

    @classmethod
    def of(cls, task: Task, works: Sequence[dict[str, Any]], yardstick: Yardstick) -> Worth:
        """Values works of a task."""
        views = Views.of(task, works)
        new = views.new(yardstick)
        return cls(works, views, new, column(works, "quality") ** 2 * column(works, "valid") * new)

    @property
    def creative_yield(self) -> float:
        """Mean worth times Vendi score: in effect, how many wholly good different works."""
        return diversity.creative_yield(self.each, self.views.similarity)


def creative_yield(task: Task, works: Sequence[dict[str, Any]], yardstick: Yardstick) -> float:
    """Creative Yield of works over that of as many held-out reference works.

    Args:
        task: The held-out one.
        works: As in ``info["work"]``, as many as the yardstick was taken of: variety depends on
            how many there are.
        yardstick: The suite's.
    """
    return Worth.of(task, works, yardstick).creative_yield / yardstick.creative_yield


def column(works: Sequence[dict[str, Any]], name: str) -> Float64:
    """A number of each work, shape (n,)."""
    return np.array([work[name] for work in works], np.float64)
