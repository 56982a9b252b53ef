"""No returned array is shared with the environment or with an earlier result."""

from __future__ import annotations

import copy
from functools import partial

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from creative_envs.melody.env import MelodyEnv, MelodyVectorEnv
from creative_envs.patches.env import PatchEnv, PatchVectorEnv
from creative_envs.tactics.env import TacticEnv, TacticVectorEnv
from tests.playing import arrays_in, assert_same
from tests.toy_domain import NecklaceEnv, NecklaceVectorEnv

STEPS = 40
NECKLACES = (NecklaceEnv, NecklaceVectorEnv, {"works": 2})
COMPOSITIONS = (
    PatchEnv,
    PatchVectorEnv,
    {"works": 2, "size": 6, "observe_picture": True, "reward": "shaped"},
)
MELODIES = (MelodyEnv, MelodyVectorEnv, {"works": 2, "bars": 4})
TACTICS = (TacticEnv, TacticVectorEnv, {"works": 2, "maps": ("open-3", "pass-2")})


class ScalarPlay:
    """A scalar environment driven like a vector one."""

    def __init__(self, domain):
        scalar, _, arguments = domain
        self.env = scalar(**arguments)
        self.n_actions = self.env.action_space.n

    def reset(self, seed):
        return self.env.reset(seed=seed)

    def step(self, actions):
        result = self.env.step(actions[0])
        return (*result, self.env.reset()) if result[2] else result

    def also_returned(self):
        return [self.env.action_masks(), self.env.get_state()]


class VectorPlay:
    def __init__(self, domain, mode):
        _, vector, arguments = domain
        self.env = vector(3, autoreset_mode=mode, **arguments)
        self.n_actions = self.env.single_action_space.n
        self.disabled = mode == AutoresetMode.DISABLED

    def reset(self, seed):
        return self.env.reset(seed=seed)

    def step(self, actions):
        result = self.env.step(actions)
        if self.disabled and result[2].any():
            return (*result, self.env.reset(options={"reset_mask": result[2]}))
        return result

    def also_returned(self):
        return [self.env.action_masks(), self.env.get_state()]


def plays(domain):
    """How to make a play of each kind."""
    vectors = (partial(VectorPlay, domain, mode) for mode in AutoresetMode)
    return [partial(ScalarPlay, domain), *vectors]


PLAYS = [*plays(NECKLACES), *plays(MELODIES), *plays(COMPOSITIONS), *plays(TACTICS)]


def run(play, after_each):
    rng = np.random.default_rng(3)
    result = play.reset(3)
    for _ in range(STEPS):
        after_each((result, play.also_returned()))
        actions = rng.integers(play.n_actions, size=3)
        result = play.step(actions)
        actions[:] = -1


@pytest.mark.parametrize("make", PLAYS)
def test_returned_arrays_never_change_later(make):
    returned, as_they_were = [], []
    run(make(), lambda r: (returned.append(r), as_they_were.append(copy.deepcopy(r))))
    assert_same(returned, as_they_were)


@pytest.mark.parametrize("make", PLAYS)
def test_spoiling_returned_arrays_has_no_effect(make):
    expected = []
    run(make(), lambda result: expected.append(copy.deepcopy(result)))
    remaining = iter(expected)

    def compare_and_spoil(result):
        assert_same(result, next(remaining))
        for array in arrays_in(result):
            array.fill(77)

    run(make(), compare_and_spoil)


def test_spoiling_the_work_in_info_does_not_spoil_the_artefact():
    env = NecklaceEnv()
    env.reset(seed=0)
    for bead in (0, 1, 2, 3, 4, 0):
        info = env.step(bead)[4]
    info["work"]["tokens"][:] = 1
    assert env.artefact().beads == (0, 1, 2, 3, 4, 0)


def test_the_given_brief_is_copied():
    brief = np.array([0.5, 0.25], np.float32)
    env = NecklaceEnv()
    env.reset(options={"brief": brief})
    brief[:] = 0
    assert env.step(0)[0]["brief"].tolist() == [0.5, 0.25]


def test_the_given_state_is_copied():
    env = NecklaceVectorEnv(2)
    env.reset(seed=0)
    state = env.get_state()
    kept = copy.deepcopy(state)
    env.set_state(state)
    env.step(np.array([1, 2]))
    assert_same(state, kept)
