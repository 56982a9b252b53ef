"""From briefs to developed works: diverge for every brief, keep what is good, then refine it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from tqdm import tqdm

from agents.agent import Agent
from agents.callbacks import Work
from agents.errors import ConfigError
from agents.ideation.brainstorm import brainstorm
from agents.ideation.focus import focus
from agents.ideation.workbench import Draft, Workbench
from creative_envs.core.insight import Insight
from creative_envs.core.task import Task


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
        count: How many works; of the candidates for one brief, fewer come where fewer pass the
            gate.
        seed: Decides briefs and everything drawn; briefs are those `Agent.sample` draws.
        brief: One for all, whose good candidates that lie farthest apart are kept; by default each
            work has its own, and is the best of its candidates.
        candidates: For every brief; None for works as they are sampled, all of which are kept.
        steps: Of focus, for every work.

    Raises:
        ConfigError: A number out of range, fewer candidates than works to keep of them, a brief the
            environment cannot read, or several to keep in a domain that compares no works.
    """
    check_candidates(agent.task, count, brief, candidates)
    if steps < 0:
        raise ConfigError(f"steps must be at least 0, got {steps!r}")
    drafts = _diverge(agent, count, seed, brief, candidates)
    works: list[Mapping[str, Any]] = [draft.work for draft in drafts]
    if steps:
        with tqdm(drafts, desc="focus", unit=" works", leave=False) as bar:
            works = [
                focus(agent, draft, steps, seed=seed + number).best.work
                for number, draft in enumerate(bar)
            ]
    return [dict(work) for work in works]


def check_candidates(task: Task, count: int, brief: Any, candidates: int | None) -> None:
    """Raises `ConfigError` where works cannot be chosen: see `develop`."""
    if count < 1:
        raise ConfigError(f"count must be at least 1, got {count!r}")
    if candidates is None:
        return
    if candidates < 1:
        raise ConfigError(f"candidates must be at least 1, got {candidates!r}")
    if brief is not None and candidates < count:
        raise ConfigError(f"{count} works cannot be kept of {candidates} candidates: ask for more")
    if brief is not None and count > 1 and type(task).unlikeness is Insight.unlikeness:
        raise ConfigError(f"{task.name} compares no works: of one brief, keep one (-n 1)")


def _diverge(
    agent: Agent, count: int, seed: int, brief: Any, candidates: int | None
) -> list[Draft]:
    bench = Workbench(agent.config, agent.policy)
    if candidates is None:
        made = bench.make(bench.briefs(count, seed, brief), np.random.default_rng(seed))
        return [bench.draft(made, row) for row in range(count)]
    keep = 1 if brief is None else count
    asked = bench.briefs(count, seed) if brief is None else [brief]
    drafts: list[Draft] = []
    with tqdm(asked, desc="brainstorming", unit=" briefs", leave=False) as bar:
        for number, one in enumerate(bar):
            found = brainstorm(agent, one, candidates, keep=keep, seed=seed + number)
            drafts += found.selection()
    return drafts
