"""Measures the yardsticks of suites: ``python -m creative_envs.benchmark.calibration [SUITE ...]``.

Prints, for every environment of the suites, what its entry in the suite's file must say. A shipped
suite is frozen: its file says what this prints as long as the reference data stay the same. A file
of one's own need not say any of it before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from creative_envs.benchmark.baselines.reference import Reference
from creative_envs.benchmark.scoring.worth import Views, Worth
from creative_envs.benchmark.statistics import interquartile_mean
from creative_envs.benchmark.suite import (
    Environment,
    Suite,
    Yardstick,
    load_suite,
    shipped_suites,
)
from creative_envs.benchmark.works import replay
from creative_envs.core.errors import CreativeEnvsError

DRAWINGS: Final = 5
"""Drawings of reference works: what as many seeds of the agent "reference" make."""
KNOWN_SHARE: Final = 0.1
"""Of the reference works that count as known. At a half, as many works of the best agents pass as
ever, but few of the experts' tactics: 1.00 would ask for less the stricter one is."""
HALF_WAY: Final = 0.5
"""Between a copy and a new work by novelty's own view: the most that counts as known by it. Nine in
ten pictures by people are beyond .85, but so is hardly any by an agent that has just begun."""
QUANTILES: Final = np.linspace(0, 1, 21)
DIGITS: Final = 6


def measure(environment: Environment, works: int, point_works: int) -> Yardstick:
    """The yardstick of an environment for samples of these sizes.

    Args:
        environment: Its own yardstick is not looked at.
        works: How many works a policy is asked for.
        point_works: How many episodes a point of a learning curve has.
    """
    task = environment.make_held_out(1).task
    maker, drawn = Reference(), []
    for seed in range(DRAWINGS):
        episodes = maker.episodes(environment, works, seed)
        drawn.append([work for made in replay(environment, episodes) for work in made])
    views = [Views.of(task, sample) for sample in drawn]
    kin = np.concatenate([view.kin_distance for view in views])
    likeness = np.concatenate([view.likeness for view in views])
    known = Yardstick(
        known_kin=_rounded(np.quantile(kin, KNOWN_SHARE)),
        known_likeness=_rounded(min(np.quantile(likeness, KNOWN_SHARE), HALF_WAY)),
        kin_quantiles=tuple(_rounded(number) for number in np.quantile(kin, QUANTILES)),
        creative_yield=1.0,
        point_yield=1.0,
    )
    whole = [Worth.of(task, sample, known).creative_yield for sample in drawn]
    parts = [Worth.of(task, sample[:point_works], known).creative_yield for sample in drawn]
    return replace(known, creative_yield=_mean(whole), point_yield=_mean(parts))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns 0, or 2 for a user's mistake, told in a line."""
    parser = argparse.ArgumentParser(prog="python -m creative_envs.benchmark.calibration")
    parser.add_argument("suites", nargs="*", default=shipped_suites(), help="names or TOML files")
    try:
        for name in parser.parse_args(arguments).suites:
            _print(load_suite(name, measured=False))
    except CreativeEnvsError as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    return 0


def _print(suite: Suite) -> None:
    print(f"# {suite.name}")
    for environment in suite.environments:
        found = measure(environment, suite.works, suite.point_works)
        sha256 = environment.make_held_out(1).task.reference_sha256()
        print(f'\n# {environment.id}\nreference_sha256 = "{sha256}"\n[environments.yardstick]')
        for key, value in vars(found).items():
            print(f"{key} = {list(value) if isinstance(value, tuple) else value}", flush=True)


def _mean(values: Sequence[float]) -> float:
    return _rounded(interquartile_mean(values))


def _rounded(number: Any) -> float:
    return round(float(number), DIGITS)


if __name__ == "__main__":
    sys.exit(main())
