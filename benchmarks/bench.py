"""Prints how fast the suite is, as ratios measured in this one run.

    python -m benchmarks.bench [--rounds N] [--json FILE]

Every figure is processor time on one thread. Subjects take turns, round after round; a ratio is the
median over rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import gymnasium as gym

import creative_envs  # noqa: F401  registers the environments
from benchmarks import subjects, training
from benchmarks.report import Line, at_least, at_most, table, write_json
from benchmarks.timing import Subject, Timing, take_turns
from creative_envs.melody.env import MelodyVectorEnv
from creative_envs.melody.task import MelodyTask

ROUNDS: Final = 7
VECTOR_SIZES: Final = (64, 1024)
STEPS_AT_SIZE: Final = {64: 600, 1024: 150}
SCALAR_STEPS: Final = 4000
SCORED_WORKS: Final = 128
CARTPOLE: Final = "CartPole-v1"
MELODY: Final = "creative_envs/MelodyComposition-v0"


def measure_scalar(task: MelodyTask, rounds: int) -> list[Line]:
    """The scalar environment beside CartPole, both as `gym.make` gives them."""
    random_legal = subjects.alone(subjects.random_legal())
    human = subjects.alone(subjects.human(task))
    players = {
        CARTPOLE: (CARTPOLE, subjects.coin()),
        "random legal": (MELODY, random_legal),
        "human": (subjects.HUMAN_BRIEFS_ID, human),
    }
    turns = {
        name: subjects.scalar_replay(gym.make(env_id), policy, SCALAR_STEPS)
        for name, (env_id, policy) in players.items()
    }
    timings = take_turns(turns, rounds)
    what = f"steps a second over {CARTPOLE}, both through gym.make"
    return [
        at_least(
            f"scalar, {actions} actions: {what}", timings[actions].rate_over(timings[CARTPOLE]), 0.5
        )
        for actions in ("random legal", "human")
    ]


def measure_vectors(task: MelodyTask, size: int, rounds: int) -> list[Line]:
    """Native vectors of one size: melodies by chance and by people, beside two CartPoles."""
    steps = STEPS_AT_SIZE[size]
    competitors: dict[str, Subject | None] = {
        "Gymnasium's vector CartPole": subjects.cartpole_vector(size, steps),
        "EnvPool's CartPole": subjects.envpool_cartpole(size, steps),
    }
    ours = {
        "random legal": subjects.vector_replay(
            MelodyVectorEnv(size), subjects.random_legal(), steps
        ),
        "human": subjects.vector_replay(
            subjects.HumanBriefsVectorEnv(size), subjects.human(task), steps
        ),
        "unscored": subjects.vector_replay(
            subjects.UnscoredVectorEnv(size), subjects.random_legal(), steps
        ),
    }
    present = {name: subject for name, subject in competitors.items() if subject is not None}
    timings = take_turns({**ours, **present}, rounds)
    lines = [_overhead_line(size, timings["unscored"])]
    for other in present:
        lines += [
            Line(
                f"vector of {size}, {actions} actions: steps a second over {other}",
                timings[actions].rate_over(timings[other]),
            )
            for actions in ("random legal", "human")
        ]
    return lines


def _overhead_line(size: int, unscored: Timing) -> Line:
    what = f"vector of {size}: all but scoring, a step of one environment"
    microseconds = unscored.median * 1e6
    return at_most(what, microseconds, 1.0) if size == 1024 else Line(what, microseconds, "us")


def measure_scoring(task: MelodyTask, rounds: int) -> list[Line]:
    """Craft and novelty of one finished work."""
    works = {
        "human": subjects.human_works(task, SCORED_WORKS),
        "random": subjects.random_works(task, SCORED_WORKS),
    }
    turns = {
        f"{kind} work, {how}": subjects.scoring(task, events, repeats=4, at_once=how != "alone")
        for kind, events in works.items()
        for how in ("in a batch", "alone")
    }
    timings = take_turns(turns, rounds)
    return [
        at_most(f"craft + novelty of a {name}", timing.median * 1e6, 40.0)
        for name, timing in timings.items()
    ]


def main() -> None:
    """Measures, prints, and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="paired repeats")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    arguments = parser.parse_args()
    task = MelodyTask()
    lines = measure_scoring(task, arguments.rounds) + measure_scalar(task, arguments.rounds)
    for size in VECTOR_SIZES:
        lines += measure_vectors(task, size, arguments.rounds)
    lines += training.measure("nano", training.ROUNDS)
    print(table(lines))
    if subjects.envpool_cartpole(1, 1) is None:
        print("EnvPool is not installed (pip install envpool): its lines are left out.")
    if arguments.json:
        write_json(arguments.json, lines)


if __name__ == "__main__":
    main()
