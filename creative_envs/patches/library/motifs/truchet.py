"""Bands and blobs that meet at the middles of the sides."""

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
    arc,
    box,
)


def _arcs(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (arc(0, 0, figure), arc(1, 1, figure)))


def _bend(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (arc(0, 0, figure),))


def _lane(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, NEAR, 1, FAR, figure),))


def _crossing(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(0, NEAR, 1, FAR, figure), box(NEAR, 0, FAR, 1, figure)))


def _bridge(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    deck = (box(0.25, 0, 0.75, 1, ground), box(NEAR, 0, FAR, 1, figure))
    return Drawing(ground, (box(0, NEAR, 1, FAR, figure), *deck))


def _tee(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    stem = box(NEAR, HALF, FAR, 1, figure)
    return Drawing(ground, (box(0, NEAR, 1, FAR, figure), stem))


def _stop(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (box(NEAR, HALF, FAR, 1, figure), Disc((0.5, 0.5), 0.25, figure)))


def _roundabout(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    roads = (box(0, NEAR, 1, FAR, figure), box(NEAR, 0, FAR, 1, figure))
    island = Disc((0.5, 0.5), 0.375, figure), Disc((0.5, 0.5), 0.1875, ground)
    return Drawing(ground, (*roads, *island))


def _shortcuts(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    one = Polygon(((NEAR, 0), (FAR, 0), (0, FAR), (0, NEAR)), figure)
    other = Polygon(((1, NEAR), (1, FAR), (FAR, 1), (NEAR, 1)), figure)
    return Drawing(ground, (one, other))


def _pebbles(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0, 0), HALF, figure), Disc((1, 1), HALF, figure)))


def _facets(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    one = Polygon(((0, 0), (HALF, 0), (0, HALF)), figure)
    other = Polygon(((1, 1), (HALF, 1), (1, HALF)), figure)
    return Drawing(ground, (one, other))


def _fan(ground: Colour, figure: Colour, accent: Colour) -> Drawing:
    return Drawing(ground, (Disc((0, 0), HALF, figure),))


WEIGHTS: Final[Mapping[Motif, float]] = MappingProxyType(
    {
        _arcs: 9,
        _lane: 2,
        _bend: 2,
        _shortcuts: 2,
        _pebbles: 2,
        _crossing: 1,
        _bridge: 1,
        _tee: 1,
        _stop: 1,
        _roundabout: 1,
        _facets: 1,
        _fan: 1,
    }
)
"""Motifs, and how often they are drawn relative to each other."""
