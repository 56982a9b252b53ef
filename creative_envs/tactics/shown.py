"""The map as observations tell it: blocks of terrain, for policies to attend to.

Maps are mirror-symmetric, so their left half says all: 16 rows of 12 columns, cut into 4 x 3 blocks
of 4 x 4 cells, block by block in reading order. A row holds, for each cell of a block in reading
order, whether it is forest, hill, river or rock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.vocabulary import COLUMNS, PLAIN, ROWS, TERRAINS

BLOCK: Final = 4
"""Cells along the side of a block."""
_OTHERS: Final = len(TERRAINS) - 1
MAP_SHAPE: Final = (ROWS * COLUMNS // 2 // BLOCK**2, BLOCK**2 * _OTHERS)


def shown_maps(terrain: NDArray[np.int8]) -> NDArray[np.float32]:
    """What is shown of maps (M, 16, 24), float32 of 0 and 1, shape (M, 12, 64)."""
    half = terrain[:, :, : COLUMNS // 2]
    blocks = half.reshape(len(half), ROWS // BLOCK, BLOCK, -1, BLOCK).swapaxes(2, 3)
    blocks = blocks.reshape(len(half), MAP_SHAPE[0], BLOCK**2, 1)
    shown = blocks == np.arange(PLAIN + 1, len(TERRAINS))
    return np.asarray(shown.reshape(len(half), *MAP_SHAPE), dtype=np.float32)


def block_corners() -> list[tuple[int, int]]:
    """Row and column of the first cell of each block, in the order of what is shown."""
    half = COLUMNS // 2
    return [(row, column) for row in range(0, ROWS, BLOCK) for column in range(0, half, BLOCK)]
