"""The sections of the suite. What a section needs is imported when it is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.effort import Effort

if TYPE_CHECKING:
    from benchmarks.lines import Line
    from benchmarks.report import Report

NETWORK: Final = "nano"
Measure = Callable[[Effort, "Report"], "list[Line]"]


class Section(NamedTuple):
    """A part that can be run alone.

    Attributes:
        heading: Above its table.
        measure: Returns its lines; the report takes notes of what is left out.
    """

    heading: str
    measure: Measure


def _scores(effort: Effort, report: Report) -> list[Line]:
    from benchmarks import scores

    return scores.measure(effort)


def _scalar(effort: Effort, report: Report) -> list[Line]:
    from benchmarks import steps

    return steps.measure_scalar(effort)


def _vector(num_envs: int) -> Measure:
    def measure(effort: Effort, report: Report) -> list[Line]:
        from benchmarks import steps

        return steps.measure_vectors(num_envs, effort)

    return measure


def _jumanji(effort: Effort, report: Report) -> list[Line]:
    from benchmarks import jumanji

    try:
        lines, versions = jumanji.measure(effort)
    except jumanji.Unavailable as reason:
        report.notes.append(str(reason))
        return []
    report.machine = {**report.machine, **versions}
    return lines


def _training(effort: Effort, report: Report) -> list[Line]:
    from benchmarks import training
    from benchmarks.domains import PATCHES, TACTICS

    melodies = training.measure_bound if effort.quick else training.measure
    return [
        *melodies(NETWORK, effort.training_rounds),
        *(
            training.measure_frames(domain.env_id, NETWORK, effort.training_rounds)
            for domain in (PATCHES, TACTICS)
        ),
    ]


def _memory(effort: Effort, report: Report) -> list[Line]:
    from benchmarks import memory

    return memory.measure(effort)


def _growth(effort: Effort, report: Report) -> list[Line]:
    from benchmarks import growth

    return growth.measure(effort)


SECTIONS: Final = {
    "scores": Section("Scoring a finished work", _scores),
    "scalar": Section("Single environments (gym.make)", _scalar),
    "vector-64": Section("Native vectors of 64", _vector(64)),
    "vector-1024": Section("Native vectors of 1024", _vector(1024)),
    "jumanji": Section("Jumanji, in an environment of its own", _jumanji),
    "training": Section("Training", _training),
    "memory": Section("Memory", _memory),
    "growth": Section("How costs grow", _growth),
}
