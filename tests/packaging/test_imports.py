"""Importing the package waits for nothing that only making an environment needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numba", "llvmlite", "torch", "matplotlib", "scipy", "pandas", "PIL", "mido", "tqdm",
         "pygame", "ray", "ribs", "stable_baselines3", "creative_envs.core", "agents")  # fmt: skip
MOST_OVER = 1.5
"""Times what importing Gymnasium alone takes."""
CODE = """
import sys, time
began = time.perf_counter()
import gymnasium
between = time.perf_counter()
import creative_envs
ended = time.perf_counter()
print((ended - began) / (between - began), *(name for name in {heavy!r} if name in sys.modules))
"""


def test_importing_costs_little_beyond_gymnasium() -> None:
    command = [sys.executable, "-c", CODE.format(heavy=HEAVY)]
    told = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            for _ in range(3)]  # fmt: skip
    assert all(len(words) == 1 for words in told), told
    assert min(float(words[0]) for words in told) < MOST_OVER
