"""How fast battles of tactics are fought, apart from any environment."""

from __future__ import annotations

from typing import Final

from benchmarks.report import Line, at_least
from benchmarks.timing import Subject, take_turns
from creative_envs.tactics.audit.determinism import random_pairings
from creative_envs.tactics.battle.engine import fight
from creative_envs.tactics.reference import load_reference
from creative_envs.tactics.task import DEFAULT_UNITS

BATTLES: Final = 1000
LEAST_RATE: Final = 5000
"""Battles a CPU-second; a training run fights some half a million."""
FOUGHT: Final = "battles"


def measure(rounds: int) -> Line:
    """Battles a CPU-second of random armies of eight squads, on the training maps."""
    reference = load_reference("train", None, DEFAULT_UNITS)
    fields, units = reference.fields, reference.units
    pairings = random_pairings(BATTLES, len(fields.terrain), units)
    ticks = fight(pairings, fields, units.records).ticks.mean()

    def run() -> int:
        fight(pairings, fields, units.records)
        return BATTLES

    timing = take_turns({FOUGHT: Subject(lambda: None, run)}, rounds)[FOUGHT]
    what = (
        f"tactics: battles a CPU-second, 8 squads a side at random, {ticks:.0f} ticks in the mean"
    )
    return at_least(what, 1 / timing.median, LEAST_RATE, "/s")
