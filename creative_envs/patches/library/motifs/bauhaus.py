"""Plain shapes whose sides are of one colour, or halved."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from creative_envs.patches.library.drawing import (
    Colour,
    Disc,
    Drawing,
    Polygon,
)
from creative_envs.patches.library.motifs.outlines import (
    FAR,
    HALF,
    NEAR,
    Motif,
    box,
    outside,
)


def _quarter(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0, 0), 1, figure),))


def _diagonal(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Polygon(((0, 0), (1, 0), (0, 1)), figure),))


def _disc(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0.5, 0.5), HALF, figure),))


def _half(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, 0, HALF, 1, figure),))


def _dot(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0.5, 0.5), 0.3, figure),))


def _ring(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0.5, 0.5), HALF, figure, hole=0.25),))


def _roundel(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0.5, 0.5), HALF, figure), Disc((0.5, 0.5), 0.25, accent)))


def _rainbow(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    rings = Disc((0, 0), 1, figure), Disc((0, 0), 0.7, accent), Disc((0, 0), 0.4, figure)
    return Drawing(ground, rings)


def _collar(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0, 0), 1, figure, hole=HALF),))


def _arch(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0.5, 1), HALF, figure),))


def _arches(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    lower = box(0, HALF, 1, 1, ground), Disc((0.5, 1), HALF, figure)
    return Drawing(ground, (Disc((0.5, 0.5), HALF, figure), *lower))


def _leaf(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(figure, (outside((0, 0), 1, ground), outside((1, 1), 1, ground)))


def _star(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    corners = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    return Drawing(figure, tuple(Disc(corner, HALF, ground) for corner in corners))


def _wedge(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Polygon(((0, 0), (1, 0), (0.5, 0.5)), figure),))


def _hourglass(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    upper = Polygon(((0, 0), (1, 0), (0.5, 0.5)), figure)
    lower = Polygon(((0, 1), (1, 1), (0.5, 0.5)), accent)
    return Drawing(ground, (upper, lower))


def _diamond(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Polygon(((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)), figure),))


def _sail(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Polygon(((0, 1), (1, 1), (0.5, 0)), figure),))


def _quadrant(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, 0, HALF, HALF, figure),))


def _window(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0.25, 0.25, 0.75, 0.75, figure),))


def _nested(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, 0, 0.75, 0.75, figure), box(0, 0, HALF, HALF, accent)))


def _stripes(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, 0.125, 1, NEAR, figure), box(0, FAR, 1, 0.875, figure)))


def _chequer(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    one, other = box(0, 0, HALF, HALF, figure), box(HALF, HALF, 1, 1, figure)
    return Drawing(ground, (one, other))


WEIGHTS: Final[Mapping[Motif, float]] = MappingProxyType(
    {
        _quarter: 9,
        _diagonal: 9,
        _disc: 3,
        _half: 4,
        _arch: 2,
        _leaf: 2,
        _rainbow: 1,
        _roundel: 2,
        _star: 1,
        _stripes: 1,
        _dot: 1,
        _ring: 1,
        _collar: 3,
        _arches: 1,
        _wedge: 1,
        _hourglass: 1,
        _diamond: 1,
        _sail: 1,
        _quadrant: 2,
        _window: 1,
        _nested: 1,
        _chequer: 1,
    }
)
"""Motifs, and how often they are drawn relative to each other."""
