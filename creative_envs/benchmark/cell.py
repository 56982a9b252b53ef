"""A cell of the benchmark: one agent, one environment, one seed. Trained, sampled and scored.

`run_cell` is a pure function of plain data, so any runner can map it over any machines.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from creative_envs.benchmark.errors import BudgetExhausted, InvalidPolicy
from creative_envs.benchmark.suite import Environment, Suite, load_suite
from creative_envs.benchmark.works import Episode, write_episodes

if TYPE_CHECKING:  # whoever only lists cells need not wait for the environments
    from creative_envs.benchmark.plugins import AgentEntry
    from creative_envs.benchmark.protocol import Context

Job = dict[str, Any]
Outcome = dict[str, Any]

_TRACEBACK_LINES: Final = 12


@dataclass(frozen=True)
class Cell:
    """What is run once.

    Attributes:
        suite: Which suite.
        environment: One of its environments.
        agent: As users write it.
        seed: From 0.
    """

    suite: Suite
    environment: Environment
    agent: str
    seed: int

    @property
    def title(self) -> str:
        """For messages: "random, MelodyComposition, seed 0"."""
        return f"{self.agent}, {self.environment.name}, seed {self.seed}"

    def drawing(self, what: str) -> int:
        """A seed for something random; that of "briefs" is the same for all agents."""
        agent = "" if what == "briefs" else self.agent
        text = f"{what} {self.environment.id} {agent} {self.seed}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1

    def job(self, suite_toml: str, *, device: str, scratch: Path | None, keep_policy: bool) -> Job:
        """The cell as plain data.

        Args:
            suite_toml: Text of the suite's file: workers may have another version of it.
            device: For torch: "cpu" or "cuda".
            scratch: Where the worker may write, with its live steps; None for a temporary folder.
            keep_policy: Whether the outcome has the files of the trained policy.
        """
        return {
            "suite": self.suite.name,
            "suite_toml": suite_toml,
            "environment": self.environment.id,
            "agent": self.agent,
            "seed": self.seed,
            "device": device,
            "scratch": None if scratch is None else str(scratch),
            "keep_policy": keep_policy,
        }

    @classmethod
    def of(cls, job: Job) -> Cell:
        """The cell of a job."""
        suite = suite_of(job["suite"], job["suite_toml"])
        return cls(suite, suite.environment(job["environment"]), job["agent"], job["seed"])


def suite_of(name: str, toml: str) -> Suite:
    """Reads a suite from the text of its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.toml"
        path.write_text(toml, encoding="utf-8")
        return load_suite(str(path))


def run_cell(job: Job) -> Outcome:
    """Trains an agent within its budget, samples works of its policy and scores them.

    What the agent does wrong ends in the outcome's status, never in an exception:
    "ok"; "over budget", where it let `BudgetExhausted` escape and so has no policy;
    "uncounted", where it made steps in environments that were not the context's; or "failed".

    Args:
        job: What `Cell.job` gives.

    Returns:
        ``run``, which becomes run.json; ``files``, text of works.jsonl, training.jsonl and
        score.json; ``policy``, the bytes of the policy's files by relative path, where kept.
    """
    raise NotImplementedError


def failure(job: Job, error: str, details: str = "") -> Outcome:
    """The outcome of a cell whose worker died.

    Args:
        job: The job.
        error: What happened, in a line.
        details: The last lines it printed.
    """
    raise NotImplementedError
