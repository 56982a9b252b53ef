"""Gymnasium's own wrappers and Stable-Baselines3's classes around our environments."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics, TimeLimit
from gymnasium.wrappers.vector import DictInfoToList
from gymnasium.wrappers.vector import RecordEpisodeStatistics as VectorStatistics

from creative_envs import sample_legal
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK
from tests.conftest import TOY_ID
from tests.playing import play_episode
from tests.toy_domain import BEADS, COLOURS


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_vector_statistics_record_every_return(mode):
    env = VectorStatistics(gym.make_vec(TOY_ID, num_envs=3, autoreset_mode=mode))
    env.reset(seed=0)
    rng, episodes, best, returns = np.random.default_rng(0), 0, 0.0, np.zeros(3)
    for _ in range(20):
        _, reward, terminated, _, info = env.step(rng.integers(COLOURS, size=3))
        returns += reward
        if "episode" in info:
            episodes += int(info["_episode"].sum())
            assert (info["episode"]["l"][info["_episode"]] == BEADS).all()
            assert info["episode"]["r"][terminated] == pytest.approx(returns[terminated])
            best = max(best, returns[terminated].max())
            returns[terminated] = 0
    assert episodes >= 6
    assert best > 0


def test_vector_infos_unpack_into_a_list():
    env = DictInfoToList(gym.make_vec(TOY_ID, num_envs=2))
    env.reset(seed=0)
    for bead in (0, 1, 2, 3, 4, 0):
        *_, infos = env.step(np.array([bead, (bead + 1) % COLOURS]))
    assert [info["work"]["tokens"][:, 0].tolist() for info in infos] == [
        [0, 1, 2, 3, 4, 0],
        [1, 2, 3, 4, 0, 1],
    ]
    assert all(set(info["work"]["terms"]) == {"evenness", "first_bead"} for info in infos)


def test_scalar_wrappers():
    env = RecordEpisodeStatistics(FlattenObservation(gym.make(TOY_ID)))
    flat, _ = env.reset(seed=0)
    assert env.observation_space.contains(flat)
    for bead in (0, 1, 2, 3, 4, 0):
        _, reward, _, _, info = env.step(bead)
    assert info["episode"]["l"] == BEADS and info["episode"]["r"] == pytest.approx(reward)


def test_a_users_time_limit_truncates():
    env = gym.make(TOY_ID, max_episode_steps=3)
    assert isinstance(env, TimeLimit)
    env.reset(seed=0)
    assert [env.step(bead)[3] for bead in (0, 1, 2)] == [False, False, True]


def test_maskable_ppo_finds_the_masks():
    common = pytest.importorskip("sb3_contrib.common.maskable.utils")
    vec_env = pytest.importorskip("stable_baselines3.common.vec_env")
    env = vec_env.DummyVecEnv([lambda: gym.make(TOY_ID)] * 2)
    env.reset()
    env.step(np.array([1, 3]))
    masks = common.get_action_masks(env)
    assert masks.tolist() == [[True, False, True, True, True], [True, True, True, False, True]]


def test_sample_takes_gymnasiums_mask():
    """`Discrete.sample(mask)` works on an observed mask as it is."""
    env = gym.make(TOY_ID)
    observation, _ = env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(BEADS):
        action = env.action_space.sample(observation["action_mask"])
        observation, _, _, _, info = env.step(action)
        assert not info["illegal"]
    assert play_episode(env, seed=1)[2] == 0


@pytest.mark.parametrize("env_id", [*SINGLE_WORK, *PORTFOLIOS])
class TestEveryEnvironment:
    def test_vector_statistics_record_every_return(self, env_id):
        env = VectorStatistics(gym.make_vec(env_id, num_envs=2, works=1))
        observation, _ = env.reset(seed=0)
        rng, returns, episodes = np.random.default_rng(0), np.zeros(2), 0
        for _ in range(100):
            actions = sample_legal(observation["action_mask"], rng)
            observation, reward, terminated, _, info = env.step(actions)
            returns += reward
            if terminated.any():
                assert info["episode"]["r"][terminated] == pytest.approx(returns[terminated])
                assert info["work"]["reward"][terminated] == pytest.approx(returns[terminated])
                episodes += int(terminated.sum())
                returns[terminated] = 0
        assert episodes >= 2

    def test_flattened_observations_lie_in_their_space(self, env_id):
        env = RecordEpisodeStatistics(FlattenObservation(gym.make(env_id, works=1)))
        flat, _ = env.reset(seed=0)
        terminated, total = False, 0.0
        while not terminated:
            assert env.observation_space.contains(flat)
            action = int(env.unwrapped.action_masks().argmax())
            flat, reward, terminated, _, info = env.step(action)
            total += reward
        assert info["episode"]["r"] == pytest.approx(total)

    def test_maskable_ppo_finds_the_masks(self, env_id):
        common = pytest.importorskip("sb3_contrib.common.maskable.utils")
        vec_env = pytest.importorskip("stable_baselines3.common.vec_env")
        env = vec_env.DummyVecEnv([lambda: gym.make(env_id)] * 2)
        observation = env.reset()
        for _ in range(3):
            masks = common.get_action_masks(env)
            np.testing.assert_array_equal(masks, observation["action_mask"] != 0)
            observation, *_ = env.step(masks.argmax(axis=1))
