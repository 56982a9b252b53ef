"""Pickle, deepcopy and get_state/set_state in the middle of an episode."""

from __future__ import annotations

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from creative_envs.core.errors import InvalidArgument
from creative_envs.melody.env import MelodyEnv, MelodyVectorEnv
from creative_envs.patches.env import PatchEnv, PatchVectorEnv
from creative_envs.tactics.env import TacticEnv, TacticVectorEnv
from tests.conftest import TOY_ID
from tests.playing import assert_same
from tests.toy_domain import NecklaceEnv, NecklaceTask, NecklaceVectorEnv

COMMON = {"works": 3, "brief_per": "work", "reward": "shaped", "novelty_weight": (0.1, 0.9)}
TERMINAL = {**COMMON, "reward": "terminal"}
DOMAINS = {
    "necklaces": (NecklaceEnv, NecklaceVectorEnv, COMMON),
    "melodies": (MelodyEnv, MelodyVectorEnv, {**TERMINAL, "bars": 4}),
    "compositions": (PatchEnv, PatchVectorEnv, {**COMMON, "size": 6, "observe_picture": True}),
    "tactics": (TacticEnv, TacticVectorEnv, {**TERMINAL, "maps": ("open-3", "pass-2")}),
}
every_domain = pytest.mark.parametrize("domain", DOMAINS)


def continuation(env, steps=50, seed=9):
    """What an environment returns from where it stands, resets included."""
    rng = np.random.default_rng(seed)
    seen = []
    space = getattr(env, "single_action_space", env.action_space)
    for _ in range(steps):
        actions = rng.integers(space.n, size=getattr(env, "num_envs", None))
        result = env.step(actions)
        seen.append(result)
        if not hasattr(env, "num_envs") and result[2]:
            seen.append(env.reset())
    return seen


def advanced(env, steps):
    env.reset(seed=2)
    for _ in range(steps):
        env.step(np.ones(getattr(env, "num_envs", None) or (), int))
    return env


def steps_to_the_end(env):
    """How many steps `advanced` can make in an episode."""
    env.reset(seed=2)
    steps = 1
    while not env.step(1)[2]:
        steps += 1
    return steps


def scalar(domain):
    make, _, arguments = DOMAINS[domain]
    return make(**arguments)


def vector(domain, mode=AutoresetMode.NEXT_STEP):
    _, make, arguments = DOMAINS[domain]
    return make(3, autoreset_mode=mode, **arguments)


def copies(env, fresh):
    """Copies of an environment, each made in another way; the last within a fresh one."""
    fresh.reset(seed=99)
    fresh.set_state(env.get_state())
    return {
        "pickle": pickle.loads(pickle.dumps(env)),
        "deepcopy": copy.deepcopy(env),
        "state": fresh,
    }


@every_domain
@pytest.mark.parametrize("steps", [0, 1, 4, 6, 17])
def test_scalar_copies_continue_exactly(domain, steps):
    env = advanced(scalar(domain), steps)
    others = copies(env, scalar(domain))
    expected = continuation(env)
    for name, other in others.items():
        assert_same(continuation(other), expected, name)


@every_domain
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
@pytest.mark.parametrize("steps", [0, 4, 17, 18, 19])
def test_vector_copies_continue_exactly(domain, steps, mode):
    env = advanced(vector(domain, mode), steps)
    others = copies(env, vector(domain, mode))
    expected = continuation(env)
    for name, other in others.items():
        assert_same(continuation(other), expected, name)


@every_domain
def test_copies_taken_near_the_end_of_an_episode_continue_exactly(domain):
    env = advanced(scalar(domain), steps_to_the_end(scalar(domain)) - 1)
    others = copies(env, scalar(domain))
    expected = continuation(env, steps=3)
    assert expected[0][2], "the next step should end the episode"
    for name, other in others.items():
        assert_same(continuation(other, steps=3), expected, name)


@every_domain
def test_state_round_trip_is_a_fixed_point(domain):
    for env in (scalar(domain), vector(domain)):
        advanced(env, 8)
        state = env.get_state()
        continuation(env)
        env.set_state(state)
        assert_same(env.get_state(), state)
        assert_same(pickle.loads(pickle.dumps(state)), state)


@every_domain
def test_a_copy_is_independent(domain):
    env = advanced(scalar(domain), 2)
    state = env.get_state()
    for other in copies(env, scalar(domain)).values():
        continuation(other)
    assert_same(env.get_state(), state)


def test_wrapped_environment_pickles_mid_episode():
    env = gym.make(TOY_ID, works=2)
    env.reset(seed=0)
    env.step(1)
    twin = pickle.loads(pickle.dumps(env))
    assert_same(twin.step(2), env.step(2))


def test_state_of_other_arguments_is_refused_and_changes_nothing():
    env = advanced(NecklaceEnv(works=3), 2)
    before = env.get_state()
    for other in (NecklaceEnv(works=2), NecklaceEnv(works=3, beads=5)):
        other.reset(seed=0)
        with pytest.raises(InvalidArgument, match="same arguments"):
            env.set_state(other.get_state())
        assert_same(env.get_state(), before)


def test_state_with_a_part_missing_is_refused():
    env = advanced(NecklaceEnv(), 2)
    state = env.get_state()
    del state["batch"]["key"]
    with pytest.raises(InvalidArgument, match="key"):
        env.set_state(state)


def test_task_pickles_as_its_arguments():
    task = NecklaceTask(5, split="test")
    twin = pickle.loads(pickle.dumps(task))
    assert twin.max_length == 5 and twin._arguments == {"beads": 5, "split": "test"}
    assert len(pickle.dumps(task)) < 500
