"""Works of a trained policy on held-out briefs, without any feedback it could search by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.errors import InvalidPolicy
from creative_envs.benchmark.works import Episode

if TYPE_CHECKING:  # not needed before there is a policy
    from creative_envs.benchmark.protocol import ObservationKind, Policy
    from creative_envs.benchmark.suite import Environment
    from creative_envs.core.vector import CreativeVectorEnv


class Sample(NamedTuple):
    """Episodes as executed, and the share of sampled actions that were masked, in [0, 1]."""

    episodes: list[Episode]
    illegal: float


def sample_works(
    environment: Environment,
    policy: Policy,
    works: int,
    *,
    observation: ObservationKind,
    briefs_seed: int,
    policy_seed: int,
) -> Sample:
    """Lets a policy make works side by side.

    Args:
        environment: Held-out briefs are drawn from it.
        policy: Not to be trusted: what it returns is checked.
        works: How many works at least; portfolios are made whole.
        observation: What the policy is shown.
        briefs_seed: Decides the briefs.
        policy_seed: Decides what the policy draws.

    Raises:
        InvalidPolicy: It does not give one legal index of an action for each episode.
    """
    count = episodes_for(environment, works)
    vector = environment.make_held_out(count)
    shown = _view(vector, observation)
    observed, _ = vector.reset(seed=briefs_seed)
    briefs = observed["brief"].copy()
    _check_methods(policy)
    policy.reset(policy_seed, count)
    actions: list[list[int]] = [[] for _ in range(count)]
    ongoing, masked = np.ones(count, np.bool_), 0
    while ongoing.any():
        chosen = _checked(policy.act(shown(observed)), count, vector.task.n_actions)
        observed, _, terminated, _, info = vector.step(chosen)
        for row in ongoing.nonzero()[0]:
            actions[row].append(int(info["executed_action"][row]))
        masked += int((info["illegal"] & ongoing).sum())
        ongoing &= ~terminated
    episodes = [
        Episode(brief, np.array(taken, np.int64))
        for brief, taken in zip(briefs, actions, strict=True)
    ]
    return Sample(episodes, masked / sum(map(len, actions)))


def episodes_for(environment: Environment, works: int) -> int:
    """How many episodes come to so many works: fewer where an episode is a portfolio."""
    per_episode = environment.make_held_out(1).settings.works
    return -(-works // per_episode)


def _view(vector: CreativeVectorEnv, kind: ObservationKind) -> Callable[[dict[str, Any]], Any]:
    from creative_envs.core.one_hot import OneHotTokensVector

    return OneHotTokensVector(vector).observations if kind == "flat" else lambda shown: shown


def _check_methods(policy: Any) -> None:
    for name in ("reset", "act"):
        if not callable(getattr(policy, name, None)):
            raise InvalidPolicy(
                f"train() returned {type(policy).__name__}, which has no {name}(): return a "
                "policy (see creative_envs.benchmark.protocol.Policy)"
            )


def _checked(actions: Any, count: int, n_actions: int) -> NDArray[np.int64]:
    try:
        array = np.asarray(actions)
    except (ValueError, TypeError) as error:
        raise InvalidPolicy(f"act() returned what is no array of actions: {error}") from error
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise InvalidPolicy(
            f"act() returns whole numbers of shape ({count},), an action for each episode; got "
            f"{array.dtype} of shape {array.shape}"
        )
    if array.min() < 0 or array.max() >= n_actions:
        raise InvalidPolicy(
            f"act() returns actions in 0..{n_actions - 1}, got {array.min()}..{array.max()}"
        )
    return array.astype(np.int64)
