"""The environments' ids. Registering reads no file and imports no domain."""

from __future__ import annotations

from typing import Any, Final

import gymnasium as gym

PORTFOLIO_WORKS: Final = 8
"""Works in an episode of a portfolio environment."""

SINGLE_WORK: Final = {
    "creative_envs/MelodyComposition-v0": "creative_envs.melody.env:Melody",
    "creative_envs/PatchComposition-v0": "creative_envs.patches.env:Patch",
    "creative_envs/TacticDesign-v0": "creative_envs.tactics.env:Tactic",
}
"""Ids whose episodes are one work, each with the prefix of its two environment classes."""

PORTFOLIOS: Final = {
    "creative_envs/MelodyPortfolio-v0": "creative_envs.melody.env:Melody",
    "creative_envs/PatchPortfolio-v0": "creative_envs.patches.env:Patch",
    "creative_envs/TacticPortfolio-v0": "creative_envs.tactics.env:Tactic",
}
"""Ids whose episodes are a set of works."""

SHAPED: Final = frozenset({"creative_envs.patches.env:Patch"})
"""Prefixes of environments whose reward is shaped unless asked otherwise: credit for a composition
that came with its last cell taught little."""


def register_environments() -> None:
    """Registers every environment; doing so twice is harmless."""
    for env_id, prefix in SINGLE_WORK.items():
        _register(env_id, prefix)
    for env_id, prefix in PORTFOLIOS.items():
        _register(env_id, prefix, works=PORTFOLIO_WORKS)


def _register(env_id: str, prefix: str, **arguments: Any) -> None:
    if env_id in gym.registry:
        return
    if prefix in SHAPED:
        arguments["reward"] = "shaped"
    gym.register(
        id=env_id,
        entry_point=f"{prefix}Env",
        vector_entry_point=f"{prefix}VectorEnv",
        kwargs=arguments,
    )
