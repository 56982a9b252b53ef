"""Plants faults in scoring and masking code, one at a time, and counts those the tests catch.

    python -m tests.mutation [--seed 0] [--count 20] [--jobs 2] [--list]

Each fault is drawn by the seed, planted in a copy of the checkout, and given to the tests of its
domain and those all domains share; it is caught when one of them fails, crashes or never ends. A
domain's kernels are compiled anew for each. Twenty take about half an hour on two cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from tests.mutation.faults import Fault, draw

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 3600.0
"""Seconds after which tests that should take some minutes hang."""
SHARED: Final = ("tests/test_golden.py", "tests/core", "tests/test_reliability.py")
SCORING: Final = {
    "core": ("core/reward.py", "core/membership.py", "core/batch.py", "core/diversity.py"),
    "melody": (
        "melody/adherence.py",
        "melody/craft/expectation.py",
        "melody/craft/features.py",
        "melody/craft/form_features.py",
        "melody/craft/kernel.py",
        "melody/craft/pitch_features.py",
        "melody/craft/time_features.py",
        "melody/novelty/kernels.py",
    ),
    "patches": (
        "patches/adherence.py",
        "patches/craft/measures.py",
        "patches/craft/tables.py",
        "patches/novelty/features.py",
        "patches/novelty/likeness.py",
        "patches/quality.py",
    ),
    "tactics": (
        "tactics/battle/engine.py",
        "tactics/battle/movement.py",
        "tactics/battle/sight.py",
        "tactics/battle/strikes.py",
        "tactics/battle/tally.py",
        "tactics/descriptors.py",
        "tactics/matches.py",
        "tactics/novelty.py",
    ),
}
MASKING: Final = {
    "core": ("core/legality.py", "core/sampling.py"),
    "melody": ("melody/actions.py",),
    "patches": ("patches/actions.py",),
    "tactics": ("tactics/actions.py",),
}


def drawn(seed: int, count: int) -> list[Fault]:
    """Faults of all domains in turn, two of five of them in masking code."""
    rng = np.random.default_rng(seed)
    per_domain = -(-count // len(SCORING))
    masking = round(0.4 * per_domain)
    faults = [
        [
            *draw(ROOT, _within(MASKING[domain]), masking, rng),
            *draw(ROOT, _within(SCORING[domain]), per_domain - masking, rng),
        ]
        for domain in SCORING
    ]
    return [fault for turn in zip(*faults, strict=True) for fault in turn][:count]


def _within(files: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"creative_envs/{file}" for file in files)


def first_failure(fault: Fault) -> str:
    """The first test that fails once the fault is planted; empty if none does."""
    domain = fault.path.parts[1]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns(".*", "runs", "site", "build", "dist")
        )
        (copy / fault.path).write_text(fault.source, encoding="utf-8")
        # A cached kernel does not notice changes in the kernels it calls.
        stale = copy / "creative_envs" / ("" if domain == "core" else domain)
        for cache in stale.rglob("*.nb[ic]"):
            cache.unlink()
        tests = [*SHARED, *([] if domain == "core" else [f"tests/{domain}"])]
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-rfE", *tests],
                cwd=copy,
                env=os.environ | {"PYTHONPATH": str(copy)},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return "a test that does not end"
    if ended.returncode < 0:
        return f"a test that ends in signal {-ended.returncode}"
    if ended.returncode not in (0, 1, 2):
        raise RuntimeError(f"pytest did not run for {fault}:\n{ended.stdout}{ended.stderr}")
    if ended.returncode == 0:
        return ""
    summary = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return summary[0].split(" - ")[0].split(" ", 1)[1] if summary else "the package as a whole"


def main() -> int:
    """Returns 0 if at least nine of ten faults are caught, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="decides which faults")
    parser.add_argument("--count", type=int, default=20, help="how many faults")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--list", action="store_true", help="name the faults and stop")
    options = parser.parse_args()
    faults = drawn(options.seed, options.count)
    if options.list:
        print(*faults, sep="\n")
        return 0
    with ThreadPoolExecutor(options.jobs) as pool:
        caught = 0
        for fault, test in tqdm(
            zip(faults, pool.map(first_failure, faults), strict=True), total=len(faults)
        ):
            caught += bool(test)
            tqdm.write(f"{'caught ' if test else 'MISSED '} {fault}\n         {test}".rstrip())
    print(f"{caught} of {len(faults)} faults caught (seed {options.seed})")
    return int(caught < 0.9 * len(faults))


if __name__ == "__main__":
    sys.exit(main())
