"""Subprocess environments beside the native vector, step by step to the end of an episode.

python -m tests.sweep.workers --count 64
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import gymnasium as gym
import numpy as np
import psutil
from gymnasium.vector import AsyncVectorEnv
from tqdm import tqdm

from creative_envs import sample_legal
from creative_envs.registration import SINGLE_WORK
from tests.playing import assert_same

PATIENCE = 30
"""Seconds a worker may take to go."""


def workers_of(env_id: str, count: int, context: str | None = None) -> AsyncVectorEnv:
    """So many processes with an environment each; observations come through shared memory."""
    name = f"creative_envs:{env_id}"
    makers = [lambda: gym.make(name, disable_env_checker=True)] * count
    return AsyncVectorEnv(makers, shared_memory=True, context=context)


def play_beside(env_id: str, count: int, context: str | None = None) -> int:
    """Plays an episode in workers and in the native vector, and leaves no process behind.

    Returns:
        The steps made.

    Raises:
        AssertionError: They differ, or a worker is left.
    """
    before = set(psutil.Process().children(recursive=True))
    workers = workers_of(env_id, count, context)
    processes = set(psutil.Process().children(recursive=True)) - before
    assert len(processes) >= count
    native = gym.make_vec(env_id, num_envs=count)
    rng, steps, over = np.random.default_rng(0), 0, np.zeros(count, bool)
    try:
        expected = native.reset(seed=5)
        assert_same(workers.reset(seed=5), expected)
        while not over.all():
            actions = sample_legal(expected[0]["action_mask"], rng)
            expected = native.step(actions)
            assert_same(workers.step(actions), expected, f"step {steps}")
            over |= expected[2]
            steps += 1
    finally:
        workers.close()
    assert not psutil.wait_procs(processes & alive(), timeout=PATIENCE)[1], "workers are left"
    return steps


def alive() -> set[psutil.Process]:
    """This process's children and theirs, zombies among them."""
    return set(psutil.Process().children(recursive=True))


def main(given: Sequence[str] | None = None) -> int:
    """Compares workers of each single-work environment; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.sweep.workers", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--count", type=int, default=64, help="workers of each (64)")
    count = parser.parse_args(given).count
    if count < 1:
        parser.error("--count: at least 1")
    told = []
    try:
        for env_id in tqdm(SINGLE_WORK, unit=" ids", disable=None):
            began = time.perf_counter()
            steps = play_beside(env_id, count)
            seconds = time.perf_counter() - began
            told.append(f"{env_id}: {count} workers, {steps} steps, the same; {seconds:.1f} s")
    except AssertionError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("\n".join(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
