"""The tables of a study of one model: transfer between domains, and forgetting.

Terms are those of Lopez-Paz and Ranzato 2017, "Gradient episodic memory for continual learning",
whose matrix R[i, j] is the score of domain j after stage i; what is forgotten here is minus their
backward transfer. Forward transfer is told against learning alone, not of untrained heads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from agents.joint.curriculum import BASELINE, SEQUENTIAL
from agents.joint.records import START, Outcome
from agents.study.report import Report, Row, Section, Values, row_of

UNTRAINED: Final = "untrained"
ALL: Final = "all"
MEAN: Final = "mean"
SCORES: Final = ("reward", "quality")
WORDS: Final = {"in-turn": "In turn, without rehearsal", "rehearsal": "In turn, with rehearsal"}

Outcomes = Mapping[str, Sequence[Outcome]]
"""Of each arm, in the order of their seeds."""


def make_reports(outcomes: Outcomes) -> list[Report]:
    """Two tables at most: arms beside each other, and the stages of sequential ones.

    Args:
        outcomes: Every arm with the same seeds and domains.
    """
    some = next(iter(outcomes.values()))
    domains = list(some[0].steps)
    at_end = [
        Section(f"{name.title()} of works for unseen briefs at the end", _scores(outcomes, name))
        for name in SCORES
    ]
    ratios = _ratios(outcomes, domains)
    if ratios:
        at_end.append(Section(f"Transfer ratio: reward at the end over {BASELINE}", ratios))
    at_end.append(Section("Cost", _costs(outcomes)))
    steps = ", ".join(f"{name} {count:,}" for name, count in some[0].steps.items())
    notes = [
        f"Environment steps, the same in every arm: {steps}.",
        f'"{ALL}" is the geometric mean over domains.',
    ]
    reports = [Report(len(some), [UNTRAINED, *outcomes], at_end, notes)]
    found = [arm for arm in SEQUENTIAL if arm in outcomes]
    if found:
        sections = [_stages(outcomes, arm, domains) for arm in found]
        reports.append(Report(len(some), [*domains, MEAN], sections, _stage_notes(outcomes)))
    return reports


def geometric_mean(ratios: Sequence[float]) -> float:
    """The n-th root of the product of n ratios: a half and a double cancel out."""
    return float(np.prod(ratios) ** (1 / len(ratios)))


def _scores(outcomes: Outcomes, measure: str) -> list[Row]:
    """A row for each domain; untrained policies are those of the first arm."""
    some = next(iter(outcomes.values()))
    rows = []
    for domain in some[0].steps:
        values = {UNTRAINED: [each.score(domain, measure, START) for each in some]}
        values |= {
            arm: [each.score(domain, measure) for each in seeds] for arm, seeds in outcomes.items()
        }
        rows.append(row_of(domain, values))
    return rows


def _ratios(outcomes: Outcomes, domains: Sequence[str]) -> list[Row]:
    """Seed by seed, as arms of a seed are judged by the same briefs."""
    others = [arm for arm in outcomes if arm != BASELINE]
    if BASELINE not in outcomes or not others:
        return []
    by_arm = {
        arm: [
            [_ratio(one.score(name), alone.score(name)) for name in domains]
            for one, alone in zip(outcomes[arm], outcomes[BASELINE], strict=True)
        ]
        for arm in others
    }
    rows = [
        row_of(name, {arm: [seed[place] for seed in found] for arm, found in by_arm.items()})
        for place, name in enumerate(domains)
    ]
    overall = {arm: [geometric_mean(seed) for seed in found] for arm, found in by_arm.items()}
    return [*rows, row_of(ALL, overall)]


def _ratio(score: float, alone: float) -> float:
    return score / alone if alone else math.nan


def _costs(outcomes: Outcomes) -> list[Row]:
    sizes = {arm: [float(one.parameters) for one in seeds] for arm, seeds in outcomes.items()}
    spent = {arm: [one.cpu_seconds for one in seeds] for arm, seeds in outcomes.items()}
    return [
        row_of("parameters", sizes, "{:,.0f}".format),
        row_of("CPU seconds of learning", spent, "{:,.0f}".format),
    ]


def _stages(outcomes: Outcomes, arm: str, domains: Sequence[str]) -> Section:
    """The backward-transfer matrix of a sequential arm, and what follows from it."""
    seeds = outcomes[arm]
    rows = []
    for stage in (START, *domains):
        values = {name: [one.score(name, stage=stage) for one in seeds] for name in domains}
        values[MEAN] = _over(values, np.mean)
        rows.append(row_of("at the start" if stage == START else f"after {stage}", values))
    lost = {
        name: [one.score(name, stage=name) - one.score(name) for one in seeds]
        for name in domains[:-1]
    }
    rows.append(row_of("forgotten", {**lost, MEAN: _over(lost, np.mean)}))
    if BASELINE in outcomes:
        gained = {
            name: [
                _ratio(one.score(name, stage=name), alone.score(name))
                for one, alone in zip(seeds, outcomes[BASELINE], strict=True)
            ]
            for name in domains[1:]
        }
        rows.append(row_of("forward transfer", {**gained, MEAN: _over(gained, geometric_mean)}))
    return Section(f"{WORDS[arm]}: reward of works for unseen briefs", rows)


def _over(values: Values, mean: Callable[[Sequence[float]], float]) -> list[float]:
    """The mean over domains for each seed."""
    return [float(mean(seed)) for seed in zip(*values.values(), strict=True)]


def _stage_notes(outcomes: Outcomes) -> list[str]:
    notes = [
        "Forgotten: reward after a domain's own stage less that at the end; the last domain has "
        "nothing after it.",
        f"Forward transfer: reward after a domain's own stage over {BASELINE}; the first domain "
        "has nothing before it.",
    ]
    if "rehearsal" in outcomes:
        notes.append(
            "With rehearsal the own stages of earlier domains are shorter, as their other steps "
            "lie in later stages."
        )
    return notes
