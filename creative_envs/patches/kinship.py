"""Kinship of compositions: what they share by a view no reward takes.

Novelty compares what rewards measure; kinship compares the audit judge's statistics of pixels, each
by how much it varies among pictures:

    kinship = exp(-d^2 / (2 BANDWIDTH^2)),  d the root mean square difference of 39 statistics
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.audit.judge import FARTHEST, load_judge, pictures_of
from creative_envs.patches.audit.statistics import NAMES, statistics
from creative_envs.patches.library.patch_library import PatchLibrary

Float64 = NDArray[np.float64]

BANDWIDTH: Final = 0.68
"""Half the median difference between details of held-out pictures."""
KNOWN_FRAMINGS: Final = 512
"""Details of the training pictures that works are compared with, as they are and repainted: those
demonstrations are made of."""


def described(
    cells: NDArray[np.integer[Any]],
    named: NDArray[np.int64],
    size: int,
    libraries: Sequence[PatchLibrary],
) -> Float64:
    """Standardised statistics of canvases.

    Args:
        cells: Tiles, shape (n, cells).
        named: Index of each canvas's library, shape (n,).
        size: Cells along the side.
        libraries: All of them.

    Returns:
        Shape (n, 39).
    """
    seen = np.empty((len(cells), len(NAMES)))
    for index, library in enumerate(libraries):
        rows = named == index
        if rows.any():
            judge = load_judge(library, size)
            found = statistics(pictures_of(cells[rows], size, library))
            seen[rows] = (found - judge.middle) / judge.deviation
    return np.asarray(np.clip(seen, -FARTHEST, FARTHEST))


def kinship(one: Float64, other: Float64) -> Float64:
    """How alike canvases of these statistics are, (n, 39) and (m, 39): shape (n, m), in [0, 1]."""
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.exp(-np.maximum(squares, 0) / one.shape[1] / (2 * BANDWIDTH**2)))
