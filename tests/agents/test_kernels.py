"""Users are told when they wait for kernels to be compiled, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agents.kernels import COMPILING

PROGRAM = """
import numpy as np
from agents.kernels import announce_compiling
from creative_envs.core.randomness import counter_uniforms, hash_word

announce_compiling()
announce_compiling()
print("ready")
hash_word(np.uint64(1), np.uint64(2))
print(counter_uniforms(np.arange(2, dtype=np.uint64), 3).shape)
"""


def run(cache: Path) -> subprocess.CompletedProcess[str]:
    """A program whose kernels come from this cache."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    program = [sys.executable, "-c", PROGRAM]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=True)


def test_compiling_is_told_of_once_where_nothing_lies_in_the_cache(tmp_path: Path) -> None:
    assert run(tmp_path).stderr.splitlines() == [COMPILING]
    assert run(tmp_path).stderr == ""


def test_what_programs_read_is_left_alone(tmp_path: Path) -> None:
    assert run(tmp_path).stdout.splitlines() == ["ready", "(2, 3)"]
