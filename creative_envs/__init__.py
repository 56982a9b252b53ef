"""creative_envs: Gymnasium environments for creativity tasks.

Importing the package registers its environments (``gym.register_envs(creative_envs)`` is the
idiom that tells readers and linters so)::

    import gymnasium as gym
    import creative_envs

    env = gym.make("creative_envs/MelodyComposition-v0")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creative_envs.kernel_cache import provide_kernel_cache
from creative_envs.registration import register_environments

if TYPE_CHECKING:
    from creative_envs.core.artefacts import artefact
    from creative_envs.core.checks import check_creative_env
    from creative_envs.core.one_hot import OneHotTokens, OneHotTokensVector
    from creative_envs.core.sampling import sample_legal

__version__ = "0.1.0"
__all__ = [
    "OneHotTokens",
    "OneHotTokensVector",
    "artefact",
    "check_creative_env",
    "register_environments",
    "sample_legal",
]

_HOMES = {
    "OneHotTokens": "creative_envs.core.one_hot",
    "OneHotTokensVector": "creative_envs.core.one_hot",
    "artefact": "creative_envs.core.artefacts",
    "check_creative_env": "creative_envs.core.checks",
    "sample_legal": "creative_envs.core.sampling",
}


def __getattr__(name: str) -> Any:
    """Loads the helpers on first use, so that the import itself stays fast."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


provide_kernel_cache()
register_environments()
