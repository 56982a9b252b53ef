"""What stands above and below the field: whose battle it is, how it stands, what the signs mean."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from creative_envs.core.lettering import fitted, font
from creative_envs.tactics.army import army_in_words, cost_of_squads
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.battle.tally import MOST_IN_CAMP, N_ZONES
from creative_envs.tactics.render.layout import FINE, FOOTER, HEADER, WIDTH, reduced
from creative_envs.tactics.render.palette import (
    FAINT,
    GROUNDS,
    HINTS,
    INK,
    LINE,
    PALE,
    PAPER,
    SIDES,
    Colour,
    letters_of,
)
from creative_envs.tactics.render.replay import Replay
from creative_envs.tactics.render.signs import draw_clash, draw_fallen, draw_shot
from creative_envs.tactics.render.terrain import draw_hint
from creative_envs.tactics.render.tokens import draw_token, shapes_of
from creative_envs.tactics.units.table import UnitTable
from creative_envs.tactics.vocabulary import MAX_TICKS, OBJECTIVES, TERRAINS

_MARGIN: Final = 8
_CENTRE: Final = WIDTH // 2
_TITLE_WIDTH: Final = 230
_NAMELESS: Final = "This tactic"
"""Names the left side of a tactic without a title, beside the enemy's name."""
_LABELS: Final = ("value left", "zone-ticks", "camp-ticks")
"""Rows of the score, each the measure of the objective of its place in `OBJECTIVES`."""
_ROWS: Final = (32, 50, 68)
"""Middles of the rows under the title."""
_LABEL_HALF, _NUMBER = 52, 44
_BAR_HALF: Final = 5
_MILLI: Final = 1000


def deployment_header(tactic: Tactic) -> Image.Image:
    """Both armies in words, with the objective and the map between them."""
    image, draw = _header(tactic, "deployment")
    armies = [(tactic.squads, f"of {tactic.budget} points")]
    armies += [(enemy.squads, "points") for enemy in tactic.enemies[:1]]
    for side, (squads, unit) in enumerate(armies):
        number = f"{len(squads)} squad{'s' * (len(squads) != 1)}"
        cost = cost_of_squads(squads, tactic.units)
        _write_at_side(draw, side, _ROWS[0], f"{number}, {cost} {unit}", 12, INK)
        for row, line in zip(_ROWS[1:], _in_two_lines(army_in_words(squads)), strict=False):
            _write_at_side(draw, side, row, line, 12, SIDES[side])
    _write(draw, _CENTRE, _ROWS[0], f"objective: {tactic.objective}", 12, INK, "mm")
    ground = fitted(f"map {tactic.ground.name}", 12, 150)
    _write(draw, _CENTRE, _ROWS[1], ground, 12, FAINT, "mm")
    return image


def battle_header(tactic: Tactic, replay: Replay, tick: int) -> Image.Image:
    """The clock, and how the sides stand: the objective's row is marked."""
    over = tick == replay.ticks
    clock = f"over at tick {tick}" if over else f"tick {tick} of {MAX_TICKS}"
    image, draw = _header(tactic, clock)
    before = max(tick - 1, 0) if over else tick
    counts = (replay.value[tick] / _MILLI, replay.zones[tick], replay.camp[tick])
    earned = (counts[0], replay.zones[before], replay.camp[before])
    most = (tactic.budget, N_ZONES * MAX_TICKS, MOST_IN_CAMP * MAX_TICKS)
    for index, (row, label) in enumerate(zip(_ROWS, _LABELS, strict=True)):
        wanted = tactic.objective == OBJECTIVES[index]
        if wanted:
            box = (_CENTRE - _LABEL_HALF, row - 8, _CENTRE + _LABEL_HALF, row + 8)
            draw.rounded_rectangle(box, 4, INK)
        _write(draw, _CENTRE, row, label, 12, PAPER if wanted else INK, "mm")
        for side in (0, 1):
            count, own = float(counts[index][side]), float(earned[index][side])
            _draw_score(draw, side, row, count, own, most[index])
    across = WIDTH * tick // MAX_TICKS
    draw.rectangle((0, HEADER - 3, WIDTH, HEADER), LINE)
    draw.rectangle((0, HEADER - 3, across, HEADER), INK)
    return image


@lru_cache(maxsize=4)
def footer(units: UnitTable) -> Image.Image:
    """What the letters, colours and marks of the field mean; to be copied, not drawn on."""
    fine = Image.new("RGB", (FINE * WIDTH, FINE * FOOTER), PAPER)
    draw = ImageDraw.Draw(fine)
    types = units.types
    step, line = 2 * (WIDTH - 2 * _MARGIN) // len(types), 32
    for index, (letter, shape) in enumerate(zip(letters_of(types), shapes_of(units), strict=True)):
        x = 2 * _MARGIN + index * step
        draw_token(fine, (x + 24, line), shape, letter, None)
        _write(draw, x + 54, line, fitted(types[index], 24, step - 60), 24, INK, "lm")
    line, x = 90, 2 * _MARGIN
    for terrain, name in enumerate(TERRAINS):
        box = (x, line - 22, x + 44, line + 22)
        draw.rectangle(box, GROUNDS[terrain])
        with_hint = Image.new("RGB", (44, 44), GROUNDS[terrain])
        draw_hint(ImageDraw.Draw(with_hint), terrain, 22, 22, HINTS[terrain])
        fine.paste(with_hint, (x, line - 22))
        draw.rectangle(box, None, LINE)
        _write(draw, x + 54, line, name, 24, INK, "lm")
        x += 148
    draw_shot(draw, (x + 12, line), (x + 100, line), INK, 0)
    _write(draw, x + 112, line, "shot", 24, INK, "lm")
    draw_clash(draw, x + 210, line)
    _write(draw, x + 234, line, "blow", 24, INK, "lm")
    draw_fallen(draw, (x + 330, line), FAINT)
    _write(draw, x + 352, line, "fallen", 24, INK, "lm")
    return reduced(fine)


def _header(tactic: Tactic, state: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH, HEADER), PAPER)
    draw = ImageDraw.Draw(image)
    mine = _NAMELESS if tactic.title == Tactic.title else tactic.title  # the class has its default
    names = [mine, *[enemy.name for enemy in tactic.enemies[:1]]]
    for side, name in enumerate(names):
        _write_at_side(draw, side, 13, fitted(name, 16, _TITLE_WIDTH), 16, SIDES[side])
    _write(draw, _CENTRE, 13, state, 15, INK, "mm")
    return image, draw


def _draw_score(
    draw: ImageDraw.ImageDraw, side: int, row: int, count: float, earned: float, most: int
) -> None:
    """A bar from the middle outwards, and its number at the end it may grow to.

    What a side gains by what it holds at the end, for the ticks that were not fought, is pale.
    """
    way = 1 if side else -1
    start = _CENTRE + way * (_LABEL_HALF + 6)
    length = _CENTRE - _LABEL_HALF - 6 - _MARGIN - _NUMBER
    for reached, colour in ((most, LINE), (count, PALE[side]), (earned, SIDES[side])):
        grown = round(length * min(reached / most, 1.0))
        if grown:
            left, right = sorted((start, start + way * grown))
            draw.rectangle((left, row - _BAR_HALF, right, row + _BAR_HALF), colour)
    _write_at_side(draw, side, row, f"{count:.0f}", 13, SIDES[side])


def _in_two_lines(text: str) -> list[str]:
    """Words of an army in up to two lines that fit beside the middle."""
    parts, lines = text.split(", "), [""]
    for part in parts:
        longer = f"{lines[-1]}, {part}" if lines[-1] else part
        if font(12).getlength(longer) > _TITLE_WIDTH and lines[-1]:
            lines[-1] += ","
            lines.append(part)
        else:
            lines[-1] = longer
    rest = " ".join(lines[1:])
    return [fitted(line, 12, _TITLE_WIDTH) for line in (lines[0], rest) if line]


def _write_at_side(
    draw: ImageDraw.ImageDraw, side: int, row: int, text: str, size: int, colour: Colour
) -> None:
    across = WIDTH - _MARGIN if side else _MARGIN
    _write(draw, across, row, text, size, colour, "rm" if side else "lm")


def _write(
    draw: ImageDraw.ImageDraw,
    x: float,
    y: float,
    text: str,
    size: int,
    colour: Colour,
    anchor: str,
) -> None:
    draw.text((x, y), text, colour, font(size), anchor)
