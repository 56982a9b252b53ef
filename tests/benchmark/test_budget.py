from __future__ import annotations

import pickle
from copy import deepcopy
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cloudpickle
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from creative_envs.benchmark.budget import Meter, until_spent, watched
from creative_envs.benchmark.errors import BenchmarkError, BudgetExhausted
from creative_envs.benchmark.protocol import Context
from creative_envs.benchmark.suite import load_suite
from creative_envs.benchmark.training_log import collect

MODES = list(AutoresetMode)


def make_context(folder: Path, budget: int, observation: Any = "dict") -> Context:
    environment = load_suite("quick").environment("MelodyComposition")
    meter = Meter(folder / "steps", budget, points=2, point_works=8)
    return Context(environment, observation, budget, 0, "cpu", folder, meter)


def legal(env: Any) -> Any:
    return env.action_masks().argmax(-1)


def steps_until_refused(env: Any, actions: Any) -> int:
    """Steps a vector makes before one is refused, the first episodes already begun."""
    for made in range(10_000):
        try:
            env.step(actions)
        except BudgetExhausted:
            return made
    raise AssertionError("no step was refused")


def test_meter_counts_up_to_its_limit(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "steps", 10)
    assert [meter.take(4), meter.take(4)] == [4, 8]
    assert not meter.exhausted
    with pytest.raises(BudgetExhausted, match="budget of 10 steps does not allow 3 more after 8"):
        meter.take(3)
    assert (meter.spent, meter.exhausted) == (8, True)
    assert meter.take(2) == 10


def test_copies_of_a_meter_count_into_one_number(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "steps", 10, points=5, point_works=3)
    copies = [pickle.loads(pickle.dumps(meter)), deepcopy(meter), Meter(tmp_path / "steps", 10)]
    for copy in copies:
        copy.take(2)
    meter.take(1)
    assert {one.spent for one in [meter, *copies]} == {7}
    assert copies[0].windows == meter.windows


def test_meter_whose_file_is_gone_says_so(tmp_path: Path) -> None:
    content = pickle.dumps(Meter(tmp_path / "steps", 10))
    (tmp_path / "steps").unlink()
    with pytest.raises(BenchmarkError, match="only on the machine that trains"):
        pickle.loads(content)


def _take_all(meter: Meter, queue: Any) -> None:
    taken = 0
    with until_spent(meter):
        while True:
            meter.take(3)
            taken += 3
    queue.put(taken)


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("limit", [3001, 60_001])
def test_processes_share_the_last_step(tmp_path: Path, start: str, limit: int) -> None:
    meter, context = Meter(tmp_path / "steps", limit), get_context(start)
    meter.take(1)
    queue: Any = context.Queue()
    workers = [context.Process(target=_take_all, args=(meter, queue)) for _ in range(3)]
    for worker in workers:
        worker.start()
    taken = sum(queue.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join()
    assert (taken, meter.spent, meter.exhausted) == (limit - 1, limit, True)


def test_more_meters_than_entries_count_all_the_same(tmp_path: Path) -> None:
    meters = [Meter(tmp_path / "steps", 10_000) for _ in range(600)]
    for meter in meters:
        meter.take(2)
    assert {meters[0].spent, meters[-1].spent} == {1200}
    assert meters[-1].take(8800) == 10_000
    with pytest.raises(BudgetExhausted):
        meters[0].take(1)


def test_threads_share_the_last_step(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    meter = Meter(tmp_path / "steps", 6000)
    with ThreadPoolExecutor(4) as pool:
        totals = [one.result() for one in [pool.submit(meter.take, 1) for _ in range(6000)]]
    assert sorted(totals) == list(range(1, 6001))


def test_until_spent_ends_what_follows_from_the_budget_alone(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "steps", 1)
    with pytest.raises(EOFError), until_spent(meter):
        raise EOFError
    with until_spent(meter):
        meter.take(2)
    with until_spent(meter):
        raise EOFError
    with pytest.raises(KeyboardInterrupt), until_spent(meter):
        raise KeyboardInterrupt


@pytest.mark.parametrize("observation", ["dict", "flat"])
def test_scalar_environment_makes_exactly_its_budget(tmp_path: Path, observation: str) -> None:
    context = make_context(tmp_path, 150, observation)
    env = context.make_env()
    made = 0
    with context.until_spent():
        while True:
            env.reset(seed=made)
            over = False
            while not over:
                over = env.step(int(legal(env)))[2]
                made += 1
    assert made == context.meter.spent == 150
    assert context.left == 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("observation", ["dict", "flat"])
def test_vector_with_too_few_steps_left_is_refused(
    tmp_path: Path, observation: str, mode: AutoresetMode
) -> None:
    context = make_context(tmp_path, 50, observation)
    vector: Any = context.make_vec_env(8, mode)
    vector.reset(seed=0)
    assert steps_until_refused(vector, legal(vector)) == 6
    assert (context.meter.spent, context.left, context.meter.exhausted) == (48, 2, True)
    env = context.make_env()
    env.reset()
    assert steps_until_refused(env, 0) == 2


@pytest.mark.parametrize("kind", [SyncVectorEnv, partial(AsyncVectorEnv, context="fork")])
def test_gymnasium_vectors_make_exactly_their_budget(tmp_path: Path, kind: Any) -> None:
    context = make_context(tmp_path, 101)
    vector = kind([context.make_env] * 2)
    vector.reset(seed=0)
    with context.until_spent():
        while True:
            vector.step(np.zeros(2, np.int64))
    assert (context.meter.spent, context.meter.exhausted) == (101, True)
    vector.close(terminate=True) if kind is not SyncVectorEnv else vector.close()


def _sb3(context: Context, start: str) -> Any:
    vec_env = pytest.importorskip("stable_baselines3.common.vec_env")
    makers = [context.make_env] * 2
    if start == "dummy":
        return vec_env.DummyVecEnv(makers)
    return vec_env.SubprocVecEnv(makers, start_method=start)


@pytest.mark.parametrize("start", ["dummy", "fork", "spawn"])
def test_sb3_vectors_make_exactly_their_budget(tmp_path: Path, start: str) -> None:
    context = make_context(tmp_path, 401)
    vector = _sb3(context, start)
    vector.reset()
    assert vector.has_attr("action_masks")
    with context.until_spent():
        while True:
            masks = np.stack(vector.env_method("action_masks"))
            vector.step(masks.argmax(-1))
    assert (context.meter.spent, context.meter.exhausted) == (401, True)
    with context.until_spent():
        vector.close()
    episodes = collect(context.meter.folder, 2, 8, 401)
    assert all(episodes)


def test_libraries_that_overrun_their_steps_end_quietly(tmp_path: Path) -> None:
    ppo = pytest.importorskip("sb3_contrib").MaskablePPO
    pytest.importorskip("torch").set_num_threads(1)
    context = make_context(tmp_path, 100, "flat")
    model = ppo("MlpPolicy", context.make_env(), n_steps=64, batch_size=64, n_epochs=1, seed=0)
    with context.until_spent():
        model.learn(100)
    assert (context.meter.spent, model.num_timesteps >= 64) == (100, True)


def test_flat_environments_show_what_one_hot_tokens_shows(tmp_path: Path) -> None:
    from creative_envs import OneHotTokens

    context = make_context(tmp_path, 100, "flat")
    env, vector = context.make_env(), context.make_vec_env(2, AutoresetMode.SAME_STEP)
    bare = OneHotTokens(context.environment.make())
    expected, (shown, _), (rows, _) = bare.reset(seed=3)[0], env.reset(seed=3), vector.reset(seed=3)
    assert expected in env.observation_space
    np.testing.assert_array_equal(shown, expected)
    np.testing.assert_array_equal(rows[0], expected)
    assert vector.single_observation_space == bare.observation_space == env.observation_space


@pytest.mark.parametrize("observation", ["dict", "flat"])
def test_masks_are_the_environments(tmp_path: Path, observation: str) -> None:
    context = make_context(tmp_path, 100, observation)
    env: Any = context.make_env()
    vector: Any = context.make_vec_env(2)
    bare: Any = context.environment.make().unwrapped
    for one in (bare, env, vector):
        one.reset(seed=5)
    expected = bare.action_masks()
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(env.action_masks(), expected)
    np.testing.assert_array_equal(env.get_wrapper_attr("action_masks")(), expected)
    np.testing.assert_array_equal(vector.action_masks()[0], expected)


@pytest.mark.parametrize("pickler", [pickle, cloudpickle])
def test_context_and_environments_pickle(tmp_path: Path, pickler: Any) -> None:
    context = make_context(tmp_path, 100, "flat")
    again = pickler.loads(pickler.dumps(context))
    assert replace(again, meter=context.meter) == context
    for made in (context.make_env(), again.make_env(), context.make_vec_env(1)):
        env = pickler.loads(pickler.dumps(made))
        env.reset(seed=0)
        env.step(np.zeros(env.action_space.shape, np.int64))
    assert context.meter.spent == again.meter.spent == 3


def test_state_set_through_the_wrapper_continues_the_environment(tmp_path: Path) -> None:
    context = make_context(tmp_path, 1000)
    for env in (context.make_env(), context.make_vec_env(1)):
        reached: Any = env
        reached.reset(seed=0)
        action = legal(reached)
        action = int(action) if isinstance(env, gym.Env) else action
        state = reached.get_state()
        first = reached.step(action)[0]
        reached.set_state(state)
        np.testing.assert_equal(reached.step(action)[0], first)


def test_steps_that_no_meter_counts_are_seen(tmp_path: Path) -> None:
    context = make_context(tmp_path, 100)
    env, vector = context.make_env(), context.make_vec_env(4)
    with watched() as watch:
        env.reset(seed=0)
        env.step(0)
        vector.reset(seed=0)
        vector.step(np.zeros(4, np.int64))
        assert watch.uncounted == 0
        env.unwrapped.step(0)
        vector.unwrapped.step(np.zeros(4, np.int64))
        own = context.environment.make()
        own.reset(seed=0)
        own.step(0)
        assert watch.uncounted == 6
    own.step(0)
    assert watch.uncounted == 6
