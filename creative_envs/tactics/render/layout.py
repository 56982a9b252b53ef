"""Where things lie in a picture of the field, in pixels."""

from __future__ import annotations

from typing import Final

from PIL import Image

from creative_envs.tactics.vocabulary import COLUMNS, ROWS

CELL: Final = 28
"""Along the side of a cell."""
FIELD_WIDTH, FIELD_HEIGHT = CELL * COLUMNS, CELL * ROWS
HEADER: Final = 84
FOOTER: Final = 60
WIDTH: Final = FIELD_WIDTH
HEIGHT: Final = HEADER + FIELD_HEIGHT + FOOTER
"""Of a whole picture."""

FINE: Final = 2
"""Shapes are drawn so many times larger and then reduced, which smooths their edges."""
FINE_CELL: Final = FINE * CELL

Point = tuple[float, float]
"""Across and down, in fine pixels."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the whole picture, right and bottom exclusive."""


def box(row: int, column: int, side: int = 1) -> Box:
    """The square of so many cells along its side, of which the first is given."""
    left, top = column * CELL, HEADER + row * CELL
    return left, top, left + side * CELL, top + side * CELL


def reduced(fine: Image.Image) -> Image.Image:
    """A finely drawn picture in its real size."""
    return fine.reduce(FINE)


def middle(row: float, column: float) -> Point:
    """The middle of a cell."""
    return (column + 0.5) * FINE_CELL, (row + 0.5) * FINE_CELL
