"""Steps native vectors of every environment many times over, and watches the memory.

    python -m tests.sweep.soak --steps 10_000_000

All environments take part in each of several rounds, made anew every time, and are stepped with
random legal actions. Memory that goes on growing after the first round fails, and so does an
observation that leaves its space, or a reward that is not finite or above 1.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import psutil
from tqdm import tqdm

from creative_envs import sample_legal
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK

IDS = (*SINGLE_WORK, *PORTFOLIOS)
MIB = 2**20
EVERY = 37
"""Of how many steps one is looked into; prime, so that all phases of works have their turn."""
ROUNDS = 5
"""Turns of each environment: a warm-up, then four quarters."""


class SoakFailed(AssertionError):
    """Memory grew, or a step returned what it may not; the message says where."""


@dataclass(frozen=True)
class Reading:
    """The process at the end of a round.

    Attributes:
        steps: Environment steps made so far.
        resident: Bytes of the resident set.
    """

    steps: int
    resident: int


def soak(
    steps: int,
    num_envs: int = 512,
    ids: Sequence[str] = IDS,
    seed: int = 0,
    tell: Callable[[int], object] = lambda count: None,
) -> list[Reading]:
    """Makes at least so many environment steps, shared evenly by rounds and environments.

    Args:
        steps: In all.
        num_envs: N of each vector.
        ids: Which environments.
        seed: Of episodes and actions.
        tell: Called with the steps just made.

    Returns:
        A reading before the first round and one after each.
    """
    each = math.ceil(steps / (ROUNDS * len(ids) * num_envs))
    readings, made = [Reading(0, resident())], 0
    for number in range(ROUNDS):
        for env_id in ids:
            play(env_id, num_envs, each, seed + number, tell)
            made += each * num_envs
        readings.append(Reading(made, resident()))
    return readings


def play(env_id: str, num_envs: int, steps: int, seed: int, tell: Callable[[int], object]) -> None:
    """Steps one vector, looking into every 37th step."""
    env = gym.make_vec(env_id, num_envs=num_envs)
    rng = np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed * num_envs)
    for step in range(steps):
        observation, reward, _, truncated, _ = env.step(
            sample_legal(observation["action_mask"], rng)
        )
        where = f"{env_id}, seed {seed}, step {step}"
        require(bool(np.isfinite(reward).all() and reward.max() <= 1), f"{where}: {reward}")
        if step % EVERY == 0:
            require(observation in env.observation_space, f"{where}: left its space")
            finite = all(np.isfinite(array).all() for array in observation.values())
            require(finite and not truncated.any(), f"{where}: not finite, or truncated")
        tell(num_envs)
    env.close()


def require(condition: bool, message: str) -> None:
    """Raises `SoakFailed` unless the condition holds."""
    if not condition:
        raise SoakFailed(message)


def resident() -> int:
    """Bytes of this process in memory, garbage collected first."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def growth(readings: Sequence[Reading]) -> int:
    """Bytes by which memory grew after the warm-up, the first round: to the end, at the least.

    Between rounds the allocator keeps more or less; what leaks is there at the end of all of them.
    """
    return min(r.resident for r in readings[-2:]) - readings[1].resident


def table(readings: Sequence[Reading]) -> str:
    """Start, warm-up, quarter points and end, a line each."""
    return "\n".join(f"{r.steps:>12,} steps {r.resident / MIB:>8.1f} MiB" for r in readings)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.sweep.soak", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--steps", type=int, default=10_000_000, help="in all (10_000_000)")
    parser.add_argument("--num-envs", type=int, default=512, help="N of each vector (512)")
    parser.add_argument("--seed", type=int, default=0, help="of episodes and actions (0)")
    parser.add_argument("--ids", nargs="+", default=IDS, metavar="ID", help="which (all)")
    parser.add_argument(
        "--tolerance", type=float, default=32, help="MiB that memory may grow by (32)"
    )
    return parser


def main(given: Sequence[str] | None = None) -> int:
    """Soaks, prints the readings, and returns the exit code."""
    parser = arguments()
    chosen = parser.parse_args(given)
    unknown = [env_id for env_id in chosen.ids if env_id not in gym.registry]
    if unknown or min(chosen.steps, chosen.num_envs) < 1:
        parser.error(f"unknown ids {unknown}" if unknown else "--steps and --num-envs: at least 1")
    began = time.perf_counter()
    try:
        with tqdm(total=chosen.steps, unit=" steps", unit_scale=True, disable=None) as bar:
            readings = soak(chosen.steps, chosen.num_envs, chosen.ids, chosen.seed, bar.update)
    except SoakFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(readings))
    grown = growth(readings) / MIB
    seconds = time.perf_counter() - began
    print(
        f"grown by {grown:.1f} MiB since the warm-up, allowed {chosen.tolerance:g}; {seconds:.0f} s"
    )
    return int(grown > chosen.tolerance)


if __name__ == "__main__":
    sys.exit(main())
