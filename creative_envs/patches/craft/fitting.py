"""Bands of craft fitted to pictures: where the measures of pictures people made or framed lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.craft.measures import measure_all
from creative_envs.patches.craft.profile import (
    LOW_ONLY,
    PATCHWORK,
    TERM_NAMES,
    UNBOUNDED,
    UPPER_ONLY,
    profile,
    term_values,
)
from creative_envs.patches.craft.tables import TileTables, tile_tables
from creative_envs.patches.geometry import CELL, N_TRANSFORMS
from creative_envs.patches.library.patch_library import ORIGINAL, PatchLibrary

Float64 = NDArray[np.float64]

TAIL: Final = 0.1
"""Share of pictures beyond either end of a fitted band."""


def own_library(picture: NDArray[np.uint8]) -> PatchLibrary:
    """A picture (8 size, 8 size, 3) cut into its cells, each a patch of a library of its own."""
    size = len(picture) // CELL
    cells = picture.reshape(size, CELL, size, CELL, 3).swapaxes(1, 2).reshape(-1, CELL, CELL, 3)
    fine = cells.repeat(ORIGINAL // CELL, axis=1).repeat(ORIGINAL // CELL, axis=2)
    return PatchLibrary("a picture's own cells", fine, photographic=True)


def own_cells(size: int) -> NDArray[np.int16]:
    """The canvas that shows a picture in its own library, shape (size * size,)."""
    return (np.arange(size * size) * N_TRANSFORMS).astype(np.int16)


def picture_tables(picture: NDArray[np.uint8]) -> TileTables:
    """Tile tables of a picture's own library."""
    return tile_tables([own_library(picture)])


def measure_pictures(pictures: Sequence[NDArray[np.uint8]]) -> Float64:
    """Measures of pictures, each (8 size, 8 size, 3), in their own libraries: (n, 22)."""
    rows = []
    for picture in pictures:
        size = len(picture) // CELL
        cells = own_cells(size)[None]
        rows.append(measure_all(cells, size, np.zeros(1, np.int64), picture_tables(picture))[0])
    return np.array(rows)


def fit_profile(measures: Float64, tail: float = TAIL) -> Float64:
    """Bands that all but a tail of pictures lie in; widths and weights are the shipped ones.

    Args:
        measures: Of pictures, shape (n, 22).
        tail: Share of them beyond either end.

    Returns:
        A profile's table, shape (15, 4), see `profile.profile`. How often patches are used says
        nothing in a picture's own library, so the bands of these terms stay.
    """
    bands = profile(photographic=True)
    values = term_values(measures)
    for term, name in enumerate(TERM_NAMES):
        if name in PATCHWORK:
            continue
        low, high = np.quantile(values[:, term], (tail, 1 - tail))
        bands[term, 0] = -UNBOUNDED if name in UPPER_ONLY else low
        bands[term, 1] = UNBOUNDED if name in LOW_ONLY else high
    return bands
