"""What the discriminator reads: a work as a long sparse vector, far richer than the features.

Bags of pairs, triples and places (each entry its share of the work), how alike every two regions
of the work are, and the normal scores of all features.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.craft.feature_names import N_FEATURES
from creative_envs.melody.craft.form_features import MAX_LAG
from creative_envs.melody.craft.notes import BAR, MAJOR_THIRD, MAX_BAR, N_STRENGTHS, Notes
from creative_envs.melody.vocabulary import DURATIONS, EVENTS_PER_BAR, METRES, MODES

Float32 = NDArray[np.float32]

_N_DEGREES: Final = 12
_N_DURATIONS: Final = len(DURATIONS)
_CLIP: Final = 7
_N_INTERVALS: Final = 2 * _CLIP + 1
_REGIONS: Final = 8
_TRIPLES: Final = 512
_PRIME: Final = 2654435761

_SIZES: Final = {
    "scores": N_FEATURES,
    "degree pair": 2 * _N_DEGREES**2,
    "interval pair": _N_INTERVALS**2,
    "interval at strength": _N_INTERVALS * N_STRENGTHS,
    "duration pair": _N_DURATIONS**2,
    "duration at place": len(METRES) * MAX_BAR * _N_DURATIONS,
    "degree at strength": 2 * _N_DEGREES * N_STRENGTHS,
    "interval with duration": _N_INTERVALS * _N_DURATIONS,
    "interval triple": _TRIPLES,
    "duration triple": _TRIPLES,
    "degree triple": _TRIPLES,
    "downbeat degree": _REGIONS * _N_DEGREES,
    "ending": 2 * 2 * _N_DEGREES + len(METRES) * _N_DURATIONS,
    "likeness": _REGIONS**2,
    "kind": len(METRES) + len(MODES),
}
_STARTS: Final = dict(
    zip(_SIZES, np.concatenate([[0], np.cumsum(list(_SIZES.values()))]).tolist(), strict=False)
)
ENCODING_SIZE: Final = sum(_SIZES.values())
"""D: length of the encoding."""

_DEGREE_PAIR: Final = _STARTS["degree pair"]
_INTERVAL_PAIR: Final = _STARTS["interval pair"]
_INTERVAL_STRENGTH: Final = _STARTS["interval at strength"]
_DURATION_PAIR: Final = _STARTS["duration pair"]
_DURATION_PLACE: Final = _STARTS["duration at place"]
_DEGREE_STRENGTH: Final = _STARTS["degree at strength"]
_INTERVAL_DURATION: Final = _STARTS["interval with duration"]
_INTERVAL_TRIPLE: Final = _STARTS["interval triple"]
_DURATION_TRIPLE: Final = _STARTS["duration triple"]
_DEGREE_TRIPLE: Final = _STARTS["degree triple"]
_DOWNBEAT: Final = _STARTS["downbeat degree"]
_ENDING: Final = _STARTS["ending"]
_LIKENESS: Final = _STARTS["likeness"]
_KIND: Final = _STARTS["kind"]
_ENTRIES_PER_NOTE: Final = 11
_MAX_SCORE: Final = np.float32(3.0)
"""Normal scores are clipped: a work far outside the human range cannot shout the rest down."""
_SCORE_WEIGHT: Final = np.float32(0.1)
"""Normal scores are scaled down to the size of the other entries."""


class Encoding(NamedTuple):
    """A sparse vector: entries may repeat, and then add up."""

    place: NDArray[np.int32]
    """(M,) places in 0..ENCODING_SIZE-1."""
    value: Float32
    """(M,) what to add there."""


@njit(cache=True, nogil=True, error_model="numpy")
def encoding_room(bars: int) -> int:
    """The most entries the encoding of a work of `bars` bars can have."""
    return bars * EVENTS_PER_BAR * _ENTRIES_PER_NOTE + N_FEATURES + bars * MAX_LAG + 16


@njit(cache=True, nogil=True, error_model="numpy")
def new_encoding(bars: int) -> Encoding:
    """Room for the encoding of a work of `bars` bars."""
    room = encoding_room(bars)
    return Encoding(np.zeros(room, np.int32), np.zeros(room, np.float32))


@njit(cache=True, nogil=True, error_model="numpy")
def _clip(interval: int) -> int:
    return max(-_CLIP, min(_CLIP, interval)) + _CLIP


@njit(cache=True, nogil=True, error_model="numpy")
def _bucket(a: int, b: int, c: int) -> int:
    """Hash of a triple."""
    return (((a * 31 + b) * 31 + c) * _PRIME >> 12) % _TRIPLES


@njit(cache=True, nogil=True, error_model="numpy")
def _encode_notes(
    notes: Notes, n: int, metre: int, third: int, encoding: Encoding, filled: int
) -> int:
    """Bags of what single notes, pairs and triples of notes are."""
    places, value = encoding.place, encoding.value
    share = np.float32(1.0 / n)
    bar_length = BAR[metre]
    for i in range(n):
        degree, symbol, strength = notes.degree[i], notes.symbol[i], notes.strength[i]
        place = metre * MAX_BAR + notes.onset[i] % bar_length
        places[filled] = _DURATION_PLACE + place * _N_DURATIONS + symbol
        places[filled + 1] = (
            _DEGREE_STRENGTH + (third * _N_DEGREES + degree) * N_STRENGTHS + strength
        )
        count = 2
        if i > 0:
            interval = _clip(notes.interval[i])
            last_degree, last_symbol = notes.degree[i - 1], notes.symbol[i - 1]
            pair = (third * _N_DEGREES + last_degree) * _N_DEGREES + degree
            places[filled + 2] = _DEGREE_PAIR + pair
            places[filled + 3] = _INTERVAL_STRENGTH + interval * N_STRENGTHS + strength
            places[filled + 4] = _DURATION_PAIR + last_symbol * _N_DURATIONS + symbol
            places[filled + 5] = _INTERVAL_DURATION + interval * _N_DURATIONS + symbol
            count = 6
            if i > 1:
                last = _clip(notes.interval[i - 1])
                places[filled + 6] = _INTERVAL_PAIR + last * _N_INTERVALS + interval
                code = _bucket(notes.symbol[i - 2], last_symbol, symbol)
                places[filled + 7] = _DURATION_TRIPLE + code
                code = _bucket(notes.degree[i - 2], last_degree, degree)
                places[filled + 8] = _DEGREE_TRIPLE + code
                count = 9
                if i > 2:
                    code = _bucket(_clip(notes.interval[i - 2]), last, interval)
                    places[filled + 9] = _INTERVAL_TRIPLE + code
                    count = 10
        value[filled : filled + count] = share
        filled += count
    return filled


@njit(cache=True, nogil=True, error_model="numpy")
def _encode_form(
    notes: Notes,
    n: int,
    metre: int,
    mode: int,
    bars: int,
    likeness: Float32,
    encoding: Encoding,
    filled: int,
) -> int:
    """Downbeats of each region, the ending, likeness of regions, and the kind of work."""
    places, value = encoding.place, encoding.value
    third = MAJOR_THIRD[mode]
    for i in range(n):
        if notes.onset[i] % BAR[metre] == 0:
            region = notes.bar[i] * _REGIONS // bars
            places[filled] = _DOWNBEAT + region * _N_DEGREES + notes.degree[i]
            value[filled] = 1.0 / bars
            filled += 1
    for a in range(1, bars):
        for b in range(max(0, a - MAX_LAG), a):
            if likeness[a, b] > 0:
                places[filled] = _LIKENESS + (a * _REGIONS // bars) * _REGIONS
                places[filled] += b * _REGIONS // bars
                value[filled] = likeness[a, b] * _REGIONS / (bars * bars)
                filled += 1
    last = n - 1
    places[filled] = _ENDING + third * _N_DEGREES + notes.degree[last]
    places[filled + 1] = _ENDING + 4 * _N_DEGREES + metre * _N_DURATIONS + notes.symbol[last]
    places[filled + 2] = _KIND + metre
    places[filled + 3] = _KIND + len(METRES) + mode
    value[filled : filled + 4] = 0.1
    filled += 4
    if n > 1:
        places[filled] = _ENDING + (2 + third) * _N_DEGREES + notes.degree[last - 1]
        value[filled] = 0.1
        filled += 1
    return filled


@njit(cache=True, nogil=True, error_model="numpy")
def encode(
    notes: Notes,
    n: int,
    metre: int,
    mode: int,
    bars: int,
    likeness: Float32,
    scores: Float32,
    encoding: Encoding,
) -> int:
    """Encodes one work.

    Args:
        notes: its notes.
        n: how many, at least one.
        metre: index into METRES.
        mode: index into MODES.
        bars: bars of the work.
        likeness: (bars, bars) likeness of every two bars, in the lower triangle.
        scores: (N_FEATURES,) normal scores of the features.
        encoding: filled.

    Returns:
        Entries filled.
    """
    for i in range(N_FEATURES):
        encoding.place[i] = i
        encoding.value[i] = _SCORE_WEIGHT * max(-_MAX_SCORE, min(_MAX_SCORE, scores[i]))
    filled = _encode_notes(notes, n, metre, MAJOR_THIRD[mode], encoding, N_FEATURES)
    return _encode_form(notes, n, metre, mode, bars, likeness, encoding, filled)
