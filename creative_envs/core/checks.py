"""`check_creative_env`: does an environment keep the contract, at every step of whole episodes?

Gymnasium's and Stable-Baselines3's checkers look at the first few steps; this one plays episodes
to their end, with legal and with arbitrary actions.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from creative_envs.core.batch import Batch
from creative_envs.core.env import CreativeEnv, Observation
from creative_envs.core.errors import CreativeEnvsError, InvalidAction, ResetNeeded
from creative_envs.core.sampling import sample_legal

WORK_KEYS = [
    "tokens",
    "length",
    "brief",
    "quality",
    "craft",
    "adherence",
    "novelty",
    "valid",
    "reward",
    "terms",
    "descriptor",
]


class ContractBroken(CreativeEnvsError, AssertionError):
    """An environment does not keep the contract; the message says where."""


def check_creative_env(env: gym.Env[Any, Any], *, episodes: int = 4, seed: int = 0) -> None:
    """Plays whole episodes and checks every promise of the contract on the way.

    Args:
        env: An environment made by `gymnasium.make`, wrappers and all; it is left reset.
        episodes: How many to play with legal actions, and as many with arbitrary ones.
        seed: Of the episodes and of the actions.

    Raises:
        ContractBroken: Names the first promise found broken.
    """
    creative = env.unwrapped
    _require(isinstance(creative, CreativeEnv), f"{creative} is not a CreativeEnv")
    assert isinstance(creative, CreativeEnv)
    rng = np.random.default_rng(seed)
    _check_misuse(env)
    for episode in range(episodes):
        for legal in (True, False):
            _play(env, creative, seed + episode, rng, legal)
    _check_determinism(env, creative, seed)
    _check_copies(env, creative, seed)
    _check_rendering(env, creative, seed)
    _check_batching(creative, seed)
    env.reset(seed=seed)


def same(first: Any, second: Any) -> bool:
    """Whether two nested structures of arrays, numbers and mappings are equal throughout."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, np.ndarray) and first.dtype == object:
        return same(list(first), list(second))
    return bool(np.array_equal(first, second))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ContractBroken(message)


def _check_misuse(env: gym.Env[Any, Any]) -> None:
    space = env.action_space
    assert isinstance(space, gym.spaces.Discrete)
    env.reset(seed=0)
    for action in (-1, int(space.n), 0.5, None):
        try:
            env.step(action)
        except InvalidAction:
            continue
        raise ContractBroken(f"step({action!r}) must raise InvalidAction")


def _check_observation(env: gym.Env[Any, Any], observation: Observation, where: str) -> None:
    space = env.observation_space
    assert isinstance(space, gym.spaces.Dict)
    for key, value in observation.items():
        _require(
            key in space.spaces and space[key].contains(value),
            f"{where}: observation[{key!r}] leaves its space",
        )
        _require(bool(np.isfinite(value).all()), f"{where}: observation[{key!r}] is not finite")
    _require(set(observation) == set(space.spaces), f"{where}: observation keys differ from space")
    _require(bool(observation["action_mask"].any()), f"{where}: no action is legal")


def _play(
    env: gym.Env[Any, Any],
    creative: CreativeEnv,
    seed: int,
    rng: np.random.Generator,
    legal: bool,
) -> None:
    observation, _ = env.reset(seed=seed)
    brief, works, return_ = observation["brief"], 0, 0.0
    limit = creative.task.max_length * creative.settings.works
    illegal_steps, paid = 0, 0.0
    for step in range(limit):
        where = f"seed {seed}, step {step}"
        _check_observation(env, observation, where)
        mask = observation["action_mask"]
        _require(bool((creative.action_masks() == (mask != 0)).all()), f"{where}: two masks differ")
        action = sample_legal(mask, rng) if legal else rng.integers(len(mask))
        before = observation
        observation, reward, terminated, truncated, info = env.step(action)
        _require(not truncated, f"{where}: nothing is ever truncated")
        _require(info["illegal"] == (mask[action] == 0), f"{where}: info['illegal'] is wrong")
        _require(bool(mask[info["executed_action"]]), f"{where}: an illegal action was executed")
        illegal_steps += info["illegal"]
        return_ += float(reward)
        if "work" in info:
            works += 1
            paid += info["work"]["reward"]
            _check_work(creative, info["work"], where)
        else:
            _check_append_only(before, observation, where)
        if creative.settings.brief_per == "episode":
            _require(bool((observation["brief"] == brief).all()), f"{where}: the brief changed")
        if terminated:
            break
    _require(terminated, f"seed {seed}: the episode did not end within {limit} steps")
    _require(works == creative.settings.works, f"seed {seed}: {works} works in an episode")
    expected = paid - illegal_steps * creative.task.illegal_cost
    _require(abs(return_ - expected) < 1e-6, f"seed {seed}: return {return_}, paid {expected}")
    try:
        env.step(0)
    except (ResetNeeded, gym.error.ResetNeeded):
        return
    raise ContractBroken("stepping a finished episode must raise ResetNeeded")


def _check_append_only(before: Observation, after: Observation, where: str) -> None:
    old, new = before["tokens"], after["tokens"]
    written = int((old[:, 0] >= 0).sum())
    _require(bool((old[:written] == new[:written]).all()), f"{where}: a written token changed")
    _require(bool((new[written] >= 0).all()), f"{where}: no token row was appended")
    _require(bool((new[written + 1 :] == -1).all()), f"{where}: rows beyond the work are written")


def _check_work(creative: CreativeEnv, work: dict[str, Any], where: str) -> None:
    _require(sorted(work) == sorted(WORK_KEYS), f"{where}: info['work'] holds {sorted(work)}")
    for key in ("quality", "craft", "adherence", "novelty"):
        _require(0.0 <= work[key] <= 1.0, f"{where}: {key} is {work[key]}")
    _require(
        tuple(work["terms"]) == creative.task.term_names, f"{where}: terms differ from term_names"
    )
    numbers = [*work["terms"].values(), *work["descriptor"].tolist()]
    _require(bool(np.isfinite(numbers).all()), f"{where}: a term or descriptor is not finite")
    weight = float(work["brief"][0])
    expected = work["quality"] * ((1 - weight) + weight * work["novelty"])
    _require(abs(work["reward"] - expected) < 1e-6, f"{where}: reward is not its formula")
    _require(work["valid"] or not work["quality"], f"{where}: an invalid work has quality")
    _require(
        work["descriptor"].shape == (len(creative.task.descriptor_names),),
        f"{where}: the descriptor differs from descriptor_names",
    )
    written, beyond = np.split(work["tokens"], [work["length"]])
    _require(bool((written >= 0).all()), f"{where}: the work has unwritten rows")
    _require(bool((beyond == -1).all()), f"{where}: rows beyond the work's length are written")


def _trajectory(env: gym.Env[Any, Any], observation: Observation, steps: int) -> list[Any]:
    """What the environment returns to a fixed stream of legal actions, from where it stands."""
    rng = np.random.default_rng(0)
    seen: list[Any] = []
    as_it_was: list[Any] = []
    for _ in range(steps):
        result = env.step(sample_legal(observation["action_mask"], rng))
        seen.append(result)
        as_it_was.append(copy.deepcopy(result))
        observation = result[0]
        if result[2]:
            observation, _ = env.reset()
    _require(same(seen, as_it_was), "a returned array changed after it had been returned")
    return seen


def _check_determinism(env: gym.Env[Any, Any], creative: CreativeEnv, seed: int) -> None:
    first, second, other = (
        _trajectory(env, env.reset(seed=s)[0], 200) for s in (seed, seed, seed + 1)
    )
    _require(same(first, second), "the same seed and actions gave two different trajectories")
    # Of a few briefs, different seeds may draw the same.
    few = creative.settings.briefs is not None
    _require(few or not same(first, other), "different seeds gave the same trajectory")


def _check_copies(env: gym.Env[Any, Any], creative: CreativeEnv, seed: int) -> None:
    """In the middle of an episode, a pickled copy and a restored state continue the same way."""
    observation, _ = env.reset(seed=seed)
    observation, *_ = env.step(sample_legal(observation["action_mask"], np.random.default_rng(1)))
    steps = creative.task.max_length * creative.settings.works
    state, twin = creative.get_state(), _pickled(env)
    expected = _trajectory(env, observation, steps)
    _require(
        same(_trajectory(twin, observation, steps), expected),
        "a pickled copy does not continue the same way",
    )
    creative.set_state(state)
    _require(
        same(_trajectory(env, observation, steps), expected),
        "set_state(get_state()) does not continue the same way",
    )


def _pickled(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    try:
        twin: gym.Env[Any, Any] = pickle.loads(pickle.dumps(env))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ContractBroken(f"the environment does not pickle: {error}") from error
    return twin


def _check_rendering(env: gym.Env[Any, Any], creative: CreativeEnv, seed: int) -> None:
    if creative.render_mode is None:
        return
    observation, _ = env.reset(seed=seed)
    env.step(sample_legal(observation["action_mask"], np.random.default_rng(1)))
    before = creative.get_state()
    first, second = env.render(), env.render()
    _require(same(first, second), "two renderings of the same work differ")
    _require(same(creative.get_state(), before), "render() changed the state")


def _check_batching(creative: CreativeEnv, seed: int, size: int = 3) -> None:
    """The task's rows are independent: a batch does what as many batches of one do."""
    task, settings = creative.task, creative.settings
    together = Batch(task, size, settings)
    apart = [Batch(task, 1, settings) for _ in range(size)]
    keys = np.arange(seed, seed + size, dtype=np.uint64)
    together.begin_episodes(np.arange(size), keys)
    for row, single in enumerate(apart):
        single.begin_episodes(np.zeros(1, np.int64), keys[row : row + 1])
    rng = np.random.default_rng(seed)
    for _ in range(2 * task.max_length):
        active = together.ongoing & (rng.random(size) < 0.8)
        actions = rng.integers(task.n_actions, size=size)
        rewards = together.step(actions, active).reward
        seen = together.observation()
        for row, single in enumerate(apart):
            if active[row]:
                alone = single.step(actions[row : row + 1], np.ones(1, np.bool_)).reward
                _require(bool(alone[0] == rewards[row]), "rewards depend on other rows")
            _require(
                same(_row(seen, row), _row(single.observation(), 0)), "rows are not independent"
            )


def _row(observation: Observation, row: int) -> dict[str, NDArray[Any]]:
    return {key: array[row] for key, array in observation.items()}
