"""Six numbers that say what *kind* of melody a work is: the axes of archives and of diversity.

They are chosen to be nearly independent of one another on human tunes, to be readable by a
musician, and to say nothing about quality.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.vocabulary import REST

DESCRIPTOR_NAMES: Final = (
    "density",
    "pitch_range",
    "repetition",
    "arch",
    "leap_share",
    "duration_entropy",
)
DESCRIPTOR_RANGES: Final = (
    (0.0, 4.0),
    (0.0, 24.0),
    (0.0, 1.0),
    (-12.0, 12.0),
    (0.0, 1.0),
    (0.0, 3.0),
)
"""Lowest and highest value of each descriptor; `scale` maps this range to [0, 1].

density: sounding notes per quarter note (4 is a work of sixteenths alone).
pitch_range: semitones from the lowest to the highest note.
repetition: share of the notes lying in a group of `REPEATED_NOTES` steps (interval and duration)
    that was heard earlier in the work.
arch: how far the middle half of the work lies above its outer quarters, in semitones, notes
    weighted by duration; positive for a hill, negative for a valley.
leap_share: share of the intervals of a fourth (5 semitones) or more.
duration_entropy: Shannon entropy of the note durations in bits (3 is all eight equally often).
"""

GRID_AXES: Final = ("density", "repetition")
"""The two descriptors of the default archive grid."""
GRID_RANGES: Final = ((0.5, 4.0), (0.0, 0.6))
"""Their ranges in that grid, unscaled: about the 1st to 99th percentile of the shipped tunes
(``python -m creative_envs.melody.novelty.report``). Works beyond fall into the outermost cells."""

N_DESCRIPTORS: Final = len(DESCRIPTOR_NAMES)
LEAP: Final = 5
"""Semitones from which an interval counts as a leap."""
REPEATED_NOTES: Final = 4
"""Successive notes (with the interval that leads to each) that make a repetition."""

_SIXTEENTHS_PER_QUARTER = 4
_LOWEST, _HIGHEST = np.array(DESCRIPTOR_RANGES, np.float32).T


def descriptors(
    pitch: NDArray[np.int8], duration: NDArray[np.int8], length: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Describes finished works.

    Args:
        pitch: Semitones above the tonic or `REST`, shape (n, E).
        duration: Sixteenths, shape (n, E).
        length: Events of each work, shape (n,).

    Returns:
        Shape (n, 6), in the order of `DESCRIPTOR_NAMES` and within `DESCRIPTOR_RANGES`. A work
        without a note has all descriptors 0.
    """
    described = np.empty((len(length), N_DESCRIPTORS), np.float32)
    describe_works(pitch, duration, length, described)
    return described


def scale(described: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maps descriptors from their ranges to [0, 1].

    Args:
        described: As `descriptors` returns them, shape (..., 6).

    Returns:
        The same shape, clipped to [0, 1].
    """
    scaled = (described - _LOWEST) / (_HIGHEST - _LOWEST)
    return np.asarray(scaled.clip(0.0, 1.0), dtype=np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def describe_works(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
    described: NDArray[np.float32],
) -> None:
    """Writes the descriptors of each work into ``described`` (n, 6); see `descriptors`."""
    n_events = pitch.shape[1]
    note_pitch = np.empty(n_events, np.int64)
    note_length = np.empty(n_events, np.int64)
    note_onset = np.empty(n_events, np.int64)
    for work in range(len(length)):
        notes = 0
        total = 0
        for event in range(length[work]):
            if pitch[work, event] != REST:
                note_pitch[notes] = pitch[work, event]
                note_length[notes] = duration[work, event]
                note_onset[notes] = total
                notes += 1
            total += duration[work, event]
        described[work] = 0.0
        if notes == 0:
            continue
        heights = note_pitch[:notes]
        lengths = note_length[:notes]
        leaps = 0
        for note in range(1, notes):
            leaps += abs(heights[note] - heights[note - 1]) >= LEAP
        described[work, 0] = _SIXTEENTHS_PER_QUARTER * notes / max(1, total)
        described[work, 1] = heights.max() - heights.min()
        described[work, 2] = _repeated_share(heights, lengths)
        described[work, 3] = _arch(heights, lengths, note_onset[:notes], total)
        described[work, 4] = leaps / max(1, notes - 1)
        described[work, 5] = _entropy(lengths)


@njit(cache=True, nogil=True, error_model="numpy")
def _repeated_share(pitch: NDArray[np.int64], length: NDArray[np.int64]) -> float:
    """Share of the notes in a group of steps that already occurred without overlapping it."""
    notes = len(pitch)
    steps = np.empty(notes, np.int64)
    for note in range(1, notes):
        steps[note] = (pitch[note] - pitch[note - 1]) * 256 + length[note]
    covered_until = 1
    covered = 0
    for start in range(1 + REPEATED_NOTES, notes - REPEATED_NOTES + 1):
        for earlier in range(1, start - REPEATED_NOTES + 1):
            shared = 0
            while shared < REPEATED_NOTES and steps[earlier + shared] == steps[start + shared]:
                shared += 1
            if shared == REPEATED_NOTES:
                end = start + REPEATED_NOTES
                covered += end - max(start, covered_until)
                covered_until = end
                break
    return covered / notes


@njit(cache=True, nogil=True, error_model="numpy")
def _arch(
    pitch: NDArray[np.int64], length: NDArray[np.int64], onset: NDArray[np.int64], total: int
) -> float:
    """Mean pitch of the middle half (by onset) less that of the outer quarters, in [-12, 12]."""
    inner = 0.0
    inner_weight = 0.0
    outer = 0.0
    outer_weight = 0.0
    for note in range(len(pitch)):
        if total <= 4 * onset[note] < 3 * total:
            inner += pitch[note] * length[note]
            inner_weight += length[note]
        else:
            outer += pitch[note] * length[note]
            outer_weight += length[note]
    if inner_weight == 0.0 or outer_weight == 0.0:
        return 0.0
    return min(12.0, max(-12.0, inner / inner_weight - outer / outer_weight))


@njit(cache=True, nogil=True, error_model="numpy")
def _entropy(length: NDArray[np.int64]) -> float:
    """Shannon entropy in bits of the distribution of note durations."""
    count = np.zeros(128, np.int64)
    for note in range(len(length)):
        count[length[note]] += 1
    entropy = 0.0
    for duration in range(len(count)):
        if count[duration] > 0:
            share = count[duration] / len(length)
            entropy -= share * np.log2(share)
    return entropy
