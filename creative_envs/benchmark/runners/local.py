"""Cells on this machine: a fresh process for each, so that none can hurt another."""

from __future__ import annotations

from creative_envs.benchmark.runners import Job, Progress, Write


def run_local(jobs: list[Job], write: Write, workers: int, progress: Progress) -> None:
    """Runs jobs, so many at a time.

    Args:
        jobs: In the order they are begun.
        write: Called with each outcome.
        workers: How many processes at a time.
        progress: Told how it goes.
    """
    raise NotImplementedError
