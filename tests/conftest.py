"""What every test may need: the toy domain registered beside the package's own environments."""

from __future__ import annotations

import gymnasium as gym
from hypothesis import settings

import creative_envs  # noqa: F401  registers the environments

settings.register_profile("kernels", deadline=None)  # the first example may compile a kernel
settings.load_profile("kernels")

TOY_ID = "toy/Necklace-v0"

if TOY_ID not in gym.registry:
    gym.register(
        TOY_ID,
        entry_point="tests.toy_domain:NecklaceEnv",
        vector_entry_point="tests.toy_domain:NecklaceVectorEnv",
    )
