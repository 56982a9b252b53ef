"""Trains the arms of a study, one after another or several at once."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from typing import Final

from agents.errors import AgentError, ConfigError, Interrupted, RunError
from agents.joint.plan import PlannedArm
from agents.joint.training import train_arm
from agents.signals import StopRequested, StopSignals

POLLING_SECONDS: Final = 0.2


def execute(arms: Sequence[PlannedArm], jobs: int) -> None:
    """Finishes every arm that is not finished.

    Args:
        arms: Of the study.
        jobs: How many train at once, each in a process of its own; 1 trains in this one.

    Raises:
        ConfigError: An arm's file is of other settings, or its environment refuses its keywords.
        RunError: A file is damaged or cannot be written, or some arms failed; others are finished.
        Interrupted: Ctrl-C or SIGTERM; finished arms are kept.
    """
    if jobs < 1:
        raise ConfigError("--jobs must be at least 1")
    left = [arm for arm in arms if arm.outcome() is None]
    with StopSignals() as signals:
        try:
            if jobs > 1:
                _execute_at_once(left, jobs)
            else:
                for arm in left:
                    finish(arm)
        except StopRequested:
            raise Interrupted(
                "Stopped; finished arms are kept. The same command trains the others.",
                signals.exit_code,
            ) from None


def finish(arm: PlannedArm) -> None:
    """Trains an arm and writes its outcome; see `train_arm` for what it raises."""

    def tell(words: str) -> None:
        print(f"{arm.name}: {words}", flush=True)

    outcome = train_arm(arm.arm, arm.configs, arm.works, arm.rehearsal, tell)
    outcome.write(arm.path, arm.settings)


def _execute_at_once(arms: Sequence[PlannedArm], jobs: int) -> None:
    waiting, failed = list(arms), []
    running: list[tuple[PlannedArm, SpawnProcess]] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                arm = waiting.pop(0)
                process = get_context("spawn").Process(target=_finish_apart, args=(arm,))
                process.start()
                running.append((arm, process))
            for arm, process in running.copy():
                if process.exitcode is not None:
                    running.remove((arm, process))
                    failed += [arm.name] if process.exitcode else []
            time.sleep(POLLING_SECONDS)
    finally:
        for _, process in running:
            process.terminate()
        for _, process in running:
            process.join()
    if failed:
        raise RunError(f"These arms failed, for the reasons above: {', '.join(sorted(failed))}")


def _finish_apart(arm: PlannedArm) -> None:
    """In a process of its own, which Ctrl-C reaches as well: stopping it is for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        finish(arm)
    except AgentError as error:
        print(f"{arm.name}: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
