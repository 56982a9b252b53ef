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

from creative_envs.patches.craft.histograms import entropy, measure_histograms
from creative_envs.patches.craft.measure_names import (
    BALANCE_X,
    BALANCE_Y,
    COHERENCE,
    COMPLEXITY,
    CONTOUR,
    DIAGONAL,
    IMBALANCE,
    LEFT_RIGHT,
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
N_HISTOGRAMS: Final = 2 * N_ANGLES + N_LIGHTS
N_TILE_SUMS: Final = N_HISTOGRAMS + 4
"""What is summed over single cells: histograms, mean colour (3), gradient."""
RIGHT: Final = 0
DOWN: Final = 2
"""Columns of ``TileTables.contour``: the border that meets a neighbour; the neighbour's is next."""


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
    sums = np.zeros(N_TILE_SUMS)
    for cell in range(size * size):
        if cells[cell] >= 0:
            add_tile(cells[cell], library, tables, sums)
    _measure_seams(cells, size, library, tables, out)
    measure_layout(cells, size, filled, sums, tables.mean[library], tables.gradient[library], out)
    _measure_symmetry(
        cells,
        size,
        tables.mirrored,
        tables.distance[library],
        tables.typical_distance[library],
        out,
    )
    measure_histograms(sums[:N_HISTOGRAMS], filled, out)
    _measure_reuse(cells, filled, tables.mean.shape[1] // N_TRANSFORMS, out)
    if filled == size * size:
        _measure_spectrum(cells, size, tables.mean[library], tables.energy[library], out)
    return filled


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def add_tile(tile: int, library: int, tables: TileTables, sums: Float64) -> None:
    """Adds what is summed over single cells to ``sums``, shape (68,)."""
    histograms, mean = tables.histograms[library, tile], tables.mean[library, tile]
    for k in range(N_HISTOGRAMS):
        sums[k] += histograms[k]
    for k in range(3):
        sums[N_HISTOGRAMS + k] += mean[k]
    sums[N_HISTOGRAMS + 3] += tables.gradient[library, tile]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def seam_of(
    tile: int,
    other: int,
    border: int,
    contour: NDArray[np.float32],
    onward: NDArray[np.float32],
    seam: NDArray[np.float32],
) -> tuple[float, float, float]:
    """Of a tile and its neighbour across a border: contour ending there, going on, and fit."""
    weight = max(contour[tile, border], contour[other, border + 1])
    return weight, weight * onward[tile, other], seam[tile, other]


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
                    ends, goes, fits = seam_of(
                        tile, other, RIGHT, contour, onward_right, seam_right
                    )
                    ending += ends
                    going_on += goes
                    fit += fits
                    seams += 1
            if y + 1 < size:
                other = cells[(y + 1) * size + x]
                if other >= 0:
                    ends, goes, fits = seam_of(tile, other, DOWN, contour, onward_down, seam_down)
                    ending += ends
                    going_on += goes
                    fit += fits
                    seams += 1
    if seams:
        measure_seams(ending, going_on, fit, seams, out)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def measure_seams(ending: float, going_on: float, fit: float, seams: int, out: Float64) -> None:
    """Contour and seam from the sums of `seam_of` over one or more seams."""
    out[CONTOUR] = going_on / (ending + CONTOUR_FLOOR * seams)
    out[SEAM] = fit / seams


@njit(cache=True, nogil=True, error_model="numpy")
def measure_layout(
    cells: NDArray[np.int16],
    size: int,
    filled: int,
    sums: Float64,
    mean: Float64,
    gradient: Float64,
    out: Float64,
) -> None:
    """Coherence, complexity, mean colour, and the centre of visual weight.

    Visual weight is contrast to the mean and detail. Empty cells weigh what filled ones do on
    average, so that the centre of a growing canvas is where it would be if it went on like that.
    """
    centre_l = sums[N_HISTOGRAMS] / filled
    centre_a = sums[N_HISTOGRAMS + 1] / filled
    centre_b = sums[N_HISTOGRAMS + 2] / filled
    detail = sums[N_HISTOGRAMS + 3] / filled
    out[LIGHTNESS], out[WARMTH], out[COMPLEXITY] = centre_l, centre_b, detail
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
                other = cells[mirror_cell(kind, x, y, size)]
                if other >= 0:
                    counts[kind] += 1
                    sums[kind] += distance[mirrored[kind, tile], other]
    measure_images(sums, counts, typical, out)
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
        measure_period(total, count, typical, out)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def mirror_cell(kind: int, x: int, y: int, size: int) -> int:
    """The cell that one of `MIRRORS` puts in the place of the cell at (x, y)."""
    if kind == 0:
        return y * size + size - 1 - x
    if kind == 1:
        return (size - 1 - y) * size + x
    if kind == 2:
        return (size - 1 - y) * size + size - 1 - x
    if kind == 3:
        return x * size + y
    return (size - 1 - x) * size + size - 1 - y


@njit(cache=True, nogil=True, error_model="numpy")
def measure_images(sums: Float64, counts: Float64, typical: float, out: Float64) -> None:
    """Likeness to each image, from summed distances (5,) and counts of pairs (5,)."""
    out[LEFT_RIGHT : DIAGONAL + 1] = NO_PAIRS
    for kind in range(len(MIRRORS)):
        if counts[kind] > 0:
            like = max(0.0, 1 - sums[kind] / counts[kind] / typical)
            measure_of_kind = min(LEFT_RIGHT + kind, DIAGONAL)  # the better of two diagonals
            out[measure_of_kind] = max(out[measure_of_kind], like)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def measure_period(total: float, count: int, typical: float, out: Float64) -> None:
    """Repetition, if this period's is the largest yet: summed distance and count of pairs."""
    if count:
        out[REPETITION] = max(out[REPETITION], 1 - total / count / typical)


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
