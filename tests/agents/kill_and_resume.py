"""Kills a run at random moments, resumes it, and compares it with one left in peace.

``python -m tests.agents.kill_and_resume --kills 20`` trains the toy domain in processes of their
own, each ended by SIGKILL at a random moment, and then one to the end. Everything the run leaves
must equal the uninterrupted run's bit for bit: parameters, optimiser, generators, environments, the
best policy and the record. Exits with 1 where it does not, or was killed less often.
"""

from __future__ import annotations

import argparse
import mmap
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import torch

from agents import sealed, selection, training
from agents.checkpoint import Snapshot, latest
from agents.ppo.algorithm import CausalPPO
from agents.runs import RunFolder
from tests.agents.necklaces import tiny_config

ROOT: Final = Path(__file__).parents[2]
PHASES: Final = ("starting", "rollout", "update", "sampling", "saving", "finished")
"""What a run may be doing when it is killed: a byte each in a file that survives the process."""
CLOCKS: Final = frozenset({"seconds", "cpu_seconds", "t"})
"""Entries of the record that tell the time."""
SETTINGS: Final = {
    "n_steps": 16,  # works have 6 beads: rollouts cut them
    "media_every": 0,
    "checkpoint_every": 2,
    "select_every": 3,
    "select_works": 8,
    "learning_rate": 3e-3,
    "warmup": 0.2,
    "ent_coef": 0.02,
    "final_ent_coef": 0.0,
    "target_kl": 0.02,
}
"""Schedules, an update that may stop early, selection, and rollouts that are lost when killed."""


@dataclass(frozen=True)
class Report:
    """What a series of kills came to.

    Attributes:
        kills: How many hit a process that was at work.
        phases: What those were doing.
        lost: Rollouts that had to be done again, in all.
        differences: What is not equal in the end; empty if all is well.
    """

    kills: int
    phases: Counter[str]
    lost: int
    differences: list[str]

    def __str__(self) -> str:
        doing = ", ".join(f"{self.phases[phase]} {phase}" for phase in PHASES if self.phases[phase])
        end = "; ".join(self.differences) or "equals the uninterrupted run bit for bit"
        return f"{self.kills} kills ({doing}), {self.lost} rollouts done again: {end}"


def kill_and_resume(
    folder: Path, kills: int, rollouts: int, seed: int, tell: Callable[[str], None] = print
) -> Report:
    """Runs the experiment in ``folder``.

    Args:
        folder: Where both runs are kept.
        kills: How many.
        rollouts: Length of the run.
        seed: Of the moments of the kills, and of the run.
        tell: Is told of each kill.
    """
    config = tiny_config(**SETTINGS, seed=seed)
    config = tiny_config(**SETTINGS, seed=seed, timesteps=rollouts * config.rollout)
    whole = RunFolder.create(config, folder / "whole")
    killed = RunFolder.create(config, folder / "killed")
    phase = Phase(folder / "phase")
    pace = _run(whole, phase) / rollouts
    moments = random.Random(seed)
    phases: Counter[str] = Counter()
    lost = 0
    for number in range(kills):
        # One in each part of the run, so that it cannot end before the last of them.
        moment = moments.uniform(number, number + 1) / kills * (rollouts - 2)
        _run(killed, phase, int(moment), pace * (moment % 1))
        if phase.name == "finished":
            break
        phases[phase.name] += 1
        saved = latest(killed.checkpoints)
        rollout = 0 if saved is None else Snapshot.read(saved).timesteps // config.rollout
        lost += phase.rollouts - rollout
        tell(f"kill {number + 1}: {phase.name}, rollout {phase.rollouts}, checkpoint of {rollout}")
    _run(killed, phase)
    return Report(phases.total(), phases, lost, compare(whole, killed))


def _run(folder: RunFolder, phase: Phase, rollouts: int | None = None, delay: float = 0.0) -> float:
    """Trains in a process of its own.

    Args:
        folder: The run's.
        phase: What it does.
        rollouts: It is killed when it has done so many; never if None.
        delay: Seconds that pass before.

    Returns:
        The seconds from when it began to learn to its end.
    """
    phase.write("starting", 0)
    process = subprocess.Popen(
        [sys.executable, "-m", __spec__.name, "--worker", str(folder.path), str(phase.path)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while phase.name == "starting" and process.poll() is None:
        time.sleep(0.001)
    begin = time.perf_counter()
    if rollouts is not None:
        while phase.rollouts < rollouts and process.poll() is None:
            time.sleep(0.001)
        time.sleep(delay)
        process.kill()
    _, errors = process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(errors.decode())
    return time.perf_counter() - begin


class Phase:
    """What a run is doing, in a file both processes map."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(bytes(3))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 3)

    @property
    def name(self) -> str:
        """One of `PHASES`."""
        return PHASES[self._map[0]]

    @property
    def rollouts(self) -> int:
        """How many had been completed."""
        return int.from_bytes(self._map[1:3], "little")

    def write(self, name: str, rollouts: int | None = None) -> None:
        self._map[0] = PHASES.index(name)
        if rollouts is not None:
            self._map[1:3] = rollouts.to_bytes(2, "little")


def work(folder: RunFolder, phase: Phase) -> None:
    """Trains a run to its end, saying what it does."""

    def tell(owner: Any, method: str, name: str) -> None:
        original = getattr(owner, method)

        def told(*arguments: Any, **keywords: Any) -> Any:
            before = phase.name
            phase.write(name)
            result = original(*arguments, **keywords)
            phase.write(before)
            return result

        setattr(owner, method, told)

    def begin(model: CausalPPO, *arguments: Any, **keywords: Any) -> bool:
        phase.write("rollout", model.num_timesteps // (model.n_steps * model.n_envs))
        return collect(model, *arguments, **keywords)

    collect = CausalPPO.collect_rollouts
    CausalPPO.collect_rollouts = begin
    tell(CausalPPO, "train", "update")
    tell(selection, "sample_works", "sampling")
    tell(sealed.Sealed, "write", "saving")
    _, config = RunFolder.open(folder.path)
    training.train(config, folder)
    phase.write("finished")


def compare(first: RunFolder, second: RunFolder) -> list[str]:
    """Names of what differs between two finished runs."""
    left, right = (Snapshot.read(latest(run.checkpoints)) for run in (first, second))
    differences = []
    for name in ("policy", "optimiser", "arrays"):
        a, b = getattr(left, name), getattr(right, name)
        if a.keys() != b.keys() or any(_bits(a[key]) != _bits(b[key]) for key in a):
            differences.append(f"{name} differs")
    differences += [
        f"{name} differs"
        for name in left.state.keys() | right.state.keys()
        if _without_clocks(left.state.get(name)) != _without_clocks(right.state.get(name))
    ]
    if _files(first.best) != _files(second.best) or not _files(first.best):
        differences.append("the best policy differs")
    return differences


def _bits(values: torch.Tensor | np.ndarray) -> tuple[str, tuple[int, ...], bytes]:
    array = np.asarray(values)
    return str(array.dtype), array.shape, array.tobytes()


def _without_clocks(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_clocks(v) for k, v in value.items() if k not in CLOCKS}
    return [_without_clocks(v) for v in value] if isinstance(value, list) else value


def _files(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.agents.kill_and_resume")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rollouts", type=int, default=400, help="length of the run")
    parser.add_argument("--seed", type=int, default=0, help="of the run and of the moments")
    parser.add_argument("--worker", nargs=2, metavar=("RUN", "PHASE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(RunFolder(Path(options.worker[0])), Phase(Path(options.worker[1])))
        return 0
    with TemporaryDirectory() as folder:
        report = kill_and_resume(Path(folder), options.kills, options.rollouts, options.seed)
    print(report)
    return 0 if report.kills == options.kills and not report.differences else 1


if __name__ == "__main__":
    sys.exit(main())
