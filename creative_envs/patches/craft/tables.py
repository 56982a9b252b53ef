"""Tile tables: all that scoring must know of the pixels, so that no score ever looks at one.

Every statistic of a composition is a sum over its cells, over pairs of neighbours or over pairs of
mirrored cells. Computed once a library for every tile and pair of tiles, they make a full score a
matter of look-ups; `tests.patches.pixel_score` computes the same from pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.geometry import N_TRANSFORMS, composed
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.patch_library import PatchLibrary

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

N_ANGLES: Final = 24
"""Bins of edge orientations and of hues, each centred on a multiple of 15 degrees."""
N_LIGHTS: Final = 16
"""Bins of lightness, L* 0..100."""
INNER_LEVELS: Final = 3
"""Levels of the Haar pyramid inside a tile of 8 pixels."""
FAINT_EDGE: Final = 0.5
"""Gradients (L* a pixel) below this have no orientation."""
FAINT_CHROMA: Final = 6.0
"""Colours of less chroma have no hue."""
CHROMA_WEIGHT: Final = 0.7
"""Of a* and b* beside L* where borders are compared."""
SEAM_QUANTILE: Final = 5.0
"""A seam as close as this percentile of a library's is a good fit ..."""
SEAM_SLACK: Final = 2.0
"""... give or take this (Lab units)."""
FLAT: Final = 1.0
"""Lab units: borders that vary less have no contour worth going on."""
SAME_PATCH_CREDIT: Final = 0.5
"""Of a seam between two tiles of one photographic patch, which goes on in its mirror image."""

N_INKS: Final = 6
"""Colours that stand for all pixels of a library."""
INK_RADIUS: Final = 3.0
"""Lab units within which pixels count as one colour, more or less."""
MOST_INK_PIXELS: Final = 1536
"""Pixels that are looked at: all of 24 patches."""
INK_DISTANCE: Final = 25.0
"""Inks keep this distance, as long as there are pixels so far from all others."""

MIRRORS: Final = (4, 6, 2, 5, 7)
"""Transforms of the symmetries: left-right, up-down, half turn, and the two diagonals."""


class TileTables(NamedTuple):
    """Statistics of the A tiles of each of n libraries; the kernels read rows of one library."""

    mean: Float64
    """(n, A, 3) mean L*, a*, b*."""
    energy: Float64
    """(n, A, 3) Haar energy of L* inside the tile, finest level first (orthonormal, summed)."""
    gradient: Float64
    """(n, A) mean gradient magnitude, L* a pixel."""
    angles: Float64
    """(n, A, 24) gradient magnitude by orientation."""
    histograms: Float64
    """(n, A, 64) ``angles`` again, chroma by hue (24), and pixels by lightness (16): side by side,
    since they are summed together."""
    seam_right: Float32
    """(n, A, A) fit of the right border of a tile (row) and the left one of another, in [0, 1]."""
    seam_down: Float32
    """(n, A, A) fit of the lower border of a tile (row) and the upper one of another."""
    onward_right: Float32
    """(n, A, A) how alike colours change along the right border of a tile (row) and the left one of
    another: their correlation, 0 where it is negative."""
    onward_down: Float32
    """(n, A, A) the same of the lower border of a tile (row) and the upper one of another."""
    contour: Float32
    """(n, A, 4) standard deviation of colour along the right, left, lower and upper border: how
    much contour ends there."""
    distance: Float32
    """(n, A, A) mean distance of the pixels of two tiles, Lab units."""
    mirrored: NDArray[np.int16]
    """(5, A) the tile under each of `MIRRORS`."""
    typical_distance: Float32
    """(n,) median of ``distance``."""
    inks: Float64
    """(n, 6, 3) L*, a*, b* of the inks."""
    ink_share: Float64
    """(n, A, 6) share of the tile's pixels that are nearest to each ink."""


def tile_tables(libraries: Sequence[PatchLibrary]) -> TileTables:
    """Computes the tables of libraries with the same number of patches."""
    parts = [_library_tables(library) for library in libraries]
    tiles = np.arange(len(libraries[0].tiles))
    patch, transform = np.divmod(tiles, N_TRANSFORMS)
    mirrored = [
        [p * N_TRANSFORMS + composed(int(t), mirror) for p, t in zip(patch, transform, strict=True)]
        for mirror in MIRRORS
    ]
    stacked = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return TileTables(mirrored=np.array(mirrored, np.int16), **stacked)


def _library_tables(library: PatchLibrary) -> dict[str, NDArray[Any]]:
    lab = srgb_to_lab(library.tiles)
    lightness = lab[..., 0]
    distance = pixel_distances(lab)
    gradient, angles = edges(lightness)
    inks = library_inks(library)
    return {
        "mean": lab.mean(axis=(1, 2)),
        "energy": _haar_energy(lightness),
        "gradient": gradient,
        "angles": angles,
        "histograms": np.concatenate(
            (angles, hue_histogram(lab), light_histogram(lightness)), axis=1
        ),
        **_borders(lab, library.photographic),
        "distance": distance,
        "typical_distance": np.array(np.median(distance)),
        "inks": inks,
        "ink_share": ink_shares(lab, inks),
    }


@lru_cache(maxsize=64)
def library_inks(library: PatchLibrary) -> Float64:
    """Colours (6, 3) that stand for the pixels of a library's patches, darkest first.

    The colour with the most pixels near it, then the same among those that are far from the
    colours chosen: the paints of a drawn library come out pure, and nothing is drawn at random.
    """
    pixels = srgb_to_lab(library.patches).reshape(-1, 3)
    pixels = pixels[:: -(-len(pixels) // MOST_INK_PIXELS)]
    near = np.sqrt(((pixels[:, None] - pixels) ** 2).sum(axis=2))
    crowd = np.exp(-near / INK_RADIUS)
    away = np.full(len(pixels), np.inf)
    chosen: list[int] = []
    for _ in range(N_INKS):
        free = away > INK_DISTANCE
        popular = int((crowd @ free * free).argmax())
        chosen.append(popular if free.any() else int(away.argmax()))
        away = np.minimum(away, near[chosen[-1]])
    return np.array(sorted(pixels[chosen].tolist()))


def _nearest_ink(pixels: Float64, inks: Float64) -> NDArray[np.int64]:
    """Index of the ink nearest to each colour (..., 3)."""
    away = ((pixels[..., None, :] - inks) ** 2).sum(axis=-1)
    return np.asarray(away.argmin(axis=-1))


def ink_shares(lab: Float64, inks: Float64) -> Float64:
    """Share of the pixels of tiles (A, 8, 8, 3) nearest to each of the inks, shape (A, 6)."""
    nearest = _nearest_ink(lab, inks)
    counts = _histogram(nearest, np.ones(nearest.shape), len(inks))
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _haar_energy(lightness: Float64) -> Float64:
    """Sum of squared details at each level inside tiles (A, 8, 8), shape (A, 3)."""
    levels, rest = [], lightness
    for _ in range(INNER_LEVELS):
        a, b = rest[:, ::2, ::2], rest[:, ::2, 1::2]
        c, d = rest[:, 1::2, ::2], rest[:, 1::2, 1::2]
        details = ((a - b + c - d) / 2, (a + b - c - d) / 2, (a - b - c + d) / 2)
        levels.append(sum((detail**2).sum(axis=(1, 2)) for detail in details))
        rest = (a + b + c + d) / 2
    return np.stack(levels, axis=1)


def edges(lightness: Float64) -> tuple[Float64, Float64]:
    """Mean gradient (A,) of tiles (A, 8, 8), and its magnitude by orientation (A, 24)."""
    down, right = np.gradient(lightness, axis=(1, 2))
    magnitude = np.hypot(right, down)
    strong = np.where(magnitude > FAINT_EDGE, magnitude, 0.0)
    return magnitude.mean(axis=(1, 2)), _by_angle(np.arctan2(down, right), strong)


def hue_histogram(lab: Float64) -> Float64:
    """Chroma of pixels (A, 8, 8, 3) by hue, shape (A, 24)."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    coloured = np.where(chroma > FAINT_CHROMA, chroma, 0.0)
    return _by_angle(np.arctan2(lab[..., 2], lab[..., 1]), coloured)


def light_histogram(lightness: Float64) -> Float64:
    """How many pixels of (A, 8, 8) lie in each bin of lightness, shape (A, 16)."""
    place = np.clip((lightness * N_LIGHTS / 100).astype(np.int64), 0, N_LIGHTS - 1)
    return _histogram(place, np.ones_like(lightness), N_LIGHTS)


def _by_angle(angle: Float64, weight: Float64) -> Float64:
    turn = np.rint(angle * (N_ANGLES / (2 * np.pi))).astype(np.int64) % N_ANGLES
    return _histogram(turn, weight, N_ANGLES)


def _histogram(place: NDArray[np.int64], weight: Float64, bins: int) -> Float64:
    """Weights of (A, ...) summed by place, shape (A, bins)."""
    tiles = len(place)
    flat = (place.reshape(tiles, -1) + bins * np.arange(tiles)[:, None]).ravel()
    summed = np.bincount(flat, weight.ravel(), bins * tiles).reshape(tiles, bins)
    return np.asarray(summed)


@njit(cache=True, nogil=True, error_model="numpy")
def pixel_distances(lab: Float64) -> Float32:
    """Mean distance between the pixels of every two tiles (A, 8, 8, 3), shape (A, A)."""
    count, side = lab.shape[0], lab.shape[1]
    distances = np.zeros((count, count), np.float32)
    for one in range(count):
        for other in range(one):
            total = 0.0
            for y in range(side):
                for x in range(side):
                    light = lab[one, y, x, 0] - lab[other, y, x, 0]
                    red = lab[one, y, x, 1] - lab[other, y, x, 1]
                    yellow = lab[one, y, x, 2] - lab[other, y, x, 2]
                    total += math.sqrt(light * light + red * red + yellow * yellow)
            distances[one, other] = distances[other, one] = total / (side * side)
    return distances


def _borders(lab: Float64, photographic: bool) -> dict[str, Float32]:
    """Tables of every two tiles side by side and one above the other, and of contours."""
    weighted = lab * np.array([1.0, CHROMA_WEIGHT, CHROMA_WEIGHT])
    right, left = weighted[:, :, -1], weighted[:, :, 0]
    lower, upper = weighted[:, -1], weighted[:, 0]
    across, down = _border_distances(right, left), _border_distances(lower, upper)
    tolerance = np.percentile(across, SEAM_QUANTILE) + SEAM_SLACK
    patch = np.arange(len(lab)) // N_TRANSFORMS
    same = (patch[:, None] == patch) & photographic
    credit = np.where(same, SAME_PATCH_CREDIT, 1.0)
    tables = {
        "seam_right": credit / (1 + (across / tolerance) ** 2),
        "seam_down": credit / (1 + (down / tolerance) ** 2),
        "onward_right": credit * _border_likeness(right, left),
        "onward_down": credit * _border_likeness(lower, upper),
        "contour": np.stack([_changes(b)[1] for b in (right, left, lower, upper)], axis=1),
    }
    return {name: table.astype(np.float32) for name, table in tables.items()}


def _changes(border: Float64) -> tuple[Float64, Float64]:
    """Colours along borders (A, 8, 3) less their mean, flat, and their standard deviation (A,)."""
    inner = (border - border.mean(axis=1, keepdims=True)).reshape(len(border), -1)
    return inner, np.sqrt((inner**2).sum(axis=1) / border.shape[1])


def _border_likeness(ends: Float64, begins: Float64) -> Float64:
    """Correlation of colours along borders (A, 8, 3) that would touch, from 0, shape (A, A)."""
    (end, end_spread), (begin, begin_spread) = _changes(ends), _changes(begins)
    norms = np.hypot(end_spread, FLAT)[:, None] * np.hypot(begin_spread, FLAT) * ends.shape[1]
    return np.asarray(np.maximum(end @ begin.T / norms, 0))


@njit(cache=True, nogil=True, error_model="numpy")
def _border_distances(ends: Float64, begins: Float64) -> Float64:
    """Mean distance of the pixels of borders (A, 8, 3) that would touch, shape (A, A)."""
    count, side = ends.shape[0], ends.shape[1]
    distances = np.empty((count, count))
    for one in range(count):
        for other in range(count):
            total = 0.0
            for pixel in range(side):
                square = 0.0
                for k in range(3):
                    square += (ends[one, pixel, k] - begins[other, pixel, k]) ** 2
                total += math.sqrt(square)
            distances[one, other] = total / side
    return distances
