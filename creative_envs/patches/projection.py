"""Pictures projected onto a library: tiles that fit their cells of the picture, and each other.

The best-fitting tile alone in every cell gives broken contours; a mosaicist would look at the
neighbours, too. So tiles are first laid by fit, then exchanged cell by cell (iterated conditional
modes; Besag, 1986) while that lowers misfit to the picture plus misfit of the seams.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.geometry import CELL, N_TRANSFORMS
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.patch_library import PatchLibrary

BUDGET_SHARE: Final = 8
"""A patch may fill at most one in so many cells."""
TIE: Final = 2.0**-6
"""Squared Lab units, summed over a cell: misfits as near as this are equal, as those of a flat cell
to a tile and to its mirror image should be. Else the last bit of a sum, which differs from machine
to machine, would choose between them."""
SWEEPS: Final = 6
SEAM_WEIGHT: Final = 0.3
"""Of a seam that does not fit at all, beside the mean misfit of tiles drawn at random as 1."""


def budget(size: int) -> int:
    """How often a patch may be used on a canvas: an eighth of its cells, rounded up."""
    return -(-size * size // BUDGET_SHARE)


def project(
    pictures: NDArray[np.float64],
    library: PatchLibrary,
    seam_right: NDArray[np.float32],
    seam_down: NDArray[np.float32],
) -> NDArray[np.int16]:
    """Lays out tiles so that they resemble pictures, each patch within its budget.

    Args:
        pictures: L*, a*, b*, shape (n, 8 size, 8 size, 3).
        library: Whose tiles.
        seam_right: Its table of seams, see `craft.tables.TileTables`, shape (A, A).
        seam_down: As well.

    Returns:
        Tiles in reading order, shape (n, size * size).
    """
    tiles = np.flatnonzero(library.distinct)
    tile_lab = srgb_to_lab(library.tiles[tiles])
    size = pictures.shape[1] // CELL
    parts = pictures.reshape(-1, size, CELL, size, CELL, 3).swapaxes(2, 3)
    misfits = _squared_distances(
        parts.reshape(-1, CELL * CELL * 3), tile_lab.reshape(len(tiles), -1)
    )
    misfits = np.rint(misfits / TIE).reshape(-1, size * size, len(tiles))
    cells = np.empty((len(pictures), size * size), np.int16)
    for misfit, row in zip(misfits, cells, strict=True):
        order = np.argsort(misfit, axis=None, kind="stable")
        uses = np.zeros(len(library), np.int64)
        _assign(order, tiles, budget(size), uses, row)
        misfit /= misfit.mean()
        _settle(row, size, tiles, misfit, seam_right, seam_down, budget(size), uses)
    return cells


def toned(pictures: NDArray[np.float64], library: PatchLibrary) -> NDArray[np.float64]:
    """Pictures (n, S, S, 3) in Lab with the lightness the paints of a library have.

    Mean and spread of L* become the library's, as a painter would do; colours stay.
    """
    lightness = srgb_to_lab(library.patches)[..., 0]
    pictures = pictures.copy()
    own = pictures[..., 0]
    spread = np.maximum(own.std(axis=(1, 2), keepdims=True), 1e-6)
    own[...] = (own - own.mean(axis=(1, 2), keepdims=True)) / spread * lightness.std()
    own += lightness.mean()
    return pictures


def _squared_distances(
    these: NDArray[np.float64], those: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Between the rows of (n, p) and (m, p), shape (n, m)."""
    squares = (these**2).sum(axis=1)[:, None] + (those**2).sum(axis=1)
    return np.asarray(squares - 2 * these @ those.T)


@njit(cache=True, nogil=True, error_model="numpy")
def _assign(
    order: NDArray[np.int64],
    tiles: NDArray[np.int64],
    most: int,
    uses: NDArray[np.int64],
    cells: NDArray[np.int16],
) -> None:
    """Takes pairs (cell, tile) in order, as long as the cell is free and the patch not used up."""
    cells[:] = -1
    for pair in order:
        cell, tile = pair // len(tiles), tiles[pair % len(tiles)]
        patch = tile // N_TRANSFORMS
        if cells[cell] < 0 and uses[patch] < most:
            cells[cell] = tile
            uses[patch] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(
    cells: NDArray[np.int16],
    size: int,
    tiles: NDArray[np.int64],
    misfit: NDArray[np.float64],
    seam_right: NDArray[np.float32],
    seam_down: NDArray[np.float32],
    most: int,
    uses: NDArray[np.int64],
) -> None:
    """Exchanges tiles one cell at a time for the one that fits picture and neighbours best."""
    for _ in range(SWEEPS):
        for cell in range(len(cells)):
            y, x = cell // size, cell % size
            own = cells[cell] // N_TRANSFORMS
            best, lowest = cells[cell], np.inf
            for index in range(len(tiles)):
                tile = tiles[index]
                if tile // N_TRANSFORMS != own and uses[tile // N_TRANSFORMS] >= most:
                    continue
                cost = misfit[cell, index]
                if x > 0:
                    cost -= SEAM_WEIGHT * seam_right[cells[cell - 1], tile]
                if x + 1 < size:
                    cost -= SEAM_WEIGHT * seam_right[tile, cells[cell + 1]]
                if y > 0:
                    cost -= SEAM_WEIGHT * seam_down[cells[cell - size], tile]
                if y + 1 < size:
                    cost -= SEAM_WEIGHT * seam_down[tile, cells[cell + size]]
                if cost < lowest:
                    lowest, best = cost, tile
            uses[own] -= 1
            uses[best // N_TRANSFORMS] += 1
            cells[cell] = best
