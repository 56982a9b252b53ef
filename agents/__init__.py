"""Agents that make works: policies, training, evaluation and the page that shows the result.

Nothing heavy is imported here, so that reading a command line does not wait for PyTorch.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from agents.agent import Agent

__all__ = ["load"]

# Rounds that PyTorch's OpenMP threads wait busily, read when PyTorch is loaded. With the usual
# 300,000, small networks on a busy machine train 5 times slower on two threads than on one.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def load(run: str | Path, which: Literal["best", "last"] = "best", device: str = "auto") -> Agent:
    """Loads the agent of a run, or a shipped one; see `agents.agent.load`."""
    from agents.agent import load as load_agent

    return load_agent(run, which, device)
