"""Jumanji's Snake and CartPole in turns: prints their timings as JSON.

Run by `benchmarks.jumanji` with the Python of an environment that has Jumanji and Gymnasium.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jumanji
from jumanji.wrappers import AutoResetWrapper, VmapAutoResetWrapper

from benchmarks.others import CARTPOLE, SCALAR_STEPS, cartpole_vector, yardstick
from benchmarks.replay import SEED, chance
from benchmarks.timing import Subject, take_turns

SNAKE: Final = "Snake-v1"
SNAKE_ACTIONS: Final = 4
ROLLED: Final = "rolled out on the device"


def scalar() -> tuple[Subject, float]:
    """One Snake, a compiled step at a time; a unit is a step. Also CPU-seconds of compiling it."""
    env = AutoResetWrapper(jumanji.make(SNAKE))
    actions = [action[0] for action in chance(SNAKE_ACTIONS, SCALAR_STEPS, 1)]
    return _stepping(env, jax.random.PRNGKey(SEED), actions, 1)


def vector(num_envs: int, steps: int) -> tuple[Subject, float]:
    """N Snakes, a compiled step of them all at a time; a unit is one step of one."""
    env = VmapAutoResetWrapper(jumanji.make(SNAKE))
    keys = jax.random.split(jax.random.PRNGKey(SEED), num_envs)
    return _stepping(env, keys, chance(SNAKE_ACTIONS, steps, num_envs), num_envs)


def rolled(num_envs: int, steps: int) -> tuple[Subject, float]:
    """N Snakes, all steps compiled into one loop: no observation leaves it."""
    env = VmapAutoResetWrapper(jumanji.make(SNAKE))
    keys = jax.random.split(jax.random.PRNGKey(SEED), num_envs)
    state, _ = jax.jit(env.reset)(keys)
    actions = jax.numpy.stack(chance(SNAKE_ACTIONS, steps, num_envs))

    def advance(state: Any, action: Any) -> tuple[Any, Any]:
        state, seen = env.step(state, action)
        return state, seen.reward.sum()

    roll = jax.jit(lambda state: jax.lax.scan(advance, state, actions))
    compiling = _timed(lambda: roll(state))

    def run() -> int:
        jax.block_until_ready(roll(state))
        return steps * num_envs

    return Subject(lambda: None, run), compiling


def _stepping(env: Any, keys: Any, actions: list[Any], each: int) -> tuple[Subject, float]:
    step = jax.jit(env.step)
    first, _ = jax.jit(env.reset)(keys)
    compiling = _timed(lambda: step(first, actions[0]))

    def run() -> int:
        state = first
        for action in actions:
            state, seen = step(state, action)
        jax.block_until_ready(seen)
        return len(actions) * each

    return Subject(lambda: None, run), compiling


def _timed(call: Callable[[], Any]) -> float:
    begin = time.process_time()
    jax.block_until_ready(call())
    return time.process_time() - begin


def turns(subjects: dict[str, tuple[Subject, float]], other: Subject, rounds: int) -> Any:
    """Timings of Snakes and of a CartPole, and what each Snake took to compile."""
    named = {name: subject for name, (subject, _) in subjects.items()}
    timings = take_turns({CARTPOLE: other, **named}, rounds, "Jumanji")
    return {
        "seconds": {name: timing.seconds for name, timing in timings.items()},
        "compiling": {name: compiling for name, (_, compiling) in subjects.items()},
    }


def main() -> None:
    """Takes the rounds, then sizes of vectors with their steps as SIZE:STEPS."""
    rounds = int(sys.argv[1])
    found = {"scalar": turns({SNAKE: scalar()}, yardstick(), rounds)}
    for told in sys.argv[2:]:
        size, steps = map(int, told.split(":"))
        snakes = {SNAKE: vector(size, steps), f"{SNAKE}, {ROLLED}": rolled(size, steps)}
        found[f"vector of {size}"] = turns(snakes, cartpole_vector(size, steps), rounds)
    versions = {name: version(name) for name in ("jumanji", "jax")}
    print(json.dumps({"found": found, "versions": versions}))


if __name__ == "__main__":
    main()
