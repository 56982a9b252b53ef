"""Scalar = Gymnasium's vector of scalars = native vector, in everything they return."""

from __future__ import annotations

from itertools import product

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from creative_envs.patches.env import PatchEnv, PatchVectorEnv
from creative_envs.tactics.env import TacticEnv, TacticVectorEnv
from tests.conftest import TOY_ID
from tests.playing import assert_same, play_together
from tests.toy_domain import NecklaceEnv, NecklaceVectorEnv

MODES = list(AutoresetMode)
ARGUMENTS = [
    {"works": works, "reward": reward, "brief_per": brief_per, "novelty_weight": (0.2, 0.9)}
    for works, reward, brief_per in product((1, 3), ("terminal", "shaped"), ("episode", "work"))
]


def sync_of(count, mode, **arguments):
    return SyncVectorEnv([lambda: NecklaceEnv(**arguments)] * count, autoreset_mode=mode)


@pytest.mark.parametrize("legal", [True, False], ids=["legal", "arbitrary"])
@pytest.mark.parametrize("mode", MODES, ids=[mode.name for mode in MODES])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_native_vector_equals_gymnasiums_vector_of_scalars(count, mode, legal):
    for arguments in ARGUMENTS:
        native = NecklaceVectorEnv(count, autoreset_mode=mode, **arguments)
        play_together(native, sync_of(count, mode, **arguments), seed=count, steps=40, legal=legal)


def test_ends_that_do_not_coincide_are_equal_too():
    """Works of equal length end together; after a masked reset they no longer do."""
    for mode in MODES:
        native, sync = NecklaceVectorEnv(4, autoreset_mode=mode), sync_of(4, mode)
        rng = np.random.default_rng(1)
        native.reset(seed=5)
        sync.reset(seed=5)
        apart = False
        for step in range(30):
            actions = rng.integers(5, size=4)
            result = native.step(actions)
            assert_same(result, sync.step(actions), f"{mode} step {step}")
            apart |= bool(result[2].any() and not result[2].all())
            chosen = result[2] if mode == AutoresetMode.DISABLED else np.zeros(4, bool)
            if step in (1, 3, 4):
                chosen = chosen | (np.arange(4) == step % 4)
            if chosen.any():
                results = [
                    env.reset(options={"reset_mask": chosen.copy()}) for env in (native, sync)
                ]
                assert_same(*results, f"{mode} reset after step {step}")
        assert apart, "the masked resets should have moved the ends apart"


def test_each_row_equals_a_scalar_environment_with_its_seed():
    native = NecklaceVectorEnv(5, works=2, novelty_weight=(0.0, 1.0))
    scalars = [NecklaceEnv(works=2, novelty_weight=(0.0, 1.0)) for _ in range(5)]
    together, _ = native.reset(seed=100)
    apart = [env.reset(seed=100 + row)[0] for row, env in enumerate(scalars)]
    rng = np.random.default_rng(0)
    for _ in range(12):
        for row, observation in enumerate(apart):
            assert_same({key: array[row] for key, array in together.items()}, observation)
        actions = rng.integers(5, size=5)
        together, rewards, ends, _, _ = native.step(actions)
        results = [env.step(int(a)) for env, a in zip(scalars, actions, strict=True)]
        apart = [result[0] for result in results]
        assert rewards.tolist() == [result[1] for result in results]
        assert ends.tolist() == [result[2] for result in results]
    assert ends.all()


def test_make_vec_gives_the_native_vector_and_the_same_as_sync():
    native = gym.make_vec(TOY_ID, num_envs=3, works=2)
    assert isinstance(native.unwrapped, NecklaceVectorEnv)
    sync = gym.make_vec(TOY_ID, num_envs=3, vectorization_mode="sync", works=2)
    play_together(native, sync, seed=3, steps=30)


def test_spaces_equal_those_of_sync():
    native, sync = NecklaceVectorEnv(3, works=2), sync_of(3, AutoresetMode.NEXT_STEP, works=2)
    for name in ("observation_space", "action_space", "single_observation_space"):
        assert getattr(native, name) == getattr(sync, name)
    assert native.single_action_space == sync.single_action_space


@pytest.mark.parametrize("legal", [True, False], ids=["legal", "arbitrary"])
@pytest.mark.parametrize("mode", MODES, ids=[mode.name for mode in MODES])
@pytest.mark.parametrize(
    "arguments",
    [
        {"size": 6, "works": 2, "reward": "shaped", "brief_per": "work", "observe_picture": True},
        {"library": ("procedural:seed=1", "procedural:seed=2"), "novelty_weight": (0.2, 0.9)},
    ],
    ids=["small", "of two libraries"],
)
def test_compositions_are_equal_too(arguments, mode, legal):
    native = PatchVectorEnv(3, autoreset_mode=mode, **arguments)
    sync = SyncVectorEnv([lambda: PatchEnv(**arguments)] * 3, autoreset_mode=mode)
    play_together(native, sync, seed=3, steps=80, legal=legal)


@pytest.mark.parametrize("legal", [True, False], ids=["legal", "arbitrary"])
@pytest.mark.parametrize("mode", MODES, ids=[mode.name for mode in MODES])
@pytest.mark.parametrize(
    "arguments",
    [
        {"works": 2, "brief_per": "work", "maps": ("river-5", "pass-2")},
        {"split": "test", "novelty_weight": (0.2, 0.9)},
    ],
    ids=["portfolios", "held out"],
)
def test_tactics_are_equal_too(arguments, mode, legal):
    native = TacticVectorEnv(3, autoreset_mode=mode, **arguments)
    sync = SyncVectorEnv([lambda: TacticEnv(**arguments)] * 3, autoreset_mode=mode)
    play_together(native, sync, seed=3, steps=80, legal=legal)
