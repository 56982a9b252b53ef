"""How a composition grew: its canvas after each placed cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.render.canvas import cell_borders, picture


def time_lapse(composition: Composition, pixels: int = 384) -> Iterator[NDArray[np.uint8]]:
    """Draws the empty canvas, then the canvas after each cell in reading order.

    Args:
        composition: What to draw, finished or not.
        pixels: Along the side.

    Yields:
        One picture more than cells are placed, each of shape (pixels, pixels, 3).

    Raises:
        InvalidArgument: There is no picture of so many pixels.
    """
    whole, empty = picture(composition, pixels), picture(emptied(composition), pixels)
    moments = moment_of_pixels(composition, pixels)[..., None]
    for moment in range(len(composition.placed) + 1):
        yield np.where(moments <= moment, whole, empty)


def emptied(composition: Composition) -> Composition:
    """The same canvas before anything was placed."""
    return replace(composition, cells=(EMPTY,) * len(composition.cells))


def moment_of_pixels(composition: Composition, pixels: int) -> NDArray[np.int64]:
    """When each pixel is painted, shape (pixels, pixels): 1 for those of the first cell placed.

    Pixels of cells that stay empty have 0.
    """
    size = composition.size
    filled = (np.array(composition.cells) != EMPTY).reshape(size, size)
    moments = np.cumsum(filled.ravel()).reshape(size, size) * filled
    cell = np.repeat(np.arange(size), np.diff(cell_borders(size, pixels)))
    return np.asarray(moments[np.ix_(cell, cell)], np.int64)
