"""Environments in processes of their own: the same episodes, no orphans, no hanging."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import psutil
import pytest

from creative_envs.registration import SINGLE_WORK
from tests.playing import assert_same
from tests.sweep.workers import PATIENCE, alive, play_beside, workers_of

COUNT = 8


@pytest.mark.parametrize("env_id", SINGLE_WORK)
def test_workers_equal_the_native_vector_and_leave_no_process(env_id):
    before = alive()
    assert play_beside(env_id, COUNT) > 5
    assert alive() <= before


def test_a_killed_worker_is_an_error_and_no_hanging():
    workers = workers_of("creative_envs/MelodyComposition-v0", 3)
    observation, _ = workers.reset(seed=0)
    workers.processes[1].kill()
    workers.processes[1].join(PATIENCE)
    with pytest.raises((EOFError, BrokenPipeError, ConnectionResetError)):
        workers.step(observation["action_mask"].argmax(axis=1))
    left = [psutil.Process(p.pid) for p in workers.processes if p.is_alive()]
    workers.close(terminate=True)
    assert len(left) == 2 and not psutil.wait_procs(left, timeout=PATIENCE)[1]


@pytest.mark.parametrize("env_id", SINGLE_WORK)
def test_stable_baselines_workers_equal_its_scalar_ones(env_id):
    vec_env = pytest.importorskip("stable_baselines3.common.vec_env")
    makers = [lambda: gym.make(env_id)] * 2
    workers, scalars = vec_env.SubprocVecEnv(makers, "fork"), vec_env.DummyVecEnv(makers)
    try:
        for one in (workers, scalars):
            one.seed(3)
        seen, expected = workers.reset(), scalars.reset()
        for _ in range(80):
            assert_same(dict(seen), dict(expected))
            actions = expected["action_mask"].argmax(axis=1)
            (seen, *told), (expected, *other) = workers.step(actions), scalars.step(actions)
            np.testing.assert_array_equal(np.float32(told[0]), other[0])
            np.testing.assert_array_equal(told[1], other[1])
    finally:
        workers.close()
