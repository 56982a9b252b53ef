"""Many small shapes, which go on across the sides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from creative_envs.patches.library.drawing import (
    Colour,
    Disc,
    Drawing,
    Polygon,
    Shape,
)
from creative_envs.patches.library.motifs.outlines import (
    Motif,
    box,
    slanted,
)


def _dots(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    places = [(x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]
    return Drawing(ground, tuple(Disc(place, 0.19, figure) for place in places))


def _polka(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    corners = [(x, y) for y in (0.0, 1.0) for x in (0.0, 1.0)]
    dots = (Disc(corner, 0.2, figure) for corner in corners)
    return Drawing(ground, (*dots, Disc((0.5, 0.5), 0.2, figure)))


def _bubbles(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    places = [(x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]
    return Drawing(ground, tuple(Disc(place, 0.22, figure, hole=0.11) for place in places))


def _pinstripes(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    lines = (box(0, k / 4 + 0.0625, 1, k / 4 + 0.1875, figure) for k in range(4))
    return Drawing(ground, tuple(lines))


def _rulings(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    lines = (box(0, y, 1, y + 0.125, figure) for y in (0.125, 0.375, 0.625, 0.875))
    return Drawing(ground, tuple(lines))


def _grid(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    rows = (box(0, y - 0.0625, 1, y + 0.0625, figure) for y in (0.25, 0.75))
    columns = (box(x - 0.0625, 0, x + 0.0625, 1, figure) for x in (0.25, 0.75))
    return Drawing(ground, (*rows, *columns))


def _checks(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    squares = (
        box(x / 4, y / 4, (x + 1) / 4, (y + 1) / 4, figure)
        for y in range(4)
        for x in range(4)
        if (x + y) % 2 == 0
    )
    return Drawing(ground, tuple(squares))


def _hatching(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    lines = (slanted(start, 0.25, figure) for start in (-0.625, -0.125, 0.375, 0.875))
    return Drawing(ground, tuple(lines))


def _lattice(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    lines = [slanted(start, 0.125, figure) for start in (-0.5625, -0.0625, 0.4375, 0.9375)]
    mirrored = [Polygon(tuple((1 - x, y) for x, y in line.points), figure) for line in lines]
    return Drawing(ground, (*lines, *mirrored))


def _scales(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    shapes: list[Shape] = []
    for row in range(4):  # each row over the one above it, as on a roof
        for x in (0.0, 0.5, 1.0) if row % 2 else (0.25, 0.75):
            centre = (x, row / 4)
            shapes += [Disc(centre, 0.25, figure), Disc(centre, 0.15, ground)]
    return Drawing(ground, tuple(shapes))


def _zigzag(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    shapes = [
        Polygon(((x, y), (x + 0.25, y + turn), (x + 0.25, y + turn + 0.25), (x, y + 0.25)), figure)
        for row in (-0.5, 0.0, 0.5, 1.0)
        for x, y, turn in (
            (0.0, row, 0.25),
            (0.25, row + 0.25, -0.25),
            (0.5, row, 0.25),
            (0.75, row + 0.25, -0.25),
        )
    ]
    return Drawing(ground, tuple(shapes))


def _bricks(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    joint = 0.0625
    beds = (box(0, y - joint, 1, y + joint, figure) for y in (0.0, 0.5, 1.0))
    heads = (
        box(0.25 - joint, 0, 0.25 + joint, 0.5, figure),
        box(0.75 - joint, 0.5, 0.75 + joint, 1, figure),
    )
    return Drawing(ground, (*beds, *heads))


def _ripples(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    rings = (Disc((0, 0), r + 0.25, figure, hole=r) for r in (0.25, 0.75, 1.25))
    return Drawing(ground, tuple(rings))


WEIGHTS: Final[Mapping[Motif, float]] = MappingProxyType(
    {
        _dots: 2,
        _polka: 2,
        _rulings: 2,
        _scales: 2,
        _zigzag: 2,
        _hatching: 2,
        _grid: 1,
        _checks: 1,
        _lattice: 1,
        _bubbles: 1,
        _pinstripes: 1,
        _bricks: 1,
        _ripples: 1,
    }
)
"""Motifs, and how often they are drawn relative to each other."""
