"""How costs grow with the size of works, of the league, and of vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import gymnasium as gym
import numpy as np

from benchmarks import others, subjects
from benchmarks.domains import DOMAINS, MELODY, PATCHES, TACTICS, Domain, Unscored, Works
from benchmarks.effort import Effort
from benchmarks.lines import Line, cost
from benchmarks.others import CARTPOLE, yardstick
from benchmarks.timing import Subject, Timing, take_turns
from creative_envs.melody.task import BARS
from creative_envs.patches.task import SIZES
from creative_envs.tactics.actions import tactics_of
from creative_envs.tactics.matches import play

WORKS: Final = 64
VECTORS: Final = (1, 8, 64, 512, 4096)
STEPS: Final = 16_384
"""Of single environments, in a timed run of a vector of any size."""
FEWEST_STEPS: Final = 40
OPPONENTS: Final = (1, 2, 4, 8, 16)
SQUADS: Final = (2, 4, 8, 12)
STEPPED: Final = 64


def measure(effort: Effort) -> list[Line]:
    """Every cost beside the size it grows with, and the exponent of a power of it that fits."""
    return [
        *sizes_of_works(MELODY, "bars", BARS, effort),
        *sizes_of_works(PATCHES, "size", SIZES, effort),
        *opponents(effort),
        *squads(effort),
        *vectors(effort),
    ]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The power of the size that costs grow with: the slope of a line through their logarithms."""
    slope, _ = np.polyfit(np.log(sizes), np.log(costs), 1)
    return float(slope)


def series(
    what: str, by: str, timings: Mapping[int, Timing], yardsticks: Mapping[int, Timing]
) -> list[Line]:
    """A line for each size, and the exponent."""
    lines = [
        cost(f"{what}, {by} = {size}", timing, yardsticks[size]) for size, timing in timings.items()
    ]
    power = exponent([*timings], [timing.median for timing in timings.values()])
    return [*lines, Line(f"{what}: exponent of {by}", power, "^")]


def _taking_turns(what: str, by: str, turns: Mapping[int, Subject], rounds: int) -> list[Line]:
    """Times subjects of all sizes in turn, CartPole among them."""
    named = {CARTPOLE: yardstick(), **{str(size): subject for size, subject in turns.items()}}
    timings = take_turns(named, rounds, f"{what}, {by}")
    found = {size: timings[str(size)] for size in turns}
    return series(what, by, found, dict.fromkeys(turns, timings[CARTPOLE]))


def sizes_of_works(domain: Domain, by: str, sizes: Sequence[int], effort: Effort) -> list[Line]:
    """Scoring a work of reference, and a step of a vector that is not scored, by works' sizes."""
    scored, stepped = {}, {}
    for size in sizes:
        task: Any = domain.env.task_type(**{by: size}, split="test")
        works = Works(*task.reference_works(WORKS))
        scored[size] = _scoring(task, works)
        env = domain.make_vec(STEPPED, Unscored, **{by: size})
        stepped[size] = subjects.vector_replay(env, subjects.random_legal(), STEPS // STEPPED)
    what = f"{domain.name}: all scores of a {domain.makers} work"
    step = f"{domain.name}: a step but for scoring, vector of {STEPPED}"
    return [
        *_taking_turns(what, by, scored, effort.rounds),
        *_taking_turns(step, by, stepped, effort.rounds),
    ]


def _scoring(task: Any, works: Works) -> Subject:
    earlier = np.zeros((len(works.length), 0, 1 + task.memory_size), np.float32)

    def run() -> int:
        task.score(*works, earlier)
        return len(works.length)

    return Subject(lambda: None, run)


def opponents(effort: Effort) -> list[Line]:
    """The battles of a tactic by how many opponents it is matched with, twice each."""
    battles = Battles()
    turns = {count: battles.played(*battles.armies(count)) for count in OPPONENTS}
    return _taking_turns(
        "tactics: the battles of an expert tactic", "opponents", turns, effort.rounds
    )


def squads(effort: Effort) -> list[Line]:
    """The battles of armies that are cut to so many squads a side."""
    battles, turns = Battles(), {}
    for count in SQUADS:
        tactics, met = battles.armies(1)
        for armies in (tactics, met):
            armies[..., count:, :] = -1
        turns[count] = battles.played(tactics, met)
    return _taking_turns("tactics: two battles of cut armies", "squads", turns, effort.rounds)


class Battles:
    """Battles of expert tactics with opponents of the league."""

    def __init__(self) -> None:
        task: Any = TACTICS.env.task_type()
        self.reference, self.works = task.reference, Works(*task.reference_works(WORKS))
        self.asked = task.decoded(self.works.brief)

    def armies(self, opponents: int) -> tuple[Any, Any]:
        """The tactics and so many opponents for each of them, to be changed at will."""
        league = self.reference.league.tactics
        pool = league.reshape(-1, *league.shape[3:])
        dealt = np.arange(WORKS * opponents).reshape(WORKS, opponents) % len(pool)
        return tactics_of(self.works.tokens, self.works.length), pool[dealt]

    def played(self, tactics: Any, met: Any) -> Subject:
        """All their battles; a unit is those of one tactic."""
        units, fields = self.reference.units.records, self.reference.fields

        def run() -> int:
            play(tactics, met, self.asked.field, self.asked.budget, fields, units)
            return len(tactics)

        return Subject(lambda: None, run)


def vectors(effort: Effort) -> list[Line]:
    """A step of one environment in vectors of N, beside CartPole's vectors of N."""
    sizes = VECTORS[:-1] if effort.quick else VECTORS
    timings: dict[str, dict[int, Timing]] = {}
    for size in sizes:
        steps = max(FEWEST_STEPS, STEPS // size)
        turns = {CARTPOLE: others.cartpole_vector(size, steps)}
        for domain in DOMAINS:
            bare = domain.make_vec(size, Unscored)
            turns[f"{domain.name}, unscored"] = subjects.vector_replay(
                bare, subjects.random_legal(), steps
            )
            if domain is not TACTICS:  # nothing but battles, which take the same in any vector
                env = gym.make_vec(domain.env_id, num_envs=size, reward="terminal")
                turns[f"{domain.name}, scored"] = subjects.vector_replay(
                    env, subjects.random_legal(), steps
                )
        for name, timing in take_turns(turns, effort.rounds, f"vectors of {size}").items():
            timings.setdefault(name, {})[size] = timing
    lines = []
    for name, by_size in timings.items():
        lines += series(f"{name}: a step of one environment", "N", by_size, timings[CARTPOLE])
    return lines
