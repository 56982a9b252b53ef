"""What every registered environment promises, whatever its domain."""

from __future__ import annotations

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs import OneHotTokens, artefact
from creative_envs.core.errors import InvalidAction, InvalidArgument, InvalidBrief, ResetNeeded
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK
from tests.playing import assert_same, choose, play_episode, play_together, trajectory
from tests.sweep.pairs import ROCKY

IDS = [*SINGLE_WORK, *PORTFOLIOS]
TWO_LIBRARIES = ("procedural:seed=1", "procedural:seed=2")
CONFIGURATIONS = [
    *((env_id, {}) for env_id in IDS),
    *((env_id, {"novelty_weight": (0.1, 0.9), "split": "test"}) for env_id in SINGLE_WORK),
    *((env_id, {"works": 2, "brief_per": "work"}) for env_id in PORTFOLIOS),
    ("creative_envs/MelodyComposition-v0", {"chromatic": True}),
    ("creative_envs/PatchComposition-v0", {"size": 6, "observe_picture": True}),
    ("creative_envs/PatchComposition-v0", {"size": 12, "patches": 12, "reward": "terminal"}),
    ("creative_envs/PatchPortfolio-v0", {"size": 6, "library": TWO_LIBRARIES, "brief_per": "work"}),
    (
        "creative_envs/PatchPortfolio-v0",
        {"size": 6, "works": 2, "library": TWO_LIBRARIES, "reward": "terminal"},
    ),
    ("creative_envs/TacticDesign-v0", {"maps": "pass-7", "split": "valid"}),
    ("creative_envs/TacticDesign-v0", {"maps": (ROCKY, "river-3", "hills-0")}),
    (
        "creative_envs/TacticPortfolio-v0",
        {"works": 3, "maps": ("open-1", ROCKY), "novelty_weight": (0.2, 0.8), "brief_per": "work"},
    ),
]
NAMES = [f"{env_id.split('/')[1]}-{arguments}" for env_id, arguments in CONFIGURATIONS]
every_configuration = pytest.mark.parametrize(("env_id", "arguments"), CONFIGURATIONS, ids=NAMES)
every_id = pytest.mark.parametrize("env_id", IDS)


@pytest.fixture
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@every_configuration
class TestCheckers:
    """Others' checkers; ours is in `tests/sweep/test_pairs.py`."""

    def test_gymnasiums(self, env_id, arguments, no_warnings):
        env = gym.make(env_id, render_mode="ansi", **arguments)
        gymnasium_check(env.unwrapped, skip_render_check=True)

    def test_stable_baselines(self, env_id, arguments, no_warnings):
        stable_baselines = pytest.importorskip("stable_baselines3.common.env_checker")
        # The one expected: 2-D entries are neither vectors nor pictures to it.
        warnings.filterwarnings("ignore", message=".*unconventional shape.*")
        stable_baselines.check_env(gym.make(env_id, **arguments).unwrapped)


@every_configuration
class TestEquivalence:
    @pytest.mark.parametrize("mode", AutoresetMode, ids=lambda mode: mode.name)
    def test_native_vector_equals_sync(self, env_id, arguments, mode):
        native = gym.make_vec(env_id, num_envs=3, autoreset_mode=mode, **arguments)
        sync = SyncVectorEnv(
            [lambda: gym.make(env_id, disable_env_checker=True, **arguments)] * 3,
            autoreset_mode=mode,
        )
        for legal in (True, False):
            play_together(native, sync, seed=7, steps=90, legal=legal)

    def test_same_seed_same_trajectory_and_another_differs(self, env_id, arguments):
        first, second, other = (
            trajectory(gym.make(env_id, **arguments), seed=seed, steps=60) for seed in (3, 3, 4)
        )
        assert_same(first, second)
        assert not np.array_equal(first[0][0]["brief"], other[0][0]["brief"])


SMALLEST = {"Melody": {"bars": 4}, "Patch": {"size": 6}, "Tactic": {}}


@pytest.mark.parametrize("env_id", SINGLE_WORK)
@pytest.mark.parametrize("mode", AutoresetMode, ids=lambda mode: mode.name)
@pytest.mark.parametrize("count", [1, 64])
def test_vectors_of_any_number_equal_sync(env_id, mode, count):
    domain = next(name for name in SMALLEST if name in env_id)
    arguments = SMALLEST[domain]
    native = gym.make_vec(env_id, num_envs=count, autoreset_mode=mode, **arguments)
    sync = SyncVectorEnv(
        [lambda: gym.make(env_id, disable_env_checker=True, **arguments)] * count,
        autoreset_mode=mode,
    )
    play_together(native, sync, seed=1, steps=50)


@every_id
class TestMasks:
    @settings(max_examples=25)
    @given(seed=st.integers(0, 2**31), steps=st.integers(0, 60))
    def test_are_exact(self, env_id, seed, steps):
        """From any state every legal action is executed; every other is replaced, at a cost."""
        env = gym.make(env_id).unwrapped
        observation, _ = env.reset(seed=seed)
        rng = np.random.default_rng(seed)
        for _ in range(steps):
            observation, _, terminated, _, _ = env.step(
                int(choose(observation["action_mask"], rng, legal=True))
            )
            if terminated:
                observation, _ = env.reset()
        state, mask = env.get_state(), observation["action_mask"]
        legal = mask.nonzero()[0]
        outcome = {}
        for action in (*legal, *(mask == 0).nonzero()[0]):
            env.set_state(state)
            after, reward, *ended, info = env.step(action)
            assert info["illegal"] == (mask[action] == 0)
            later = legal[legal >= action]
            executed = info["executed_action"]
            assert executed == (later if later.size else legal)[0]
            told = (after["tokens"].tobytes(), after["action_mask"].tobytes(), ended)
            legally, others = outcome.setdefault(executed, (reward, told))
            assert told == others
            assert reward == pytest.approx(legally - 0.01 * info["illegal"], abs=1e-12)

    @settings(max_examples=40)
    @given(seed=st.integers(0, 2**31), legal=st.booleans())
    def test_every_work_ends_within_its_length(self, env_id, seed, legal):
        env = gym.make(env_id)
        total, works, _, _ = play_episode(env, seed=seed, legal=legal)
        assert len(works) == env.unwrapped.settings.works
        assert -0.01 * sum(work["length"] for work in works) - 1e-9 <= total <= len(works)
        for work in works:
            assert 0 < work["length"] <= env.unwrapped.task.max_length


@every_id
class TestWorks:
    def test_reward_is_its_formula_and_return_its_sum(self, env_id):
        env = gym.make(env_id, novelty_weight=0.3)
        for seed in range(3):
            total, works, illegal, _ = play_episode(env, seed=seed, legal=False)
            for work in works:
                expected = work["craft"] * work["adherence"] * work["valid"]
                assert work["quality"] == pytest.approx(expected, abs=1e-6)
                reward = expected * (0.7 + 0.3 * work["novelty"])
                assert work["reward"] == pytest.approx(reward, abs=1e-6)
            assert total == pytest.approx(sum(w["reward"] for w in works) - 0.01 * illegal)

    def test_every_mode_renders_headless(self, env_id):
        for mode in gym.make(env_id).unwrapped.task.render_modes:
            env = gym.make(env_id, render_mode=mode)
            observation, _ = env.reset(seed=0)
            pictures = [env.render()]
            rng = np.random.default_rng(0)
            terminated = False
            while not terminated:
                action = int(choose(observation["action_mask"], rng, legal=True))
                observation, _, terminated, _, _ = env.step(action)
                before = env.unwrapped.get_state()
                if len(pictures) < 4 or terminated:
                    pictures.append(env.render())
                assert_same(env.unwrapped.get_state(), before)
            for picture in pictures:
                if mode == "ansi":
                    assert isinstance(picture, str) and picture.strip()
                else:
                    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.std() > 0
            assert not np.array_equal(pictures[0], pictures[-1])

    def test_artefacts_save_themselves(self, env_id, tmp_path):
        env = gym.make(env_id)
        _, works, _, _ = play_episode(env, seed=0)
        typed = artefact(env_id, works[-1])
        for suffix in typed.media:
            saved = typed.save(tmp_path / f"work{suffix}")
            assert saved.stat().st_size > 0

    def test_repeating_a_work_costs_its_novelty(self, env_id):
        env = gym.make(env_id, works=2).unwrapped
        env.reset(seed=1)
        rng = np.random.default_rng(1)
        actions, works = [], []
        while not works:
            actions.append(int(choose(env.action_masks(), rng, legal=True)))
            info = env.step(actions[-1])[4]
            works += [info["work"]] if "work" in info else []
        for action in actions:
            info = env.step(action)[4]
        np.testing.assert_array_equal(info["work"]["tokens"], works[0]["tokens"])
        # What loses its battles, as random tactics do, earns little by being different.
        least = 0.25 if "Tactic" in env_id else 0.5
        assert works[0]["novelty"] > least and info["work"]["novelty"] == 0.0
        assert info["work"]["quality"] == works[0]["quality"]

    def test_references_are_played_as_they_are(self, env_id):
        """Reference works, action by action: the same tokens, never illegal, brief fulfilled."""
        env = gym.make(env_id, works=1, split="test").unwrapped
        tokens, lengths, briefs = env.task.reference_works(40)
        again = env.task.reference_works(40)
        assert_same((tokens, lengths, briefs), again)
        for work, length, brief in zip(tokens, lengths, briefs, strict=True):
            env.reset(seed=0, options={"brief": brief})
            for row in work[:length]:
                _, _, terminated, _, info = env.step(action_of(env, row))
                assert not info["illegal"]
            assert terminated
            np.testing.assert_array_equal(info["work"]["tokens"], work)
            assert info["work"]["adherence"] > 0.97


def action_of(env, row):
    """The legal action that writes a token row, found by trying them."""
    state, position = env.get_state(), int(env.get_state()["batch"]["length"][0])
    for action in env.action_masks().nonzero()[0]:
        work = env.step(action)[4].get("work")
        written = (work["tokens"] if work else env.get_state()["batch"]["tokens"][0])[position]
        env.set_state(state)
        if (written == row).all():
            return int(action)
    raise AssertionError(f"no legal action writes {row}")


@every_id
class TestMisuse:
    def test_reset_is_needed_first_and_at_the_end(self, env_id):
        env = gym.make(env_id, works=1).unwrapped
        with pytest.raises(ResetNeeded):
            env.step(0)
        play_episode(env, seed=0)
        with pytest.raises(ResetNeeded):
            env.step(0)
        with pytest.raises(ResetNeeded):
            gym.make_vec(env_id, num_envs=2).step(np.zeros(2, int))

    @pytest.mark.parametrize("action", [-1, 10**6, 0.5, np.nan, None, "1", True, [0]], ids=repr)
    def test_what_is_no_action_is_refused(self, env_id, action):
        env = gym.make(env_id)
        env.reset(seed=0)
        with pytest.raises(InvalidAction):
            env.step(action)

    def test_bad_briefs_are_refused(self, env_id):
        env = gym.make(env_id)
        size = env.unwrapped.task.brief_size
        for brief in (
            np.full(size, np.nan), np.full(size, np.inf), np.full(size, 1.01), np.full(size, -0.1),
            np.full(size + 1, 0.5), np.full(size - 1, 0.5), [], None, "4/4", {"no such word": 1},
        ):  # fmt: skip
            with pytest.raises(InvalidBrief):
                env.reset(seed=0, options={"brief": brief})

    def test_mistyped_keywords_suggest_the_nearest(self, env_id):
        for mistyped, meant in (("novelty_weigth", "novelty_weight"), ("splt", "split")):
            for make in (gym.make, lambda *a, **k: gym.make_vec(*a, num_envs=2, **k)):
                with pytest.raises(InvalidArgument, match=f"did you mean '{meant}'"):
                    make(env_id, **{mistyped: 0.5})

    def test_no_potential_no_shaping(self, env_id):
        if gym.make(env_id).unwrapped.task.has_potential:
            env = gym.make(env_id, reward="shaped")
            plain = gym.make(env_id)
            for seed in range(3):
                shaped = play_episode(env, seed=seed)[0]
                assert shaped == pytest.approx(play_episode(plain, seed=seed)[0], abs=1e-9)
        else:
            with pytest.raises(InvalidArgument, match="terminal"):
                gym.make(env_id, reward="shaped")


@every_id
def test_briefs_survive_words(env_id):
    task = gym.make(env_id).unwrapped.task
    briefs = task.draw_briefs(np.arange(200, dtype=np.uint64))
    assert np.isfinite(briefs).all() and briefs.min() >= 0 and briefs.max() <= 1
    assert len(np.unique(briefs, axis=0)) == 200
    for brief in briefs[:50]:
        words = task.describe_brief(brief)
        again = task.parse_brief(words)
        assert task.describe_brief(again) == words
        np.testing.assert_allclose(again, brief, atol=0.01)


@every_id
def test_flat_observations_lie_in_their_space(env_id):
    env = OneHotTokens(gym.make(env_id))
    flat, _ = env.reset(seed=0)
    assert env.observation_space.contains(flat) and not flat[env.slices["tokens"]].any()
    for steps in range(1, 4):
        flat, *_ = env.step(int(flat[env.slices["action_mask"]].argmax()))
        columns = env.unwrapped.observation_space["tokens"].shape[1]
        assert flat[env.slices["tokens"]].sum() == steps * columns
