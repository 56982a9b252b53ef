"""The grid and the eight ways a square patch can lie in it.

Transform ``t`` of a square: mirrored left to right first if ``t >= 4``, then turned ``t % 4``
quarter turns counter-clockwise (``numpy.rot90``). A *tile* is a patch under a transform; tile
``patch * 8 + transform`` is also the number of the action that places it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CELL: Final = 8
"""Pixels along the side of a cell as it is scored."""
N_TRANSFORMS: Final = 8
N_PATCHES: Final = 24
"""Patches of a library unless asked otherwise."""
FEWEST_PATCHES, MOST_PATCHES = 12, 48
SIZES: Final = (6, 8, 12)
"""Cells along the side of a canvas."""
DEFAULT_SIZE: Final = 8


def transformed(square: NDArray[Any], transform: int) -> NDArray[Any]:
    """A square array (S, S, ...) under a transform 0..7."""
    mirrored = square[:, ::-1] if transform >= N_TRANSFORMS // 2 else square
    return np.rot90(mirrored, transform % 4)


def all_transforms(squares: NDArray[Any]) -> NDArray[Any]:
    """Every square of (n, S, S, ...) under every transform, shape (n * 8, S, S, ...)."""
    stacked = [[transformed(square, t) for t in range(N_TRANSFORMS)] for square in squares]
    return np.array(stacked).reshape(-1, *squares.shape[1:])


def composed(first: int, then: int) -> int:
    """The transform that does what ``first`` and ``then`` do in turn."""
    return _COMPOSED[first][then]


def _compose(first: int, then: int) -> int:
    probe = np.arange(4).reshape(2, 2)
    wanted = transformed(transformed(probe, first), then)
    return next(t for t in range(N_TRANSFORMS) if np.array_equal(transformed(probe, t), wanted))


_COMPOSED: Final = tuple(
    tuple(_compose(first, then) for then in range(N_TRANSFORMS)) for first in range(N_TRANSFORMS)
)


def moved_cells(size: int, transform: int) -> NDArray[np.int64]:
    """Where the cells of a canvas come from when it is transformed as a whole, shape (cells,).

    ``canvas[moved_cells(size, t)]`` lays out the cells; each tile must be transformed as well.
    """
    return transformed(np.arange(size * size).reshape(size, size), transform).ravel()


def bearing_cells(size: int) -> NDArray[np.int64]:
    """Earlier cells that bear on each cell of a canvas, -1 for none, shape (cells, 5).

    The one to its left, the one above, and its mirror images left-right, up-down and by a half
    turn: those it touches, and those a brief's order may ask it to resemble.
    """
    cell = np.arange(size * size)
    y, x = np.divmod(cell, size)
    mirrored = (
        y * size + size - 1 - x,
        (size - 1 - y) * size + x,
        (size - 1 - y) * size + size - 1 - x,
    )
    bearing = np.stack((np.where(x > 0, cell - 1, -1), cell - size, *mirrored), axis=1)
    return np.where((bearing >= 0) & (bearing < cell[:, None]), bearing, -1)
