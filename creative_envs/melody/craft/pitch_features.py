"""Features of pitch: tonality, motion, range and contour. All are invariant to octave shifts."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.craft.feature_names import (
    ARCH,
    BAR_HEIGHT_MEMORY,
    BAR_HEIGHT_SPREAD,
    CLIMAX_COUNT,
    CLIMAX_PLACE,
    DEGREE_ENTROPY,
    DISTINCT_PITCHES,
    DOMINANT_WEIGHT,
    DRIFT,
    IN_MODE,
    INTERVAL_ENTROPY,
    INTERVAL_SIZE_MEMORY,
    KEY_PROFILE,
    LEAP_RECOVERY,
    LEAPS,
    LONGEST_MONOTONE_RUN,
    LONGEST_UNISON_RUN,
    PITCH_SPREAD,
    RANGE,
    STEPS,
    STRONG_CHORD_NOTES,
    THIRDS,
    TONIC_WEIGHT,
    TURNS,
    UNISONS,
    WIDE_LEAPS,
)
from creative_envs.melody.craft.measures import (
    Moments,
    add_pair,
    correlation,
    count_entropy,
    reset_moments,
)
from creative_envs.melody.craft.notes import MAJOR_THIRD, Notes
from creative_envs.melody.vocabulary import MODE_DEGREES

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

KEY_PROFILES: Final = np.array(
    [
        [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
        [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
    ]
)
"""Krumhansl and Kessler's (1982) minor and major key profiles, indexed by MAJOR_THIRD."""
DEGREE_IN_MODE: Final = np.array(
    [[float(degree in degrees) for degree in range(12)] for degrees in MODE_DEGREES]
)
FIFTH: Final = 7
STEP: Final = 2
THIRD: Final = 4
LEAP: Final = 5
"""The smallest interval, in semitones, called a leap: the fourth."""
WIDE_LEAP: Final = 10
_RECOVERY_PRIOR: Final = (2.0, 3.0)
_N_DEGREES: Final = 12
_N_SIZES: Final = 49


@njit(cache=True, nogil=True, error_model="numpy")
def tonality_features(notes: Notes, n: int, mode: int, counts: Int64, out: Float32) -> None:
    """How the work dwells on the degrees of its mode, weighted by duration."""
    third = MAJOR_THIRD[mode]
    counts[:_N_DEGREES] = 0
    number = np.zeros(_N_DEGREES, np.int64)
    strong, chord = 0, 0
    for i in range(n):
        degree = notes.degree[i]
        counts[degree] += notes.duration[i]
        number[degree] += 1
        if notes.strength[i] >= 2:
            strong += 1
            chord += int(degree == 0 or degree == FIFTH or degree == 3 + third)
    total = 0
    for degree in range(_N_DEGREES):
        total += counts[degree]
    weight_mean = total / _N_DEGREES
    profile = KEY_PROFILES[third]
    profile_mean = profile.mean()
    product, weight_square, profile_square, inside = 0.0, 0.0, 0.0, 0.0
    for degree in range(_N_DEGREES):
        a, b = counts[degree] - weight_mean, profile[degree] - profile_mean
        product += a * b
        weight_square += a * a
        profile_square += b * b
        inside += counts[degree] * DEGREE_IN_MODE[mode, degree]
    out[KEY_PROFILE] = product / np.sqrt(weight_square * profile_square)
    out[IN_MODE] = inside / total
    out[TONIC_WEIGHT] = counts[0] / total
    out[DOMINANT_WEIGHT] = counts[FIFTH] / total
    out[DEGREE_ENTROPY] = count_entropy(number, _N_DEGREES, n)
    out[STRONG_CHORD_NOTES] = chord / max(strong, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def motion_features(notes: Notes, n: int, counts: Int64, moments: Moments, out: Float32) -> None:
    """Kinds of intervals, how leaps are recovered, how long motion goes one way."""
    steps, thirds, unisons, leaps, wide, recovered, leaps_followed = 0, 0, 0, 0, 0, 0, 0
    turns, moves, last_sign = 0, 0, 0
    unison_run, monotone_run, longest_unison, longest_monotone = 0, 0, 0, 0
    counts[:_N_SIZES] = 0
    reset_moments(moments)
    for i in range(1, n):
        interval = notes.interval[i]
        size = abs(interval)
        counts[max(-24, min(24, interval)) + 24] += 1
        unisons += int(size == 0)
        steps += int(0 < size <= STEP)
        thirds += int(STEP < size <= THIRD)
        leaps += int(size >= LEAP)
        wide += int(size >= WIDE_LEAP)
        if i > 1:
            before = notes.interval[i - 1]
            add_pair(moments, float(abs(before)), float(size))
            if abs(before) >= LEAP:
                leaps_followed += 1
                recovered += int(before * interval < 0)
        unison_run = unison_run + 1 if size == 0 else 0
        longest_unison = max(longest_unison, unison_run)
        if size > 0:
            sign = 1 if interval > 0 else -1
            turns += int(moves > 0 and sign != last_sign)
            monotone_run = monotone_run + 1 if sign == last_sign else 1
            longest_monotone = max(longest_monotone, monotone_run)
            moves += 1
            last_sign = sign
    m = max(n - 1, 1)
    out[STEPS] = steps / m
    out[THIRDS] = thirds / m
    out[UNISONS] = unisons / m
    out[LEAPS] = leaps / m
    out[WIDE_LEAPS] = wide / m
    out[LEAP_RECOVERY] = (recovered + _RECOVERY_PRIOR[0]) / (leaps_followed + _RECOVERY_PRIOR[1])
    out[TURNS] = turns / max(moves - 1, 1)
    out[LONGEST_UNISON_RUN] = longest_unison
    out[LONGEST_MONOTONE_RUN] = longest_monotone
    out[INTERVAL_SIZE_MEMORY] = correlation(moments)
    out[INTERVAL_ENTROPY] = count_entropy(counts, _N_SIZES, n - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def range_features(notes: Notes, n: int, counts: Int64, out: Float32) -> None:
    """Lowest to highest pitch, how many different ones, and their spread."""
    low, high = notes.pitch[0], notes.pitch[0]
    total, square = 0.0, 0.0
    for i in range(n):
        p = notes.pitch[i]
        low, high = min(low, p), max(high, p)
        total += p
        square += p * p
    span = min(high - low + 1, counts.shape[0])
    counts[:span] = 0
    for i in range(n):
        counts[min(notes.pitch[i] - low, span - 1)] = 1
    distinct = 0
    for k in range(span):
        distinct += counts[k]
    out[RANGE] = high - low
    out[DISTINCT_PITCHES] = distinct
    out[PITCH_SPREAD] = np.sqrt(max(square / n - (total / n) ** 2, 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def contour_features(
    notes: Notes,
    n: int,
    bars: int,
    time: int,
    heights: Float64,
    weights: Float64,
    moments: Moments,
    out: Float32,
) -> None:
    """The large-scale line: arch, drift, the bars' mean heights, the climax.

    Args:
        notes: the notes.
        n: how many.
        bars: bars of the work.
        time: sixteenths of the work.
        heights: (bars,) scratch.
        weights: (bars,) scratch.
        moments: scratch.
        out: (N_FEATURES,) features, these ones filled.
    """
    heights[:bars] = 0.0
    weights[:bars] = 0.0
    inner, inner_weight, outer, outer_weight, late, late_weight, early, early_weight = (
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    )
    high, first_high, n_high = notes.pitch[0] - 1, 0, 0
    for i in range(n):
        p, d, onset = float(notes.pitch[i]), float(notes.duration[i]), notes.onset[i]
        heights[notes.bar[i]] += p * d
        weights[notes.bar[i]] += d
        if time <= 4 * onset < 3 * time:
            inner += p * d
            inner_weight += d
        else:
            outer += p * d
            outer_weight += d
        if 2 * onset < time:
            early += p * d
            early_weight += d
        else:
            late += p * d
            late_weight += d
        if notes.pitch[i] > high:
            high, first_high, n_high = notes.pitch[i], onset, 0
        n_high += int(notes.pitch[i] == high)
    both = inner_weight > 0 and outer_weight > 0
    out[ARCH] = inner / inner_weight - outer / outer_weight if both else 0.0
    both = early_weight > 0 and late_weight > 0
    out[DRIFT] = late / late_weight - early / early_weight if both else 0.0
    out[CLIMAX_PLACE] = first_high / time
    out[CLIMAX_COUNT] = n_high
    reset_moments(moments)
    total, square, filled = 0.0, 0.0, 0
    last = 0.0
    for bar in range(bars):
        if weights[bar] > 0:
            height = heights[bar] / weights[bar]
            if filled > 0:
                add_pair(moments, last, height)
            last = height
            total += height
            square += height * height
            filled += 1
    out[BAR_HEIGHT_SPREAD] = np.sqrt(max(square / filled - (total / filled) ** 2, 0.0))
    out[BAR_HEIGHT_MEMORY] = correlation(moments)
