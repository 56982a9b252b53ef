"""``creative-bench run``: checks everything first, then runs what is not done yet."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from creative_envs.benchmark.cell import Cell, Job, Outcome
from creative_envs.benchmark.errors import BenchmarkError
from creative_envs.benchmark.plugins import AgentEntry, find_agent, slug
from creative_envs.benchmark.provenance import cores
from creative_envs.benchmark.results import Plan, Results
from creative_envs.benchmark.runners import Progress, Write
from creative_envs.benchmark.runners.progress import make_progress
from creative_envs.benchmark.runners.scratch import scratch
from creative_envs.benchmark.suite import FOLDER, Suite, load_suite


@dataclass(frozen=True)
class Request:
    """What the command line asks for; see its help."""

    suite: str
    agents: list[str]
    out: Path
    environments: list[str] | None
    seeds: int | None
    jobs: int | None
    runner: str
    address: str | None
    device: str
    retry_failed: bool
    keep_policies: bool


def run_suite(request: Request) -> int:
    """Runs the cells that are not done.

    Returns:
        0, or 1 if any of the cells asked for has failed.

    Raises:
        BenchmarkError: The request cannot be met; nothing has been run.
        OSError: The results cannot be written.
    """
    suite = load_suite(request.suite)
    entries = _entries(request.agents)
    chosen = [suite.environment(name).name for name in request.environments or _names(suite)]
    plan = Plan(tuple(entries), tuple(dict.fromkeys(chosen)), request.seeds or suite.seeds)
    results, cells = Results(request.out), plan.cells(suite)
    if not cells:
        raise BenchmarkError("None of these agents is meant for these environments: see list")
    left = [cell for cell in cells if not _settled(results, cell, entries, request.retry_failed)]
    print(f"{suite.name}: {len(cells)} cells, {len(cells) - len(left)} done, {len(left)} left")
    if left:
        _check(left, entries)
        toml = _toml(request.suite, suite)
        results.begin(suite, toml, plan)
        _run(request, results, left, toml)
    return _verdict(results, cells)


def _entries(agents: list[str]) -> dict[str, AgentEntry]:
    entries = {name: find_agent(name) for name in agents}
    folders: dict[str, str] = {}
    for name in agents:
        other = folders.setdefault(slug(name), name)
        if other != name:
            raise BenchmarkError(
                f"{other} and {name} would share a folder of results: rename one, or give them "
                "different --out"
            )
    return entries


def _names(suite: Suite) -> list[str]:
    return [environment.name for environment in suite.environments]


def _settled(
    results: Results, cell: Cell, entries: Mapping[str, AgentEntry], retry_failed: bool
) -> bool:
    """Whether there is nothing to run. Failed cells of a file that has changed are run again."""
    run = results.run(cell)
    if run is None:
        return False
    failed = run["status"] != "ok"
    if run["sha256"]["agent"] == entries[cell.agent].sha256:
        return not (failed and retry_failed)
    if failed:
        return False
    raise BenchmarkError(
        f"{results.path(cell)} is of another {cell.agent} than there is now: choose another --out, "
        "or delete the agent's folders of results"
    )


def _check(left: list[Cell], entries: Mapping[str, AgentEntry]) -> None:
    """Finds out what would fail in every cell before anything is run."""
    for name in dict.fromkeys(cell.agent for cell in left):
        entries[name].load()
    for environment in {cell.environment.id: cell.environment for cell in left}.values():
        environment.check_references()


def _toml(name: str, suite: Suite) -> str:
    if name.endswith(".toml"):
        return Path(name).read_text(encoding="utf-8")
    return (files("creative_envs.benchmark") / FOLDER / f"{suite.name}.toml").read_text()


def _run(request: Request, results: Results, left: list[Cell], toml: str) -> None:
    began, done = time.monotonic(), 0
    by_path = {cell.path: cell for cell in left}

    def write(job: Job, outcome: Outcome) -> None:
        nonlocal done
        results.write(by_path[Cell.of(job).path], outcome)
        done += 1

    progress = make_progress(len(left))
    try:
        with scratch(results.folder) as folder:
            jobs = [
                cell.job(
                    toml,
                    device=request.device,
                    scratch=folder / cell.path,
                    keep_policy=request.keep_policies,
                )
                for cell in left
            ]
            _map(request, jobs, write, progress)
    finally:
        progress.close()
        minutes = (time.monotonic() - began) / 60
        advice = "" if done == len(left) else "; the same command continues"
        print(f"{done} of {len(left)} cells done in {minutes:.1f} minutes{advice}", flush=True)


def _map(request: Request, jobs: list[Job], write: Write, progress: Progress) -> None:
    workers = request.jobs or cores()
    if request.runner == "ray":
        from creative_envs.benchmark.runners.ray_runner import run_ray

        run_ray(jobs, write, request.address, progress, workers=request.jobs)
    else:
        from creative_envs.benchmark.runners.local import run_local

        run_local(jobs, write, min(workers, len(jobs)), progress)


def _verdict(results: Results, cells: list[Cell]) -> int:
    runs = [results.run(cell) for cell in cells]
    failed = sum(run is not None and run["status"] != "ok" for run in runs)
    if failed:
        print(
            f"{failed} of {len(cells)} cells have not gone well: `creative-bench status "
            f"{results.folder}` says why, --retry-failed runs them again"
        )
    return 1 if failed else 0
