"""Bytes that environments hold."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import gymnasium as gym
from tqdm import tqdm

import creative_envs  # noqa: F401  registers the environments
from benchmarks.effort import Effort
from benchmarks.lines import Line
from benchmarks.others import CARTPOLE
from benchmarks.steps import IDS, short

FEW: Final = 64
MANY: Final = 4096
KILOBYTE: Final = 1000
MEGABYTE: Final = 1_000_000
_PLAY: Final = """
import sys
from pathlib import Path
import gymnasium as gym
import creative_envs
env = gym.make(sys.argv[1])
env.reset(seed=0)
over = False
while not over:
    _, _, over, _, _ = env.step(int(env.unwrapped.action_masks().argmax()))
for line in Path("/proc/self/status").read_text().splitlines():
    if line.startswith("VmHWM:"):
        print(line.split()[1])
"""
"""Plays an episode; prints the peak of the resident set in KiB, which Linux alone tells.

`resource.getrusage` would tell the peak of the process that started it, where that is larger."""
STATUS: Final = Path("/proc/self/status")


def measure(effort: Effort) -> list[Line]:
    """What a sub-environment of a vector adds, and what a process with one environment takes."""
    ids = [env_id for _, pair in IDS for env_id in pair]
    lines = []
    for env_id in tqdm([*ids, CARTPOLE], desc="memory of vectors", leave=False, disable=None):
        held, seen = of_each(partial(_vector, env_id))
        name = f"{short(env_id)}: each environment of a vector"
        lines += [
            Line(f"{name}, all that is held", held / KILOBYTE, "kB"),
            Line(f"{name}, an observation", seen / KILOBYTE, "kB"),
        ]
    if not STATUS.is_file():
        return lines
    played = [pair[0] for _, pair in IDS] if effort.quick else ids
    lines += [
        Line(f"{short(env_id)}: a process that plays one", peak_of(env_id) / MEGABYTE, "MB")
        for env_id in tqdm(played, desc="memory of processes", leave=False, disable=None)
    ]
    return lines


def of_each(make: Callable[[int], Any], few: int = FEW, many: int = MANY) -> tuple[float, float]:
    """Bytes a sub-environment adds to a vector: held by the vector, and in an observation.

    NumPy tells `tracemalloc` of its arrays, so this counts bytes, not pages. Observations that
    nobody keeps are not held.

    Args:
        make: From N to a vector of N.
        few: A small N.
        many: A large N; what it takes more is divided by how many more it is.
    """
    make(1).reset(seed=0)  # what is loaded once is loaded now
    small, large = _held(make, few), _held(make, many)
    held, seen = ((b - a) / (many - few) for a, b in zip(small, large, strict=True))
    return held, seen


def _held(make: Callable[[int], Any], size: int) -> tuple[int, int]:
    tracemalloc.start()
    try:
        env = make(size)
        env.reset(seed=0)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    observation, _ = env.reset(seed=0)
    arrays = observation.values() if isinstance(observation, dict) else [observation]
    return held, sum(array.nbytes for array in arrays)


def _vector(env_id: str, size: int) -> Any:
    return gym.make_vec(env_id, num_envs=size, vectorization_mode="vector_entry_point")


def peak_of(env_id: str) -> int:
    """Peak of the resident set, in bytes, of a process that plays an episode of an environment."""
    done = subprocess.run(
        [sys.executable, "-c", _PLAY, env_id], capture_output=True, text=True, check=True
    )
    return 1024 * int(done.stdout)
