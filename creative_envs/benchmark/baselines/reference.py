"""The yardstick's row: works of the references' makers that no training has seen."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.errors import InvalidSuite
from creative_envs.benchmark.suite import Environment
from creative_envs.benchmark.works import Episode
from creative_envs.core.retrace import retrace

Works = tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]

POOL: Final = 640
"""Works to draw from, where a domain has as many."""


class Reference:
    """Held-out reference works, for the briefs extracted from them: what 1.00 means.

    Those of the last environment are kept, as finding experts' best tactics takes its time.
    """

    makes_own_briefs: ClassVar[bool] = True
    """Nothing is learnt and no brief is answered: `episodes` is asked instead of `train`."""

    def __init__(self) -> None:
        self._pool: tuple[Environment, Works] | None = None

    def episodes(self, environment: Environment, count: int, seed: int) -> list[Episode]:
        """Draws so many held-out works, none twice.

        Args:
            environment: Whose.
            count: How many.
            seed: Decides which.

        Raises:
            InvalidSuite: There are not as many, or the environment's episodes are portfolios,
                whose works share a brief.
        """
        vector = environment.make_held_out(1)
        task, settings = vector.task, vector.settings
        if settings.works > 1:
            raise InvalidSuite(
                f"{environment.id}: reference works stand alone, each with a brief of its own; "
                f"leave agent 'reference' out where an episode is {settings.works} works"
            )
        if self._pool is None or self._pool[0] != environment:
            self._pool = environment, task.reference_works(POOL)
        tokens, length, brief = self._pool[1]
        if count > len(length):
            raise InvalidSuite(
                f"{environment.id}: agent 'reference' draws from {len(length)} held-out works; "
                f"sample at most as many in a suite that it is run on, not {count}"
            )
        chosen = np.random.default_rng(seed).choice(len(length), count, replace=False)
        brief = brief[chosen]
        brief[:, 0] = np.mean(settings.weight_range)
        actions = retrace(task, tokens[chosen], length[chosen], brief)
        return [
            Episode(brief[row], actions[row, : length[index]]) for row, index in enumerate(chosen)
        ]
