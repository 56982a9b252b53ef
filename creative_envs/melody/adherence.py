"""Adherence: how well a melody keeps to its brief.

Each part of the brief is a long-tailed membership 1 / (1 + z^2), with z = 0 within a tolerance a
listener would not mind; adherence is their geometric mean, so that no part can pay for another.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.core.membership import nearness
from creative_envs.melody.brief import CONTOUR_POINTS, Briefs, profiles
from creative_envs.melody.vocabulary import MODE_DEGREES, REST

TERM_NAMES: Final = ("in_mode", "keeps_range", "keeps_density", "keeps_contour")

N_TERMS: Final = len(TERM_NAMES)

_TOLERANCE: Final = np.array([0.02, 2.0, 0.2, 1.5])
_SCALE: Final = np.array([0.08, 3.0, 0.4, 2.0])
"""In the units of each term: share of the time, semitones, notes a quarter, semitones (RMS)."""

_IN_MODE: Final = np.array(
    [[degree in degrees for degree in range(12)] for degrees in MODE_DEGREES], np.bool_
)


@njit(cache=True, nogil=True, error_model="numpy")
def _outside_mode(
    pitch: NDArray[np.int8], duration: NDArray[np.int8], length: int, mode: int
) -> float:
    """Share of one melody's sounding time that lies outside the mode."""
    sounding, inside = 0, 0
    for event in range(length):
        if pitch[event] != REST:
            sounding += duration[event]
            if _IN_MODE[mode, pitch[event] % 12]:
                inside += duration[event]
    return 1.0 - inside / max(sounding, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _off_contour(profile: NDArray[np.float32], centre: int, contour: NDArray[np.float32]) -> float:
    """Root mean square distance of a melody's contour from the one asked for, in semitones."""
    total = 0.0
    for point in range(CONTOUR_POINTS):
        total += (profile[3 + point] - centre - contour[point]) ** 2
    return float(np.sqrt(total / CONTOUR_POINTS))


@njit(cache=True, nogil=True, error_model="numpy")
def _write_terms(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
    briefs: Briefs,
    terms: NDArray[np.float32],
    overall: NDArray[np.float32],
) -> None:
    profile = profiles(pitch, duration, length)
    deviation = np.empty(N_TERMS)
    for work in range(pitch.shape[0]):
        lowest, highest, density = profile[work, 0], profile[work, 1], profile[work, 2]
        deviation[0] = _outside_mode(pitch[work], duration[work], length[work], briefs.mode[work])
        deviation[1] = highest - lowest - briefs.range[work]
        deviation[2] = density - briefs.density[work]
        deviation[3] = _off_contour(profile[work], briefs.centre[work], briefs.contour[work])
        logs = 0.0
        for term in range(N_TERMS):
            kept = nearness(deviation[term], _TOLERANCE[term], _SCALE[term])
            terms[work, term] = kept
            logs += np.log(max(kept, 1e-6))
        overall[work] = np.exp(logs / N_TERMS)


def adherence(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
    briefs: Briefs,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compares melodies with their briefs.

    Metre needs no term: the bar grid itself follows the brief.

    Args:
        pitch: Shape (n, E), semitones above the tonic or REST.
        duration: Shape (n, E), sixteenths.
        length: Shape (n,).
        briefs: Of each melody.

    Returns:
        Adherence (n,) in [0, 1], and the terms it is made of (n, 4), see TERM_NAMES.
    """
    terms = np.empty((len(length), N_TERMS), np.float32)
    overall = np.empty(len(length), np.float32)
    _write_terms(pitch, duration, length, briefs, terms, overall)
    return overall, terms
