"""Kills the long-running commands at random moments, again and again, and looks at the result.

``python -m tests.faults.storm --kills 30`` runs each command small, in processes of their own, each
ended by SIGKILL at a moment drawn uniformly from as long as an undisturbed run takes, and started
again, until it gets through. What it then leaves must equal what the undisturbed run left, with
nothing unfinished beside it; then it begins anew in another folder, until there were enough kills.
Exits with 1 where it does not.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.faults.launching import COMMANDS, Command, Process

SIGNALS: Final = {
    "kill": (signal.SIGKILL, {-signal.SIGKILL}),
    "int": (signal.SIGINT, {130, -signal.SIGINT}),
    "term": (signal.SIGTERM, {143, 130, -signal.SIGTERM}),
}
"""Each signal with the exit codes of what it ended; negative before the command handles it."""
_AT_WORK: Final = ("in main", "in guarded")
"""In a traceback: the command was at work, and should have answered itself."""
LONGEST: Final = 300.0
"""Seconds after which a process hangs."""


@dataclass
class Report:
    """What came of it.

    Attributes:
        kills: Processes that were hit while they ran.
        finished: Runs that got through.
        faults: Whatever was not as it should be.
    """

    kills: int = 0
    finished: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        end = "; ".join(self.faults) or "all equal the undisturbed run, and nothing is left over"
        return f"{self.kills} hit, {self.finished} runs finished: {end}"


def storm(command: Command, folder: Path, kills: int, seed: int, name: str = "kill") -> Report:
    """Runs the experiment.

    Args:
        command: What to kill.
        folder: Where its runs are kept.
        kills: How many.
        seed: Of the moments.
        name: Of the signal, as in `SIGNALS`.
    """
    report, moments = Report(), random.Random(seed)
    whole = _prepared(command, folder / "whole")
    began = time.monotonic()
    _finish(command.start(whole), {0}, report)
    seconds = time.monotonic() - began
    expected = command.result(whole)
    while report.kills < kills and not report.faults:
        run = _prepared(command, folder / f"run{report.finished}")
        while report.kills < kills and not report.faults:
            process = command.start(run)
            if not _hit(process, moments.uniform(0, seconds), name, report):
                break
        else:
            _finish(command.start(run), {0}, report)
        _compare(command, run, expected, report)
    return report


def _prepared(command: Command, folder: Path) -> Path:
    folder.mkdir()
    command.prepare(folder)
    return folder


def _hit(process: Process, delay: float, name: str, report: Report) -> bool:
    """Sends a signal after a while; whether it found the process running."""
    number, codes = SIGNALS[name]
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    code = _finish(process, {0, *codes}, report)
    report.kills += code != 0
    return code != 0


def _finish(process: Process, codes: set[int], report: Report) -> int:
    try:
        _, errors = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        report.faults.append(f"it hung for {LONGEST:.0f} s")
        return 1
    if "KeyboardInterrupt" in errors and not any(place in errors for place in _AT_WORK):
        return process.returncode  # while it starts, it is Python that tells of Ctrl-C
    if process.returncode not in codes or "Traceback" in errors:
        report.faults.append(f"exit code {process.returncode}: {errors[-2000:]}")
    return process.returncode


def _compare(command: Command, run: Path, expected: Any, report: Report) -> None:
    if report.faults:
        return
    report.finished += 1
    if command.result(run) != expected:
        report.faults.append(f"the result in {run} differs: {command.result(run)} != {expected}")
    if left := command.left(run):
        report.faults.append(f"left over in {run}: {', '.join(left)}")


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.storm")
    parser.add_argument("--kills", type=int, default=30, help="of each command")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--signal", choices=SIGNALS, default="kill")
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    options = parser.parse_args()
    faults = 0
    for name in options.commands:
        with TemporaryDirectory(prefix="storm-") as folder:
            report = storm(
                COMMANDS[name], Path(folder), options.kills, options.seed, options.signal
            )
        print(f"{name}, {options.signal}: {report}", flush=True)
        faults += len(report.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
