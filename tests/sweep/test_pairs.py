"""Every pair of argument values of every environment, tried at least once."""

from __future__ import annotations

import warnings
from itertools import combinations

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from creative_envs import check_creative_env
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK
from tests.playing import assert_same, play_together
from tests.sweep.pairs import ROCKY, VALUES, all_pairs, configurations

ALL = configurations()
MODES = list(AutoresetMode)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("domain", VALUES)
def test_every_pair_occurs(domain):
    values = VALUES[domain]
    rows = all_pairs(values)
    seen = {(a, repr(row[a]), b, repr(row[b])) for row in rows for a, b in combinations(values, 2)}
    wanted = {
        (a, repr(one), b, repr(other))
        for a, b in combinations(values, 2)
        for one in values[a]
        for other in values[b]
    }
    assert seen == wanted
    assert len(rows) <= 24


def test_every_id_takes_part():
    assert {env_id for env_id, _ in ALL} == {*SINGLE_WORK, *PORTFOLIOS}


@pytest.mark.parametrize("number", range(len(ALL)), ids=lambda n: f"{n}-{ALL[n][0].split('/')[1]}")
def test_the_contract_and_the_vector(number):
    """Our checker, a whole episode beside scalar ones, pictures of the vector, the spec as JSON."""
    env_id, arguments = ALL[number]
    env = gym.make(env_id, disable_env_checker=True, **arguments)
    check_creative_env(env, episodes=1)
    mode = MODES[number % len(MODES)]
    native = gym.make_vec(env_id, num_envs=2, autoreset_mode=mode, **arguments)
    sync = SyncVectorEnv(
        [lambda: gym.make(env_id, disable_env_checker=True, **arguments)] * 2, autoreset_mode=mode
    )
    longest = env.unwrapped.task.max_length * env.unwrapped.settings.works
    play_together(native, sync, seed=number, steps=min(longest, 300) + 3)
    native.reset(seed=number)
    sync.reset(seed=number)
    assert_same(native.render(), None if native.render_mode is None else sync.render())
    if ROCKY not in list(arguments.get("maps") or ()):
        twin = gym.make(EnvSpec.from_json(env.spec.to_json()))
        assert_same(twin.reset(seed=number), env.reset(seed=number))
