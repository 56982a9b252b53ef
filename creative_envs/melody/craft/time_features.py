"""Features of time: cadence, metre and rhythm."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.craft.feature_names import (
    ACCENT_MEAN,
    ACCENT_OF_LENGTH,
    BEATS,
    DENSITY,
    DENSITY_SPREAD,
    DISTINCT_DURATIONS,
    DOWNBEATS,
    DURATION_CHANGES,
    DURATION_ENTROPY,
    FINAL_APPROACH,
    FINAL_DEGREE,
    FINAL_LENGTH,
    FINAL_STRENGTH,
    MIDDLE_DEGREE,
    MIDDLE_LENGTH,
    RESTS,
    TIED_OVER_BAR,
    TIED_OVER_BEAT,
)
from creative_envs.melody.craft.measures import (
    Moments,
    add_pair,
    correlation,
    count_entropy,
    reset_moments,
)
from creative_envs.melody.craft.notes import BAR, BEAT, STRENGTH_WEIGHT, Notes
from creative_envs.melody.vocabulary import DURATIONS

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

LOG_DURATION: Final = np.log2(np.array(DURATIONS, np.float64))
REPOSE: Final = np.array([1.0, 0.0, 0.25, 0.5, 0.5, 0.25, 0.0, 0.75, 0.0, 0.25, 0.0, 0.1])
"""How much a phrase comes to rest on a degree: tonic, fifth, thirds, then the others."""
_WIDEST_APPROACH: Final = 7
_BEATS_PER_QUARTER: Final = 4.0


@njit(cache=True, nogil=True, error_model="numpy")
def cadence_features(notes: Notes, n: int, time: int, out: Float32) -> None:
    """How the work ends, and how its first half does."""
    total = 0
    middle = -1
    for i in range(n):
        total += notes.duration[i]
        if 2 * notes.onset[i] < time:
            middle = i
    mean = total / n
    last = n - 1
    out[FINAL_DEGREE] = REPOSE[notes.degree[last]]
    out[FINAL_LENGTH] = np.log2(notes.duration[last] / mean)
    out[FINAL_STRENGTH] = STRENGTH_WEIGHT[notes.strength[last]]
    approach = abs(notes.interval[last]) if n > 1 else _WIDEST_APPROACH
    out[FINAL_APPROACH] = min(approach, _WIDEST_APPROACH)
    out[MIDDLE_DEGREE] = REPOSE[notes.degree[middle]] if middle >= 0 else 0.0
    out[MIDDLE_LENGTH] = np.log2(notes.duration[middle] / mean) if middle >= 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def metre_features(
    notes: Notes, n: int, metre: int, bars: int, moments: Moments, out: Float32
) -> None:
    """Whether the notes make the metre heard."""
    bar_length, beat = BAR[metre], BEAT[metre]
    downbeats, beats, over_bar, over_beat = 0, 0, 0, 0
    accent = 0.0
    reset_moments(moments)
    for i in range(n):
        onset = notes.onset[i]
        last = onset + notes.duration[i] - 1
        strength = STRENGTH_WEIGHT[notes.strength[i]]
        accent += strength
        add_pair(moments, strength, LOG_DURATION[notes.symbol[i]])
        downbeats += int(onset % bar_length == 0)
        off_beat = onset % beat != 0
        beats += int(not off_beat)
        over_bar += int(onset // bar_length != last // bar_length)
        over_beat += int(off_beat and onset // beat != last // beat)
    out[DOWNBEATS] = downbeats / bars
    out[BEATS] = beats * beat / (bars * bar_length)
    out[ACCENT_OF_LENGTH] = correlation(moments)
    out[ACCENT_MEAN] = accent / n
    out[TIED_OVER_BAR] = over_bar / n
    out[TIED_OVER_BEAT] = over_beat / n


@njit(cache=True, nogil=True, error_model="numpy")
def rhythm_features(
    notes: Notes, n: int, bars: int, time: int, counts: Int64, out: Float32
) -> None:
    """Which durations, how many notes, how they change."""
    counts[: len(DURATIONS)] = 0
    sounding, changes = 0, 0
    for i in range(n):
        counts[notes.symbol[i]] += 1
        sounding += notes.duration[i]
        if i > 0:
            changes += int(notes.symbol[i] != notes.symbol[i - 1])
    distinct = 0
    for symbol in range(len(DURATIONS)):
        distinct += int(counts[symbol] > 0)
    out[DURATION_ENTROPY] = count_entropy(counts, len(DURATIONS), n)
    out[DISTINCT_DURATIONS] = distinct
    out[DURATION_CHANGES] = changes / max(n - 1, 1)
    out[DENSITY] = _BEATS_PER_QUARTER * n / time
    out[RESTS] = (time - sounding) / time
    counts[:bars] = 0
    for i in range(n):
        counts[notes.bar[i]] += 1
    square = 0.0
    for bar in range(bars):
        square += counts[bar] * counts[bar]
    out[DENSITY_SPREAD] = np.sqrt(max(square / bars - (n / bars) ** 2, 0.0))
