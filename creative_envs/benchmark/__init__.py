"""The benchmark: any algorithm on creativity tasks, under a budget, scored by held-out standards.

``creative-bench --help`` is its command. An algorithm plugs in as an `Agent`: see `protocol`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from creative_envs.benchmark.protocol import Agent, Context, Policy

__all__ = ["Agent", "Context", "Policy"]


def __getattr__(name: str) -> Any:
    """Loads the protocol on first use, so that the command answers fast."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("creative_envs.benchmark.protocol"), name)
