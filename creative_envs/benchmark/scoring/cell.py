"""The scores of a cell: of the works its policy made, and of those made while it was trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from gymnasium.vector import AutoresetMode

from creative_envs.benchmark.scoring.measures import measures
from creative_envs.benchmark.scoring.worth import Worth, column
from creative_envs.benchmark.suite import Environment, Suite
from creative_envs.benchmark.works import Episode, replay
from creative_envs.core.task import Task

Work = dict[str, Any]

SHOWN: Final = 3
"""Works of each kind that reports may show."""
_SHOWN_SEED: Final = 0


def score_cell(
    suite: Suite,
    environment: Environment,
    episodes: Sequence[Episode],
    training: Sequence[Sequence[Episode]],
) -> dict[str, Any]:
    """Makes all works again and scores them.

    Args:
        suite: Of the cell.
        environment: Of the cell.
        episodes: What the trained policy made, for held-out briefs.
        training: What training made in each window of the budget.

    Returns:
        Plain data: ``metrics``, numbers by name (`measures`); ``curve``, a dictionary for each
        window in which works were finished; ``shown``, indices of the episodes that are best, in
        the middle, and drawn at random.

    Raises:
        InvalidResults: Episodes that the environment's rules cannot have made.
    """
    made = replay(environment, episodes)
    worth = _worth(environment, environment.make_held_out(1).task, made)
    known = environment.make_vec(1, AutoresetMode.NEXT_STEP).task
    curve = [
        _point(suite, environment, known, window, _end(suite, index))
        for index, window in enumerate(training)
        if window
    ]
    return {"metrics": measures(environment, worth), "curve": curve, "shown": _shown(made)}


def _worth(environment: Environment, task: Task, made: Sequence[Sequence[Work]]) -> Worth:
    return Worth.of(task, [work for works in made for work in works], environment.yardstick)


def _end(suite: Suite, window: int) -> int:
    return (window + 1) * suite.budget // suite.points


def _point(
    suite: Suite, environment: Environment, task: Task, window: Sequence[Episode], steps: int
) -> dict[str, Any]:
    """A point of the learning curve; without a yield where too few works were finished."""
    made = replay(environment, window, held_out=False)
    worth = _worth(environment, task, made)
    means = {n: float(column(worth.works, n).mean()) for n in ("reward", "quality", "novelty")}
    point = {"steps": steps, "works": len(worth.works), **means}
    if len(window) == suite.point_works:
        point["yield"] = worth.creative_yield / environment.yardstick.point_yield
    return point


def _shown(made: Sequence[Sequence[Work]]) -> dict[str, list[int]]:
    """Indices of episodes by the mean reward of their works."""
    order = np.argsort([-float(column(works, "reward").mean()) for works in made], kind="stable")
    middle = max((len(order) - SHOWN) // 2, 0)
    drawn = np.random.default_rng(_SHOWN_SEED).permutation(len(order))
    parts = {"best": order, "median": order[middle:], "random": drawn}
    return {name: part[:SHOWN].tolist() for name, part in parts.items()}
