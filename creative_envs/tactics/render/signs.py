"""Marks on the field: strikes, the fallen, arrows of orders."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from PIL import ImageDraw

from creative_envs.core.lettering import font
from creative_envs.tactics.render.layout import FINE_CELL, Point
from creative_envs.tactics.render.palette import CLASH, INK, WHITE, Colour

CLEAR: Final = 0.4 * FINE_CELL
"""Of a shot at both its ends, where squads stand."""
_HEAD: Final = 11


def draw_fallen(draw: ImageDraw.ImageDraw, place: Point, colour: Colour) -> None:
    """A small cross where a squad fell."""
    x, y = place
    for down in (-8, 8):
        draw.line((x - 8, y - down, x + 8, y + down), colour, 5)


def draw_shot(
    draw: ImageDraw.ImageDraw, start: Point, end: Point, colour: Colour, clear: float = CLEAR
) -> None:
    """Dashes from a shooter to its target."""
    for first, last in dashes(start, end, 16, 9, clear):
        draw.line((*first, *last), WHITE, 8)
        draw.line((*first, *last), colour, 4)


def draw_clash(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    """A star where squads fight hand to hand."""
    star = [
        (x + r * math.sin(i * math.pi / 4), y - r * math.cos(i * math.pi / 4))
        for i, r in enumerate((13, 5) * 4)
    ]
    draw.polygon(star, CLASH, INK, 2)


def dashes(
    start: Point, end: Point, dash: float, gap: float, clear: float
) -> Iterator[tuple[Point, Point]]:
    """Dashes between two points, leaving both ends clear."""
    length = math.dist(start, end)
    way = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    at = clear
    while at < length - clear:
        to = min(at + dash, length - clear)
        yield (
            (start[0] + at * way[0], start[1] + at * way[1]),
            (start[0] + to * way[0], start[1] + to * way[1]),
        )
        at += dash + gap


def draw_head(
    draw: ImageDraw.ImageDraw, start: Point, end: Point, back: float, colour: Colour
) -> None:
    """A chevron at the end of an arrow, so far back."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    tip = end[0] - back * math.cos(angle), end[1] - back * math.sin(angle)
    barbs = [
        (tip[0] - 2 * _HEAD * math.cos(angle + turn), tip[1] - 2 * _HEAD * math.sin(angle + turn))
        for turn in (-0.6, 0.6)
    ]
    draw.line((barbs[0], tip, barbs[1]), colour, 6, joint="curve")


def draw_delay(draw: ImageDraw.ImageDraw, place: Point, delay: int, colour: Colour) -> None:
    """A plate with the ticks a squad waits."""
    x, y = place
    draw.rounded_rectangle((x - 14, y - 10, x + 14, y + 10), 6, WHITE, colour, 2)
    draw.text((x, y), str(delay), INK, font(17), "mm")
