"""The toy domain with a map that observations show: which one, the brief's colour decides."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from agents.config import RunConfig
from agents.vec_env import SB3VecEnv
from creative_envs.core.env import CreativeEnv
from creative_envs.core.vector import CreativeVectorEnv
from tests.agents.necklaces import tiny_config
from tests.toy_domain import COLOURS, NecklaceTask

FIELDS = "tests.agents.fields:toy/Fields-v0"
BLOCKS, PLANES = 4, 6
MAPS = np.random.default_rng(0).random((COLOURS, BLOCKS, PLANES)).astype(np.float32)


class FieldTask(NecklaceTask):
    name = "fields"
    prefix_entries = ("map",)

    def context_spaces(self):
        return {"map": gym.spaces.Box(0, 1, (BLOCKS, PLANES), np.float32)}

    def context(self, brief):
        return {"map": MAPS[np.rint(brief[:, 1] * (COLOURS - 1)).astype(np.int64)]}


class FieldEnv(CreativeEnv):
    task_type = FieldTask


class FieldVectorEnv(CreativeVectorEnv):
    task_type = FieldTask


if "toy/Fields-v0" not in gym.registry:
    gym.register("toy/Fields-v0", entry_point=FieldEnv, vector_entry_point=FieldVectorEnv)


def field_config(**settings: Any) -> RunConfig:
    return tiny_config(env=FIELDS, **settings)


def field_envs(num_envs: int = 4, **keywords: Any) -> SB3VecEnv:
    return SB3VecEnv.make(FIELDS, num_envs, **keywords)
