"""How a budget of steps is cut into rollouts."""

from __future__ import annotations


def whole_rollouts(budget: int, envs: int, steps: int) -> int:
    """Steps of an environment in a rollout, about as many as asked, so that all fit the budget.

    What is left over, less than a step of all environments for each rollout, teaches nothing.
    """
    rollouts = max(1, round(budget / (envs * steps)))
    return max(2, budget // (envs * rollouts))
