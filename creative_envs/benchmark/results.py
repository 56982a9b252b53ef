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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from creative_envs.benchmark.cell import NO_SCORES, SCORE, TRAINING, WORKS, Cell, Outcome
from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.shapes import check_run, check_scores, check_text, is_text, list_of
from creative_envs.benchmark.suite import Suite, load_suite
from creative_envs.benchmark.works import Episode, read_episodes
from creative_envs.core.errors import reason_of
from creative_envs.core.files import locked, write_atomically
from creative_envs.core.reading import brings_module, read_plain

RUN: Final = "run.json"
PLAN: Final = "plan.json"
POLICY: Final = "policy"
MOST_SEEDS: Final = 100_000
"""More are no plan, but damage."""
MOST_BYTES: Final = 2**28
"""Of a file of results; the longest are works, some hundred bytes each."""

_AGAIN: Final = "delete the folder of this run and run it again"


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
            InvalidResults: There is no such folder, it holds no results, or a suite names an
                environment whose code lies in the folder.
        """
        plans = sorted(self.folder.glob(f"*/{PLAN}"))
        if not plans:
            raise InvalidResults(
                f"{self.folder} holds no results: give the folder that was the --out of "
                "`creative-bench run`"
            )
        suites = [load_suite(str(_suite_file(plan.parent))) for plan in plans]
        for environment in (one for suite in suites for one in suite.environments):
            if brings_module(self.folder, environment.id):
                raise InvalidResults(
                    f"{environment.id} would import code that lies in {self.folder}: results bring "
                    "none; move a module of yours elsewhere"
                )
        return suites

    def suite_file(self, suite: Suite) -> Path:
        """Where the suite lies, as it was run."""
        return _suite_file(self.folder / suite.name)

    def plan(self, suite: Suite) -> Plan:
        """What has been asked for of a suite, over all commands."""
        path = self.folder / suite.name / PLAN
        content = _read_json(path)
        try:
            agents, environments = content["agents"], content["environments"]
            if not list_of(is_text)(agents) or not list_of(is_text)(environments):
                raise ValueError("agents and environments are lists of names")
            known = tuple(suite.environment(name).name for name in environments)
            return Plan(tuple(agents), known, _seeds(content["seeds"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidResults(
                f"{path} is damaged ({reason_of(error)}): delete it, and the same command makes it "
                "anew"
            ) from error

    def cells(self) -> list[Cell]:
        """Every cell asked for, done or not; missing ones are those not `done`."""
        return [cell for suite in self.suites() for cell in self.plan(suite).cells(suite)]

    def path(self, cell: Cell) -> Path:
        """Where a cell lies."""
        return self.folder / cell.path

    def run(self, cell: Cell) -> dict[str, Any] | None:
        """What run.json of a cell holds; None if it is not done.

        Raises:
            InvalidResults: It is damaged, or was made under another suite of the same name.
        """
        path = self.path(cell) / RUN
        if not path.exists():
            return None
        run = _read_json(path)
        try:
            suite, _ = run["sha256"]["suite"], run["status"] + run["error"]
            check_run(run)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidResults(f"{path} is damaged ({error}): {_AGAIN}") from error
        if suite != cell.suite.sha256:
            raise InvalidResults(
                f"{path.parent} was made under another {cell.suite.name}: choose another --out, "
                "or give a changed suite a name of its own"
            )
        return run

    def done(self, cell: Cell) -> bool:
        """Whether a cell is there, complete; raises as `run` does."""
        return self.run(cell) is not None

    def begin(self, suite: Suite, toml: str, plan: Plan) -> None:
        """Notes the suite and the plan before the first cell is run.

        Raises:
            InvalidResults: The folder has another suite of this name.
            OSError: It cannot be written to.
        """
        folder = self.folder / suite.name
        _make_folder(folder)
        stored = _suite_file(folder)
        if stored.exists() and load_suite(str(stored)).sha256 != suite.sha256:
            raise InvalidResults(
                f"{self.folder} has results of another {suite.name}: choose another --out, or "
                "give a changed suite a name of its own"
            )
        with locked(folder):  # another command may add to the plan at this moment
            write_atomically(stored, toml.encode())
            if (folder / PLAN).exists():
                plan = self.plan(suite).with_(plan)
            write_atomically(folder / PLAN, _json(asdict(plan)))

    def write(self, cell: Cell, outcome: Outcome) -> None:
        """Writes a cell, run.json last.

        Raises:
            OSError: It could not be written; the message says what to do.
        """
        folder = self.path(cell)
        _make_folder(folder)
        with locked(folder):  # another command may have run the same cell
            (folder / RUN).unlink(missing_ok=True)
            for name, content in outcome["policy"].items():
                path = folder / POLICY / name
                _make_folder(path.parent)
                write_atomically(path, content)
            for name, text in outcome["files"].items():
                write_atomically(folder / name, text.encode())
            write_atomically(folder / RUN, _json(outcome["run"]))

    def rescore(self, cell: Cell, scores: dict[str, Any]) -> None:
        """Replaces the scores of a cell that is done; raises as `write` does."""
        write_atomically(self.path(cell) / SCORE, _json(scores))

    def scores(self) -> list[dict[str, Any]]:
        """A row for every cell done, in the order of `cells`.

        Each has ``suite``, ``environment`` (short name), ``agent``, ``seed``, ``status``,
        ``metrics``, ``curve``, ``shown`` (all as in score.json), ``run`` (run.json) and ``cell``.
        """
        runs = [(cell, self.run(cell)) for cell in self.cells()]
        return [self._row(cell, run) for cell, run in runs if run is not None]

    def works(self, cell: Cell) -> list[Episode]:
        """The works sampled of a cell."""
        return self._episodes(cell, WORKS)

    def training(self, cell: Cell) -> list[Episode]:
        """The works kept of its training, ``step`` saying when."""
        return self._episodes(cell, TRAINING)

    def _row(self, cell: Cell, run: dict[str, Any]) -> dict[str, Any]:
        path = self.path(cell) / SCORE
        scores = _read_json(path)
        try:
            check_scores(scores)
        except ValueError as error:
            raise InvalidResults(f"{path} is damaged ({error}): {_AGAIN}") from error
        return {
            "suite": cell.suite.name,
            "environment": cell.environment.name,
            "agent": cell.agent,
            "seed": cell.seed,
            "status": run["status"],
            **{name: scores.get(name, empty) for name, empty in NO_SCORES.items()},
            "run": run,
            "cell": cell,
        }

    def _episodes(self, cell: Cell, name: str) -> list[Episode]:
        path = self.path(cell) / name
        return read_episodes(_read(path), str(path))


def _seeds(count: Any) -> int:
    if type(count) is not int or not 1 <= count <= MOST_SEEDS:
        raise ValueError(f"seeds is a whole number in 1..{MOST_SEEDS}")
    return count


def _suite_file(folder: Path) -> Path:
    return folder / f"{folder.name}.toml"


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            error.errno, f"could not be made: {error.strerror}; choose another --out", str(path)
        ) from error


def _read(path: Path) -> str:
    try:
        return read_plain(path, MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidResults(f"{path} cannot be read ({error}): {_AGAIN}") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_read(path))
        check_text(content)
    except (ValueError, RecursionError) as error:
        raise InvalidResults(f"{path} is damaged ({reason_of(error)}): {_AGAIN}") from error
    if not isinstance(content, dict):
        raise InvalidResults(f"{path} is damaged: {_AGAIN}")
    return content


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode()
