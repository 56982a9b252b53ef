"""How far a folder of results is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from creative_envs.benchmark.cell import Cell
from creative_envs.benchmark.command.listing import table
from creative_envs.benchmark.results import Plan, Results
from creative_envs.benchmark.runners.scratch import running
from creative_envs.benchmark.suite import Suite

MISSING = "missing"


def status(results: Results) -> str:
    """A table for each suite, of agents and environments, then what failed and why.

    Raises:
        InvalidResults: There are no results, or they are damaged.
    """
    live = running(results.folder)
    return "\n\n".join(_suite(results, suite, live) for suite in results.suites())


def _suite(results: Results, suite: Suite, live: dict[Path, int]) -> str:
    plan = results.plan(suite)
    cells = plan.cells(suite)
    states = {cell.path: _state(results, cell, live) for cell in cells}
    counts = Counter(state.partition(" at ")[0] for state in states.values())
    problems = [line for cell in cells for line in _problem(results, cell)]
    head = f"{suite.name}: {_counted(counts)}, of {len(cells)} cells"
    return "\n".join([head, _grid(plan, cells, states), *problems])


def _state(results: Results, cell: Cell, live: dict[Path, int]) -> str:
    run = results.run(cell)
    if run is not None:
        return "done" if run["status"] == "ok" else str(run["status"])
    if cell.path in live:
        return f"running at {live[cell.path]:,}"
    return MISSING


def _grid(plan: Plan, cells: list[Cell], states: dict[Path, str]) -> str:
    words: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        place = words.setdefault((cell.agent, cell.environment.name), [])
        place.append(states[cell.path])
    lines = [
        [agent, *(_counted(Counter(words.get((agent, name), ["-"]))) for name in plan.environments)]
        for agent in plan.agents
    ]
    return table([["", *plan.environments], *lines])


def _counted(counts: Counter[str]) -> str:
    """Such as "2 done, 1 running at 4,000"."""
    if list(counts) == ["-"]:
        return "-"
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def _problem(results: Results, cell: Cell) -> list[str]:
    run = results.run(cell)
    return [f"{cell.title}: {run['error']}"] if run is not None and run["error"] else []
