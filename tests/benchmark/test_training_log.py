from __future__ import annotations

import gc
import os
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from creative_envs.benchmark.budget import Meter, counted, counted_vector
from creative_envs.benchmark.suite import Environment, load_suite
from creative_envs.benchmark.training_log import Recorder, Trace, Windows, collect
from creative_envs.benchmark.works import Episode, replay

MELODY = load_suite("quick").environment("MelodyComposition")


def episode(step: int, action: int = 0) -> Episode:
    return Episode(np.array([0.5, 0.1], np.float32), np.array([action]), step)


def play(env: Any, rng: np.random.Generator, steps: int) -> list[dict[str, Any]]:
    """Random actions, illegal ones included; gives the final info of each ended episode."""
    ended, over = [], True
    for _ in range(steps):
        if over:
            env.reset(seed=int(rng.integers(1000)))
        _, _, over, _, info = env.step(int(rng.integers(env.action_space.n)))
        if over:
            ended.append(info)
    return ended


def play_vector(vector: Any, rng: np.random.Generator, steps: int) -> list[list[int]]:
    """Random actions; gives the tokens of each finished work, in the order they ended."""
    over = np.ones(vector.num_envs, np.bool_)
    vector.reset(seed=int(rng.integers(1000)))
    disabled = vector.unwrapped.autoreset_mode == AutoresetMode.DISABLED
    works = []
    for _ in range(steps):
        _, _, over, _, info = vector.step(
            rng.integers(vector.single_action_space.n, size=len(over))
        )
        told = info.get("final_info", info)
        works.extend(told["work"]["tokens"][row].tolist() for row in over.nonzero()[0])
        if disabled and over.any():
            vector.reset(options={"reset_mask": over})
    return works


def replayed(environment: Environment, episodes: list[Episode]) -> list[list[int]]:
    works = replay(environment, episodes, held_out=False)
    return [one[-1]["tokens"].tolist() for one in works]


def test_windows_are_equal_parts() -> None:
    windows = Windows(budget=100, points=4)
    assert [windows.of(step) for step in (1, 25, 26, 50, 75, 76, 100)] == [0, 0, 1, 1, 2, 3, 3]
    assert [windows.end(window) for window in range(4)] == [25, 50, 75, 100]
    odd = Windows(budget=10, points=3)
    assert [odd.of(odd.end(window)) for window in range(3)] == [0, 1, 2]
    assert [odd.of(odd.end(window) + 1) for window in range(2)] == [1, 2]


def test_latest_episodes_of_each_window_are_kept(tmp_path: Path) -> None:
    first, second = (Recorder(tmp_path, Windows(100, 2, 3)) for _ in range(2))
    for step in range(1, 101):
        recorder = (first, second)[step % 2]
        recorder.reached(step)
        recorder.add([episode(step)])
    found = collect(tmp_path, 2, 3, 100)
    assert [[one.step for one in window] for window in found] == [[48, 49, 50], [98, 99, 100]]
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_memory_holds_no_more_than_a_point_needs(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, Windows(1000, 1, 3))
    for step in range(1, 101):
        recorder.reached(step)
        recorder.add([episode(step)])
    recorder.flush()
    (file,) = tmp_path.glob("*.jsonl")
    assert len(file.read_text().splitlines()) == 3


def test_last_window_is_on_disk_at_once_where_asked(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, Windows(100, 2, 3), at_once=True)
    recorder.add([episode(1)])
    assert not list(tmp_path.glob("*.jsonl"))
    recorder.reached(51)
    recorder.add([episode(51)])
    (file,) = tmp_path.glob("*.jsonl")
    assert len(file.read_text().splitlines()) == 2


def test_recorder_writes_when_it_is_dropped(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, Windows(100, 2, 3))
    recorder.add([episode(1)])
    copy = deepcopy(recorder)
    del recorder
    gc.collect()
    assert [one.step for one in collect(tmp_path, 2, 3, 100)[0]] == [1]
    copy.flush()
    assert len(collect(tmp_path, 2, 3, 100)[0]) == 1, "a copy repeats what the original wrote"


def test_forked_process_does_not_repeat_its_parents_works(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, Windows(100, 2, 3))
    recorder.add([episode(1)])
    child = os.fork()
    if not child:
        recorder.add([episode(2)])
        recorder.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert [one.step for one in collect(tmp_path, 2, 3, 100)[0]] == [1, 2]


def test_names_of_files_make_no_difference(tmp_path: Path) -> None:
    for name, actions in (("a", (3, 1)), ("b", (2, 4))):
        folder = tmp_path / name
        folder.mkdir()
        recorders = [Recorder(folder, Windows(10, 1, 9)) for _ in actions]
        for recorder, action in zip(recorders, sorted(actions, reverse=name == "b"), strict=True):
            recorder.add([episode(5, action)])
    found = [[int(e.actions[0]) for e in collect(tmp_path / n, 1, 9, 10)[0]] for n in "ab"]
    assert found == [[1, 3], [2, 4]]


def test_half_a_line_of_a_killed_process_is_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, Windows(10, 1, 9))
    recorder.add([episode(1)])
    recorder.flush()
    (file,) = tmp_path.glob("*.jsonl")
    file.write_text(file.read_text() + '{"brief":[0.5')
    assert len(collect(tmp_path, 1, 9, 10)[0]) == 1


def test_trace_keeps_long_episodes_whole() -> None:
    trace = Trace(2)
    briefs = np.array([[0.1], [0.2]], np.float32)
    trace.begin(np.array([True, True]), briefs)
    rng = np.random.default_rng(0)
    actions = rng.integers(100, size=(1500, 2))
    for now, row in enumerate(actions, 1):
        trace.note(row)
        if now % 70 == 0:
            (short,) = trace.end([1], now)
            np.testing.assert_array_equal(short.actions, actions[now - 70 : now, 1])
            trace.begin(np.array([False, True]), briefs + 0.3)
    (long,) = trace.end([0], 1500)
    np.testing.assert_array_equal(long.actions, actions[:, 0])
    assert (long.brief, long.step) == (np.float32(0.1), 1500)
    assert trace.end([0], 1500) == []


def test_recorded_episodes_of_a_scalar_environment_replay(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "steps", 1000, points=1, point_works=100)
    env = counted(MELODY.make(), meter, "dict")
    ended = play(env, np.random.default_rng(0), 900)
    (window,) = collect(tmp_path, 1, 100, 1000)
    assert len(window) == len(ended) > 5
    assert replayed(MELODY, window) == [info["work"]["tokens"].tolist() for info in ended]
    assert all(0 < one.step <= 900 for one in window)


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("name", ["MelodyComposition", "TacticDesign"])
def test_recorded_episodes_of_a_vector_replay(
    tmp_path: Path, name: str, mode: AutoresetMode
) -> None:
    environment = load_suite("quick").environment(name)
    meter = Meter(tmp_path / "steps", 10_000, points=1, point_works=1000)
    vector = counted_vector(environment.make_vec(3, mode), meter, "flat")
    works = play_vector(vector, np.random.default_rng(1), 600)
    (window,) = collect(tmp_path, 1, 1000, 10_000)
    assert len(works) > 10
    assert sorted(replayed(environment, window)) == sorted(works)
    assert {one.step % 3 for one in window} == {0}


def test_portfolio_is_recorded_whole(tmp_path: Path) -> None:
    portfolio = replace(MELODY, id="creative_envs/TacticPortfolio-v0")
    meter = Meter(tmp_path / "steps", 2000, points=1, point_works=100)
    env: Any = counted(portfolio.make(), meter, "dict")
    ended = play(env, np.random.default_rng(2), 2000)
    (window,) = collect(tmp_path, 1, 100, 2000)
    assert len(window) == len(ended) > 0
    works = replay(portfolio, window, held_out=False)
    assert {len(one) for one in works} == {8}
    np.testing.assert_equal(works[-1][-1]["tokens"], ended[-1]["work"]["tokens"])


def test_episodes_left_or_set_are_not_recorded(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "steps", 1000, points=1, point_works=100)
    env: Any = counted(MELODY.make(), meter, "dict")
    env.reset(seed=0)
    env.step(0)
    env.reset(seed=0)
    state = env.get_state()
    env.step(1)
    env.set_state(state)
    while not env.step(0)[2]:
        pass
    assert collect(tmp_path, 1, 100, 1000) == [[]]
    env.reset(seed=0)
    while not env.step(0)[2]:
        pass
    assert len(collect(tmp_path, 1, 100, 1000)[0]) == 1
