"""Shaped rewards pay the terminal reward in advance, and no more."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.patches.actions import cells_of, tokens_of
from creative_envs.patches.brief import ORDER_AT, ORDERS, Briefs
from creative_envs.patches.env import PatchEnv, PatchVectorEnv
from creative_envs.patches.quality import judge_all
from creative_envs.patches.task import PatchTask
from tests.patches.canvases import (
    TWO,
    any_canvases,
    briefs_of,
    keys,
    legal_canvases,
    partly,
    task_of,
)
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


def potential_of(task, cells, briefs, kept=None):
    count = len(cells)
    tokens = tokens_of(cells)
    tokens[cells < 0] = -1
    length = (cells >= 0).sum(axis=1).astype(np.int32)
    if kept is None:
        kept = np.zeros((count, task.scratch_size), np.int32)
    return task.potential(tokens, length, briefs, kept)


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


class TestRunningSums:
    """Potentials from sums kept from cell to cell are those of whole canvases looked at anew."""

    @pytest.mark.parametrize("size", [6, 8, 12])
    @pytest.mark.parametrize("library", ["procedural", "pictures", TWO], ids=str)
    def test_at_every_step(self, size, library):
        task = task_of(size, library)
        tokens, _, asked = task.reference_works(8)
        cells = np.concatenate([cells_of(tokens), any_canvases(task, 8)])
        vectors = np.concatenate([asked, task.draw_briefs(keys(8))])
        vectors[:, ORDER_AT : ORDER_AT + len(ORDERS)] = np.tile(np.eye(len(ORDERS)), (4, 1))
        kept = np.zeros((16, task.scratch_size), np.int32)
        for filled in range(size**2 + 1):
            growing = partly(cells, filled)
            worth = potential_of(task, growing, vectors, kept)
            assert_close(worth, judged_anew(task, growing, vectors))

    def test_after_steps_left_out_and_after_steps_back(self):
        task = task_of(6)
        cells, vectors = legal_canvases(task, 4), task.draw_briefs(keys(4))
        kept = np.zeros((4, task.scratch_size), np.int32)
        for filled in (3, 20, 21, 36, 8, 9):
            growing = partly(cells, filled)
            worth = potential_of(task, growing, vectors, kept)
            assert_close(worth, judged_anew(task, growing, vectors))

    def test_of_libraries_with_an_odd_number_of_patches(self):
        task = PatchTask(6, patches=13)
        cells, vectors = any_canvases(task, 4), task.draw_briefs(keys(4))
        growing = partly(cells, 17)
        assert_close(potential_of(task, growing, vectors), judged_anew(task, growing, vectors))

    @pytest.mark.parametrize("arguments", [{"library": TWO}, {"works": 2, "brief_per": "work"}])
    def test_in_vectors_that_are_reset_copied_and_restored(self, arguments):
        made = {"size": 6, "reward": "shaped", "autoreset_mode": "Disabled", **arguments}
        env, other = PatchVectorEnv(3, **made), PatchVectorEnv(3, **made)
        observation, _ = env.reset(seed=5)
        other.reset(seed=9)
        task, rng = env.task, np.random.default_rng(0)
        for step in range(1, 60):
            env.step(choose(observation["action_mask"], rng, legal=True))
            if step % 7 == 0:
                other.set_state(pickle.loads(pickle.dumps(env.get_state())))
                env, other = copy.deepcopy(other), env
            over = ~env.get_state()["batch"]["ongoing"]
            if step == 11:
                over[1] = True
            if over.any():
                env.reset(options={"reset_mask": over})
            batch = env.get_state()["batch"]
            anew = judged_anew(task, cells_of(batch["tokens"]), batch["brief"])
            assert_close(batch["potential"], anew)
            observation = {"action_mask": batch["mask"]}


def judged_anew(task, cells, vectors):
    """Craft x adherence of canvases, finished or not, (n,)."""
    made, kept, _ = judge_all(
        cells, task.size, Briefs.decode(vectors, task._inks), task.reference.scale
    )
    return made * kept


def assert_close(worth, anew):
    np.testing.assert_allclose(worth, anew, rtol=0, atol=1e-12)


def _first_row(state):
    """The state of a scalar environment that stands where the first row of a vector does."""
    single = PatchEnv(size=6, reward="shaped")
    single.reset(seed=0)
    batch = {name: array[:1].copy() for name, array in state["batch"].items()}
    return {"batch": batch, "rng": single.get_state()["rng"]}
