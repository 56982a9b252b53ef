"""The map, drawn once for all the frames on it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from creative_envs.core.lettering import font
from creative_envs.tactics.render.layout import FIELD_HEIGHT, FIELD_WIDTH, FINE, FINE_CELL, middle
from creative_envs.tactics.render.palette import GROUNDS, HINTS, SIDES, WHITE, blend
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    DEPLOY_COLUMNS,
    FOREST,
    HILL,
    RIVER,
    ROCK,
    ROWS,
)

_CAMP_TINT: Final = 0.1
_EDGE_DASH: Final = 10


@lru_cache(maxsize=8)
def drawn_ground(ground: Ground) -> Image.Image:
    """The map with both camps marked, finely drawn; to be copied, not drawn on."""
    image = Image.new("RGB", (FINE * FIELD_WIDTH, FINE * FIELD_HEIGHT))
    draw = ImageDraw.Draw(image)
    for row in range(ROWS):
        for column in range(COLUMNS):
            _draw_cell(draw, ground, row, column)
    for side, edge in enumerate((DEPLOY_COLUMNS, COLUMNS - DEPLOY_COLUMNS)):
        across = edge * FINE_CELL
        for top in range(0, image.height, 2 * _EDGE_DASH):
            draw.line((across, top, across, top + _EDGE_DASH), SIDES[side], 3)
        corner = (10, image.width - 10)[side], image.height - 8
        draw.text(corner, "camp", blend(SIDES[side], WHITE, 0.3), font(22), ("ls", "rs")[side])
    return image


def _draw_cell(draw: ImageDraw.ImageDraw, ground: Ground, row: int, column: int) -> None:
    terrain = ground.terrain[row][column]
    colour, hint = GROUNDS[terrain], HINTS[terrain]
    camp = 0 if column < DEPLOY_COLUMNS else 1 if column >= COLUMNS - DEPLOY_COLUMNS else None
    if camp is not None and terrain != ROCK:
        colour = blend(colour, SIDES[camp], _CAMP_TINT)
    left, top = column * FINE_CELL, row * FINE_CELL
    draw.rectangle((left, top, left + FINE_CELL - 1, top + FINE_CELL - 1), colour)
    x, y = middle(row, column)
    draw_hint(draw, terrain, x, y, hint)
    if terrain != ROCK:
        line = blend(colour, (0, 0, 0), 0.06)
        draw.line((left, top, left + FINE_CELL, top), line)
        draw.line((left, top, left, top + FINE_CELL), line)


def draw_hint(
    draw: ImageDraw.ImageDraw, terrain: int, x: float, y: float, hint: tuple[int, int, int]
) -> None:
    """Draws trees, a slope, waves or boulders about the middle of a cell."""
    if terrain == FOREST:
        for across, down in ((-13, -9), (12, -14), (0, 12), (-17, 18), (17, 10)):
            tip = (x + across, y + down - 9)
            base = y + down + 7
            draw.polygon((tip, (tip[0] - 7, base), (tip[0] + 7, base)), hint)
    elif terrain == HILL:
        for down in (-14, 0, 14):
            width = 12 + 3 * abs(down) // 7
            draw.line(
                ((x - width, y + down + 5), (x, y + down - 4), (x + width, y + down + 5)), hint, 3
            )
    elif terrain == RIVER:
        for down in (-16, 0, 16):
            for across in (-18, 0):
                box = (x + across, y + down - 4, x + across + 18, y + down + 4)
                draw.arc(box, *((180, 360) if across else (0, 180)), hint, 3)
    elif terrain == ROCK:
        for box in ((-24, -22, 2, 0), (0, -14, 24, 8), (-20, 2, 6, 24), (4, 8, 22, 24)):
            placed = (x + box[0], y + box[1], x + box[2], y + box[3])
            draw.rounded_rectangle(placed, 6, hint)
