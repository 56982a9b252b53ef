"""A tactic in text: for terminals in colour, or plain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from creative_envs.tactics.artefact import Squad, Tactic
from creative_envs.tactics.render.palette import GROUNDS, PALE, SIDES, WHITE, Colour, letters_of
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    PLAIN,
    ROWS,
    TERRAINS,
    ZONE_COLUMNS,
    ZONE_ROWS,
)

_RESET: Final = "\x1b[0m"
_BOLD: Final = "\x1b[1m"
_SIGNS: Final = '."^~#'
"""Of terrains: no letters, which are squads."""
_ZONE_SIGN: Final = ":"
"""Of a plain cell in a control zone, in text."""
_MILLI: Final = 1000


def ansi(tactic: Tactic) -> str:
    """The deployment and the orders for a terminal with 24-bit colours.

    Capital letters are the tactic's squads, small ones those of its first enemy; a cell is two
    characters wide. The orders of both stand below.
    """
    return _text(tactic, colours=True)


def plain_text(tactic: Tactic) -> str:
    """The same without colours, and how the battles against all enemies end."""
    return _text(tactic, colours=False) + _battles(tactic)


def _text(tactic: Tactic, colours: bool) -> str:
    bold = _BOLD if colours else ""
    reset = _RESET if colours else ""
    scores = " · ".join(f"{name} {value:.2f}" for name, value in tactic.scores.items())
    facts = (
        f"{tactic.cost} of {tactic.budget} points · objective {tactic.objective} · "
        f"map {tactic.ground.name}"
    )
    heading = [f"{bold}{tactic.title}{reset}", facts, *([scores] if scores else []), ""]
    signs = " ".join(f"{s} {name}" for s, name in zip(_SIGNS, TERRAINS, strict=True))
    lines = [*heading, *_field(tactic, colours), f"{signs} {_ZONE_SIGN} zone", ""]
    armies = [(tactic.title, tactic.squads), *[(e.name, e.squads) for e in tactic.enemies[:1]]]
    for side, (name, squads) in enumerate(armies):
        lines += _orders(tactic, name, squads, side, colours)
    return "\n".join(lines)


def _field(tactic: Tactic, colours: bool) -> list[str]:
    letters = dict(zip(tactic.units.types, letters_of(tactic.units.types), strict=True))
    squads = {(s.row, s.column): (letters[s.type], 0) for s in tactic.squads}
    for squad in tactic.enemies[0].squads if tactic.enemies else ():
        squads[squad.row, COLUMNS - 1 - squad.column] = letters[squad.type].lower(), 1
    lines = []
    for row in range(ROWS):
        cells = []
        for column in range(COLUMNS):
            terrain = tactic.ground.terrain[row][column]
            sign, side = squads.get((row, column), (_ground_sign(terrain, row, column), None))
            cells.append(_cell(sign, side, GROUNDS[terrain]) if colours else f"{sign} ")
        lines.append("".join(cells).rstrip())
    return lines


def _ground_sign(terrain: int, row: int, column: int) -> str:
    across = ZONE_COLUMNS[0] <= column <= ZONE_COLUMNS[1]
    if terrain == PLAIN and across and any(top <= row <= bottom for top, bottom in ZONE_ROWS):
        return _ZONE_SIGN
    return _SIGNS[terrain]


def _cell(sign: str, side: int | None, ground: Colour) -> str:
    if side is None:
        return f"{_on(ground)}{_of((120, 120, 112))}{sign} {_RESET}"
    return f"{_on(SIDES[side])}{_of(WHITE)}{_BOLD}{sign} {_RESET}"


def _orders(
    tactic: Tactic, name: str, squads: Sequence[Squad], side: int, colours: bool
) -> Iterable[str]:
    letters = dict(zip(tactic.units.types, letters_of(tactic.units.types), strict=True))
    colour, reset = (_of(PALE[side]), _RESET) if colours else ("", "")
    yield f"{colour}{name}{reset}"
    for squad in squads:
        letter = letters[squad.type] if side == 0 else letters[squad.type].lower()
        yield f"  {colour}{letter}{reset}  {squad}"
    if not squads:
        yield "  no squads"
    yield ""


def _battles(tactic: Tactic) -> str:
    """A line for each battle: what is left, zone-ticks, camp-ticks, and how long it took."""
    lines = []
    for index, enemy in enumerate(tactic.enemies):
        lines.append(f"Against {enemy.name}")
        for first, mover in enumerate(("tactic", "enemy")):
            outcome = tactic.replay(index, first).outcome
            left, right = (outcome.value[0] / _MILLI).tolist()
            zones, camp = outcome.zones[0].tolist(), outcome.camp[0].tolist()
            lines.append(
                f"  {mover} moves first: value left {left:.1f} to {right:.1f}, zone-ticks "
                f"{zones[0]} to {zones[1]}, camp-ticks {camp[0]} to {camp[1]}, over at tick "
                f"{outcome.ticks[0, 0]}"
            )
    return "\n".join([*lines, ""])


def _of(colour: Colour) -> str:
    return "\x1b[38;2;{};{};{}m".format(*colour)


def _on(colour: Colour) -> str:
    return "\x1b[48;2;{};{};{}m".format(*colour)
