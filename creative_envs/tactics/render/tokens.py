"""A squad as a token: its side's colour, a letter for its type, a bar of the strength it has."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from creative_envs.core.lettering import font
from creative_envs.tactics.render.layout import Point
from creative_envs.tactics.render.palette import SIDES, SPENT, WHITE, Colour, blend
from creative_envs.tactics.units.table import UnitTable

FOOT, SHOOTER, MOUNTED = range(3)
"""Squares fight hand to hand, discs shoot, rhombs ride."""
_HALF: Final = 19
_RHOMB: Final = 23
_BAR: Final = (22, 17, 7)
"""Half its width, how far below the middle, its height."""
_LETTER: Final = 26
_REACH: Final = _RHOMB + 4
"""From the middle of a token to the edge of the square it is drawn in."""


def shapes_of(units: UnitTable) -> tuple[int, ...]:
    """The shape of each type's tokens."""
    mounted, shooters = units.stats["mounted"], units.shooters.tolist()
    return tuple(
        MOUNTED if rides else SHOOTER if shoots else FOOT
        for rides, shoots in zip(mounted, shooters, strict=True)
    )


def draw_token(
    image: Image.Image,
    place: Point,
    shape: int,
    letter: str,
    side: int | None,
    share: float | None = None,
) -> None:
    """Draws a squad.

    Args:
        image: A finely drawn picture.
        place: Middle of its cell, a whole pixel.
        shape: FOOT, SHOOTER or MOUNTED.
        letter: Of its type.
        side: 0 the tactic's, 1 the enemy's, None neither (in the legend).
        share: Of its strength that is left, 0..1; None draws no bar.
    """
    colour = SPENT if side is None else SIDES[side]
    token, mask = _token(shape, letter, colour)
    up = 0 if share is None else 4
    image.paste(token, (int(place[0]) - _REACH, int(place[1]) - up - _REACH), mask)
    if share is not None:
        _draw_bar(ImageDraw.Draw(image), place, colour, share)


@lru_cache(maxsize=64)
def _token(shape: int, letter: str, colour: Colour) -> tuple[Image.Image, Image.Image]:
    """A token without its bar, and what it covers; lettering takes long, so each is drawn once."""
    token = Image.new("RGB", (2 * _REACH + 1,) * 2, WHITE)
    mask = Image.new("L", token.size)
    for image, outer, inner, ink in ((token, WHITE, colour, WHITE), (mask, 255, 255, 255)):
        draw = ImageDraw.Draw(image)
        for grown, fill in ((3, outer), (0, inner)):
            _draw_shape(draw, _REACH, _REACH, shape, grown, fill)
        at = _REACH, _REACH
        draw.text(at, letter, ink, font(_LETTER), "mm", stroke_width=1, stroke_fill=ink)
    return token, mask


def _draw_shape(
    draw: ImageDraw.ImageDraw, x: float, y: float, shape: int, grown: int, fill: Colour | int
) -> None:
    half = _HALF + grown
    if shape == SHOOTER:
        draw.ellipse((x - half, y - half, x + half, y + half), fill)
    elif shape == MOUNTED:
        half = _RHOMB + grown
        draw.polygon(((x, y - half), (x + half, y), (x, y + half), (x - half, y)), fill)
    else:
        draw.rounded_rectangle((x - half, y - half, x + half, y + half), 5, fill)


def _draw_bar(draw: ImageDraw.ImageDraw, place: Point, colour: Colour, share: float) -> None:
    half, down, height = _BAR
    left, top = place[0] - half, place[1] + down
    draw.rectangle((left - 2, top - 2, left + 2 * half + 2, top + height + 2), WHITE)
    draw.rectangle((left, top, left + 2 * half, top + height), SPENT)
    if share > 0:
        full = max(2, round(2 * half * share))
        draw.rectangle((left, top, left + full, top + height), blend(colour, WHITE, 0.45))
