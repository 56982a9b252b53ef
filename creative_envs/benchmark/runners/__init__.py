"""Runners: each maps `run_cell` over jobs, on one machine or on many.

A runner is a function of the jobs, of what writes an outcome and of what tells how it goes. The
process that calls it writes everything: workers need not share a disk with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Job = dict[str, Any]
"""What `creative_envs.benchmark.cell.Cell.job` gives."""
Outcome = dict[str, Any]
"""What `creative_envs.benchmark.cell.run_cell` returns."""
Write = Callable[[Job, Outcome], None]
"""Called by the runner's own process as soon as a cell is done; may raise `OSError`."""


class Progress(Protocol):
    """Tells the user how it goes; runners call it from one thread."""

    def started(self, job: Job) -> None:
        """A worker has begun this job."""
        ...

    def finished(self, job: Job, outcome: Outcome) -> None:
        """A job is done and written."""
        ...

    def note(self, text: str) -> None:
        """Something the user should know, such as that a worker died."""
        ...

    def tick(self) -> None:
        """Called now and then while workers work, to show their live steps."""
        ...
