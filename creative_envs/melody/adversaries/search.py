"""Genetic search over legal melodies: the attacker that shows what an objective really rewards.

Several searches run side by side, so that the objective scores large batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.adversaries.controls import random_legal
from creative_envs.melody.events import Events
from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    DURATIONS,
    MODE_DEGREES,
    PITCH_SPAN,
    REST,
)

Int8 = NDArray[np.int8]
Float = NDArray[np.floating[Any]]
Objective = Callable[[Events], Float]
"""Scores (n,) of n works; more is better."""
Rng = np.random.Generator

POPULATION: Final = 50
EVALUATIONS: Final = 5000
_TOURNAMENT: Final = 3
_CROSSOVER: Final = 0.3
_OPERATORS: Final = np.cumsum([0.40, 0.12, 0.10, 0.10, 0.18, 0.06, 0.04])
"""Cumulated shares of: move a pitch, shift a boundary, split, join, copy a bar, swap, rest."""
_MUTATIONS: Final = np.array([1, 1, 2, 3])
"""Mutations of a child, drawn uniformly from these."""
_HALF_SPAN: Final = PITCH_SPAN // 2
_LONGEST: Final = max(DURATIONS)
_LEGAL: Final = np.array([int(d in DURATIONS) for d in range(_LONGEST + 1)])
_PARTS: Final = np.array([max([x for x in DURATIONS if x <= d] or [0]) for d in range(257)])
"""Longest duration an action can write within each time."""
_BARS: Final = np.array(BAR_LENGTHS)
_IN_MODE: Final = np.array([[int(d in degrees) for d in range(12)] for degrees in MODE_DEGREES])


class SearchResult(NamedTuple):
    """What S searches found."""

    best: Events
    """The best work of each search (S works)."""
    score: Float
    """(S,) their scores."""
    population: Events
    """The last population of every search (S * population works), best first in each."""


@njit(cache=True, nogil=True, error_model="numpy")
def _in_range(pitch: int, centre: int, mode: int) -> int:
    """The nearest pitch of the mode, downwards, within the register."""
    pitch = max(centre - _HALF_SPAN, min(centre + _HALF_SPAN, pitch))
    while not _IN_MODE[mode, pitch % 12]:
        pitch += -1 if pitch > centre else 1
    return pitch


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(pitch: int, steps: int, centre: int, mode: int) -> int:
    """The pitch so many steps of the mode away, within the register."""
    direction = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += direction
        while not _IN_MODE[mode, pitch % 12]:
            pitch += direction
    return _in_range(pitch, centre, mode)


@njit(cache=True, nogil=True, error_model="numpy")
def _append(
    source_pitch: Int8,
    source_duration: Int8,
    source_length: int,
    start: int,
    stop: int,
    steps: int,
    centre: int,
    mode: int,
    pitch: Int8,
    duration: Int8,
    length: int,
) -> int:
    """Appends what sounds in a stretch of one work to another, moved by `steps` of the mode.

    Returns:
        The new length; more than there is room for if it does not fit.
    """
    time = 0
    for event in range(source_length):
        begin, end = max(time, start), min(time + source_duration[event], stop)
        time += source_duration[event]
        left = end - begin
        while left > 0:
            if length >= pitch.shape[0]:
                return len(pitch) + 1
            p = int(source_pitch[event])
            pitch[length] = p if p == REST or steps == 0 else _walk(p, steps, centre, mode)
            duration[length] = _PARTS[left]
            left -= duration[length]
            length += 1
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(pitch: Int8, duration: Int8, length: int, at: int) -> int:
    """Makes room for an event; the caller has checked that there is some."""
    for event in range(length, at, -1):
        pitch[event] = pitch[event - 1]
        duration[event] = duration[event - 1]
    return length + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _remove(pitch: Int8, duration: Int8, length: int, at: int) -> int:
    for event in range(at, length - 1):
        pitch[event] = pitch[event + 1]
        duration[event] = duration[event + 1]
    pitch[length - 1] = REST
    duration[length - 1] = 0
    return length - 1


@njit(cache=True, nogil=True, error_model="numpy")
def _change_rhythm(operator: int, pitch: Int8, duration: Int8, length: int, rng: Rng) -> int:
    """Shifts the boundary of two events (1), splits one (2) or joins two (3).

    Returns:
        The new length.
    """
    at = int(rng.integers(0, length))
    if operator == 2:
        part = int(rng.integers(1, _LONGEST))
        left = duration[at] - part
        if length < pitch.shape[0] and left > 0 and _LEGAL[part] and _LEGAL[left]:
            length = _insert(pitch, duration, length, at)
            duration[at], duration[at + 1] = part, left
        return length
    if at + 1 >= length:
        return length
    both = int(duration[at]) + int(duration[at + 1])
    if operator == 3:
        if both <= _LONGEST and _LEGAL[both]:
            duration[at] = both
            length = _remove(pitch, duration, length, at + 1)
        return length
    part = int(rng.integers(1, both))
    if max(part, both - part) <= _LONGEST and _LEGAL[part] and _LEGAL[both - part]:
        duration[at], duration[at + 1] = part, both - part
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def _copy_bar(
    pitch: Int8,
    duration: Int8,
    length: int,
    bar: int,
    bars: int,
    centre: int,
    mode: int,
    rng: Rng,
    spare_pitch: Int8,
    spare_duration: Int8,
) -> int:
    """Writes one bar, perhaps moved by a step or two, over another; returns the length."""
    source, target = int(rng.integers(0, bars)), int(rng.integers(0, bars))
    steps = int(rng.integers(-2, 3)) if rng.random() < 0.5 else 0
    edges = (0, target * bar, source * bar, (source + 1) * bar, (target + 1) * bar, bars * bar)
    new = 0
    for part in range(3):
        moved = steps if part == 1 else 0
        new = _append(
            pitch,
            duration,
            length,
            edges[2 * part],
            edges[2 * part + 1],
            moved,
            centre,
            mode,
            spare_pitch,
            spare_duration,
            new,
        )
    if new > pitch.shape[0]:
        return length
    pitch[:], duration[:] = REST, 0
    pitch[:new], duration[:new] = spare_pitch[:new], spare_duration[:new]
    return new


@njit(cache=True, nogil=True, error_model="numpy")
def _repair(pitch: Int8, length: int, centre: int, mode: int) -> None:
    """Rests neither come first nor follow a rest: such a rest becomes a note."""
    last = _in_range(centre, centre, mode)
    after_rest = True
    for event in range(length):
        if pitch[event] == REST and after_rest:
            pitch[event] = last
        after_rest = pitch[event] == REST
        if not after_rest:
            last = int(pitch[event])


@njit(cache=True, nogil=True, error_model="numpy")
def _mutate(
    pitch: Int8,
    duration: Int8,
    length: int,
    bar: int,
    bars: int,
    centre: int,
    mode: int,
    rng: Rng,
    spare_pitch: Int8,
    spare_duration: Int8,
) -> int:
    """Applies one random operator in place; returns the length."""
    operator = int(np.searchsorted(_OPERATORS, rng.random() * _OPERATORS[-1], side="right"))
    at = int(rng.integers(0, length))
    if operator == 0:
        if pitch[at] != REST:
            steps = int(rng.integers(1, 5)) * (1 if rng.random() < 0.5 else -1)
            pitch[at] = _walk(int(pitch[at]), steps, centre, mode)
    elif operator <= 3:
        length = _change_rhythm(operator, pitch, duration, length, rng)
    elif operator == 4:
        length = _copy_bar(
            pitch, duration, length, bar, bars, centre, mode, rng, spare_pitch, spare_duration
        )
    elif operator == 5:
        other = int(rng.integers(0, length))
        pitch[at], pitch[other] = pitch[other], pitch[at]
    else:
        pitch[at] = REST
    _repair(pitch, length, centre, mode)
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def _breed(
    parents: Events,
    score: NDArray[np.float64],
    children: Events,
    size: int,
    bars: int,
    centres: NDArray[np.int64],
    rng: Rng,
) -> None:
    """Fills `children` with offspring of each search's population (rows s * size and on)."""
    n_events = parents.pitch.shape[1]
    spare_pitch, spare_duration = np.empty(n_events, np.int8), np.empty(n_events, np.int8)
    for child in range(children.length.shape[0]):
        first = child // size * size
        chosen = np.zeros(2, np.int64)
        for k in range(2):
            chosen[k] = first + int(rng.integers(0, size))
            for _ in range(_TOURNAMENT - 1):
                rival = first + int(rng.integers(0, size))
                chosen[k] = rival if score[rival] > score[chosen[k]] else chosen[k]
        a, b = chosen[0], chosen[1]
        metre, mode = int(parents.metre[a]), int(parents.mode[a])
        bar, centre = int(_BARS[metre]), int(centres[child // size])
        pitch, duration = children.pitch[child], children.duration[child]
        length = n_events + 1
        if rng.random() < _CROSSOVER:
            cut = int(rng.integers(1, bars)) * bar
            length = _append(
                parents.pitch[a],
                parents.duration[a],
                parents.length[a],
                0,
                cut,
                0,
                centre,
                mode,
                pitch,
                duration,
                0,
            )
            length = _append(
                parents.pitch[b],
                parents.duration[b],
                parents.length[b],
                cut,
                bars * bar,
                0,
                centre,
                mode,
                pitch,
                duration,
                length,
            )
        if length > n_events:
            length = int(parents.length[a])
            pitch[:], duration[:] = parents.pitch[a], parents.duration[a]
        pitch[length:], duration[length:] = REST, 0
        for _ in range(_MUTATIONS[int(rng.integers(0, len(_MUTATIONS)))]):
            length = _mutate(
                pitch, duration, length, bar, bars, centre, mode, rng, spare_pitch, spare_duration
            )
        children.length[child] = length
        children.metre[child], children.mode[child] = metre, mode


def _survivors(
    works: Events, score: NDArray[np.float64], searches: int, size: int
) -> NDArray[np.int64]:
    """Rows of the best `size` distinct works of each search among parents and children."""
    rows = np.arange(2 * searches * size).reshape(2, searches, size)
    kept = np.empty((searches, size), np.int64)
    for s in range(searches):
        own = rows[:, s].ravel()
        own = own[np.argsort(-score[own], kind="stable")]
        codes = [works.pitch[r].tobytes() + works.duration[r].tobytes() for r in own]
        seen: set[bytes] = set()
        new = [not (code in seen or seen.add(code)) for code in codes]  # type: ignore[func-returns-value]
        distinct, copies = own[np.array(new)], own[~np.array(new)]
        kept[s] = np.concatenate([distinct, copies])[:size]
    return kept.ravel()


def search(
    objective: Objective,
    metre: Sequence[int],
    mode: Sequence[int],
    *,
    bars: int = 8,
    evaluations: int = EVALUATIONS,
    population: int = POPULATION,
    start: Events | None = None,
    seed: int = 0,
) -> SearchResult:
    """Runs one search for each (metre, mode) given.

    Args:
        objective: what is maximised.
        metre: (S,) metre of each search.
        mode: (S,) mode of each search.
        bars: bars of each work.
        evaluations: works scored in each search, the first population included.
        population: works that survive each generation.
        start: S * population works to begin with; random legal ones by default.
        seed: seed of everything random.
    """
    rng = np.random.default_rng(seed)
    searches = len(metre)
    centres = rng.integers(0, 9, searches)
    works = (
        start
        if start is not None
        else random_legal(
            np.repeat(metre, population),
            np.repeat(mode, population),
            bars,
            rng,
            np.repeat(centres, population),
        )
    )
    score = np.asarray(objective(works), np.float64)
    for _ in range(max(0, evaluations // population - 1)):
        children = works.take(np.arange(len(works.length)))
        _breed(works, score, children, population, bars, centres, rng)
        everyone = Events.join([works, children])
        everyone_score = np.concatenate([score, np.asarray(objective(children), np.float64)])
        kept = _survivors(everyone, everyone_score, searches, population)
        works, score = everyone.take(kept), everyone_score[kept]
    first = np.arange(searches) * population
    return SearchResult(works.take(first), score[first], works)
