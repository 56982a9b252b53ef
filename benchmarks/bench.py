"""Prints how fast the suite is, as ratios measured in this one run.

    python -m benchmarks.bench [--rounds N] [--json FILE]

Every figure is processor time on one thread. Subjects take turns, round after round; a ratio is the
median over rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import gymnasium as gym

import creative_envs  # noqa: F401  registers the environments
from benchmarks import battles, subjects, training
from benchmarks.domains import (
    DOMAINS,
    PATCHES,
    TACTICS,
    Demonstrated,
    DemonstratedUnscored,
    Domain,
    Unscored,
    Works,
)
from benchmarks.report import Line, at_least, at_most, table, write_json
from benchmarks.timing import Timing, take_turns
from creative_envs.registration import PORTFOLIO_WORKS

ROUNDS: Final = 7
SCALAR_STEPS: Final = 4000
SCORED_WORKS: Final = 128
CARTPOLE: Final = "CartPole-v1"
RANDOM: Final = "random legal"


def measure_scoring(domain: Domain, rounds: int) -> list[Line]:
    """What it takes to score one finished work."""
    works = {
        domain.makers: Works(*domain.task.reference_works(SCORED_WORKS)),
        "random": subjects.random_works(domain, SCORED_WORKS),
    }
    lines = []
    for scoring in domain.scorings:
        turns = {
            f"{kind} work, {how}": subjects.scoring(
                scoring, domain.task, some, repeats=4, at_once=how != "alone"
            )
            for kind, some in works.items()
            for how in ("in a batch", "alone")
        }
        lines += [
            at_most(f"{domain.name}: {scoring.what}, {name}", timing.median * 1e6, scoring.limit)
            for name, timing in take_turns(turns, rounds).items()
        ]
    return lines


def measure_scalar(domain: Domain, rounds: int) -> list[Line]:
    """The scalar environment beside CartPole, both as `gym.make` gives them."""
    by_chance = subjects.alone(subjects.random_legal())
    envs = {
        CARTPOLE: (gym.make(CARTPOLE), subjects.coin()),
        RANDOM: (domain.make(), by_chance),
        domain.makers: (
            domain.make(Demonstrated, split="test"),
            subjects.alone(subjects.demonstrated(domain)),
        ),
    }
    if domain.task.has_potential:
        envs["shaped"] = domain.make(reward="shaped"), by_chance
    timings = take_turns(
        {name: subjects.scalar_replay(*env, SCALAR_STEPS) for name, env in envs.items()}, rounds
    )
    cartpole = timings.pop(CARTPOLE)
    what, limit = f"steps a second over {CARTPOLE}, both through gym.make", domain.share_of_cartpole
    lines = []
    for actions in (RANDOM, domain.makers):
        told = f"{domain.name}: scalar, {actions} actions: {what}"
        ratio = timings[actions].rate_over(cartpole)
        lines.append(Line(told, ratio) if limit is None else at_least(told, ratio, limit))
    if "shaped" in timings:
        ratio = timings["shaped"].rate_over(cartpole)
        lines.append(Line(f"{domain.name}: scalar, shaped reward: {what}", ratio))
    return lines


def measure_vectors(domain: Domain, size: int, rounds: int) -> list[Line]:
    """Native vectors of one size: works by chance and by the makers, beside two CartPoles."""
    steps, by_chance = domain.steps[size], subjects.random_legal
    made = subjects.demonstrated(domain)
    envs = {
        RANDOM: (domain.make_vec(size), by_chance()),
        domain.makers: (domain.make_vec(size, Demonstrated, split="test"), made),
        f"{RANDOM}, unscored": (domain.make_vec(size, Unscored), by_chance()),
        f"{domain.makers}, unscored": (
            domain.make_vec(size, DemonstratedUnscored, split="test"),
            made,
        ),
        "a portfolio": (domain.make_vec(size, works=PORTFOLIO_WORKS), by_chance()),
    }
    if domain.task.has_potential:
        envs["the shaped reward"] = domain.make_vec(size, reward="shaped"), by_chance()
    cartpoles = {
        "Gymnasium's vector CartPole": subjects.cartpole_vector(size, steps),
        "EnvPool's CartPole": subjects.envpool_cartpole(size, steps),
    }
    present = {name: subject for name, subject in cartpoles.items() if subject is not None}
    ours = {name: subjects.vector_replay(*env, steps) for name, env in envs.items()}
    timings = take_turns({**ours, **present}, rounds)
    vector = f"{domain.name}: vector of {size}"
    ratios = [
        Line(
            f"{vector}, {actions} actions: steps a second over {other}",
            timings[actions].rate_over(timings[other]),
        )
        for other in present
        for actions in (RANDOM, domain.makers)
    ]
    played = (RANDOM, domain.makers)
    return [*_costs(vector, size, timings), *_scored(vector, played, timings), *ratios]


def _scored(vector: str, played: Sequence[str], timings: dict[str, Timing]) -> list[Line]:
    """How many steps are made in a second, and how much of it scoring takes."""
    lines = []
    for actions in played:
        scored, unscored = timings[actions], timings[f"{actions}, unscored"]
        what = f"{vector}, {actions} actions"
        rate = Line(
            f"{what}: steps a CPU-second, all environments together", 1 / scored.median, "/s"
        )
        share = 100 * (1 - 1 / unscored.rate_over(scored))
        lines += [rate, Line(f"{what}: share of a step that scoring takes", share, "%")]
    return lines


def _costs(vector: str, size: int, timings: dict[str, Timing]) -> list[Line]:
    """What parts of a step take: all but scoring, and what options add to it."""
    what = f"{vector}: all but scoring, a step of one environment"
    microseconds = timings[f"{RANDOM}, unscored"].median * 1e6
    unscored = at_most(what, microseconds, 1.0) if size == 1024 else Line(what, microseconds, "us")
    added = [
        Line(
            f"{vector}: what {option} adds to a step",
            timings[option].beyond(timings[RANDOM]) * 1e6,
            "us",
        )
        for option in ("a portfolio", "the shaped reward")
        if option in timings
    ]
    return [unscored, *added]


def measure_domain(domain: Domain, rounds: int) -> list[Line]:
    """All about the environments of a domain."""
    lines = measure_scoring(domain, rounds) + measure_scalar(domain, rounds)
    for size in domain.steps:
        lines += measure_vectors(domain, size, rounds)
    return lines


def main() -> None:
    """Measures, prints, and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="paired repeats")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    arguments = parser.parse_args()
    lines = [line for domain in DOMAINS for line in measure_domain(domain, arguments.rounds)]
    lines += [battles.measure(arguments.rounds), *training.measure("nano", training.ROUNDS)]
    lines += [
        training.measure_frames(domain.env_id, "nano", training.ROUNDS)
        for domain in (PATCHES, TACTICS)
    ]
    print(table(lines))
    if subjects.envpool_cartpole(1, 1) is None:
        print("EnvPool is not installed (pip install envpool): its lines are left out.")
    if arguments.json:
        write_json(arguments.json, lines)


if __name__ == "__main__":
    main()
