"""The brief of a melody: metre, mode, register, range, density and contour, as numbers in [0, 1].

| entries | meaning | scale |
|---|---|---|
| 0 | novelty weight w | as it is |
| 1-4 | metre, one-hot over METRES | the largest counts |
| 5-8 | mode, one-hot over MODES | the largest counts |
| 9 | register centre, semitones above the tonic | -12..24 |
| 10 | range, semitones between lowest and highest note | 0..24 |
| 11 | density, notes a quarter | 0..4 |
| 12-19 | contour: mean pitch of each eighth of the melody, semitones from the centre | -12..12 |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.core.arguments import shown
from creative_envs.core.errors import InvalidBrief
from creative_envs.core.randomness import counter_uniforms
from creative_envs.core.words import read_numbers, refuse_unknown_words
from creative_envs.melody.vocabulary import METRES, MODES, REST

CONTOUR_POINTS: Final = 8
_METRE_AT, _MODE_AT, _CENTRE_AT, _RANGE_AT, _DENSITY_AT, _CONTOUR_AT = 1, 5, 9, 10, 11, 12
BRIEF_SIZE: Final = _CONTOUR_AT + CONTOUR_POINTS

ENTRY_NAMES: Final = (
    "novelty weight",
    *(f"metre {metre}" for metre in METRES),
    *(f"mode {mode}" for mode in MODES),
    "register",
    "range",
    "density",
    *(f"contour {eighth + 1}" for eighth in range(CONTOUR_POINTS)),
)

LOWEST_CENTRE, HIGHEST_CENTRE = -12, 24
_CENTRE_SPAN: Final = HIGHEST_CENTRE - LOWEST_CENTRE
WIDEST_RANGE: Final = 24
DENSEST: Final = 4.0
_CONTOUR_SPAN: Final = 24.0

_CENTRE_JITTER: Final = 1
_RANGE_JITTER: Final = 1.0
_DENSITY_JITTER: Final = 0.15
_CONTOUR_JITTER: Final = 1.0
"""Half-widths of what `draw_briefs` adds to a real melody's brief (semitones, notes a quarter)."""


class Briefs(NamedTuple):
    """Briefs of n melodies in musical units."""

    metre: NDArray[np.int8]
    """(n,) indices into METRES."""
    mode: NDArray[np.int8]
    """(n,) indices into MODES."""
    centre: NDArray[np.int8]
    """(n,) register centre, semitones above the tonic."""
    range: NDArray[np.float32]
    """(n,) semitones between the lowest and the highest note."""
    density: NDArray[np.float32]
    """(n,) notes a quarter."""
    contour: NDArray[np.float32]
    """(n, 8) semitones from the centre."""

    def encode(self) -> NDArray[np.float32]:
        """The brief vectors, shape (n, 20); entry 0 is left 0."""
        return np.asarray(_encode(self))

    @classmethod
    def decode(cls, vectors: NDArray[np.float32]) -> Briefs:
        """Reads brief vectors, shape (n, 20)."""
        briefs = _empty(len(vectors))
        _decode(vectors, briefs)
        return briefs


def _empty(count: int) -> Briefs:
    """Room for so many briefs."""
    return Briefs(
        metre=np.empty(count, np.int8),
        mode=np.empty(count, np.int8),
        centre=np.empty(count, np.int8),
        range=np.empty(count, np.float32),
        density=np.empty(count, np.float32),
        contour=np.empty((count, CONTOUR_POINTS), np.float32),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _encode(briefs: Briefs) -> NDArray[np.float32]:
    vectors = np.zeros((briefs.metre.shape[0], BRIEF_SIZE), np.float32)
    for row in range(briefs.metre.shape[0]):
        vector = vectors[row]
        vector[_METRE_AT + briefs.metre[row]] = 1.0
        vector[_MODE_AT + briefs.mode[row]] = 1.0
        vector[_CENTRE_AT] = (briefs.centre[row] - LOWEST_CENTRE) / _CENTRE_SPAN
        vector[_RANGE_AT] = briefs.range[row] / WIDEST_RANGE
        vector[_DENSITY_AT] = briefs.density[row] / DENSEST
        for point in range(CONTOUR_POINTS):
            vector[_CONTOUR_AT + point] = 0.5 + briefs.contour[row, point] / _CONTOUR_SPAN
        for entry in range(BRIEF_SIZE):
            vector[entry] = min(max(vector[entry], 0.0), 1.0)
    return vectors


@njit(cache=True, nogil=True, error_model="numpy")
def _decode(vectors: NDArray[np.float32], briefs: Briefs) -> None:
    for row in range(vectors.shape[0]):
        vector = vectors[row]
        briefs.metre[row] = vector[_METRE_AT:_MODE_AT].argmax()
        briefs.mode[row] = vector[_MODE_AT:_CENTRE_AT].argmax()
        briefs.centre[row] = round(vector[_CENTRE_AT] * _CENTRE_SPAN + LOWEST_CENTRE)
        briefs.range[row] = vector[_RANGE_AT] * WIDEST_RANGE
        briefs.density[row] = vector[_DENSITY_AT] * DENSEST
        for point in range(CONTOUR_POINTS):
            briefs.contour[row, point] = (vector[_CONTOUR_AT + point] - 0.5) * _CONTOUR_SPAN


def extract_briefs(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
    metre: NDArray[np.int8],
    mode: NDArray[np.int8],
) -> Briefs:
    """The briefs that given melodies fulfil; the centre is the middle of the range.

    Args:
        pitch: Shape (n, E), semitones above the tonic or REST.
        duration: Shape (n, E), sixteenths.
        length: Shape (n,).
        metre: Shape (n,).
        mode: Shape (n,).
    """
    profile = profiles(pitch, duration, length)
    lowest, highest = profile[:, 0], profile[:, 1]
    centre = np.floor((lowest + highest) / 2)
    return Briefs(
        metre=metre,
        mode=mode,
        centre=centre.astype(np.int8),
        range=highest - lowest,
        density=profile[:, 2],
        contour=profile[:, 3:] - centre[:, None],
    )


@njit(cache=True, nogil=True, error_model="numpy")
def profiles(
    pitch: NDArray[np.int8], duration: NDArray[np.int8], length: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Lowest pitch, highest pitch, notes a quarter, and the contour of each melody.

    The contour holds the mean pitch (semitones above the tonic) of each eighth of the time;
    where nothing sounds, that of the eighth before.

    Returns:
        Shape (n, 11).
    """
    result = np.zeros((pitch.shape[0], 3 + CONTOUR_POINTS), np.float32)
    for work in range(pitch.shape[0]):
        total = 0
        for event in range(length[work]):
            total += duration[work, event]
        if total == 0:
            continue
        lowest, highest, notes = 127, -128, 0
        sums = np.zeros(CONTOUR_POINTS)
        weights = np.zeros(CONTOUR_POINTS)
        position = 0
        for event in range(length[work]):
            height, end = pitch[work, event], position + duration[work, event]
            if height != REST:
                notes += 1
                lowest, highest = min(lowest, height), max(highest, height)
                first = position * CONTOUR_POINTS // total
                last = (end * CONTOUR_POINTS - 1) // total
                for point in range(first, last + 1):
                    begin = max(position * CONTOUR_POINTS, point * total)
                    overlap = min(end * CONTOUR_POINTS, (point + 1) * total) - begin
                    sums[point] += overlap * height
                    weights[point] += overlap
            position = end
        if notes == 0:
            continue
        result[work, 0], result[work, 1] = lowest, highest
        result[work, 2] = notes * 4.0 / total
        current = (lowest + highest) / 2.0
        for point in range(CONTOUR_POINTS):
            if weights[point] > 0:
                current = sums[point] / weights[point]
            result[work, 3 + point] = current
    return result


def draw_briefs(pool: Briefs, keys: NDArray[np.uint64]) -> Briefs:
    """Draws new briefs near those of real melodies.

    Metre, mode, register, range and density come from one melody of the pool and the contour's
    shape from another, all jittered: attainable together, and practically never the same twice.

    Args:
        pool: Briefs of real melodies.
        keys: Randomness, shape (n,).
    """
    briefs = _empty(len(keys))
    _draw(pool, counter_uniforms(keys, 5 + CONTOUR_POINTS), briefs)
    return briefs


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(pool: Briefs, draws: NDArray[np.float64], briefs: Briefs) -> None:
    size = pool.metre.shape[0]
    for row in range(draws.shape[0]):
        first, second = int(draws[row, 0] * size), int(draws[row, 1] * size)
        jitter = 2.0 * draws[row, 2:] - 1.0
        centre = pool.centre[first] + round(jitter[0] * _CENTRE_JITTER)
        range_ = pool.range[first] + jitter[1] * _RANGE_JITTER
        density = pool.density[first] + jitter[2] * _DENSITY_JITTER
        briefs.metre[row], briefs.mode[row] = pool.metre[first], pool.mode[first]
        briefs.centre[row] = min(max(centre, LOWEST_CENTRE), HIGHEST_CENTRE)
        briefs.range[row] = min(max(range_, 0.0), WIDEST_RANGE)
        briefs.density[row] = min(max(density, 0.0), DENSEST)
        contour = pool.contour[second] + jitter[3:] * _CONTOUR_JITTER
        extent = max(pool.range[first] / 2.0, 1.0)
        # Point by point: assigning arrays makes Numba compile what an error would say of shapes.
        peak = 0.0
        for point in range(len(contour)):
            peak = max(peak, abs(contour[point]))
        for point in range(len(contour)):
            briefs.contour[row, point] = contour[point] * min(1.0, extent / peak)


def shift_register(
    vectors: NDArray[np.float32], semitones: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Briefs with their register centres moved; those whose centre would leave its range go.

    Args:
        vectors: Shape (n, 20).
        semitones: How far up.

    Returns:
        Rows of the briefs that stay, shape (m,), and those briefs, shape (m, 20).
    """
    centre = Briefs.decode(vectors).centre + np.int64(semitones)
    rows = ((centre >= LOWEST_CENTRE) & (centre <= HIGHEST_CENTRE)).nonzero()[0]
    moved = vectors[rows]
    moved[:, _CENTRE_AT] = (centre[rows] - LOWEST_CENTRE) / _CENTRE_SPAN
    return rows, moved


def describe(vector: NDArray[np.float32]) -> dict[str, Any]:
    """A brief vector (20,) in words and musical units; `parse` reads it back."""
    brief = Briefs.decode(vector[None])
    return {
        "metre": METRES[brief.metre[0]],
        "mode": MODES[brief.mode[0]],
        "centre": int(brief.centre[0]),
        "range": round(float(brief.range[0]), 1),
        "density": round(float(brief.density[0]), 2),
        "contour": [round(float(point), 1) for point in brief.contour[0]],
        "novelty_weight": round(float(vector[0]), 3),
    }


_DEFAULT_BRIEF: Final[Mapping[str, Any]] = {
    "metre": "4/4",
    "mode": "major",
    "centre": 7,
    "range": 14.0,
    "density": 2.0,
    "contour": (0.0,) * CONTOUR_POINTS,
    "novelty_weight": 0.5,
}


def parse(words: Mapping[str, Any]) -> NDArray[np.float32]:
    """Reads a brief in words; what is not said has a usual value.

    Raises:
        InvalidBrief: An unknown word, metre or mode, or a number outside its range.
    """
    refuse_unknown_words(words, _DEFAULT_BRIEF)
    said = {**_DEFAULT_BRIEF, **words}
    for word, names in (("metre", METRES), ("mode", MODES)):
        if not isinstance(said[word], str) or said[word] not in names:
            raise InvalidBrief(f"{word} is one of {names}, got {shown(said[word])}")
    half = _CONTOUR_SPAN / 2
    centre = read_numbers("centre", said["centre"], LOWEST_CENTRE, HIGHEST_CENTRE)
    if centre != np.rint(centre):
        raise InvalidBrief(f"centre is a whole number of semitones, got {shown(said['centre'])}")
    brief = Briefs(
        metre=np.array([METRES.index(said["metre"])], np.int8),
        mode=np.array([MODES.index(said["mode"])], np.int8),
        centre=centre.astype(np.int8),
        range=read_numbers("range", said["range"], 0, WIDEST_RANGE),
        density=read_numbers("density", said["density"], 0, DENSEST),
        contour=read_numbers("contour", said["contour"], -half, half, (CONTOUR_POINTS,))[None],
    )
    vector: NDArray[np.float32] = brief.encode()[0]
    vector[0] = read_numbers("novelty_weight", said["novelty_weight"], 0, 1)[0]
    return vector
