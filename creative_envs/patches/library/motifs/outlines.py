"""What motifs are drawn with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from creative_envs.patches.library.drawing import Colour, Disc, Drawing, Fill, Point, Polygon

Motif: TypeAlias = Callable[[Colour, Colour, Colour], Drawing]
"""Draws a patch in a ground, a figure and an accent colour."""
HALF: Final = 0.5
NEAR, FAR = 0.375, 0.625
"""Where a band of a quarter in the middle of a side begins and ends."""


def box(left: float, top: float, right: float, bottom: float, fill: Fill) -> Polygon:
    """An upright rectangle."""
    return Polygon(((left, top), (right, top), (right, bottom), (left, bottom)), fill)


def outside(centre: Point, radius: float, fill: Fill) -> Disc:
    """All of the square outside a disc."""
    return Disc(centre, 2.0, fill, hole=radius)


def arc(x: float, y: float, fill: Fill) -> Disc:
    """A band around a corner, from the middle of a side to the middle of the next."""
    return Disc((x, y), FAR, fill, hole=NEAR)


def slanted(start: float, width: float, fill: Fill) -> Polygon:
    """A stripe down to the right that crosses the upper side from `start` on."""
    stop = start + width
    return Polygon(((start, 0), (stop, 0), (stop + 1, 1), (start + 1, 1)), fill)
