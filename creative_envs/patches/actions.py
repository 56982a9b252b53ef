"""The rules: cells are filled in reading order, each with a tile whose patch is not used up."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.geometry import N_TRANSFORMS


@njit(cache=True, nogil=True, error_model="numpy")
def begin_works(
    rows: NDArray[np.int64],
    library: NDArray[np.int64],
    distinct: NDArray[np.bool_],
    mask: NDArray[np.int8],
    uses: NDArray[np.int32],
) -> None:
    """Prepares empty canvases in the named rows (n,).

    Args:
        rows: Which.
        library: Of each of them, shape (n,).
        distinct: The tiles that do not repeat another one, shape (libraries, A).
        mask: Written, shape (N, A).
        uses: Written, of each patch in the first K columns, and 0 beyond, shape (N, S).
    """
    for index in range(len(rows)):
        row = rows[index]
        uses[row] = 0
        for tile in range(mask.shape[1]):
            mask[row, tile] = distinct[library[index], tile]


@njit(cache=True, nogil=True, error_model="numpy")
def advance_works(
    actions: NDArray[np.int64],
    active: NDArray[np.bool_],
    budget: int,
    tokens: NDArray[np.int16],
    length: NDArray[np.int32],
    mask: NDArray[np.int8],
    uses: NDArray[np.int32],
    finished: NDArray[np.bool_],
) -> None:
    """Puts a tile into the next cell of every active canvas; see `Task.advance`.

    Args:
        actions: Tiles, shape (N,).
        active: Which canvases, shape (N,).
        budget: Uses of a patch; all patches' together suffice for a canvas.
        tokens: Written, rows (patch, transform), shape (N, L, 2).
        length: Written, shape (N,).
        mask: Written, shape (N, A).
        uses: Written in the first K columns, shape (N, S).
        finished: Written, shape (N,).
    """
    for row in range(len(actions)):
        if not active[row]:
            continue
        patch, transform = actions[row] // N_TRANSFORMS, actions[row] % N_TRANSFORMS
        tokens[row, length[row], 0] = patch
        tokens[row, length[row], 1] = transform
        length[row] += 1
        uses[row, patch] += 1
        if uses[row, patch] == budget:
            mask[row, patch * N_TRANSFORMS : (patch + 1) * N_TRANSFORMS] = 0
        finished[row] = length[row] == tokens.shape[1]


@njit(cache=True, nogil=True, error_model="numpy")
def cells_of(tokens: NDArray[np.int16]) -> NDArray[np.int16]:
    """Tiles of canvases (n, L, 2), shape (n, L); -1 where nothing is written."""
    cells = np.empty(tokens.shape[:2], np.int16)
    for work in range(tokens.shape[0]):
        for cell in range(tokens.shape[1]):
            patch = tokens[work, cell, 0]
            cells[work, cell] = -1 if patch < 0 else patch * N_TRANSFORMS + tokens[work, cell, 1]
    return cells


def tokens_of(cells: NDArray[np.int16]) -> NDArray[np.int16]:
    """The inverse of `cells_of`, for full canvases."""
    return np.stack(np.divmod(cells, N_TRANSFORMS), axis=-1).astype(np.int16)
