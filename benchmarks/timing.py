"""Paired timing: subjects take turns in one process, so that a noisy machine is unfair to none."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tqdm import tqdm


@dataclass(frozen=True)
class Subject:
    """Something to be timed.

    Attributes:
        prepare: Called before each timed run, untimed (a reset, say).
        run: The timed run; returns how many units (steps, works) it did.
    """

    prepare: Callable[[], object]
    run: Callable[[], int]


@dataclass(frozen=True)
class Timing:
    """CPU-seconds a unit took, one figure for each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """CPU-seconds a unit."""
        return statistics.median(self.seconds)

    def steps_of(self, yardstick: Self) -> float:
        """How many units of a yardstick take as long: the median over paired rounds."""
        return yardstick.rate_over(self)

    def rate_over(self, other: Self) -> float:
        """How many times as many units a second as the other: the median over paired rounds."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return statistics.median(theirs / ours for ours, theirs in pairs)

    def beyond(self, other: Self) -> float:
        """CPU-seconds a unit takes more than one of the other: the median over paired rounds."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return statistics.median(ours - theirs for ours, theirs in pairs)


def take_turns(
    subjects: Mapping[str, Subject], rounds: int, what: str = "timing"
) -> dict[str, Timing]:
    """Times every subject once a round, after a round that warms up and is not counted.

    Time is the processor time of the whole process, its threads included.

    Args:
        subjects: What is timed, by name.
        rounds: How many counted rounds.
        what: All of it in a few words, for the progress bar.

    Returns:
        A timing for each subject, with a figure for each round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    turns = (rounds + 1) * len(subjects)
    with tqdm(total=turns, desc=what, unit="turn", leave=False, disable=None) as bar:
        for number in range(rounds + 1):
            for name in _rotated(list(subjects), number):
                took = time_once(subjects[name])
                if number > 0:
                    seconds[name].append(took)
                bar.update()
    return {name: Timing(tuple(figures)) for name, figures in seconds.items()}


def _rotated(names: Sequence[str], by: int) -> list[str]:
    """A different subject begins each round."""
    start = by % len(names)
    return [*names[start:], *names[:start]]


def time_once(subject: Subject) -> float:
    """CPU-seconds a unit of a subject takes, in one timed run without garbage collection."""
    subject.prepare()
    gc.collect()
    gc.disable()
    try:
        begin = time.process_time()
        units = subject.run()
        return (time.process_time() - begin) / units
    finally:
        gc.enable()
