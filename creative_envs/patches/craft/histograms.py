"""Colours and edges of a whole canvas: what is measured of the sum of its tiles' histograms."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.craft.measure_names import (
    CONTRAST,
    EDGE_ENTROPY,
    HARMONY,
    LIGHT_ENTROPY,
)
from creative_envs.patches.craft.tables import N_ANGLES, N_LIGHTS
from creative_envs.patches.geometry import CELL

Float64 = NDArray[np.float64]

_TEMPLATES: Final = (
    ((0, 0.05),),
    ((0, 0.26),),
    ((0, 0.05), (0.25, 0.22)),
    ((0, 0.05), (-0.25, 0.22)),
    ((0, 0.05), (0.5, 0.05)),
    ((0, 0.5),),
    ((0, 0.26), (0.5, 0.05)),
    ((0, 0.26), (0.5, 0.26)),
)
"""Cohen-Or's hue templates i, V, L, its mirror image, I, T, Y, X: (centre, width) in turns."""
_TEMPLATE_FADE: Final = 30.0
"""Degrees over which a template's edge fades out."""
_ACHROMATIC_HARMONY: Final = 1.0


def _template_masks() -> Float64:
    """Membership of each hue bin in each template, shape (8, 24)."""
    hue = np.arange(N_ANGLES) / N_ANGLES
    masks = np.zeros((len(_TEMPLATES), N_ANGLES))
    for mask, template in zip(masks, _TEMPLATES, strict=True):
        for centre, width in template:
            away = np.abs((hue - centre + 0.5) % 1 - 0.5)
            beyond = 360 * (away - width / 2)
            np.maximum(mask, np.clip(1 - beyond / _TEMPLATE_FADE, 0, 1), out=mask)
    return masks


_MASKS: Final = _template_masks()
_ROTATED: Final = np.stack(
    [np.roll(_MASKS, turn, axis=1).T for turn in range(N_ANGLES)], axis=2
).reshape(N_ANGLES, -1)
"""(24, 8 * 24): each hue bin in each template at each rotation, so that all add up in one loop."""
_COVERED: Final = _MASKS.mean(axis=1)


@njit(cache=True, nogil=True, error_model="numpy")
def measure_histograms(sums: Float64, filled: int, out: Float64) -> None:
    """Entropies of edge orientations and lightness, contrast, and hue harmony.

    Args:
        sums: Of ``TileTables.histograms`` over the filled cells, shape (64,).
        filled: How many cells are.
        out: Written, shape (22,).
    """
    angle, hue, light = sums[:N_ANGLES], sums[N_ANGLES : 2 * N_ANGLES], sums[2 * N_ANGLES :]
    out[EDGE_ENTROPY] = entropy(angle) / math.log(N_ANGLES)
    out[LIGHT_ENTROPY] = entropy(light) / math.log(N_LIGHTS)
    first, second = 0.0, 0.0
    for k in range(N_LIGHTS):
        share = light[k] / (CELL * CELL * filled)
        middle = (k + 0.5) * 100 / N_LIGHTS
        first += share * middle
        second += share * middle * middle
    out[CONTRAST] = math.sqrt(max(second - first * first, 0.0))
    out[HARMONY] = harmony(hue)


@njit(cache=True, nogil=True, error_model="numpy")
def entropy(weights: Float64) -> float:
    """Entropy in nats of weights that need not sum to 1; 0 where there are none."""
    total, inner = 0.0, 0.0
    for weight in weights:
        if weight > 0:
            total += weight
            inner += weight * math.log(weight)
    return math.log(total) - inner / total if total > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def harmony(hue: Float64) -> float:
    """Chroma inside the best template at its best rotation, beyond what a flat histogram has."""
    total = hue.sum()
    if total <= 1.0:
        return _ACHROMATIC_HARMONY
    inside = np.zeros(_ROTATED.shape[1])
    for k in range(N_ANGLES):
        weight = hue[k]
        if weight > 0:
            row = _ROTATED[k]
            for place in range(len(inside)):
                inside[place] += weight * row[place]
    best = 0.0
    for template in range(len(_COVERED)):
        most = 0.0
        for turn in range(N_ANGLES):
            most = max(most, inside[template * N_ANGLES + turn])
        covered = _COVERED[template]
        best = max(best, (most / total - covered) / (1 - covered))
    return best
