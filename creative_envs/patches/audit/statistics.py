"""What the audit judge sees of pictures: statistics of pixels that no reward looks at.

How far colours resemble each other at some distance; the regions of one colour, the figure and the
ground, the contours: how many and how large; what directions edges have here and there (Redies et
al., 2012, on self-similarity; Bigun and Granlund, 1987, on coherence); the directions of the
spectrum; local binary patterns (Ojala et al., 2002); how finely a quadtree must cut the picture;
colourfulness (Hasler and Suesstrunk, 2003); where a centre stands out from its surround. None
changes when a picture is mirrored or turned.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.geometry import CELL
from creative_envs.patches.lab import srgb_to_lab

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

LAGS: Final = (2, 16, 24, 32)
"""Pixels."""
NAMES: Final = (
    *(f"light_at_{lag}" for lag in LAGS),
    *(f"colour_at_{lag}" for lag in LAGS),
    "regions",
    "largest_region",
    "region_share",
    "roundness",
    "ground_at_border",
    "figures",
    "largest_figure",
    "figure_outline",
    "contours",
    "longest_contour",
    "self_similarity_2",
    "self_similarity_4",
    "anisotropy",
    "coherence_in_cells",
    "coherence_at_corners",
    "coherence_of_quarters",
    "spectral_anisotropy",
    "flat_patterns",
    "edge_patterns",
    "ragged_patterns",
    "coarse_edge_patterns",
    "coarse_ragged_patterns",
    "quadtree_coarse",
    "quadtree_fine",
    "colourfulness",
    "colours",
    "light_with_chroma",
    "salience",
    "salience_spread",
    "rhythm_of_light",
    "rhythm_of_detail",
)
N_STATISTICS: Final = len(NAMES)

CHUNK: Final = 64
"""Pictures looked at together."""
VARIANCE_FLOOR: Final = 4.0
"""Squared Lab units added to variances, so that correlations of flat pictures are 0."""
LIGHT_STEP, CHROMA_STEP = 16.0, 24.0
"""Lab units of a step of colour where regions are told apart."""
CONTOUR: Final = 5.0
"""Change of L* a pixel that counts as a contour."""
N_ANGLES: Final = 8
N_SECTORS: Final = 8
QUADTREE: Final = (12.0, 4.0)
"""Standard deviation of L* up to which a square of a quadtree is left whole."""
QUARTERS: Final = 4
"""Blocks along the side where parts of the picture are compared."""
_STEP_UP: Final = 1.0
"""L* by which a neighbour must be lighter to count as such in a local pattern."""
_RING: Final = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def statistics(pictures: NDArray[np.uint8]) -> Float64:
    """Looks at square pictures.

    Args:
        pictures: sRGB, shape (n, S, S, 3); S is 8 times the cells along the side, 6 or more.

    Returns:
        Shape (n, 39), in the order of `NAMES`.
    """
    parts = [_of_chunk(pictures[i : i + CHUNK]) for i in range(0, len(pictures), CHUNK)]
    return np.concatenate([np.empty((0, N_STATISTICS)), *parts])


def _of_chunk(pictures: NDArray[np.uint8]) -> Float64:
    lab = srgb_to_lab(pictures)
    light = np.ascontiguousarray(lab[..., 0])
    inner = list(np.moveaxis(lab - lab.mean(axis=(1, 2), keepdims=True), -1, 0).copy())
    down, right = (np.asarray(slope) for slope in np.gradient(light, axis=(1, 2)))
    columns = [
        *(autocorrelation(inner[:1], lag) for lag in LAGS),
        *(autocorrelation(inner[1:], lag) for lag in LAGS),
        *_regions(lab),
        *_figures(light),
        *_contours(np.hypot(down, right)),
        *_self_similarity(down, right),
        *_coherences(down, right),
        _spectral_anisotropy(light),
        *_local_patterns(light),
        *(quadtree_leaves(light, limit) for limit in QUADTREE),
        colourfulness(pictures),
        *_colours(lab),
        *_salience(light),
        *_rhythm(light, np.hypot(down, right)),
    ]
    return np.stack(columns, axis=1)


@njit(cache=True, nogil=True, error_model="numpy")
def blocks(values: Float64, side: int) -> Float64:
    """Means over squares of ``side`` pixels: (n, S, S) to (n, S / side, S / side)."""
    across = values.shape[1] // side
    out = np.zeros((len(values), across, across))
    for picture in range(len(values)):
        for y in range(across * side):
            for x in range(across * side):
                out[picture, y // side, x // side] += values[picture, y, x]
    return out / side**2


def blurred(values: Float64, side: int) -> Float64:
    """Means over squares of ``side`` (odd) pixels around each pixel, the edge repeated."""
    half = side // 2
    wide = np.pad(values, ((0, 0), (half, half), (half, half)), mode="edge")
    sums = np.pad(wide.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    rows = sums[:, side:] - sums[:, :-side]
    return np.asarray((rows[:, :, side:] - rows[:, :, :-side]) / side**2)


def autocorrelation(channels: list[Float64], lag: int) -> Float64:
    """Correlation of pixels with those ``lag`` beside and below them.

    Args:
        channels: Less their means, each (n, S, S).
        lag: Pixels, less than S.

    Returns:
        Shape (n,).
    """
    side = channels[0].shape[1]
    variance, covariance = np.zeros((2, len(channels[0])))
    for inner in channels:
        variance += np.einsum("nij,nij->n", inner, inner)
        covariance += np.einsum("nij,nij->n", inner[:, :, lag:], inner[:, :, :-lag])
        covariance += np.einsum("nij,nij->n", inner[:, lag:], inner[:, :-lag])
    covariance /= 2 * side * (side - lag)
    return np.asarray(covariance / (variance / side**2 + VARIANCE_FLOOR))


@njit(cache=True, nogil=True, error_model="numpy")
def regions(code: Int64) -> Int64:
    """Finds the regions of equal code in one picture (S, S); neighbours share a side.

    Returns:
        For each region, in reading order of its first pixel: its code, area, outline (sides of
        pixels, those at the picture's edge not counted), and pixels along the picture's edge,
        shape (regions, 4).
    """
    side = code.shape[0]
    found = np.zeros((side * side, 4), np.int64)
    seen = np.zeros((side, side), np.bool_)
    queue = np.empty(side * side, np.int64)
    count = 0
    for start in range(side * side):
        if seen[start // side, start % side]:
            continue
        own = code[start // side, start % side]
        seen[start // side, start % side] = True
        queue[0] = start
        length, area, outline, border = 1, 0, 0, 0
        while area < length:
            y, x = queue[area] // side, queue[area] % side
            area += 1
            border += y == 0 or x == 0 or y == side - 1 or x == side - 1
            for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                v, u = y + dy, x + dx
                if v < 0 or u < 0 or v >= side or u >= side:
                    continue
                if code[v, u] != own:
                    outline += 1
                elif not seen[v, u]:
                    seen[v, u] = True
                    queue[length] = v * side + u
                    length += 1
        found[count, 0], found[count, 1], found[count, 2], found[count, 3] = (
            own,
            area,
            outline,
            border,
        )
        count += 1
    return found[:count]


def _regions(lab: Float64) -> list[Float64]:
    """Number and sizes of regions of a colour, and how much of the edge the largest takes."""
    light = np.floor(lab[..., 0] / LIGHT_STEP)
    red, yellow = (np.rint(lab[..., c] / CHROMA_STEP) + 8 for c in (1, 2))
    code = (light * 256 + red * 16 + yellow).astype(np.int64)
    rows = []
    for picture in code:
        _, area, outline, border = regions(picture).T
        share = area / area.sum()
        largest = area == area.max()
        rows.append(
            (
                np.log(len(area)),
                share.max(),
                np.log((share**2).sum()),
                (share * np.log((outline + 1) / np.sqrt(area))).sum(),
                (border[largest] / (4 * (len(picture) - 1))).max(),
            )
        )
    return list(np.array(rows).T)


def _figures(light: Float64) -> list[Float64]:
    """What is lighter than the median once cells blur: number, largest part, outline."""
    soft = blurred(light, CELL - 1).round(6)  # lest a mirrored sum fall on the median's other side
    figure = (soft > np.median(soft, axis=(1, 2), keepdims=True)).astype(np.int64)
    rows = []
    for picture in figure:
        kind, area, outline, _ = regions(picture).T
        share = [area[kind == k].max(initial=0) / max(area[kind == k].sum(), 1) for k in (0, 1)]
        rows.append((np.log(len(area)), np.mean(share), np.log1p(outline.sum() / len(picture))))
    return list(np.array(rows).T)


def _contours(steepness: Float64) -> list[Float64]:
    """Number of connected contours, and how much of all contour belongs together."""
    rows = []
    for picture in (steepness > CONTOUR).astype(np.int64):
        kind, area, _, _ = regions(picture).T
        line = area[kind == 1]
        rows.append((np.log1p(len(line)), (line**2).sum() / max(line.sum(), 1) ** 2))
    return list(np.array(rows).T)


@njit(cache=True, nogil=True, error_model="numpy")
def orientations(down: Float64, right: Float64, across: int) -> Float64:
    """Steepness by orientation in blocks of pictures (n, S, S): (n, across, across, 8)."""
    out = np.zeros((len(down), across, across, N_ANGLES))
    side = down.shape[1] // across
    for picture in range(len(down)):
        for y in range(down.shape[1]):
            for x in range(down.shape[1]):
                v, u = down[picture, y, x], right[picture, y, x]
                if v != 0.0 or u != 0.0:
                    turn = round(math.atan2(v, u) * (N_ANGLES / np.pi)) % N_ANGLES
                    out[picture, y // side, x // side, int(turn)] += math.hypot(v, u)
    return out


def _self_similarity(down: Float64, right: Float64) -> list[Float64]:
    """Likeness of parts' edges to those of the whole, halves and quarters; their anisotropy."""
    quarters = orientations(down, right, QUARTERS)
    n = len(quarters)
    halves = quarters.reshape(n, 2, QUARTERS // 2, 2, QUARTERS // 2, N_ANGLES).sum(axis=(2, 4))
    whole, half, quarter = (
        part / np.maximum(part.sum(axis=2, keepdims=True), 1e-9)
        for part in (
            p.reshape(n, -1, N_ANGLES) for p in (quarters.sum(axis=(1, 2)), halves, quarters)
        )
    )
    likeness = [np.median(np.minimum(p, whole).sum(axis=2), axis=1) for p in (half, quarter)]
    return [*likeness, quarter.std(axis=(1, 2))]


def _coherences(down: Float64, right: Float64) -> list[Float64]:
    """How much edges agree in direction: in cells, around the corners of cells, in quarters."""
    half = CELL // 2
    inner = slice(half, -half)
    yy, xx, xy = tensor = down * down, right * right, down * right
    around = (yy[:, inner, inner], xx[:, inner, inner], xy[:, inner, inner])
    quarter = down.shape[1] // QUARTERS
    return [_coherence(tensor, CELL), _coherence(around, CELL), _coherence(tensor, quarter)]


def _coherence(tensor: tuple[Float64, Float64, Float64], side: int) -> Float64:
    """Coherence of the structure tensor in squares of pixels, weighted by energy, in [0, 1]."""
    yy, xx, xy = (blocks(part, side) for part in tensor)
    anisotropic = np.hypot(xx - yy, 2 * xy).sum(axis=(1, 2))
    return np.asarray(anisotropic / ((xx + yy).sum(axis=(1, 2)) + 1e-9))


def _spectral_anisotropy(light: Float64) -> Float64:
    """How unequally directions share the spectrum: deviation of log energy over sectors."""
    side = light.shape[1]
    inner = light - light.mean(axis=(1, 2), keepdims=True)
    window = np.hanning(side + 2)[1:-1]
    power = np.abs(np.fft.fft2(inner * window[:, None] * window)) ** 2
    frequency = np.fft.fftfreq(side) * side
    y, x = frequency[:, None], frequency
    radius = np.hypot(y, x)
    sector = np.rint(np.arctan2(y, x) * (N_SECTORS / np.pi)).astype(np.int64) % N_SECTORS
    used = (radius >= 2) & (radius <= side / 4)
    energy = [power[:, used & (sector == k)].mean(axis=1) for k in range(N_SECTORS)]
    return np.asarray(np.log(np.stack(energy) + 1.0).std(axis=0))


def _local_patterns(light: Float64) -> list[Float64]:
    """Shares of local binary patterns: flat, edge, ragged; and edge, ragged seen coarsely."""
    flat, edge, ragged = _pattern_shares(light)
    _, coarse_edge, coarse_ragged = _pattern_shares(blocks(light, CELL // 2))
    return [flat, edge, ragged, coarse_edge, coarse_ragged]


def _pattern_shares(light: Float64) -> tuple[Float64, Float64, Float64]:
    """Pixels with no lighter neighbour on their ring, 3 to 5 in a row, and in several runs."""
    end = light.shape[1] - 1
    middle = light[:, 1:-1, 1:-1]
    ring = np.stack(
        [light[:, 1 + y : end + y, 1 + x : end + x] > middle + _STEP_UP for y, x in _RING]
    )
    lighter = ring.sum(axis=0)
    changes = (ring != np.roll(ring, 1, axis=0)).sum(axis=0)
    one_run = changes <= 2
    return (
        (lighter == 0).mean(axis=(1, 2)),
        (one_run & (lighter >= 3) & (lighter <= 5)).mean(axis=(1, 2)),
        (~one_run).mean(axis=(1, 2)),
    )


def quadtree_leaves(light: Float64, limit: float) -> Float64:
    """Log number of squares a quadtree cuts pictures (n, S, S) into until each is even.

    Squares are halved while that gives whole pixels and L* deviates by more than ``limit``.
    """
    side = light.shape[1]
    leaves = np.zeros(len(light))
    alive = np.ones((len(light), 1, 1), np.bool_)
    while True:
        first, second = blocks(light, side), blocks(light**2, side)
        uneven = second - first**2 > limit**2
        split = alive & uneven if side % 2 == 0 else np.zeros_like(alive)
        leaves += (alive & ~split).sum(axis=(1, 2))
        if side % 2:
            return np.log(leaves)
        alive = split.repeat(2, axis=1).repeat(2, axis=2)
        side //= 2


def colourfulness(pictures: NDArray[np.uint8]) -> Float64:
    """Hasler and Suesstrunk's M of sRGB pictures (n, S, S, 3)."""
    red, green, blue = np.moveaxis(pictures.astype(np.float64), -1, 0)
    first, second = red - green, (red + green) / 2 - blue
    spread = np.hypot(first.std(axis=(1, 2)), second.std(axis=(1, 2)))
    return np.asarray(spread + 0.3 * np.hypot(first.mean(axis=(1, 2)), second.mean(axis=(1, 2))))


def _colours(lab: Float64) -> list[Float64]:
    """Effective number of colours, logarithmic; correlation of lightness with chroma."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    code = np.floor(lab[..., 0] / LIGHT_STEP) * 256
    code += (np.rint(lab[..., 1] / CHROMA_STEP) + 8) * 16 + np.rint(lab[..., 2] / CHROMA_STEP) + 8
    numbers = []
    for picture in code:
        share = np.unique(picture, return_counts=True)[1] / picture.size
        numbers.append(-(share * np.log(share)).sum())
    light = lab[..., 0] - lab[..., 0].mean(axis=(1, 2), keepdims=True)
    chroma = chroma - chroma.mean(axis=(1, 2), keepdims=True)
    variance = (light**2).mean(axis=(1, 2)) * (chroma**2).mean(axis=(1, 2))
    both = (light * chroma).mean(axis=(1, 2)) / np.sqrt(variance + VARIANCE_FLOOR**2)
    return [np.array(numbers), both]


def _salience(light: Float64) -> list[Float64]:
    """How much centres of a cell stand out from a surround of three, and how evenly."""
    out = np.abs(blurred(light, CELL - 1) - blurred(light, 3 * CELL - 1))
    share = blocks(out, light.shape[1] // QUARTERS).reshape(len(light), -1)
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(axis=1)
    return [np.log(out.mean(axis=(1, 2)) + 0.1), entropy / np.log(QUARTERS**2)]


def _rhythm(light: Float64, steepness: Float64) -> list[Float64]:
    """How much quarters differ in lightness, of all its variance, and in how steep they are."""
    side = light.shape[1] // QUARTERS
    variance = light.var(axis=(1, 2)) + VARIANCE_FLOOR
    of_light = blocks(light, side).var(axis=(1, 2)) / variance
    detail = blocks(steepness, side)
    return [of_light, detail.std(axis=(1, 2)) / (detail.mean(axis=(1, 2)) + 0.1)]
