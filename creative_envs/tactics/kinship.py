"""Kinship of tactics: the squads they share, wherever on the field they stand.

Novelty compares how tactics fight, and of squads only those of the book, by `likeness`. That is
strict, as rewards depend on it: other orders make another squad, and an army moved five rows is
another one. Kinship is for whoever looks twice. Tactics are compared with each other and with all
that training may have seen, on either flank, and moved by any number of cells:

    kinship = cost of what is shared / max(min(cost, cost of the other), floor)

Of two squads of one type in the same place of their armies `FORMATION` is shared; the rest if they
also have the same stance, and the same route. Each squad counts once. The floor is that of
`likeness`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.likeness import REACH
from creative_envs.tactics.opponents.book import training_book
from creative_envs.tactics.opponents.league import load_league
from creative_envs.tactics.squads import Tactics, cost_of, flipped, no_squads
from creative_envs.tactics.vocabulary import COLUMN, LEAST_BUDGET, ROUTE, ROW, STANCE, TYPE

Float64 = NDArray[np.float64]

FORMATION: Final = 0.7
"""Share of a squad that is its type and its place; known tactics whose stances were all swapped,
or whose routes were drawn anew, are known by it still."""
ORDER: Final = (1 - FORMATION) / 2
"""Share of its stance, and of its route."""


def kinship(tactics: Tactics, cost: NDArray[np.int64]) -> Float64:
    """How alike tactics (n, 12, 7) are: shape (n, n), symmetric, in [0, 1], 1 on the diagonal.

    Args:
        tactics: One without squads is like no other.
        cost: Points by type, shape (8,).
    """
    alike = np.maximum(_shares(tactics, tactics, cost), _shares(tactics, flipped(tactics), cost))
    alike = np.maximum(alike, alike.T)
    np.fill_diagonal(alike, 1)
    return alike


def kinship_to_references(tactics: Tactics, cost: NDArray[np.int64]) -> Float64:
    """How alike each tactic is to the most similar one of the book or the training league, (n,)."""
    return np.asarray(_shares(tactics, _known(), cost).max(axis=1))


@lru_cache(maxsize=1)
def _known() -> Tactics:
    """The book's tactics and the league's, then their mirror images."""
    league = load_league("train").tactics.reshape(-1, *no_squads(1).shape[1:])
    tactics = np.concatenate([training_book(), league])
    return np.concatenate([tactics, flipped(tactics)])


def _shares(tactics: Tactics, others: Tactics, cost: NDArray[np.int64]) -> Float64:
    shared = _shared(np.ascontiguousarray(tactics), np.ascontiguousarray(others), cost)
    own, theirs = cost_of(tactics, cost)[:, None], cost_of(others, cost)
    floor = np.minimum(theirs, LEAST_BUDGET) / 2
    return np.asarray(np.clip(shared / np.maximum(np.minimum(own, theirs), floor), 0, 1))


@njit(cache=True, nogil=True, error_model="numpy")
def _shared(tactics: Tactics, others: Tactics, cost: NDArray[np.int64]) -> Float64:
    """Points that tactics (n, 12, 7) share with others (m, 12, 7), shape (n, m)."""
    shared = np.zeros((len(tactics), len(others)))
    squads = tactics.shape[1]
    pairs = np.empty((squads * squads, 4), np.int64)  # own squad, other's, moved down, across
    worth = np.empty(squads * squads)
    credit = np.empty((2, squads))
    for row in range(len(tactics)):
        for other in range(len(others)):
            count = _pairs(tactics[row], others[other], cost, pairs, worth)
            for one in range(count):
                moved = _met(pairs, worth, count, pairs[one, 2], pairs[one, 3], credit)
                shared[row, other] = max(shared[row, other], moved)
    return shared


@njit(cache=True, nogil=True, error_model="numpy")
def _pairs(
    one: Tactics,
    other: Tactics,
    cost: NDArray[np.int64],
    pairs: NDArray[np.int64],
    worth: Float64,
) -> int:
    """Squads of one type in two tactics (12, 7): fills what they are worth; returns how many."""
    count = 0
    for squad in range(len(one)):
        for like in range(len(other)):
            if one[squad, TYPE] < 0 or one[squad, TYPE] != other[like, TYPE]:
                continue
            share = FORMATION
            if one[squad, STANCE] == other[like, STANCE]:
                share += ORDER
            if one[squad, ROUTE] == other[like, ROUTE]:
                share += ORDER
            pairs[count, 0], pairs[count, 1] = squad, like
            pairs[count, 2] = other[like, ROW] - one[squad, ROW]
            pairs[count, 3] = other[like, COLUMN] - one[squad, COLUMN]
            worth[count] = share * cost[one[squad, TYPE]]
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _met(
    pairs: NDArray[np.int64], worth: Float64, count: int, down: int, across: int, credit: Float64
) -> float:
    """Points shared where one tactic is moved by so many cells: each side's squads count once."""
    credit[:] = 0
    for index in range(count):
        if abs(pairs[index, 2] - down) <= REACH and abs(pairs[index, 3] - across) <= REACH:
            for side in range(2):
                squad = pairs[index, side]
                credit[side, squad] = max(credit[side, squad], worth[index])
    return float(min(credit[0].sum(), credit[1].sum()))
