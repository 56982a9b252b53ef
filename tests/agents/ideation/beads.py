"""The toy domain with works that can be compared, agents of it, and one whose time is not even."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

import agents
from agents.agent import Agent
from agents.runs import RunFolder
from agents.training import train
from creative_envs.core.env import CreativeEnv
from creative_envs.core.vector import CreativeVectorEnv
from tests.agents.necklaces import tiny_config
from tests.toy_domain import NecklaceTask

BEADS = "tests.agents.ideation.beads:toy/ComparedNecklaces-v0"


class ComparedTask(NecklaceTask):
    """Necklaces are as unlike as the share of beads in which they differ."""

    def unlikeness(self, tokens, length, brief):
        return (tokens[:, None, :, 0] != tokens[None, :, :, 0]).mean(axis=2)


class ComparedEnv(CreativeEnv):
    task_type = ComparedTask


class ComparedVectorEnv(CreativeVectorEnv):
    task_type = ComparedTask


class StringTask(ComparedTask):
    """Strings of 1 to 3 beads of a colour at a time, as long as a necklace, in fewer actions."""

    def __init__(self, beads: int = 12, split: str = "train") -> None:
        super().__init__(beads, split)
        self.scratch_size = 1
        self.token_sizes = (5, beads + 1)
        self.n_actions = 15

    def begin(self, rows, brief, mask, scratch):
        mask[rows], scratch[rows] = 1, 0

    def advance(self, actions, active, tokens, length, brief, mask, scratch, finished):
        rows = active.nonzero()[0]
        colour, extra = actions[rows] % 5, actions[rows] // 5
        scratch[rows, 0] += 1 + extra
        tokens[rows, length[rows]] = np.stack([colour, scratch[rows, 0]], axis=1)
        length[rows] += 1
        left = self.max_length - scratch[rows, 0]
        mask[rows] = np.arange(15) // 5 < left[:, None]
        finished[rows] = left == 0


class StringEnv(CreativeEnv):
    task_type = StringTask


class StringVectorEnv(CreativeVectorEnv):
    task_type = StringTask


for name, scalar, vector in (
    ("ComparedNecklaces", ComparedEnv, ComparedVectorEnv),
    ("Strings", StringEnv, StringVectorEnv),
):
    if f"toy/{name}-v0" not in gym.registry:
        gym.register(f"toy/{name}-v0", entry_point=scalar, vector_entry_point=vector)


def make_run(folder: Path, env: str = BEADS, **settings: Any) -> Path:
    """A finished run, barely trained."""
    config = tiny_config(env=env, select_every=0, media_every=0, **settings)
    made = RunFolder.create(config, folder)
    train(config, made)
    return made.path


def make_agent(folder: Path, env: str = BEADS, **settings: Any) -> Agent:
    return agents.load(make_run(folder, env, **settings), device="cpu")
