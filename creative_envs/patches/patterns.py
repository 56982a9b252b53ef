"""Known families of patterns, legal on a canvas: to repeat them is nothing new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.geometry import N_TRANSFORMS, composed, moved_cells

Rng = np.random.Generator
Cells = NDArray[np.int64]

KALEIDOSCOPE_TURNS: Final = (0, 4, 6, 2)
"""Transforms of the quadrants: upper left, upper right, lower left, lower right."""


def under(tiles: Cells, transform: int) -> Cells:
    """Tiles (...) under a further transform."""
    after = np.array([composed(before, transform) for before in range(N_TRANSFORMS)])
    return np.asarray(tiles // N_TRANSFORMS * N_TRANSFORMS + after[tiles % N_TRANSFORMS])


def turned(cells: Cells, size: int, transform: int) -> Cells:
    """Full canvases (n, cells) under a transform of the whole."""
    return under(cells[:, moved_cells(size, transform)], transform)


def stripes(tiles: Cells, size: int, rng: Rng) -> Cells:
    """Rows of one tile each."""
    return np.repeat(_different_patches(tiles, size, rng), size).reshape(size, size)


def checker(tiles: Cells, size: int, rng: Rng) -> Cells:
    """Two kinds of tiles by turns; each kind of several patches, as none may be used so often."""
    chosen = _different_patches(tiles, 2 * (size // 2), rng).reshape(2, -1)
    row = np.arange(size)
    kind = (row[:, None] + row) % 2
    column = np.broadcast_to((row % chosen.shape[1])[:, None], kind.shape)
    return np.asarray(chosen[kind, column])


def quilt(tiles: Cells, size: int, rng: Rng) -> Cells:
    """A block of half the side, four times."""
    half = size // 2
    block = rng.choice(tiles, (half, half), replace=len(tiles) < half * half)
    return np.tile(block, (2, 2))


def truchet(tiles: Cells, size: int, rng: Rng) -> Cells:
    """A few patches under any transform, at random (Truchet, 1704)."""
    few = _different_patches(tiles, size, rng) // N_TRANSFORMS
    pool = tiles[np.isin(tiles // N_TRANSFORMS, few)]
    order = rng.permutation(np.repeat(few, size))
    options = [pool[pool // N_TRANSFORMS == patch] for patch in order]
    return np.array([rng.choice(choice) for choice in options]).reshape(size, size)


def kaleidoscope(tiles: Cells, size: int, rng: Rng) -> Cells:
    """A quadrant and its mirror images."""
    half = size // 2
    return mirrored_quadrant(rng.choice(tiles, (half, half)))


def mirrored_quadrant(quadrant: Cells) -> Cells:
    """A canvas of a quadrant (h, h) and its three mirror images, shape (2 h, 2 h)."""
    upper = np.hstack((quadrant, under(quadrant[:, ::-1], KALEIDOSCOPE_TURNS[1])))
    return np.vstack((upper, under(upper[::-1], KALEIDOSCOPE_TURNS[2])))


FAMILIES: Final[Mapping[str, Callable[[Cells, int, Rng], Cells]]] = {
    "stripes": stripes,
    "checker": checker,
    "quilt": quilt,
    "truchet": truchet,
    "kaleidoscope": kaleidoscope,
}


def patterns(tiles: Cells, size: int, each: int, rng: Rng) -> NDArray[np.int16]:
    """Members of every family, shape (families * each, size * size).

    Args:
        tiles: The distinct tiles, shape (m,).
        size: Cells along the side.
        each: How many of a family.
        rng: Source of randomness.
    """
    made = [family(tiles, size, rng) for family in FAMILIES.values() for _ in range(each)]
    return np.array(made).reshape(len(made), -1).astype(np.int16)


def _different_patches(tiles: Cells, count: int, rng: Rng) -> Cells:
    """So many tiles of different patches."""
    patch = tiles // N_TRANSFORMS
    chosen = rng.permutation(np.unique(patch))[:count]
    return np.array([rng.choice(tiles[patch == p]) for p in chosen])
