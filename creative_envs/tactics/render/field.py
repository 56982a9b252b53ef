"""The field: armies as they are deployed with their orders, or at a moment of a battle."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

from creative_envs.core.lettering import font
from creative_envs.tactics.artefact import Squad, Tactic
from creative_envs.tactics.battle.movement import LEG_COLUMNS, LEG_ROWS
from creative_envs.tactics.render.layout import FINE_CELL, Point, middle, reduced
from creative_envs.tactics.render.palette import (
    PALE,
    SIDES,
    WHITE,
    Colour,
    blend,
    letters_of,
)
from creative_envs.tactics.render.replay import Replay
from creative_envs.tactics.render.signs import (
    dashes,
    draw_clash,
    draw_delay,
    draw_fallen,
    draw_head,
    draw_shot,
)
from creative_envs.tactics.render.terrain import drawn_ground
from creative_envs.tactics.render.tokens import draw_token, shapes_of
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    MOST_SQUADS,
    ROWS,
    ZONE_COLUMNS,
    ZONE_ROWS,
)

TRAIL: Final = 14
"""Ticks back to which the way of a squad is drawn."""
STRIKES: Final = 4
"""Ticks for which a strike is seen: as long as the slowest need to strike again."""
_NOBODY: Final[Colour] = (88, 88, 88)
_AHEAD: Final = {"charge": 3.6, "advance": 2.6, "skirmish": 2.6}
"""Columns ahead that an arrow points, by stance."""


def deployment(tactic: Tactic) -> Image.Image:
    """The army where it is deployed, and the first enemy's, with arrows for what they will do.

    Lines lead where squads go: straight on or round by north or south; two heads on the arrow say
    charge, one advance, dashes skirmish, a bar hold. A number is the ticks they wait.
    """
    image = _with_zones(tactic.ground, (0,) * len(ZONE_ROWS)).copy()
    draw = ImageDraw.Draw(image)
    armies = [tactic.squads, *[enemy.squads for enemy in tactic.enemies[:1]]]
    for side, squads in enumerate(armies):
        for squad in squads:
            _draw_order(draw, squad, side)
    letters, shapes = letters_of(tactic.units.types), shapes_of(tactic.units)
    for side, squads in enumerate(armies):
        for squad in squads:
            kind = tactic.units.types.index(squad.type)
            place = _place(squad, side)
            draw_token(image, place, shapes[kind], letters[kind], side, 1.0)
            if squad.delay:
                corner = place[0] + (-20 if side else 20), place[1] - 20
                draw_delay(draw, corner, squad.delay, SIDES[side])
    return reduced(image)


def moment(tactic: Tactic, replay: Replay, tick: int) -> Image.Image:
    """The field at a tick of a battle: who stands where, came from where and strikes whom."""
    recording = replay.recording
    image = _with_zones(tactic.ground, tuple(replay.holder[tick].tolist())).copy()
    draw = ImageDraw.Draw(image)
    living = [number for number in range(2 * MOST_SQUADS) if recording.strength[tick, number] > 0]
    for number in range(2 * MOST_SQUADS):
        if recording.kind[number] >= 0 and number not in living:
            draw_fallen(draw, _at(replay, tick, number), PALE[number // MOST_SQUADS])
    for number in living:
        way = _way(replay, number, tick)
        if len(way) > 1:
            draw.line(way, PALE[number // MOST_SQUADS], 6, joint="curve")
    _draw_strikes(draw, replay, tick, from_afar=True)
    letters, shapes = letters_of(tactic.units.types), shapes_of(tactic.units)
    for number in living:
        kind = int(recording.kind[number])
        share = float(recording.strength[tick, number] / recording.full[number])
        place = _at(replay, tick, number)
        draw_token(image, place, shapes[kind], letters[kind], number // MOST_SQUADS, share)
    _draw_strikes(draw, replay, tick, from_afar=False)
    return reduced(image)


def _place(squad: Squad, side: int) -> Point:
    return middle(squad.row, squad.column if side == 0 else COLUMNS - 1 - squad.column)


def _at(replay: Replay, tick: int, number: int) -> Point:
    recording = replay.recording
    return middle(int(recording.row[tick, number]), int(recording.column[tick, number]))


def _way(replay: Replay, number: int, tick: int) -> list[Point]:
    """Places of a squad in the last ticks, each once."""
    places: list[Point] = []
    for earlier in range(max(0, tick - TRAIL), tick + 1):
        place = _at(replay, earlier, number)
        if not places or place != places[-1]:
            places.append(place)
    return places


@lru_cache(maxsize=4)
def _with_zones(ground: Ground, holders: tuple[int, ...]) -> Image.Image:
    """The map with who holds each zone, which seldom changes; to be copied, not drawn on."""
    image = drawn_ground(ground).copy()
    draw = ImageDraw.Draw(image)
    for index, ((top, bottom), holder) in enumerate(zip(ZONE_ROWS, holders, strict=True)):
        colour = SIDES[0] if holder > 0 else SIDES[1] if holder < 0 else _NOBODY
        left, right = ZONE_COLUMNS[0] * FINE_CELL, (ZONE_COLUMNS[1] + 1) * FINE_CELL
        box = (left + 3, top * FINE_CELL + 3, right - 4, (bottom + 1) * FINE_CELL - 4)
        draw.rounded_rectangle(box, 14, outline=WHITE, width=9)
        inner = (box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2)
        draw.rounded_rectangle(inner, 12, outline=colour, width=5 if holder else 3)
        at = box[0] + 12, box[1] + 9
        draw.text(at, f"zone {index + 1}", colour, font(20), stroke_width=4, stroke_fill=WHITE)
    return image


def _strikes(replay: Replay, tick: int) -> Iterator[tuple[int, Point, Point]]:
    """The latest strike of each squad: who, from where, and where to."""
    struck = replay.recording.struck
    for number in range(2 * MOST_SQUADS):
        for earlier in range(tick, max(-1, tick - STRIKES), -1):
            target = int(struck[earlier, number])
            if target >= 0:
                yield number, _at(replay, earlier, number), _at(replay, earlier, target)
                break


def _draw_strikes(draw: ImageDraw.ImageDraw, replay: Replay, tick: int, from_afar: bool) -> None:
    """Dashes for shots; stars, once for both who fight, for strikes hand to hand."""
    clashes = set()
    for number, start, end in _strikes(replay, tick):
        apart = max(abs(end[0] - start[0]), abs(end[1] - start[1])) > FINE_CELL
        if apart and from_afar:
            draw_shot(draw, start, end, SIDES[number // MOST_SQUADS])
        elif not apart:
            clashes.add(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    if not from_afar:
        for x, y in sorted(clashes):
            draw_clash(draw, x, y)


def _draw_order(draw: ImageDraw.ImageDraw, squad: Squad, side: int) -> None:
    forward, colour = 1 - 2 * side, blend(SIDES[side], WHITE, 0.25)
    x, y = _place(squad, side)
    if squad.stance == "hold":
        ahead = x + forward * 0.6 * FINE_CELL
        draw.line((ahead, y - 20, ahead, y + 20), WHITE, 11)
        draw.line((ahead, y - 20, ahead, y + 20), colour, 7)
        return
    points = [(x, y), *_route(squad, side, x, y)]
    if squad.stance == "skirmish":
        for start, end in pairwise(points):
            for first, last in dashes(start, end, 14, 9, 0):
                draw.line((*first, *last), colour, 5)
    else:
        draw.line(points, colour, 5, joint="curve")
    for back in (0, 14)[: 2 if squad.stance == "charge" else 1]:
        draw_head(draw, points[-2], points[-1], back, colour)


def _route(squad: Squad, side: int, x: float, y: float) -> list[Point]:
    """Where a squad is led: straight ahead, or to the first way point of its route."""
    ahead = _AHEAD[squad.stance] * FINE_CELL * (1 - 2 * side)
    if squad.route == "direct":
        return [(x + ahead, y)]
    row, column = int(LEG_ROWS[0]), int(LEG_COLUMNS[0])
    if squad.route == "south":
        row = ROWS - 1 - row
    return [middle(row, column - 1 if side == 0 else COLUMNS - column)]
