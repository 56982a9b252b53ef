"""Where compositions lie in the space of kinds: warmth x complexity, each in [0, 1]."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.craft.tables import TileTables
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.projection import budget

DESCRIPTOR_NAMES: Final = ("warmth", "complexity")


def reachable(tables: TileTables, size: int) -> NDArray[np.float64]:
    """Lowest and highest mean b* and mean gradient a canvas can have, (libraries, 2, 2).

    What the most extreme patches give, each used as often as it may be.
    """
    uses = budget(size)
    limits = []
    for mean, gradient in zip(tables.mean, tables.gradient, strict=True):
        ends = []
        for values in (mean[::N_TRANSFORMS, 2], gradient[::N_TRANSFORMS]):
            ordered = np.repeat(np.sort(values), uses)
            ends.append((ordered[: size**2].mean(), ordered[-(size**2) :].mean()))
        limits.append(ends)
    return np.array(limits)


def descriptors(
    cells: NDArray[np.int16],
    library: NDArray[np.int64],
    tables: TileTables,
    limits: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Descriptors of canvases (n, cells), scaled to what is reachable: (n, 2).

    Args:
        cells: Tiles.
        library: Of each canvas, shape (n,).
        tables: Of the libraries.
        limits: From `reachable`.
    """
    row = library[:, None]
    values = np.stack(
        (tables.mean[row, cells, 2].mean(axis=1), tables.gradient[row, cells].mean(axis=1)), axis=1
    )
    low, high = limits[library, :, 0], limits[library, :, 1]
    return np.clip((values - low) / np.maximum(high - low, 1e-9), 0, 1).astype(np.float32)
