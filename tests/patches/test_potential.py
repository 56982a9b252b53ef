"""Shaped rewards pay the terminal reward in advance, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.patches.actions import tokens_of
from creative_envs.patches.env import PatchEnv, PatchVectorEnv
from creative_envs.patches.quality import judge_all
from tests.patches.canvases import TWO, briefs_of, keys, legal_canvases, partly, task_of
from tests.playing import choose

ARGUMENTS = [{"size": 6}, {"size": 6, "works": 3, "brief_per": "work"}, {"library": TWO}]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@settings(max_examples=4)
@given(seed=st.integers(0, 2**31), allowed=st.booleans())
def test_every_work_pays_the_same_in_the_end(arguments, seed, allowed):
    paid = {}
    for kind in ("terminal", "shaped"):
        env = PatchEnv(reward=kind, novelty_weight=0.6, **arguments)
        observation, _ = env.reset(seed=seed)
        rng, terminated = np.random.default_rng(seed), False
        paid[kind], total = [], 0.0
        while not terminated:
            action = int(choose(observation["action_mask"], rng, legal=allowed))
            observation, reward, terminated, _, info = env.step(action)
            total += reward + 0.01 * info["illegal"]
            if "work" in info:
                paid[kind].append(total)
                assert total == pytest.approx(info["work"]["reward"], abs=1e-9)
                total = 0.0
    assert paid["shaped"] == pytest.approx(paid["terminal"], abs=1e-9)
    assert len(paid["shaped"]) == arguments.get("works", 1)


def test_shaped_rewards_come_early():
    env = PatchEnv(size=6, reward="shaped")
    observation, _ = env.reset(seed=0)
    rewards = []
    for _ in range(36):
        observation, reward, *_ = env.step(int(observation["action_mask"].argmax()))
        rewards.append(reward)
    assert np.count_nonzero(rewards[:-1]) > 30


def potential_of(task, cells, briefs):
    count = len(cells)
    tokens = tokens_of(cells)
    tokens[cells < 0] = -1
    length = (cells >= 0).sum(axis=1).astype(np.int32)
    return task.potential(tokens, length, briefs, np.zeros((count, 24), np.int32))


class TestPotential:
    def test_of_an_empty_canvas_is_nothing(self):
        task = task_of(6)
        empty = np.full((3, 36), -1, np.int16)
        assert potential_of(task, empty, task.draw_briefs(keys(3))).tolist() == [0, 0, 0]

    def test_of_a_full_canvas_is_its_quality(self):
        task = task_of(6)
        cells, vectors = legal_canvases(task, 8), task.draw_briefs(keys(8))
        made, kept, _ = judge_all(cells, 6, briefs_of(task, 8), task.reference.scale)
        np.testing.assert_allclose(potential_of(task, cells, vectors), made * kept)

    @pytest.mark.parametrize("size", [6, 8, 12])
    def test_lies_between_0_and_1_all_the_way(self, size):
        task = task_of(size)
        cells, vectors = legal_canvases(task, 4), task.draw_briefs(keys(4))
        for filled in range(size**2 + 1):
            promise = potential_of(task, partly(cells, filled), vectors)
            assert np.isfinite(promise).all() and promise.min() >= 0 and promise.max() <= 1

    def test_tells_good_beginnings_from_bad_ones(self):
        """Half of a projected picture, with the brief of the whole, and half of a random canvas."""
        task = task_of(8)
        tokens, _, vectors = task.reference_works(12)
        good = partly((tokens[..., 0] * 8 + tokens[..., 1]).astype(np.int16), 32)
        bad = partly(legal_canvases(task, 12), 32)
        promises = [np.median(potential_of(task, cells, vectors)) for cells in (good, bad)]
        assert promises[0] > promises[1]

    def test_of_native_vectors_after_a_reset_of_some(self):
        """Rows that begin anew owe nothing for the canvas they leave."""
        env = PatchVectorEnv(2, size=6, reward="shaped", autoreset_mode="Disabled")
        observation, _ = env.reset(seed=3)
        for _ in range(10):
            env.step(observation["action_mask"].argmax(axis=1))
        observation, _ = env.reset(seed=4, options={"reset_mask": np.array([True, False])})
        single = PatchEnv(size=6, reward="shaped")
        single.set_state(_first_row(env.get_state()))
        action = int(observation["action_mask"][0].argmax())
        reward = env.step(observation["action_mask"].argmax(axis=1))[1][0]
        assert single.step(action)[1] == reward != 0


def _first_row(state):
    """The state of a scalar environment that stands where the first row of a vector does."""
    single = PatchEnv(size=6, reward="shaped")
    single.reset(seed=0)
    batch = {name: array[:1].copy() for name, array in state["batch"].items()}
    return {"batch": batch, "rng": single.get_state()["rng"]}
