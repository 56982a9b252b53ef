"""From briefs to developed works: diverge for every brief, keep what is good, then refine it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tqdm import tqdm

from agents.agent import Agent
from agents.callbacks import Work
from agents.errors import ConfigError
from agents.ideation.brainstorm import brainstorm
from agents.ideation.focus import focus
from agents.ideation.workbench import Draft, Workbench


def develop(
    agent: Agent,
    count: int,
    *,
    seed: int = 0,
    brief: Any = None,
    candidates: int | None = None,
    steps: int = 0,
) -> list[Work]:
    """Makes works by brainstorming and focus.

    Args:
        agent: Of a trained run.
        count: How many works; fewer come of one brief where fewer candidates pass the gate.
        seed: Decides briefs and everything drawn; briefs are those `Agent.sample` draws.
        brief: One for all, whose good candidates that lie farthest apart are kept; by default each
            work has its own, and is the best of its candidates.
        candidates: For every brief; None for as many as works are kept.
        steps: Of focus, for every work.

    Raises:
        ConfigError: Fewer candidates than works to keep of them, or a brief the environment cannot
            read.
    """
    check_candidates(count, brief, candidates)
    keep = 1 if brief is None else count
    each = keep if candidates is None else candidates
    asked = Workbench(agent.config, agent.policy).briefs(count, seed) if brief is None else [brief]
    drafts: list[Draft] = []
    for number, one in enumerate(tqdm(asked, desc="brainstorming", unit=" briefs", leave=False)):
        found = brainstorm(agent, one, each, keep=keep, seed=seed + number)
        drafts += found.selection()
    works: list[Mapping[str, Any]] = [draft.work for draft in drafts]
    if steps:
        works = [
            focus(agent, draft, steps, seed=seed + number).best.work
            for number, draft in enumerate(tqdm(drafts, desc="focus", unit=" works", leave=False))
        ]
    return [dict(work) for work in works]


def check_candidates(count: int, brief: Any, candidates: int | None) -> None:
    """Raises `ConfigError` where one brief is to give more works than it gets candidates."""
    if brief is not None and candidates is not None and candidates < count:
        raise ConfigError(f"{count} works cannot be kept of {candidates} candidates: ask for more")
