"""An arm of the study from fresh policies to its outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

import torch

from agents.config import RunConfig
from agents.joint.curriculum import BASELINE, Stage, stages_of
from agents.joint.learner import Learner
from agents.joint.records import START, Evaluated, Outcome
from agents.joint.sharing import count_parameters, share_trunk

REPORTS: Final = 10
"""How often an arm tells how far it is."""
CURVE: Final = ("timesteps", "reward", "quality", "novelty", "unique")
"""What is kept of each rollout."""


def train_arm(
    arm: str,
    configs: Mapping[str, RunConfig],
    works: int,
    rehearsal: float,
    tell: Callable[[str], None],
) -> Outcome:
    """Trains an arm of one seed, on one thread, and evaluates all domains after each stage.

    Args:
        arm: One of `agents.joint.curriculum.ARMS`.
        configs: Of each domain, all with one seed, in the order in which sequential arms take them.
        works: Sampled of each domain in each evaluation.
        rehearsal: Share of later stages for the domains before, in the arm of that name.
        tell: Takes a line about the progress.

    Raises:
        ConfigError: An environment refuses its keywords, policies cannot share a trunk, or so much
            rehearsal is not to be had.
        RatioMismatch: An update saw another policy than the one that sampled.
    """
    torch.set_num_threads(1)
    learners = {name: Learner(config) for name, config in configs.items()}
    stages = stages_of(arm, {name: each.rollouts for name, each in learners.items()}, rehearsal)
    policies = [learner.policy for learner in learners.values()]
    if arm != BASELINE:
        share_trunk(policies)
    evaluated = [_evaluate(START, learners, works)]
    progress = _Progress(stages, learners, tell)
    cpu_seconds = 0.0
    for stage in stages:
        began = time.process_time()
        for turn in stage.turns:
            learners[turn].learn_rollout()
            progress.advance()
        cpu_seconds += time.process_time() - began
        evaluated.append(_evaluate(stage.name, learners, works))
    return Outcome(
        arm=arm,
        seed=next(iter(configs.values())).seed,
        parameters=count_parameters(policies),
        cpu_seconds=cpu_seconds,
        steps={name: learner.model.num_timesteps for name, learner in learners.items()},
        evaluated=evaluated,
        curves={name: _curve(learner) for name, learner in learners.items()},
    )


def _evaluate(stage: str, learners: Mapping[str, Learner], works: int) -> Evaluated:
    return Evaluated(stage, {name: each.evaluate(works) for name, each in learners.items()})


def _curve(learner: Learner) -> list[dict[str, float]]:
    return [{name: entry[name] for name in CURVE} for entry in learner.history]


class _Progress:
    """Tells, every tenth of an arm, what the latest works of each domain are worth."""

    def __init__(
        self, stages: list[Stage], learners: Mapping[str, Learner], tell: Callable[[str], None]
    ) -> None:
        self.total = sum(len(stage.turns) for stage in stages)
        self.learners, self.tell = learners, tell
        self.done, self.began = 0, time.perf_counter()

    def advance(self) -> None:
        """Notes a rollout."""
        self.done += 1
        if self.done * REPORTS // self.total == (self.done - 1) * REPORTS // self.total:
            return
        rewards = ", ".join(
            f"{name} {learner.history[-1]['reward']:.3f}"
            for name, learner in self.learners.items()
            if learner.history
        )
        seconds = time.perf_counter() - self.began
        self.tell(f"{self.done / self.total:4.0%} after {seconds:,.0f} s; reward: {rewards}")
