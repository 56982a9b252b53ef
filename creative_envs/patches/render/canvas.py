"""A composition as a picture of any size."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.errors import InvalidArgument
from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.geometry import N_TRANSFORMS, transformed
from creative_envs.patches.library.patch_library import ORIGINAL, PatchLibrary

MOST_PIXELS: Final = 8192
"""Along the side of a picture; 192 MiB."""

EMPTY_GROUND: Final = (227, 229, 233)
EMPTY_LINE: Final = (197, 201, 209)
"""Cells that wait for a tile: a cool grey that is no paper white, framed so that the grid shows."""
EMPTY_FRAME: Final = 1
"""Pixels of the frame in an original."""

SIDE: Final = 512
"""Pixels along the side of a picture, where nobody asks for others."""


def picture(composition: Composition, pixels: int | None = SIDE) -> NDArray[np.uint8]:
    """Draws a composition, finished or not.

    Every tile is scaled by itself, so that neighbours do not bleed into each other. Where a cell
    is a whole number of pixels, turning the canvas turns the picture, to the pixel, and patches
    that were drawn stay sharp however large they are.

    Args:
        composition: What to draw.
        pixels: Along the side, 1..8192; None for those of the originals, 64 a cell.

    Returns:
        sRGB, shape (pixels, pixels, 3).

    Raises:
        InvalidArgument: There is no picture of so many pixels.
    """
    size = composition.size
    side = size * ORIGINAL if pixels is None else pixels
    if type(side) is not int or not 1 <= side <= MOST_PIXELS:
        raise InvalidArgument(f"pixels is {pixels!r}: give a whole number from 1 to {MOST_PIXELS}")
    whole_cells = side % size == 0
    tiles = _Tiles(composition.library, side // size if whole_cells else ORIGINAL)
    borders = cell_borders(size, side)
    shown = np.empty((side, side, 3), np.uint8)
    for index, tile in enumerate(composition.cells):
        row, column = divmod(index, size)
        at = shown[borders[row] : borders[row + 1], borders[column] : borders[column + 1]]
        if at.size:
            at[:] = tiles.look(tile) if whole_cells else _squeezed(tiles.look(tile), at.shape)
    return shown


def cell_borders(size: int, pixels: int) -> list[int]:
    """Where the cells of a canvas begin in a picture, and where the last one ends; size + 1."""
    return [place * pixels // size for place in range(size + 1)]


def cell_boxes(size: int, pixels: int = SIDE) -> NDArray[np.int64]:
    """Where the cells of a canvas are in a picture, in reading order.

    Args:
        size: Cells along the side.
        pixels: As well.

    Returns:
        Shape (cells, 4): left, top, right, bottom, right and bottom exclusive.
    """
    borders = np.array(cell_borders(size, pixels))
    row, column = np.divmod(np.arange(size**2), size)
    corners = (borders[column], borders[row], borders[column + 1], borders[row + 1])
    return np.stack(corners, axis=1).astype(np.int64)


def png_bytes(composition: Composition, pixels: int | None = None) -> bytes:
    """The picture as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture(composition, pixels)).save(buffer, format="png")
    return buffer.getvalue()


class _Tiles:
    """The tiles of a library as squares of so many pixels, each patch scaled once.

    Args:
        library: Its.
        side: Pixels along the side of a tile.
    """

    def __init__(self, library: PatchLibrary, side: int) -> None:
        self.library, self.side = library, side
        self.patches: dict[int, NDArray[np.uint8]] = {}

    def look(self, tile: int) -> NDArray[np.uint8]:
        """A tile, or the empty cell, shape (side, side, 3)."""
        patch, transform = (EMPTY, 0) if tile == EMPTY else divmod(tile, N_TRANSFORMS)
        if patch not in self.patches:
            self.patches[patch] = self._scaled(patch)
        return transformed(self.patches[patch], transform)

    def _scaled(self, patch: int) -> NDArray[np.uint8]:
        if patch == EMPTY:
            return _resized(_empty_original(), self.side)
        if self.library.drawings and self.side > ORIGINAL:
            return self.library.drawings[patch].rasterise(self.side)
        return _resized(self.library.originals[patch], self.side)


def _empty_original() -> NDArray[np.uint8]:
    square = np.empty((ORIGINAL, ORIGINAL, 3), np.uint8)
    square[:] = EMPTY_LINE
    square[EMPTY_FRAME:-EMPTY_FRAME, EMPTY_FRAME:-EMPTY_FRAME] = EMPTY_GROUND
    return square


def _resized(square: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A square picture in another size: exact means of areas where whole pixels become one."""
    step, rest = divmod(len(square), side)
    if rest or not step:
        return _squeezed(square, (side, side))
    sums = square.reshape(side, step, side, step, 3).sum(axis=(1, 3), dtype=np.int64)
    return np.asarray((2 * sums + step**2) // (2 * step**2), np.uint8)


def _squeezed(square: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A picture in another shape (height, width, ...), which may be a little off square."""
    height, width = shape[:2]
    scaled = Image.fromarray(square).resize((width, height), Image.Resampling.LANCZOS)
    return np.array(scaled, np.uint8)
