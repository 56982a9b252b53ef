"""Our statistics against rliable's, the library of the paper they are from.

rliable needs an older pandas than this project's, so it is installed in an environment of its own
in a temporary folder (half a gigabyte, a minute or two), and is no dependency; `make test` leaves
this out::

    python tests/oracles/rliable_oracle.py
    python tests/oracles/rliable_oracle.py --python other/bin/python   # one that has rliable

Prints the largest differences over random score matrices; exit code 1 if one is beyond tolerance.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any, Final

import numpy as np

from creative_envs.benchmark.statistics import INTERVAL, RESAMPLES, estimate, estimate_improvement

REQUIREMENTS: Final = ("rliable==1.2.0", "pandas<3")
SHAPES: Final = ((3, 3), (5, 3), (10, 3), (3, 1), (5, 1), (4, 6), (7, 2), (20, 3))
"""Runs and tasks."""
REPEATS: Final = 3
"""Pairs of matrices of each shape, the last one with ties."""
EXACT: Final = 1e-12
MONTE_CARLO: Final = 5.0
"""Standard errors by which the places of percentiles among the drawings may differ."""

Matrices = tuple[np.ndarray, np.ndarray]

THEIRS: Final = """
import json, sys
import numpy as np
from rliable import library, metrics
asked = json.load(sys.stdin)
iqm = lambda scores: np.array([metrics.aggregate_iqm(scores)])
better = lambda ours, theirs: np.array([metrics.probability_of_improvement(ours, theirs)])
answers = []
for number, pair in enumerate(asked["pairs"]):
    ours, theirs = (np.array(scores) for scores in pair)
    state = np.random.RandomState(number)
    kinds = {"iqm": (iqm, {"x": ours}), "better": (better, {"x": (ours, theirs)})}
    answer = {}
    for kind, (function, scores) in kinds.items():
        points, ends = library.get_interval_estimates(
            scores, function, reps=asked["resamples"], random_state=state
        )
        answer[kind] = [float(points["x"][0]), *map(float, ends["x"][:, 0])]
    answers.append(answer)
json.dump(answers, sys.stdout)
"""
"""What is run there: value, low and high of each statistic of each pair of matrices."""


def main() -> int:
    """Compares and prints; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", help="of an environment that has rliable already")
    chosen = parser.parse_args()
    pairs = matrices()
    if chosen.python:
        answers = ask(chosen.python, pairs)
    else:
        with tempfile.TemporaryDirectory(prefix="rliable-") as folder:
            answers = ask(install(Path(folder)), pairs)
    return report(pairs, answers)


def matrices() -> list[Matrices]:
    """Pairs of random scores (runs, tasks)."""
    rng = np.random.default_rng(0)
    found = []
    for shape in SHAPES:
        for repeat in range(REPEATS):
            first, second = rng.gamma(2.0, 0.3, (2, *shape)) + rng.normal(0, 0.2, (2, 1, 1))
            digits = 1 if repeat == REPEATS - 1 else 16
            found.append((first.round(digits), second.round(digits)))
    return found


def install(folder: Path) -> str:
    """Makes the environment; returns its interpreter."""
    venv.create(folder, with_pip=True)
    python = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    subprocess.run([python, "-m", "pip", "-q", "install", *REQUIREMENTS], check=True)
    return python


def ask(python: str, pairs: list[Matrices]) -> list[dict[str, list[float]]]:
    """What rliable makes of the matrices."""
    asked = {"resamples": RESAMPLES, "pairs": [[a.tolist(), b.tolist()] for a, b in pairs]}
    told = subprocess.run(
        [python, "-c", THEIRS], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise SystemExit(f"rliable failed:\n{told.stderr}")
    answers: Any = json.loads(told.stdout)
    return list(answers)


def report(pairs: list[Matrices], answers: list[dict[str, list[float]]]) -> int:
    """Prints the largest differences of each shape; 1 if one is beyond tolerance."""
    print(f"{'runs x tasks':<14}{'statistic':<12}{'value':>12}{'ends':>12}{'beyond':>12}")
    wrong = 0
    for start in range(0, len(pairs), REPEATS):
        chosen = slice(start, start + REPEATS)
        runs, tasks = pairs[start][0].shape
        for kind in ("iqm", "better"):
            found = np.array(
                [
                    differences(kind, *pair, answer[kind])
                    for pair, answer in zip(pairs[chosen], answers[chosen], strict=True)
                ]
            )
            wrong += int(((found[:, 0] > EXACT) | (found[:, 2] > EXACT)).sum())
            value, ends, beyond = found.max(axis=0)
            name = f"{runs} x {tasks}"
            print(f"{name:<14}{kind:<12}{value:>12.1e}{ends:>12.4f}{beyond:>12.4f}")
    print(f"{wrong} of {2 * len(pairs)} beyond tolerance ({RESAMPLES} drawings)")
    return int(wrong > 0)


def differences(
    kind: str, first: np.ndarray, second: np.ndarray, theirs: list[float]
) -> tuple[float, float, float]:
    """Of the values, of the ends of intervals, and what of the latter drawing cannot explain.

    The place of a percentile p among N drawings has the standard error sqrt(p (1 - p) / N), on
    either side. Ends of ours and theirs must both lie between percentiles that are so many
    standard errors from their own, of drawings made here without a line of the code compared.
    """
    ours = estimate(first.T) if kind == "iqm" else estimate_improvement(first.T, second.T)
    ends = np.array([[ours.low, ours.high], theirs[1:]])
    shares = np.array(INTERVAL) / 100
    places = MONTE_CARLO * np.sqrt(2 * shares * (1 - shares) / RESAMPLES)
    draws = drawn(kind, first, second)
    lowest = np.quantile(draws, np.clip(shares - places, 0, 1))
    highest = np.quantile(draws, np.clip(shares + places, 0, 1))
    beyond = np.maximum(lowest - ends, ends - highest).max()
    return abs(ours.value - theirs[0]), float(np.abs(np.diff(ends, axis=0)).max()), beyond


def drawn(kind: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The statistic of many drawings of runs within each task."""
    rng = np.random.default_rng(1)
    return np.array(
        [_statistic(kind, _redrawn(first, rng), _redrawn(second, rng)) for _ in range(RESAMPLES)]
    )


def _redrawn(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.stack([rng.choice(task, len(task)) for task in scores.T], axis=1)


def _statistic(kind: str, first: np.ndarray, second: np.ndarray) -> float:
    if kind == "better":
        above, level = first[:, None] > second[None], first[:, None] == second[None]
        return float((above + 0.5 * level).mean())
    ordered = np.sort(first.ravel())
    cut = len(ordered) // 4
    return float(ordered[cut : len(ordered) - cut].mean())


if __name__ == "__main__":
    sys.exit(main())
