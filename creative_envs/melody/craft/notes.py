"""Reads one work's events into notes."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    BEAT_LENGTHS,
    DURATIONS,
    METRES,
    MODE_DEGREES,
    REST,
)

Int8 = NDArray[np.int8]
Int64 = NDArray[np.int64]

MAX_BAR: Final = max(BAR_LENGTHS)
BAR: Final = np.array(BAR_LENGTHS)
BEAT: Final = np.array(BEAT_LENGTHS)
N_STRENGTHS: Final = 5
"""Metrical strengths: 0 off the grid of eighths, 1 eighth, 2 beat, 3 middle of the bar, 4 bar."""
STRENGTH_WEIGHT: Final = np.array([0.0, 1.0, 1.5, 2.0, 3.0])
REST_SYMBOL: Final = len(DURATIONS)
LONGEST: Final = max(DURATIONS)


def _metrical_strengths() -> Int64:
    """(metres, MAX_BAR): strength of every position of a bar."""
    table = np.zeros((len(METRES), MAX_BAR), np.int64)
    for metre, (bar, beat) in enumerate(zip(BAR_LENGTHS, BEAT_LENGTHS, strict=True)):
        for position in range(bar):
            even_beats = bar // beat % 2 == 0
            if position == 0:
                table[metre, position] = 4
            elif even_beats and position == bar // 2:
                table[metre, position] = 3
            elif position % beat == 0:
                table[metre, position] = 2
            elif position % 2 == 0:
                table[metre, position] = 1
    return table


def _duration_symbols() -> Int64:
    """(LONGEST + 1,): index into DURATIONS of the longest one that is no longer."""
    table = np.searchsorted(DURATIONS, np.arange(LONGEST + 1), side="right") - 1
    return np.asarray(np.maximum(table, 0), np.int64)


STRENGTH: Final = _metrical_strengths()
DURATION_SYMBOL: Final = _duration_symbols()
MAJOR_THIRD: Final = np.array([int(4 in degrees) for degrees in MODE_DEGREES])


class Notes(NamedTuple):
    """Scratch for one work of at most E sounding notes; only the first `n` of each are filled."""

    pitch: Int64
    """(E,) semitones above the tonic."""
    duration: Int64
    """(E,) sixteenths."""
    onset: Int64
    """(E,) sixteenths from the start of the work."""
    degree: Int64
    """(E,) pitch class above the tonic, 0..11."""
    interval: Int64
    """(E,) semitones from the note before; 0 for the first."""
    symbol: Int64
    """(E,) index into DURATIONS."""
    strength: Int64
    """(E,) metrical strength of the onset, 0..4."""
    bar: Int64
    """(E,) bar of the onset."""


@njit(cache=True, nogil=True, error_model="numpy")
def new_notes(n_events: int) -> Notes:
    """Empty scratch for works of at most `n_events` events."""
    rows = np.zeros((8, n_events), np.int64)
    return Notes(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7])


@njit(cache=True, nogil=True, error_model="numpy")
def read_notes(pitch: Int8, duration: Int8, length: int, metre: int, notes: Notes) -> int:
    """Fills `notes` from one work's events; returns how many notes sound."""
    n = 0
    time = 0
    bar_length = BAR[metre]
    for event in range(length):
        d = int(duration[event])
        if pitch[event] != REST and d > 0:
            p = int(pitch[event])
            notes.pitch[n] = p
            notes.duration[n] = d
            notes.onset[n] = time
            notes.degree[n] = p % 12
            notes.interval[n] = p - notes.pitch[n - 1] if n > 0 else 0
            notes.symbol[n] = DURATION_SYMBOL[min(d, LONGEST)]
            notes.strength[n] = STRENGTH[metre, time % bar_length]
            notes.bar[n] = time // bar_length
            n += 1
        time += d
    return n
