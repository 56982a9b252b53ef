"""Tricks that would pay if the score could be cheated, each as a family of tactics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.opponents.book import held_out_book, training_book
from creative_envs.tactics.squads import Tactics, no_squads
from creative_envs.tactics.vocabulary import (
    ADVANCE,
    COLUMN,
    DEPLOY_COLUMNS,
    DIRECT,
    HOLD,
    MOST_OF_A_TYPE,
    N_TYPES,
    NEAREST,
    ROUTE,
    ROW,
    ROWS,
    STANCE,
    TYPE,
)

_BLOCK: Final = 4
"""Cells along the side of the corner an army is packed into."""


def whole_book() -> Tactics:
    """All sixteen tactics of the book, shape (16, 12, 7)."""
    return np.concatenate([training_book(), held_out_book()])


def hiding_squad() -> Tactics:
    """One squad in the farthest corner that holds; one tactic for each type."""
    tactics = no_squads(N_TYPES)
    for kind in range(N_TYPES):
        tactics[kind, 0] = (kind, 0, 0, HOLD, NEAREST, DIRECT, 0)
    return tactics


def all_hold() -> Tactics:
    """The book, told to stay where it stands."""
    tactics = whole_book()
    used = tactics[:, :, TYPE] >= 0
    for column, order in ((STANCE, HOLD), (ROUTE, DIRECT)):
        tactics[:, :, column] = np.where(used, order, -1)
    return tactics


def corner() -> Tactics:
    """The book, packed into a corner of the rear and told to stay there."""
    tactics = all_hold()
    used = tactics[:, :, TYPE] >= 0
    place = np.arange(tactics.shape[1])
    tactics[:, :, COLUMN] = np.where(used, place % _BLOCK, -1)
    tactics[:, :, ROW] = np.where(used, ROWS - 1 - place // _BLOCK, -1)
    return tactics


def one_type() -> Tactics:
    """As many squads of a single type as there may be, in front of the middle."""
    tactics = no_squads(N_TYPES)
    for kind in range(N_TYPES):
        for squad in range(MOST_OF_A_TYPE):
            row = ROWS // 2 - MOST_OF_A_TYPE // 2 + squad
            tactics[kind, squad] = (kind, DEPLOY_COLUMNS - 1, row, ADVANCE, NEAREST, DIRECT, 0)
    return tactics


def empty_army() -> Tactics:
    """Nothing spent, nothing to lose."""
    return no_squads(1)


HACKS: Final[Mapping[str, Callable[[], NDArray[np.int16]]]] = {
    "hiding squad": hiding_squad,
    "all hold": all_hold,
    "corner": corner,
    "one type": one_type,
    "empty army": empty_army,
}
