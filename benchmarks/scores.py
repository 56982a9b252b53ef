"""What it takes to score a finished work, apart from any environment."""

from __future__ import annotations

from typing import Final

from benchmarks import subjects
from benchmarks.domains import DOMAINS, Domain, Works
from benchmarks.effort import Effort
from benchmarks.lines import Line, cost, rate
from benchmarks.others import CARTPOLE, yardstick
from benchmarks.timing import Subject, take_turns
from creative_envs.tactics.audit.determinism import random_pairings
from creative_envs.tactics.battle.engine import fight
from creative_envs.tactics.reference import load_reference
from creative_envs.tactics.task import DEFAULT_UNITS

SCORED_WORKS: Final = 128
BATTLES: Final = 1000
LEAST_RATE: Final = 5000
"""Battles a CPU-second; a training run fights some half a million."""
FOUGHT: Final = "battles"


def measure(effort: Effort) -> list[Line]:
    """Scores of all domains, and battles."""
    lines = [line for domain in DOMAINS for line in of_domain(domain, effort.rounds)]
    return [*lines, battles(effort.rounds)]


def of_domain(domain: Domain, rounds: int) -> list[Line]:
    """Each score of works by people (or experts) and by chance, in a batch and one by one."""
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
        what = f"{domain.name}: {scoring.what}"
        timings = take_turns({CARTPOLE: yardstick(), **turns}, rounds, what)
        cartpole = timings.pop(CARTPOLE)
        lines += [
            cost(f"{what}, {name}", timing, cartpole, scoring.limit)
            for name, timing in timings.items()
        ]
    return lines


def battles(rounds: int) -> Line:
    """Battles a CPU-second of random armies of eight squads, on the training maps."""
    reference = load_reference("train", None, DEFAULT_UNITS)
    fields, units = reference.fields, reference.units
    pairings = random_pairings(BATTLES, len(fields.terrain), units)
    ticks = fight(pairings, fields, units.records).ticks.mean()

    def run() -> int:
        fight(pairings, fields, units.records)
        return BATTLES

    fought = Subject(lambda: None, run)
    timings = take_turns({CARTPOLE: yardstick(), FOUGHT: fought}, rounds, "tactics: battles")
    what = (
        f"tactics: battles a CPU-second, 8 squads a side at random, {ticks:.0f} ticks in the mean"
    )
    return rate(what, timings[FOUGHT], timings[CARTPOLE], LEAST_RATE)
