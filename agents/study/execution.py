"""Makes or continues the runs of a study, one after another or several at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from agents.errors import ConfigError, Interrupted, RunError
from agents.signals import StopRequested, StopSignals
from agents.study.plan import PlannedRun

PROGRAM: Final = Path(__file__).parents[2] / "train_agent.py"
POLLING_SECONDS: Final = 0.2


def execute(runs: Sequence[PlannedRun], jobs: int) -> None:
    """Finishes every run that is not finished.

    Args:
        runs: Of the study.
        jobs: How many train at once; 1 trains in this process, with its progress bar.

    Raises:
        ConfigError: A run's folder holds other settings, or runs at once want several threads.
        RunError: Some runs failed; all others are finished.
        Interrupted: Ctrl-C or SIGTERM; every run has saved a checkpoint.
    """
    if jobs < 1:
        raise ConfigError("--jobs must be at least 1")
    if jobs > 1 and any(run.config.threads > 1 for run in runs):
        raise ConfigError("--jobs gives every run one thread: leave out threads, or --jobs")
    left = [run for run in runs if not (run.begun and run.finished)]
    if jobs > 1:
        _execute_at_once(left, jobs)
    else:
        for number, run in enumerate(left, 1):
            print(f"\n[{run.name}: {number} of {len(left)}]")
            _execute_here(run)


def _execute_here(run: PlannedRun) -> None:
    from agents import runner

    if run.begun:
        runner.resume(run.path)
    else:
        runner.start(run.config, run.path)


def _execute_at_once(runs: Sequence[PlannedRun], jobs: int) -> None:
    failed: list[PlannedRun] = []
    with StopSignals() as signals:
        try:
            with closing(_finishing(runs, jobs)) as finishing:
                for number, (run, code) in enumerate(finishing, 1):
                    failed += [run] if code else []
                    word = "failed" if code else "finished"
                    print(f"{run.name} {word} ({number} of {len(runs)})", flush=True)
        except StopRequested:
            raise Interrupted(
                "Stopped; every run has saved a checkpoint. The same command continues them.",
                signals.exit_code,
            ) from None
    if failed:
        raise RunError("; ".join(f"{run.name} failed: {_last_words(run)}" for run in failed))


def _finishing(runs: Sequence[PlannedRun], jobs: int) -> Iterator[tuple[PlannedRun, int]]:
    """Runs and their exit codes as they end; closed before that, it stops those that train."""
    waiting = list(runs)
    running: list[tuple[PlannedRun, subprocess.Popen[bytes]]] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append((waiting[0], _launch(waiting[0])))
                waiting.pop(0)
            for run, process in running.copy():
                if process.poll() is not None:
                    running.remove((run, process))
                    yield run, process.returncode
            time.sleep(POLLING_SECONDS)
    finally:
        for _, process in running:
            process.terminate()
        for _, process in running:
            process.wait()


def _launch(run: PlannedRun) -> subprocess.Popen[bytes]:
    """Starts ``train_agent.py`` for a run, in a session of its own: Ctrl-C is ours to pass on."""
    run.path.parent.mkdir(parents=True, exist_ok=True)
    if run.begun:
        arguments = ["--resume", str(run.path)]
    else:
        settings = run.path.with_suffix(".yaml")
        settings.write_text(run.config.to_yaml(), encoding="utf-8")
        arguments = ["--config", str(settings), "--out", str(run.path)]
    with _log(run).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    print(f"{run.name} started, log in {_log(run)}", flush=True)
    return process


def _log(run: PlannedRun) -> Path:
    return run.path.with_suffix(".log")


def _last_words(run: PlannedRun) -> str:
    lines = _log(run).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'no output'} (log: {_log(run)})"
