"""Ramps between two colours, over the whole square or within a shape."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from creative_envs.patches.library.drawing import (
    Colour,
    Disc,
    Drawing,
    Polygon,
    Ramp,
)
from creative_envs.patches.library.motifs.outlines import (
    HALF,
    Motif,
    box,
)


def _fade(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, 0, 1, 1, Ramp(ground, figure, (0, 0), (1, 0))),))


def _slant(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, 0, 1, 1, Ramp(ground, figure, (0, 0), (1, 1))),))


def _glow(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    light = Ramp(figure, ground, (0.5, 0.5), (1, 0.5), radial=True)
    return Drawing(ground, (Disc((0.5, 0.5), HALF, light),))


def _beam(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    light = Ramp(figure, ground, (0, 0), (1, 0), radial=True)
    return Drawing(ground, (Disc((0, 0), 1, light),))


def _ridge(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    rise = box(0, 0, HALF, 1, Ramp(ground, figure, (0, 0), (HALF, 0)))
    fall = box(HALF, 0, 1, 1, Ramp(figure, ground, (HALF, 0), (1, 0)))
    return Drawing(ground, (rise, fall))


def _ball(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    light = Ramp(figure, ground, (0.3, 0.3), (1.1, 1.1), radial=True)
    return Drawing(ground, (Disc((0.5, 0.5), HALF, light),))


def _shaded_quarter(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0, 0), 1, Ramp(ground, figure, (0, 0), (1, 0), radial=True)),))


def _shaded_diagonal(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    shade = Ramp(figure, ground, (0, 0), (1, 0))
    return Drawing(ground, (Polygon(((0, 0), (1, 0), (0, 1)), shade),))


def _crease(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    upper = box(0, 0, 1, HALF, Ramp(ground, figure, (0, 0), (1, 0)))
    lower = box(0, HALF, 1, 1, Ramp(figure, ground, (0, 0), (1, 0)))
    return Drawing(ground, (upper, lower))


def _dawn(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    upper = box(0, 0, 1, HALF, Ramp(ground, accent, (0, 0), (0, HALF)))
    lower = box(0, HALF, 1, 1, Ramp(accent, figure, (0, HALF), (0, 1)))
    return Drawing(ground, (upper, lower))


def _moonrise(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    sky = box(0, 0, 1, 1, Ramp(ground, figure, (0, 0), (0, 1)))
    return Drawing(ground, (sky, Disc((0.5, 0.5), 0.25, ground)))


def _tube(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    inner = Ramp(ground, figure, (0.25, 0), (0.5, 0))
    outer = Ramp(figure, ground, (0.5, 0), (0.75, 0))
    left, right = box(0.25, 0, HALF, 1, inner), box(HALF, 0, 0.75, 1, outer)
    return Drawing(ground, (left, right))


WEIGHTS: Final[Mapping[Motif, float]] = MappingProxyType(
    {
        _fade: 4,
        _beam: 3,
        _glow: 2,
        _ridge: 2,
        _slant: 2,
        _shaded_quarter: 1,
        _shaded_diagonal: 1,
        _ball: 1,
        _dawn: 1,
        _crease: 1,
        _moonrise: 1,
        _tube: 1,
    }
)
"""Motifs, and how often they are drawn relative to each other."""
