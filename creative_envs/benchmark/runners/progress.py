"""How a run goes: a bar on a terminal, else a line for each cell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from creative_envs.benchmark.runners import Job, Outcome
from creative_envs.benchmark.runners.scratch import live_steps


class Lines:
    """Prints a line on the error stream for every cell that is done.

    Args:
        total: Cells to run.
    """

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    def started(self, job: Job) -> None:
        """Says nothing: lines are for what has happened."""

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Prints what became of the cell."""
        self.done += 1
        self.note(f"[{self.done}/{self.total}] {describe(outcome)}")

    def note(self, text: str) -> None:
        """Prints it."""
        print(text, file=sys.stderr, flush=True)

    def tick(self) -> None:
        """Says nothing."""

    def close(self) -> None:
        """Ends it."""


class Bar(Lines):
    """Lines with a bar below them, which shows what is running and how far it is.

    Args:
        total: Cells to run.
        bar: Of tqdm.
    """

    def __init__(self, total: int, bar: Any) -> None:
        super().__init__(total)
        self._bar = bar
        self._jobs: list[Job] = []

    def started(self, job: Job) -> None:
        """Shows the cell until it is done."""
        self._jobs = [*self._others(job), job]
        self.tick()

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Prints what became of the cell."""
        super().finished(job, outcome)
        self._jobs = self._others(job)
        self._bar.update()

    def note(self, text: str) -> None:
        """Prints it above the bar."""
        self._bar.write(text, file=sys.stderr)

    def tick(self) -> None:
        """Shows live steps."""
        self._bar.set_postfix_str(" | ".join(map(_live, self._jobs)))

    def close(self) -> None:
        """Ends the bar."""
        self._bar.close()

    def _others(self, job: Job) -> list[Job]:
        return [one for one in self._jobs if one is not job]


def make_progress(total: int) -> Lines:
    """A bar if a person is watching, else lines."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        return Bar(total, tqdm(total=total, unit="cell", file=sys.stderr, dynamic_ncols=True))
    return Lines(total)


def describe(outcome: Outcome) -> str:
    """What became of a cell, in a line."""
    run = outcome["run"]
    cell, seconds = run["cell"], sum(run["seconds"].values())
    told = f"{cell['agent']}, {cell['environment']}, seed {cell['seed']}: {run['status']}"
    if run["error"]:
        told += f" ({run['error']})"
    return f"{told}, {run['steps']:,} steps in {seconds:,.0f} s"


def _live(job: Job) -> str:
    steps = live_steps(Path(job["scratch"])) if job["scratch"] else 0
    name = job["environment"].rpartition("/")[2].partition("-")[0]
    return f"{job['agent']} {name} {job['seed']}" + (f": {steps:,}" if steps else "")
