"""What is measured of a composition, finished or growing: the kernel behind craft and adherence.

Statistics of pictures that empirical aesthetics has found to separate pictures people make or
frame from other images: slope of the spectrum and entropy of edge orientations (Redies et al.,
2017), hue harmony (Cohen-Or et al., 2006), spatial autocorrelation (Moran, 1950), balance; and two
of patchwork alone: do contours go on across seams, and how often is a patch used again.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.craft.measure_names import (
    BALANCE_X,
    BALANCE_Y,
    COHERENCE,
    COMPLEXITY,
    CONTOUR,
    CONTRAST,
    DIAGONAL,
    EDGE_ENTROPY,
    HARMONY,
    IMBALANCE,
    LEFT_RIGHT,
    LIGHT_ENTROPY,
    LIGHTNESS,
    N_MEASURES,
    REPETITION,
    REUSE,
    SEAM,
    SLOPE,
    SLOPE_RESIDUAL,
    VARIETY,
    WARMTH,
)
from creative_envs.patches.craft.tables import (
    INNER_LEVELS,
    MIRRORS,
    N_ANGLES,
    N_LIGHTS,
    TileTables,
)
from creative_envs.patches.geometry import CELL, N_TRANSFORMS

Float64 = NDArray[np.float64]

CONTOUR_FLOOR: Final = 0.5
"""Lab units of contour a seam that count as not going on: flat beside flat earns nothing."""
COHERENCE_FLOOR: Final = 64.0
"""Added to the variance (summed over cells) that coherence is relative to, for flat canvases."""
ENERGY_FLOOR: Final = 0.05

FITTED_LEVELS: Final = 5
LONGEST_PERIOD: Final = 4
NO_PAIRS: Final = -1.0
"""Likeness of a growing canvas no two mirrored cells of which are filled."""

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


# Inlined, like others so marked: counting references to the tables takes as long as a measure.
@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def measure(
    cells: NDArray[np.int16], size: int, library: int, tables: TileTables, out: Float64
) -> int:
    """Measures one canvas.

    Args:
        cells: Tile of each cell in reading order, -1 where nothing is placed, shape (size * size,).
        size: Cells along the side.
        library: Which of the tables' libraries.
        tables: Of the tiles.
        out: Written, shape (22,); slopes are 0 until the canvas is full.

    Returns:
        How many cells are filled.
    """
    # Not a literal: for one, Numba compiles all kernels that take it a second time.
    filled = int(np.int64(0))
    for cell in range(size * size):
        filled += cells[cell] >= 0
    out[:] = 0.0
    if filled == 0:
        return 0
    _measure_seams(cells, size, library, tables, out)
    _measure_layout(cells, size, filled, tables.mean[library], tables.gradient[library], out)
    _measure_symmetry(
        cells,
        size,
        tables.mirrored,
        tables.distance[library],
        tables.typical_distance[library],
        out,
    )
    _measure_histograms(cells, filled, tables.histograms[library], out)
    _measure_reuse(cells, filled, tables.mean.shape[1] // N_TRANSFORMS, out)
    if filled == size * size:
        _measure_spectrum(cells, size, tables.mean[library], tables.energy[library], out)
    return filled


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _measure_seams(
    cells: NDArray[np.int16],
    size: int,
    library: int,
    tables: TileTables,
    out: Float64,
) -> None:
    """Contour and seam, of every two neighbours."""
    seam_right, seam_down = tables.seam_right[library], tables.seam_down[library]
    onward_right, onward_down = tables.onward_right[library], tables.onward_down[library]
    contour = tables.contour[library]
    ending, going_on, fit, seams = 0.0, 0.0, 0.0, 0
    for y in range(size):
        for x in range(size):
            tile = cells[y * size + x]
            if tile < 0:
                continue
            if x + 1 < size:
                other = cells[y * size + x + 1]
                if other >= 0:
                    weight = max(contour[tile, 0], contour[other, 1])
                    ending += weight
                    going_on += weight * onward_right[tile, other]
                    fit += seam_right[tile, other]
                    seams += 1
            if y + 1 < size:
                other = cells[(y + 1) * size + x]
                if other >= 0:
                    weight = max(contour[tile, 2], contour[other, 3])
                    ending += weight
                    going_on += weight * onward_down[tile, other]
                    fit += seam_down[tile, other]
                    seams += 1
    if seams:
        out[CONTOUR] = going_on / (ending + CONTOUR_FLOOR * seams)
        out[SEAM] = fit / seams


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_layout(
    cells: NDArray[np.int16],
    size: int,
    filled: int,
    mean: Float64,
    gradient: Float64,
    out: Float64,
) -> None:
    """Coherence, complexity, mean colour, and the centre of visual weight.

    Visual weight is contrast to the mean and detail. Empty cells weigh what filled ones do on
    average, so that the centre of a growing canvas is where it would be if it went on like that.
    """
    centre_l, centre_a, centre_b, detail = 0.0, 0.0, 0.0, 0.0
    for cell in range(size * size):
        tile = cells[cell]
        if tile >= 0:
            centre_l += mean[tile, 0]
            centre_a += mean[tile, 1]
            centre_b += mean[tile, 2]
            detail += gradient[tile]
    centre_l /= filled
    centre_a /= filled
    centre_b /= filled
    out[LIGHTNESS], out[WARMTH], out[COMPLEXITY] = centre_l, centre_b, detail / filled
    variance, covariance, seams = 0.0, 0.0, 0
    weight_sum, weight_x, weight_y = 0.0, 0.0, 0.0
    x_sum, y_sum = 0.0, 0.0
    half = (size - 1) / 2.0
    for y in range(size):
        for x in range(size):
            tile = cells[y * size + x]
            if tile < 0:
                continue
            light = mean[tile, 0] - centre_l
            red, yellow = mean[tile, 1] - centre_a, mean[tile, 2] - centre_b
            variance += light * light + red * red + yellow * yellow
            weight = abs(light) + 0.5 * gradient[tile]
            weight_sum += weight
            weight_x += weight * (x - half)
            weight_y += weight * (y - half)
            x_sum += x - half
            y_sum += y - half
            for step in range(2):
                other = -1
                if step == 0 and x + 1 < size:
                    other = cells[y * size + x + 1]
                elif step == 1 and y + 1 < size:
                    other = cells[(y + 1) * size + x]
                if other >= 0:
                    seams += 1
                    covariance += (
                        light * (mean[other, 0] - centre_l)
                        + red * (mean[other, 1] - centre_a)
                        + yellow * (mean[other, 2] - centre_b)
                    )
    floor = COHERENCE_FLOOR * filled / 64.0
    out[COHERENCE] = filled * covariance / (max(seams, 1) * (variance + floor))
    usual = weight_sum / filled  # the empty cells' centre is minus the filled ones' sum
    total = usual * size * size + 1e-6
    out[BALANCE_X] = (weight_x - usual * x_sum) / total * 2 / size
    out[BALANCE_Y] = (weight_y - usual * y_sum) / total * 2 / size
    out[IMBALANCE] = math.hypot(out[BALANCE_X], out[BALANCE_Y])


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_symmetry(
    cells: NDArray[np.int16],
    size: int,
    mirrored: NDArray[np.int16],
    distance: NDArray[np.float32],
    typical: float,
    out: Float64,
) -> None:
    """Likeness of the canvas and its images; only pairs of filled cells count."""
    sums, counts = np.zeros(len(MIRRORS)), np.zeros(len(MIRRORS))
    for y in range(size):
        for x in range(size):
            tile = cells[y * size + x]
            if tile < 0:
                continue
            for kind in range(len(MIRRORS)):
                if kind == 0:
                    other = cells[y * size + size - 1 - x]
                elif kind == 1:
                    other = cells[(size - 1 - y) * size + x]
                elif kind == 2:
                    other = cells[(size - 1 - y) * size + size - 1 - x]
                elif kind == 3:
                    other = cells[x * size + y]
                else:
                    other = cells[(size - 1 - x) * size + size - 1 - y]
                if other >= 0:
                    counts[kind] += 1
                    sums[kind] += distance[mirrored[kind, tile], other]
    out[LEFT_RIGHT : DIAGONAL + 1] = NO_PAIRS
    for kind in range(len(MIRRORS)):
        if counts[kind] > 0:
            like = max(0.0, 1 - sums[kind] / counts[kind] / typical)
            measure_of_kind = min(LEFT_RIGHT + kind, DIAGONAL)  # the better of two diagonals
            out[measure_of_kind] = max(out[measure_of_kind], like)
    for period in range(1, LONGEST_PERIOD + 1):
        total, count = 0.0, 0
        for y in range(size):
            for x in range(size - period):
                tile, other = cells[y * size + x], cells[y * size + x + period]
                if tile >= 0 and other >= 0:
                    total += distance[tile, other]
                    count += 1
                tile, other = cells[x * size + y], cells[(x + period) * size + y]
                if tile >= 0 and other >= 0:
                    total += distance[tile, other]
                    count += 1
        if count:
            out[REPETITION] = max(out[REPETITION], 1 - total / count / typical)


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_histograms(
    cells: NDArray[np.int16], filled: int, histograms: Float64, out: Float64
) -> None:
    """Entropies of edge orientations and lightness, contrast, and hue harmony."""
    sums = np.zeros(histograms.shape[1])
    for cell in range(len(cells)):
        tile = cells[cell]
        if tile >= 0:
            row = histograms[tile]
            for k in range(len(sums)):
                sums[k] += row[k]
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


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_reuse(cells: NDArray[np.int16], filled: int, patches: int, out: Float64) -> None:
    """Share of the patch used most, of the whole canvas, and the entropy of their use."""
    uses = np.zeros(patches)
    most = 0.0
    for cell in range(len(cells)):
        if cells[cell] >= 0:
            patch = cells[cell] // N_TRANSFORMS
            uses[patch] += 1
            most = max(most, uses[patch])
    out[REUSE] = most / len(cells)
    most_varied = min(patches, filled)
    if most_varied > 1:
        out[VARIETY] = entropy(uses) / math.log(most_varied)


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_spectrum(
    cells: NDArray[np.int16], size: int, mean: Float64, energy: Float64, out: Float64
) -> None:
    """Line through log2 energy per detail coefficient of the Haar pyramid, finest level first."""
    log_energy = np.zeros(FITTED_LEVELS)
    rest = np.empty((size, size))
    sums = np.zeros(INNER_LEVELS)
    for cell in range(size * size):
        tile = cells[cell]
        rest[cell // size, cell % size] = mean[tile, 0] * CELL
        for level in range(INNER_LEVELS):
            sums[level] += energy[tile, level]
    side = size * CELL
    for level in range(INNER_LEVELS):
        side //= 2
        log_energy[level] = math.log2(sums[level] / (3 * side * side) + ENERGY_FLOOR)
    levels = INNER_LEVELS
    while side % 2 == 0 and levels < FITTED_LEVELS:
        side //= 2
        total = 0.0
        for y in range(side):
            for x in range(side):
                a, b = rest[2 * y, 2 * x], rest[2 * y, 2 * x + 1]
                c, d = rest[2 * y + 1, 2 * x], rest[2 * y + 1, 2 * x + 1]
                total += ((a - b + c - d) ** 2 + (a + b - c - d) ** 2 + (a - b - c + d) ** 2) / 4
                rest[y, x] = (a + b + c + d) / 2
        log_energy[levels] = math.log2(total / (3 * side * side) + ENERGY_FLOOR)
        levels += 1
    middle, height = (levels - 1) / 2.0, log_energy[:levels].mean()
    rise, run = 0.0, 0.0
    for level in range(levels):
        rise += (level - middle) * (log_energy[level] - height)
        run += (level - middle) ** 2
    slope = rise / run
    residual = 0.0
    for level in range(levels):
        residual += (log_energy[level] - height - slope * (level - middle)) ** 2
    out[SLOPE], out[SLOPE_RESIDUAL] = slope, math.sqrt(residual / levels)


@njit(cache=True, nogil=True, error_model="numpy")
def measure_all(
    cells: NDArray[np.int16], size: int, library: NDArray[np.int64], tables: TileTables
) -> Float64:
    """Measures canvases (n, cells) of the libraries (n,): (n, 22)."""
    out = np.empty((len(cells), N_MEASURES))
    for work in range(len(cells)):
        measure(cells[work], size, library[work], tables, out[work])
    return out
