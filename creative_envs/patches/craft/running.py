"""The measures of canvases that grow in reading order, from sums kept from cell to cell.

All that is summed over cells, neighbours or mirrored cells gains only the new cell's part. Beside
it, `measures.measure` looks at whole canvases, with holes or without: the same formulas, but its
sums are in another order, so that the last bits may differ.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.craft.histograms import measure_histograms
from creative_envs.patches.craft.measure_names import REUSE
from creative_envs.patches.craft.measures import (
    DOWN,
    LONGEST_PERIOD,
    N_HISTOGRAMS,
    N_TILE_SUMS,
    RIGHT,
    add_tile,
    measure_images,
    measure_layout,
    measure_period,
    measure_seams,
    mirror_cell,
    seam_of,
)
from creative_envs.patches.craft.tables import MIRRORS, N_INKS, TileTables
from creative_envs.patches.geometry import N_TRANSFORMS

Float64 = NDArray[np.float64]

N_MIRRORS: Final = len(MIRRORS)
CELLS: Final = N_TILE_SUMS
"""How many cells the sums are of; before it, what is summed over single cells."""
USED_MOST: Final = CELLS + 1
"""Uses of the patch used most."""
ENDING: Final = USED_MOST + 1
"""Of seams: contour that ends there, that goes on, fit, and how many there are."""
INK_SHARE: Final = ENDING + 4
IMAGES: Final = INK_SHARE + N_INKS
"""Distances to the images, and how many pairs of each."""
PERIODS: Final = IMAGES + 2 * N_MIRRORS
"""The same of the canvas and itself moved by each period."""
N_SUMS: Final = PERIODS + 2 * LONGEST_PERIOD


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def keep_up(
    cells: NDArray[np.int16],
    filled: int,
    size: int,
    library: int,
    tables: TileTables,
    sums: Float64,
) -> None:
    """Brings the sums of one canvas up to its last cell.

    Args:
        cells: Tiles in reading order, shape (size * size,).
        filled: How many are placed.
        size: Cells along the side.
        library: Which of the tables' libraries.
        tables: Of the tiles.
        sums: Of the first cells of this canvas, or of more cells than it has: then they are made
            anew. Written, shape (98,); 0 for an empty canvas.
    """
    if sums[CELLS] > filled:
        sums[:] = 0.0
    for cell in range(int(sums[CELLS]), filled):
        add_tile(cells[cell], library, tables, sums)
        for ink in range(N_INKS):
            sums[INK_SHARE + ink] += tables.ink_share[library, cells[cell], ink]
        _add_use(cells, cell, sums)
        _add_seams(cells, cell, size, library, tables, sums)
        _add_images(cells, cell, size, tables.mirrored, tables.distance[library], sums)
        _add_periods(cells, cell, size, tables.distance[library], sums)
    sums[CELLS] = filled


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def measure_kept(
    cells: NDArray[np.int16],
    size: int,
    library: int,
    tables: TileTables,
    sums: Float64,
    out: Float64,
) -> None:
    """Measures one canvas that is neither empty nor full, as far as growing ones are judged.

    Args:
        cells: Tiles in reading order, -1 where nothing is placed, shape (size * size,).
        size: Cells along the side.
        library: Which of the tables' libraries.
        tables: Of the tiles.
        sums: Of this canvas, from `keep_up`, shape (98,).
        out: Written, shape (22,); 0 where only full canvases are judged: slopes, variety.
    """
    filled, typical = int(sums[CELLS]), tables.typical_distance[library]
    out[:] = 0.0
    ending, going_on, fit, seams = (
        sums[ENDING],
        sums[ENDING + 1],
        sums[ENDING + 2],
        sums[ENDING + 3],
    )
    if seams:
        measure_seams(ending, going_on, fit, seams, out)
    measure_layout(cells, size, filled, sums, tables.mean[library], tables.gradient[library], out)
    counts = IMAGES + N_MIRRORS
    measure_images(sums[IMAGES:counts], sums[counts:PERIODS], typical, out)
    for period in range(LONGEST_PERIOD):
        total, count = sums[PERIODS + period], sums[PERIODS + LONGEST_PERIOD + period]
        measure_period(total, count, typical, out)
    measure_histograms(sums[:N_HISTOGRAMS], filled, out)
    out[REUSE] = sums[USED_MOST] / len(cells)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _add_use(cells: NDArray[np.int16], cell: int, sums: Float64) -> None:
    patch, uses = cells[cell] // N_TRANSFORMS, 0
    for earlier in range(cell + 1):
        uses += cells[earlier] // N_TRANSFORMS == patch
    sums[USED_MOST] = max(sums[USED_MOST], uses)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _add_seams(
    cells: NDArray[np.int16],
    cell: int,
    size: int,
    library: int,
    tables: TileTables,
    sums: Float64,
) -> None:
    """Adds the seams of a new cell and its neighbours to the left and above."""
    contour = tables.contour[library]
    if cell % size:
        onward, seam = tables.onward_right[library], tables.seam_right[library]
        _add_seam(seam_of(cells[cell - 1], cells[cell], RIGHT, contour, onward, seam), sums)
    if cell >= size:
        onward, seam = tables.onward_down[library], tables.seam_down[library]
        _add_seam(seam_of(cells[cell - size], cells[cell], DOWN, contour, onward, seam), sums)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _add_seam(seam: tuple[float, float, float], sums: Float64) -> None:
    for part in range(3):
        sums[ENDING + part] += seam[part]
    sums[ENDING + 3] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _add_images(
    cells: NDArray[np.int16],
    cell: int,
    size: int,
    mirrored: NDArray[np.int16],
    distance: NDArray[np.float32],
    sums: Float64,
) -> None:
    """Adds the pairs of a new cell and the filled cells in its mirrored places."""
    y, x = divmod(cell, size)
    for kind in range(N_MIRRORS):
        place = mirror_cell(kind, x, y, size)
        if place > cell:
            continue
        tile, other = cells[cell], cells[place]
        sums[IMAGES + kind] += distance[mirrored[kind, tile], other]
        sums[IMAGES + N_MIRRORS + kind] += 1
        if place < cell:  # the pair as seen from the other cell
            sums[IMAGES + kind] += distance[mirrored[kind, other], tile]
            sums[IMAGES + N_MIRRORS + kind] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _add_periods(
    cells: NDArray[np.int16],
    cell: int,
    size: int,
    distance: NDArray[np.float32],
    sums: Float64,
) -> None:
    """Adds the pairs of a new cell and those 1 to 4 cells to the left and above."""
    for period in range(1, LONGEST_PERIOD + 1):
        place = PERIODS + period - 1
        if cell % size >= period:
            sums[place] += distance[cells[cell - period], cells[cell]]
            sums[place + LONGEST_PERIOD] += 1
        if cell >= period * size:
            sums[place] += distance[cells[cell - period * size], cells[cell]]
            sums[place + LONGEST_PERIOD] += 1
