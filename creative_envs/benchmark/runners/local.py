"""Cells on this machine: a fresh process for each, so that none can hurt another.

Every process leads a process group of its own, with whatever the agent starts. The group ends when
its cell is done, when the run is interrupted, and also when this process is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

from creative_envs.benchmark.cell import failure, run_cell
from creative_envs.benchmark.runners import Job, Outcome, Progress, Write

ATTEMPTS: Final = 2
"""How often a cell is begun whose process dies."""
TICK: Final = 0.25
"""Seconds between looks at the processes."""
GRACE: Final = 5.0
"""Seconds a process may take to end after its outcome has come."""
TAIL: Final = 4000
"""Bytes kept of what a process that died has printed last."""
THREADS: Final = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA"))


def run_local(
    jobs: list[Job],
    write: Write,
    workers: int,
    progress: Progress,
    *,
    run: Callable[[Job], Outcome] = run_cell,
) -> None:
    """Runs jobs, so many at a time.

    A cell whose process dies is begun once more, then recorded as failed. Whatever ends this
    function, no process is left.

    Args:
        jobs: In the order they are begun.
        write: Called with each outcome, in this process.
        workers: How many processes at a time.
        progress: Told how it goes.
        run: What runs a job; imported by the processes.
    """
    waiting = deque((job, 1) for job in jobs)
    running: list[_Worker] = []
    leash, held = multiprocessing.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="creative-bench-") as folder, _one_thread_each():
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    running.append(_start(*waiting.popleft(), run, leash, Path(folder)))
                    progress.started(running[-1].job)
                wait([worker.outcome for worker in running], TICK)
                for worker in [worker for worker in running if worker.over]:
                    running.remove(worker)
                    outcome = worker.end()
                    if outcome is None and worker.attempt < ATTEMPTS:
                        progress.note(f"{_title(worker.job)}: {worker.death}; it begins again")
                        waiting.appendleft((worker.job, worker.attempt + 1))
                        continue
                    outcome = outcome or _failed(worker)
                    write(worker.job, outcome)
                    progress.finished(worker.job, outcome)
                progress.tick()
        finally:
            for worker in running:
                worker.kill()
            held.close()
            leash.close()


@dataclass
class _Worker:
    """A process with a job."""

    job: Job
    attempt: int
    process: SpawnProcess
    outcome: Connection
    printed: Path

    @property
    def over(self) -> bool:
        """Whether it has sent its outcome, or died.

        Its own children may hold the pipe open: that it died does not show there.
        """
        alive = self.process.is_alive()
        return self.outcome.poll() or not alive

    def end(self) -> Outcome | None:
        """The outcome; None if it died without one."""
        try:
            outcome: Outcome | None = self.outcome.recv() if self.outcome.poll() else None
        except (EOFError, OSError):  # killed before or while sending
            outcome = None
        self.process.join(GRACE)
        self.kill()
        return outcome

    def kill(self) -> None:
        """Ends it, and everything it has started, at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.kill()  # in case it has not got so far as to lead a group
        self.process.join()
        self.outcome.close()

    @property
    def death(self) -> str:
        """How it died, in words."""
        code = self.process.exitcode or 0
        if code >= 0:
            return f"its process ended with exit code {code} before the cell was done"
        hint = " (out of memory?)" if -code == signal.SIGKILL else ""
        return f"its process was killed by {signal.Signals(-code).name}{hint}"


def _start(
    job: Job, attempt: int, run: Callable[[Job], Outcome], leash: Connection, folder: Path
) -> _Worker:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    descriptor, name = tempfile.mkstemp(dir=folder)
    os.close(descriptor)
    process = context.Process(target=_work, args=(job, run, sender, leash, name))
    # Ctrl-C reaches all processes of the terminal: this one decides what becomes of the others
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
    sender.close()
    return _Worker(job, attempt, process, receiver, Path(name))


def _work(
    job: Job,
    run: Callable[[Job], Outcome],
    sender: Connection,
    leash: Connection,
    printed: str,
) -> None:
    """What a process does."""
    os.setsid()
    threading.Thread(target=_end_with, args=(leash,), daemon=True).start()
    file = os.open(printed, os.O_WRONLY)
    os.dup2(file, sys.stdout.fileno())
    os.dup2(file, sys.stderr.fileno())
    sender.send(run(job))


def _end_with(leash: Connection) -> None:
    """Ends this process group when the process that holds the other end is gone."""
    with suppress(EOFError, OSError):
        leash.recv()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _failed(worker: _Worker) -> Outcome:
    text = worker.printed.read_bytes()[-TAIL:].decode(errors="replace")
    return failure(worker.job, f"{worker.death}, {ATTEMPTS} times", text)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """A cell has one core; libraries read this when they load."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _title(job: Job) -> str:
    return f"{job['agent']}, {job['environment']}, seed {job['seed']}"
