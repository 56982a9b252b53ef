"""Folders of results: one for each cell, complete once its run.json is there.

    <folder>/<suite>/<suite>.toml                                       the suite, as it was run
    <folder>/<suite>/plan.json                                          what was asked for
    <folder>/<suite>/<environment>/<agent>/seed<k>/works.jsonl          works sampled
                                                  /training.jsonl       works made in training
                                                  /score.json
                                                  /run.json             how it was made; hashes

Reading needs neither torch nor numba; nothing here executes what it reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from creative_envs.benchmark.cell import Cell, Job, Outcome
from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.suite import Suite, load_suite
from creative_envs.benchmark.works import Episode, read_episodes
from creative_envs.core.files import write_atomically

WORKS: Final = "works.jsonl"
TRAINING: Final = "training.jsonl"
SCORE: Final = "score.json"
RUN: Final = "run.json"
PLAN: Final = "plan.json"


@dataclass(frozen=True)
class Plan:
    """What was asked for of a suite: cells are all combinations, but for agents of one environment.

    Attributes:
        agents: As users write them, in the order they were first asked for.
        environments: Short names.
        seeds: How many.
    """

    agents: tuple[str, ...]
    environments: tuple[str, ...]
    seeds: int

    def cells(self, suite: Suite) -> list[Cell]:
        """Every cell: all agents of seed 0 first, so that early tables are complete."""
        chosen = [suite.environment(name) for name in self.environments]
        return [
            Cell(suite, environment, agent, seed)
            for seed in range(self.seeds)
            for environment in chosen
            for agent in self.agents
            if not environment.agents or agent in environment.agents
        ]

    def with_(self, other: Plan) -> Plan:
        """Both plans together."""
        agents = dict.fromkeys((*self.agents, *other.agents))
        environments = dict.fromkeys((*self.environments, *other.environments))
        return Plan(tuple(agents), tuple(environments), max(self.seeds, other.seeds))


@dataclass(frozen=True)
class Results:
    """A folder of results.

    Attributes:
        folder: Where they lie; it need not exist before something is written.
    """

    folder: Path

    def suites(self) -> list[Suite]:
        """The suites that have been run, as they were.

        Raises:
            InvalidResults: There is no such folder, or it holds no results.
        """
        raise NotImplementedError

    def plan(self, suite: Suite) -> Plan:
        """What has been asked for of a suite, over all commands."""
        raise NotImplementedError

    def cells(self) -> list[Cell]:
        """Every cell asked for, done or not; missing ones are those not `done`."""
        raise NotImplementedError

    def path(self, cell: Cell) -> Path:
        """Where a cell lies."""
        raise NotImplementedError

    def run(self, cell: Cell) -> dict[str, Any] | None:
        """What run.json of a cell holds; None if it is not done.

        Raises:
            InvalidResults: It is damaged, or was made under another suite of the same name.
        """
        raise NotImplementedError

    def done(self, cell: Cell) -> bool:
        """Whether a cell is there, complete; raises as `run` does."""
        return self.run(cell) is not None

    def begin(self, suite: Suite, toml: str, plan: Plan) -> None:
        """Notes the suite and the plan before the first cell is run.

        Raises:
            InvalidResults: The folder has another suite of this name.
            OSError: It cannot be written to.
        """
        raise NotImplementedError

    def write(self, cell: Cell, outcome: Outcome) -> None:
        """Writes a cell, run.json last.

        Raises:
            OSError: It could not be written; the message says what to do.
        """
        raise NotImplementedError

    def scores(self) -> list[dict[str, Any]]:
        """A row for every cell done, in the order of `cells`.

        Each has ``suite``, ``environment`` (short name), ``agent``, ``seed``, ``status``,
        ``metrics``, ``curve``, ``shown`` (all as in score.json), ``run`` (run.json) and ``cell``.
        """
        raise NotImplementedError

    def works(self, cell: Cell) -> list[Episode]:
        """The works sampled of a cell."""
        raise NotImplementedError

    def training(self, cell: Cell) -> list[Episode]:
        """The works kept of its training, ``step`` saying when."""
        raise NotImplementedError
