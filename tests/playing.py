"""Playing environments in step and comparing everything they return, to the last bit."""

from __future__ import annotations

import copy

import numpy as np
from gymnasium.vector import AutoresetMode

from creative_envs.core.sampling import sample_legal


def assert_same(first, second, where=""):
    """Fails, naming the place, unless two nested results are equal in value, type and shape."""
    if isinstance(first, dict):
        assert isinstance(second, dict) and set(first) == set(second), (
            f"{where}: keys {sorted(first)} and {sorted(second)}"
        )
        for key in first:
            assert_same(first[key], second[key], f"{where}[{key!r}]")
    elif isinstance(first, (tuple, list)):
        assert type(first) is type(second) and len(first) == len(second), where
        for index, pair in enumerate(zip(first, second, strict=True)):
            assert_same(*pair, f"{where}[{index}]")
    elif isinstance(first, np.ndarray):
        assert isinstance(second, np.ndarray), f"{where}: {type(first)} and {type(second)}"
        assert first.dtype == second.dtype, f"{where}: {first.dtype} and {second.dtype}"
        assert first.shape == second.shape, f"{where}: {first.shape} and {second.shape}"
        if first.dtype == object:
            assert_same(list(first), list(second), where)
        else:
            np.testing.assert_array_equal(first, second, err_msg=where)
    else:
        assert type(first) is type(second), f"{where}: {type(first)} and {type(second)}"
        assert first == second, f"{where}: {first!r} and {second!r}"


def arrays_in(result):
    """Every array of a nested result."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (tuple, list)) or (
        isinstance(result, np.ndarray) and result.dtype == object
    ):
        return [array for part in result for array in arrays_in(part)]
    return [result] if isinstance(result, np.ndarray) else []


def choose(mask, rng, legal):
    """Actions for a mask (A,) or (N, A): legal ones, or any at all."""
    if legal:
        return sample_legal(mask, rng)
    return rng.integers(mask.shape[-1], size=mask.shape[:-1])


def play_together(first, second, *, seed, steps, legal=True):
    """Steps two vector environments with the same actions; every return must be the same."""
    rng = np.random.default_rng(seed)
    (observation, info), other = first.reset(seed=seed), second.reset(seed=seed)
    assert_same((observation, info), other, "reset")
    disabled = first.metadata["autoreset_mode"] == AutoresetMode.DISABLED
    for step in range(steps):
        actions = choose(observation["action_mask"], rng, legal)
        result, other = first.step(actions), second.step(actions)
        assert_same(result, other, f"step {step}")
        observation, ended = result[0], result[2]
        if disabled and ended.any():
            # A fresh dict for each: Gymnasium takes the mask out of the one it is given.
            result = first.reset(options={"reset_mask": ended.copy()})
            other = second.reset(options={"reset_mask": ended.copy()})
            assert_same(result, other, f"reset after step {step}")
            observation = result[0]


def trajectory(env, *, seed, steps, legal=True):
    """All that a scalar environment returns in some steps, episode after episode."""
    rng = np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    seen = [(observation, info)]
    for _ in range(steps):
        result = env.step(int(choose(observation["action_mask"], rng, legal)))
        seen.append(result)
        observation = result[0]
        if result[2]:
            observation, info = env.reset()
            seen.append((observation, info))
    return copy.deepcopy(seen)


def play_episode(env, *, seed=None, legal=True, options=None):
    """Plays to the end of an episode; returns its return, its works and its last observation."""
    rng = np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed, options=options)
    total, works, illegal, terminated = 0.0, [], 0, False
    while not terminated:
        action = int(choose(observation["action_mask"], rng, legal))
        observation, reward, terminated, truncated, info = env.step(action)
        assert not truncated
        total += reward
        illegal += info["illegal"]
        if "work" in info:
            works.append(info["work"])
    return total, works, illegal, observation


def play_through(task, actions, length, brief):
    """Takes given actions (n, L), legal ones that finish n works at once; returns the tokens."""
    n = len(actions)
    tokens = np.full((n, task.max_length, len(task.token_sizes)), -1, np.int16)
    written, finished = np.zeros(n, np.int32), np.zeros(n, np.bool_)
    mask = np.zeros((n, task.n_actions), np.int8)
    scratch = np.zeros((n, task.scratch_size), np.int32)
    task.begin(np.arange(n), brief, mask, scratch)
    for step in range(length.max()):
        active = step < length
        assert not finished[active].any()
        assert mask[active, actions[active, step]].all()
        task.advance(
            actions[:, step].clip(0), active, tokens, written, brief, mask, scratch, finished
        )
    assert finished.all()
    np.testing.assert_array_equal(written, length)
    return tokens
