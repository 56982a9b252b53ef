"""The flat one-hot view: what lies where, for scalar and vector environments."""

from __future__ import annotations

from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from creative_envs.core.one_hot import OneHotTokens, OneHotTokensVector
from tests.conftest import TOY_ID
from tests.playing import assert_same
from tests.toy_domain import BEADS, COLOURS, NecklaceEnv, NecklaceTask, NecklaceVectorEnv


class TwoColumns(NecklaceTask):
    """Token rows of two columns of different sizes: the bead, and how many were written."""

    def __init__(self, beads=BEADS):
        super().__init__(beads)
        self.token_sizes = (COLOURS, beads + 1)

    def advance(self, actions, active, tokens, length, *rest):
        super().advance(actions, active, tokens, length, *rest)
        rows = active.nonzero()[0]
        tokens[rows, length[rows] - 1, 1] = length[rows]


class TwoColumnsEnv(NecklaceEnv):
    task_type = TwoColumns


def test_slices_tile_the_vector():
    env = OneHotTokens(NecklaceEnv(works=3))
    parts = sorted(env.slices.values(), key=lambda part: part.start)
    assert set(env.slices) == {"tokens", "brief", "action_mask", "works"}
    assert parts[0].start == 0 and parts[-1].stop == env.observation_space.shape[0]
    assert all(a.stop == b.start for a, b in pairwise(parts))


def test_every_part_is_where_its_slice_says():
    env = OneHotTokens(NecklaceEnv(works=2))
    env.reset(seed=0)
    for bead in (0, 1, 2, 3, 4, 0, 3):
        flat, *_ = env.step(bead)
    original = env.unwrapped._observe()
    assert flat.dtype == np.float32 and env.observation_space.contains(flat)
    tokens = flat[env.slices["tokens"]].reshape(BEADS, COLOURS)
    expected = np.zeros((BEADS, COLOURS))
    expected[0, 3] = 1
    np.testing.assert_array_equal(tokens, expected)
    for key in ("brief", "action_mask", "works"):
        np.testing.assert_array_equal(flat[env.slices[key]], original[key].ravel())


def test_columns_stand_side_by_side_in_a_row():
    env = OneHotTokens(TwoColumnsEnv())
    env.reset(seed=0)
    env.step(4)
    flat, *_ = env.step(2)
    rows = flat[env.slices["tokens"]].reshape(BEADS, COLOURS + BEADS + 1)
    assert [row.nonzero()[0].tolist() for row in rows] == [[4, COLOURS + 1], [2, COLOURS + 2]] + [
        []
    ] * (BEADS - 2)


@pytest.mark.parametrize("mode", AutoresetMode)
def test_vector_equals_scalar(mode):
    """Flattening a native vector = a vector of flattened scalars, final observations included."""
    native = OneHotTokensVector(NecklaceVectorEnv(3, works=2, autoreset_mode=mode))
    sync = SyncVectorEnv([lambda: OneHotTokens(NecklaceEnv(works=2))] * 3, autoreset_mode=mode)
    assert native.single_observation_space == sync.single_observation_space
    assert native.observation_space == sync.observation_space
    assert_same(native.reset(seed=0), sync.reset(seed=0))
    rng = np.random.default_rng(0)
    for _ in range(30):
        actions = rng.integers(COLOURS, size=3)
        result = native.step(actions)
        assert_same(result, sync.step(actions))
        if mode == AutoresetMode.DISABLED and result[2].any():
            masks = [{"reset_mask": result[2].copy()} for _ in range(2)]
            assert_same(native.reset(options=masks[0]), sync.reset(options=masks[1]))


def test_wraps_what_gym_make_gives():
    env = OneHotTokens(gym.make(TOY_ID))
    flat, _ = env.reset(seed=0)
    assert flat.shape == env.observation_space.shape
    vector = OneHotTokensVector(gym.make_vec(TOY_ID, num_envs=2))
    flat, _ = vector.reset(seed=0)
    assert vector.observation_space.contains(flat)
