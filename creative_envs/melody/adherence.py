"""Adherence: how well a melody keeps to its brief.

Each part of the brief is a long-tailed membership 1 / (1 + z^2), with z = 0 within a tolerance a
listener would not mind; adherence is their geometric mean, so that no part can pay for another.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.brief import Briefs, profiles
from creative_envs.melody.vocabulary import MODE_DEGREES, REST

TERM_NAMES: Final = ("in_mode", "keeps_range", "keeps_density", "keeps_contour")

_TOLERANCE: Final = {"in_mode": 0.02, "range": 2.0, "density": 0.2, "contour": 1.5}
_SCALE: Final = {"in_mode": 0.08, "range": 3.0, "density": 0.4, "contour": 2.0}
"""In the units of each part: share of the time, semitones, notes a quarter, semitones (RMS)."""

_IN_MODE: Final = np.array(
    [[degree in degrees for degree in range(12)] for degrees in MODE_DEGREES], np.bool_
)


def membership(
    deviation: NDArray[np.float64], tolerance: float, scale: float
) -> NDArray[np.float64]:
    """1 up to the tolerance, then 1 / (1 + z^2) with z in units of the scale."""
    z = np.maximum(np.abs(deviation) - tolerance, 0.0) / scale
    return np.asarray(1.0 / (1.0 + z * z))


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
    profile = profiles(pitch, duration, length).astype(np.float64)
    contour = profile[:, 3:] - briefs.centre[:, None]
    sounding = np.where(pitch != REST, duration, 0).astype(np.float64)
    in_mode = _IN_MODE[briefs.mode[:, None], pitch % 12]
    outside = 1.0 - (sounding * in_mode).sum(axis=1) / np.maximum(sounding.sum(axis=1), 1.0)
    deviations = {
        "in_mode": outside,
        "range": profile[:, 1] - profile[:, 0] - briefs.range,
        "density": profile[:, 2] - briefs.density,
        "contour": np.sqrt(((contour - briefs.contour) ** 2).mean(axis=1)),
    }
    terms = np.stack(
        [membership(d, _TOLERANCE[part], _SCALE[part]) for part, d in deviations.items()], axis=1
    )
    overall = np.exp(np.log(np.maximum(terms, 1e-6)).mean(axis=1))
    return overall.astype(np.float32), terms.astype(np.float32)
