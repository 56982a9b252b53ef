"""A cell of the benchmark: one agent, one environment, one seed. Trained, sampled and scored.

`run_cell` is a pure function of plain data, so any runner can map it over any machines.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from creative_envs.benchmark.errors import BenchmarkError, BudgetExhausted
from creative_envs.benchmark.provenance import hardware, versions
from creative_envs.benchmark.sampling import episodes_for, sample_works
from creative_envs.benchmark.suite import Environment, Suite, load_suite
from creative_envs.benchmark.training_log import Windows, collect
from creative_envs.benchmark.works import Episode, write_episodes

if TYPE_CHECKING:  # whoever only lists cells need not wait for the environments
    from creative_envs.benchmark.protocol import Agent, ObservationKind

Job = dict[str, Any]
Outcome = dict[str, Any]

WORKS: Final = "works.jsonl"
TRAINING: Final = "training.jsonl"
SCORE: Final = "score.json"
METER: Final = "steps"
"""Folder in a cell's scratch of what the meter writes, and the meter's own file in it."""
NO_SCORES: Final[Mapping[str, Any]] = {"metrics": {}, "curve": [], "shown": {}}

_LAST_LINES: Final = 12


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
    def path(self) -> Path:
        """Its folder, relative to that of the results."""
        from creative_envs.benchmark.plugins import slug

        return Path(self.suite.name, self.environment.name, slug(self.agent), f"seed{self.seed}")

    @property
    def title(self) -> str:
        """For messages: "random, MelodyComposition, seed 0"."""
        return f"{self.agent}, {self.environment.name}, seed {self.seed}"

    def drawing(self, what: str) -> int:
        """A seed for something random, the same for all agents."""
        text = f"{what} {self.environment.id} {self.seed}"
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


def by_window(suite: Suite, training: Iterable[Episode]) -> list[list[Episode]]:
    """Sorts episodes of training into the windows that are points of the learning curve."""
    windows = Windows(suite.budget, suite.points, suite.point_works)
    sorted_in: list[list[Episode]] = [[] for _ in range(suite.points)]
    for episode in training:
        sorted_in[windows.of(episode.step)].append(episode)
    return sorted_in


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
    cell = Cell.of(job)
    with _scratch(job["scratch"]) as scratch:
        _seed_globals(cell.drawing("globals"))
        trial = _Trial(cell, job["device"], scratch)
        try:
            trial.train()
            trial.sample()
            trial.score()
            if job["keep_policy"]:
                trial.keep_policy()
        except BudgetExhausted as error:
            trial.fail("over budget", str(error))
        except (Exception, SystemExit) as error:
            trial.fail("failed", _one_line(error), traceback.format_exc())
        return trial.outcome()


def failure(job: Job, error: str, details: str = "") -> Outcome:
    """The outcome of a cell whose worker died.

    Args:
        job: The job.
        error: What happened, in a line.
        details: The last lines it printed.
    """
    from creative_envs.benchmark.plugins import find_agent

    cell = Cell.of(job)
    trial = _Trial(cell, job["device"], Path())
    with suppress(BenchmarkError):  # an agent that is gone has no hash
        trial.agent_sha256 = find_agent(cell.agent).sha256
    trial.fail("failed", error, details)
    return trial.outcome()


@dataclass
class _Trial:
    """What is known of a cell while it is run."""

    cell: Cell
    device: str
    scratch: Path
    status: str = "ok"
    error: str = ""
    details: list[str] = field(default_factory=list)
    steps: int = 0
    uncounted: int = 0
    illegal: float = 0.0
    deterministic: bool = False
    agent_sha256: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    policy: Any = None
    observation: ObservationKind = "dict"
    works: list[Episode] = field(default_factory=list)
    training: list[Episode] = field(default_factory=list)
    scores: dict[str, Any] = field(default_factory=lambda: dict(NO_SCORES))
    policy_files: dict[str, bytes] = field(default_factory=dict)

    def train(self) -> None:
        """Trains the agent, unless it is one that makes its own briefs."""
        from creative_envs.benchmark.plugins import find_agent

        entry = find_agent(self.cell.agent)
        self.agent_sha256 = entry.sha256
        agent: Any = entry.load()()
        self.deterministic = bool(getattr(agent, "deterministic", False))
        self.observation = getattr(agent, "observation", "dict")
        self.cell.environment.check_references()
        with self._timed("train"):
            if getattr(agent, "makes_own_briefs", False):
                count = episodes_for(self.cell.environment, self.cell.suite.works)
                seed = self.cell.drawing("policy")
                self.works = agent.episodes(self.cell.environment, count, seed)
            else:
                self._train(agent)

    def _train(self, agent: Agent) -> None:
        from creative_envs.benchmark.budget import Meter, watched
        from creative_envs.benchmark.protocol import Context

        suite, log, folder = self.cell.suite, self.scratch / METER, self.scratch / "agent"
        log.mkdir()
        folder.mkdir()
        meter = Meter(log / METER, suite.budget, suite.points, suite.point_works)
        context = Context(
            environment=self.cell.environment,
            observation=self.observation,
            budget=suite.budget,
            seed=self.cell.seed,
            device=self.device,
            folder=folder,
            meter=meter,
        )
        try:
            with watched() as watch:
                self.policy = agent.train(context)
        finally:
            self.steps, self.uncounted = meter.spent, watch.uncounted
            windows = collect(meter.folder, suite.points, suite.point_works, suite.budget)
            self.training = [episode for window in windows for episode in window]
        if self.uncounted:
            self.status = "uncounted"
            self.error = (
                f"{self.uncounted} steps were made in environments that were not the context's: "
                "make them by context.make_env or make_vec_env"
            )

    def sample(self) -> None:
        """Samples works of the policy, unless the agent has made them itself."""
        if self.works:
            return
        with self._timed("sample"):
            self.works, self.illegal = sample_works(
                self.cell.environment,
                self.policy,
                self.cell.suite.works,
                observation=self.observation,
                briefs_seed=self.cell.drawing("briefs"),
                policy_seed=self.cell.drawing("policy"),
            )

    def score(self) -> None:
        """Scores the works."""
        from creative_envs.benchmark.scoring import score_cell

        suite = self.cell.suite
        with self._timed("score"):
            windows = by_window(suite, self.training)
            self.scores = score_cell(suite, self.cell.environment, self.works, windows)

    def keep_policy(self) -> None:
        """Keeps the files of the policy, if it can save itself."""
        save = getattr(self.policy, "save", None)
        if not callable(save):
            return
        folder = self.scratch / "policy"
        folder.mkdir()
        save(folder)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        self.policy_files = {str(path.relative_to(folder)): path.read_bytes() for path in files}

    def fail(self, status: str, error: str, details: str = "") -> None:
        """Notes why there are no results."""
        self.status, self.error = status, error
        self.details = details.splitlines()[-_LAST_LINES:]
        self.works, self.scores, self.policy_files = [], dict(NO_SCORES), {}

    def outcome(self) -> Outcome:
        """As `run_cell` returns it."""
        works, training = write_episodes(self.works), write_episodes(self.training)
        cell, suite = self.cell, self.cell.suite
        run = {
            "cell": {
                "suite": suite.name,
                "environment": cell.environment.name,
                "environment_id": cell.environment.id,
                "agent": cell.agent,
                "seed": cell.seed,
            },
            "status": self.status,
            "error": self.error,
            "details": self.details,
            "steps": self.steps,
            "budget": suite.budget,
            "uncounted_steps": self.uncounted,
            "illegal": self.illegal,
            "deterministic": self.deterministic,
            "device": self.device,
            "seconds": self.seconds,
            "sha256": {
                "works": _sha256(works),
                "training": _sha256(training),
                "suite": suite.sha256,
                "references": cell.environment.reference_sha256,
                "agent": self.agent_sha256,
            },
            "versions": versions(),
            "hardware": hardware(),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        files = {WORKS: works, TRAINING: training, SCORE: json.dumps(self.scores, indent=1)}
        return {"run": run, "files": files, "policy": self.policy_files}

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] = round(time.perf_counter() - began, 3)


@contextmanager
def _scratch(given: str | None) -> Iterator[Path]:
    """An empty folder, which is removed afterwards: a killed worker may have left its own there."""
    if given is None:
        with tempfile.TemporaryDirectory(prefix="creative-bench-") as folder:
            yield Path(folder)
        return
    path = Path(given)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _seed_globals(seed: int) -> None:
    """Seeds the generators agents ought not to use, for those that do."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)  # sums in another order are other sums
        sys.modules["torch"].manual_seed(seed)


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
