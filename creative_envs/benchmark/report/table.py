"""The numbers of a report: estimates over seeds, by environment and over all of them.

The seed is the unit: works of one policy are never resampled, for they share all it learned.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.report.columns import COLUMNS, HEADLINE, value_of
from creative_envs.benchmark.statistics import Estimate, estimate, probability_of_improvement
from creative_envs.benchmark.suite import Suite

if TYPE_CHECKING:
    from creative_envs.benchmark.cell import Cell

Row = Mapping[str, Any]
"""A cell's results: suite, environment, agent, seed, status, metrics, curve and run."""
Place = tuple[str, str, int]
"""Short name of an environment, agent, seed."""
Kind = Literal["algorithm", "adversary", "reference"]

FEWEST_SEEDS: Final = 3
"""Below this many, single values are shown and nothing is aggregated."""
UNDECIDED: Final = (0.3, 0.7)
"""A pair of agents whose probability of improvement lies between is not told apart."""
ADVERSARIES: Final = ("random", "memoriser", "elite", "elite-noise")
"""Agents that must lose, or the measure could be cheated."""
REFERENCE: Final = "reference"


@dataclass(frozen=True)
class Entry:
    """An agent in an environment.

    Attributes:
        agent: As users name it.
        rows: Its finished cells, by seed.
        values: Of each column it has in every one of them, in the same order.
    """

    agent: str
    rows: tuple[Row, ...]
    values: Mapping[str, tuple[float, ...]]

    @property
    def kind(self) -> Kind:
        """What it is there for."""
        return kind_of(self.agent)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those that finished."""
        return tuple(int(row["seed"]) for row in self.rows)

    @property
    def deterministic(self) -> bool:
        """Whether its policies draw nothing at random."""
        return any(bool(row["run"].get("deterministic")) for row in self.rows)

    def estimate(self, key: str) -> Estimate | None:
        """Interquartile mean and interval over seeds; None where there are too few of them."""
        values = self.values.get(key, ())
        return estimated((values,)) if len(values) >= FEWEST_SEEDS else None

    def level(self, key: str) -> float:
        """What it is sorted and drawn by: the estimate, of fewer seeds the mean; NaN if none."""
        values = self.values.get(key, ())
        found = self.estimate(key)
        return found.value if found else float(np.mean(values)) if values else math.nan

    def best(self) -> Row:
        """Its cell of the highest yield."""
        return max(self.rows, key=lambda row: _or_lowest(value_of(row, HEADLINE)))


@dataclass(frozen=True)
class Overall:
    """An agent over all environments: yields (environments, seeds) and their estimate."""

    agent: str
    yields: tuple[tuple[float, ...], ...]
    estimate: Estimate

    @property
    def kind(self) -> Kind:
        """What it is there for."""
        return kind_of(self.agent)


@dataclass(frozen=True)
class Improvement:
    """How probably a run of one agent yields more than one of another, mean over environments.

    Attributes:
        agents: In order of their overall yield.
        matrix: By pair of agents, in [0, 1]; ties count half.
        within: The same in each of the environments.
    """

    agents: tuple[str, ...]
    matrix: Mapping[tuple[str, str], float]
    within: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)

    def told_apart(self, kinds: Iterable[Kind]) -> tuple[int, int]:
        """Pairs of agents of these kinds outside `UNDECIDED`, and pairs in all."""
        return _apart([self.matrix[pair] for pair in self._pairs(kinds)])

    def told_apart_within(self, kinds: Iterable[Kind]) -> tuple[int, int]:
        """The same, every pair counting once for each environment."""
        each = [self.within.get(pair, ()) for pair in self._pairs(kinds)]
        return _apart([chance for chances in each for chance in chances])

    def _pairs(self, kinds: Iterable[Kind]) -> list[tuple[str, str]]:
        kinds = tuple(kinds)
        return list(combinations([one for one in self.agents if kind_of(one) in kinds], 2))


def _apart(chances: Sequence[float]) -> tuple[int, int]:
    low, high = UNDECIDED
    return sum(not low <= chance <= high for chance in chances), len(chances)


@dataclass(frozen=True)
class Problem:
    """A cell without a result that counts."""

    environment: str
    agent: str
    seed: int
    status: str
    error: str


@dataclass(frozen=True)
class SuiteReport:
    """All that is reported of one suite.

    Attributes:
        name: Of the suite.
        sha256: Of its content; empty if no run tells.
        environments: Entries by short name of the environment, the highest yield first.
        overall: Of the agents with enough seeds in all environments, the highest first.
        left_out: Agents without, and why.
        problems: Cells that are missing or count for nothing.
        rows: All of them, for provenance.
        suite: The suite itself, where it is known.
    """

    name: str
    sha256: str
    environments: Mapping[str, tuple[Entry, ...]]
    overall: tuple[Overall, ...]
    left_out: Mapping[str, str]
    problems: tuple[Problem, ...]
    rows: tuple[Row, ...]
    suite: Suite | None = None
    improvement: Improvement = field(default_factory=lambda: Improvement((), {}))

    @property
    def agents(self) -> tuple[str, ...]:
        """All agents with results: in overall order, then those that are not in it."""
        ranked = [one.agent for one in self.overall]
        others = {e.agent: None for entries in self.environments.values() for e in entries}
        return (*ranked, *(agent for agent in others if agent not in ranked))


def kind_of(agent: str) -> Kind:
    """What an agent of this name is there for."""
    if agent == REFERENCE:
        return "reference"
    return "adversary" if agent in ADVERSARIES else "algorithm"


def short_name(environment: str) -> str:
    """An environment's id without namespace and version; a short name stays as it is."""
    return environment.rpartition("/")[2].partition("-v")[0]


def by_suite(
    rows: Iterable[Row],
    suites: Mapping[str, Suite] | None = None,
    cells: Iterable[Cell] | None = None,
) -> tuple[SuiteReport, ...]:
    """Sums up rows, suite by suite.

    Args:
        rows: As `Results.scores` gives them.
        suites: Those that are known, by name.
        cells: Those asked for. None: every agent in every environment, with the suite's seeds
            where it is known, or else with those that any agent has.

    Raises:
        InvalidResults: Rows of a suite were made under different versions of it.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["suite"], []).append(row)
    known = suites or {}
    asked: dict[str, list[Place]] | None = None
    if cells is not None:
        asked = {}
        for cell in cells:
            place = (cell.environment.name, cell.agent, cell.seed)
            asked.setdefault(cell.suite.name, []).append(place)
    return tuple(
        _suite(name, group, known.get(name), None if asked is None else asked.get(name, []))
        for name, group in sorted(groups.items())
    )


def suite_hash(rows: Iterable[Row]) -> str:
    """The one suite hash of the rows, empty if none tells.

    Raises:
        InvalidResults: They have several.
    """
    found = {row["run"].get("sha256", {}).get("suite", "") for row in rows} - {""}
    if len(found) > 1:
        short = ", ".join(sorted(one[:12] for one in found))
        raise InvalidResults(
            f"The results were made under suites of different content ({short}), so they do not "
            "compare: give each a folder of its own"
        )
    return next(iter(found), "")


@lru_cache(maxsize=4096)
def estimated(values: tuple[tuple[float, ...], ...]) -> Estimate:
    """The estimate of rows of seeds: page and markdown ask for the same ones."""
    return estimate(values)


def _suite(
    name: str, rows: Sequence[Row], suite: Suite | None, asked: Sequence[Place] | None
) -> SuiteReport:
    names = list(dict.fromkeys(short_name(row["environment"]) for row in rows))
    if suite is not None:
        order = [environment.name for environment in suite.environments]
        names.sort(key=lambda one: order.index(one) if one in order else len(order))
    environments = {
        one: _entries([row for row in rows if short_name(row["environment"]) == one])
        for one in names
    }
    common = [one for one in names if not _restricted(one, suite)]
    overall, left_out = _overall({one: environments[one] for one in common})
    return SuiteReport(
        name=name,
        sha256=suite_hash(rows),
        environments=environments,
        overall=overall,
        left_out=left_out,
        problems=_problems(rows, _all_places(names, rows, suite) if asked is None else asked),
        rows=tuple(rows),
        suite=suite,
        improvement=_improvement(overall),
    )


def _restricted(name: str, suite: Suite | None) -> bool:
    """Whether the environment is for some agents only, so that no table over all includes it."""
    return suite is not None and any(e.name == name and e.agents for e in suite.environments)


def _entries(rows: Sequence[Row]) -> tuple[Entry, ...]:
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: int(row["seed"])):
        if row["status"] == "ok":
            groups.setdefault(row["agent"], []).append(row)
    entries = [_entry(agent, group) for agent, group in groups.items()]
    return tuple(sorted(entries, key=lambda e: (-_or_lowest(e.level(HEADLINE)), e.agent)))


def _entry(agent: str, rows: Sequence[Row]) -> Entry:
    values = {c.key: tuple(value_of(row, c.key) for row in rows) for c in COLUMNS}
    complete = {key: found for key, found in values.items() if all(map(math.isfinite, found))}
    return Entry(agent, tuple(rows), complete)


def _overall(
    environments: Mapping[str, Sequence[Entry]],
) -> tuple[tuple[Overall, ...], dict[str, str]]:
    agents = {entry.agent: None for entries in environments.values() for entry in entries}
    found, left_out = [], {}
    for agent in agents:
        yields = [
            dict(zip(entry.seeds, entry.values[HEADLINE], strict=True))
            for entries in environments.values()
            for entry in entries
            if entry.agent == agent and HEADLINE in entry.values
        ]
        if len(yields) < len(environments):
            left_out[agent] = f"{len(yields)} of {len(environments)} environments"
            continue
        seeds = sorted(set.intersection(*map(set, yields)))
        if len(seeds) < FEWEST_SEEDS:
            left_out[agent] = f"{len(seeds)} seed{'s' * (len(seeds) != 1)} in all environments"
            continue
        matrix = tuple(tuple(of_seed[seed] for seed in seeds) for of_seed in yields)
        found.append(Overall(agent, matrix, estimated(matrix)))
    return tuple(sorted(found, key=lambda one: (-one.estimate.value, one.agent))), left_out


def _improvement(overall: Sequence[Overall]) -> Improvement:
    within = {
        (a.agent, b.agent): tuple(probability_of_improvement(a.yields, b.yields).tolist())
        for a in overall
        for b in overall
        if a is not b
    }
    matrix = {pair: fmean(chances) for pair, chances in within.items()}
    return Improvement(tuple(one.agent for one in overall), matrix, within)


def _all_places(names: Sequence[str], rows: Sequence[Row], suite: Suite | None) -> list[Place]:
    """Every agent in every environment, but in those for some agents only, with every seed."""
    found = {(short_name(row["environment"]), row["agent"]) for row in rows}
    seeds = sorted({int(row["seed"]) for row in rows}) if suite is None else range(suite.seeds)
    agents = list(dict.fromkeys(row["agent"] for row in rows))
    return [
        (name, agent, seed)
        for name in names
        for agent in agents
        if not _restricted(name, suite) or (name, agent) in found
        for seed in seeds
    ]


def _problems(rows: Sequence[Row], asked: Sequence[Place]) -> tuple[Problem, ...]:
    found = {(short_name(row["environment"]), row["agent"], int(row["seed"])): row for row in rows}
    missing = [Problem(*key, "missing", "") for key in asked if key not in found]
    others = [
        Problem(*key, str(row["status"]), _first_line(row["run"].get("error")))
        for key, row in found.items()
        if row["status"] != "ok"
    ]
    return tuple(sorted(others + missing, key=lambda p: (p.status, p.environment, p.agent, p.seed)))


def _first_line(error: object) -> str:
    """The line of an error that says most: the last of a traceback."""
    lines = str(error or "").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _or_lowest(value: float) -> float:
    return value if math.isfinite(value) else -math.inf
