"""Two toy domains that share a trunk, in runs that take a moment."""

from __future__ import annotations

from typing import Any

from agents.config import RunConfig
from agents.joint.learner import Learner
from tests.agents.fields import FIELDS
from tests.agents.necklaces import NECKLACES, tiny_config

# Seven steps leave works of six beads unfinished at the end of rollouts.
SMALL = {"n_steps": 7, "timesteps": 4 * 8 * 7, "learning_rate": 5e-3, "warmup": 0.0}
SMALL |= {"select_every": 0, "media_every": 0}


def toy_configs(**settings: Any) -> dict[str, RunConfig]:
    """Of necklaces, and of necklaces with a map as a prefix of their sequences."""
    return {
        "Necklaces": tiny_config(**{**SMALL, "env": NECKLACES, **settings}),
        "Fields": tiny_config(**{**SMALL, "env": FIELDS, **settings}),
    }


def toy_learners(**settings: Any) -> list[Learner]:
    return [Learner(config) for config in toy_configs(**settings).values()]
