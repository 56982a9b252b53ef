"""Colours and letters of the field: sides told apart by everyone, on a ground that stays behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from creative_envs.tactics.vocabulary import FOREST, HILL, PLAIN, RIVER, ROCK

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""

SIDES: Final[tuple[Colour, Colour]] = ((0, 92, 168), (208, 84, 0))
"""The tactic's side and the enemy's: a blue and an orange that colour-blind people tell apart."""
PALE: Final[tuple[Colour, Colour]] = ((120, 172, 219), (240, 170, 115))
"""The same, for what has been or is planned."""
PAPER: Final[Colour] = (250, 249, 246)
INK: Final[Colour] = (38, 42, 50)
FAINT: Final[Colour] = (130, 134, 142)
LINE: Final[Colour] = (206, 206, 202)
SPENT: Final[Colour] = (58, 60, 66)
"""Of the strength a squad has lost."""
WHITE: Final[Colour] = (255, 255, 255)
CLASH: Final[Colour] = (255, 222, 60)

GROUNDS: Final[dict[int, Colour]] = {
    PLAIN: (233, 231, 214),
    FOREST: (186, 205, 170),
    HILL: (221, 206, 172),
    RIVER: (178, 208, 226),
    ROCK: (128, 126, 124),
}
"""Of terrains."""
HINTS: Final[dict[int, Colour]] = {
    PLAIN: (214, 211, 190),
    FOREST: (118, 156, 105),
    HILL: (182, 158, 112),
    RIVER: (120, 168, 200),
    ROCK: (88, 86, 86),
}
"""Of what is drawn on them, so that no terrain is known by its colour alone."""
KEPT: Final = (*SIDES, *PALE, PAPER, INK, LINE, SPENT, WHITE, CLASH, *GROUNDS.values())
"""Colours that have to stay as they are where there is room for a few only."""


def blend(colour: Colour, other: Colour, share: float) -> Colour:
    """A colour with a share of another one, 0..1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def letters_of(types: Sequence[str]) -> tuple[str, ...]:
    """A capital letter (or digit) for each type: the first of its name that is not taken."""
    letters: list[str] = []
    for kind in types:
        candidates = [sign for sign in f"{kind}0123456789".upper() if sign.isascii()]
        letters.append(next(s for s in candidates if s.isalnum() and s not in letters))
    return tuple(letters)
