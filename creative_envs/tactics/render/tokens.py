"""A squad as a token: its side's colour, a letter for its type, a bar of the strength it has."""

from __future__ import annotations

from typing import Final

from PIL import ImageDraw

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


def shapes_of(units: UnitTable) -> tuple[int, ...]:
    """The shape of each type's tokens."""
    mounted, shooters = units.stats["mounted"], units.shooters.tolist()
    return tuple(
        MOUNTED if rides else SHOOTER if shoots else FOOT
        for rides, shoots in zip(mounted, shooters, strict=True)
    )


def draw_token(
    draw: ImageDraw.ImageDraw,
    place: Point,
    shape: int,
    letter: str,
    side: int | None,
    share: float | None = None,
) -> None:
    """Draws a squad.

    Args:
        draw: Of a finely drawn picture.
        place: Middle of its cell.
        shape: FOOT, SHOOTER or MOUNTED.
        letter: Of its type.
        side: 0 the tactic's, 1 the enemy's, None neither (in the legend).
        share: Of its strength that is left, 0..1; None draws no bar.
    """
    colour = SPENT if side is None else SIDES[side]
    x, y = place[0], place[1] - (0 if share is None else 4)
    for grown, fill in ((3, WHITE), (0, colour)):
        _draw_shape(draw, x, y, shape, grown, fill)
    draw.text((x, y), letter, WHITE, font(_LETTER), "mm", stroke_width=1, stroke_fill=WHITE)
    if share is not None:
        _draw_bar(draw, place, colour, share)


def _draw_shape(
    draw: ImageDraw.ImageDraw, x: float, y: float, shape: int, grown: int, fill: Colour
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
