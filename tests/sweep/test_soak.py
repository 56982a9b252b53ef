"""A small soak in the tests; a long one by `python -m tests.sweep.soak`."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from tests.conftest import TOY_ID
from tests.sweep.soak import IDS, MIB, Reading, SoakFailed, growth, main, soak, table
from tests.toy_domain import NecklaceVectorEnv

KEPT: list[np.ndarray] = []


class Leaking(NecklaceVectorEnv):
    def step(self, actions):
        KEPT.append(np.ones((self.num_envs, 1000)))
        return super().step(actions)


class Astray(NecklaceVectorEnv):
    def step(self, actions):
        result = super().step(actions)
        result[0]["brief"][0, 0] = 2
        return result


@pytest.fixture(name="made_of")
def registered():
    yield lambda kind: gym.register("toy/Soaked-v0", vector_entry_point=kind)
    del gym.registry["toy/Soaked-v0"]


def test_memory_is_constant():
    counted = []
    readings = soak(200_000, num_envs=128, tell=counted.append)
    assert sum(counted) == readings[-1].steps >= 200_000
    assert len(readings) == 6 and growth(readings) < 24 * MIB, table(readings)


def test_a_leak_is_found(made_of):
    made_of(Leaking)
    readings = soak(40_000, num_envs=64, ids=["toy/Soaked-v0"])
    KEPT.clear()
    assert growth(readings) > 24 * MIB


def test_what_leaves_its_space_is_found(made_of):
    made_of(Astray)
    with pytest.raises(SoakFailed, match="left its space"):
        soak(100, num_envs=8, ids=["toy/Soaked-v0"])


def test_growth_is_that_after_the_warm_up():
    sizes = [10, 100, 100, 130, 104, 103]
    assert growth([Reading(i, size) for i, size in enumerate(sizes)]) == 3


def test_the_command(capsys):
    assert main(["--steps", "600", "--num-envs", "8", "--ids", TOY_ID]) == 0
    assert "since the warm-up" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        main(["--ids", "toy/None-v0"])
    assert "toy/None-v0" in capsys.readouterr().err
    assert len(IDS) == 6
