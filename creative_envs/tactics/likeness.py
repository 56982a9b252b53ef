"""Likeness of plans: which squads of a tactic another one has as well.

What a tactic looks like in battle depends on the map, so one copied from the book squad by squad
may fight unlike itself in another brief. Its squads give it away. Two tactics share a squad where
both have one of the same type in the same place that goes the same way in the same stance; whom it
turns to and when it sets out is detail. Places are compared after one tactic is moved as a whole by
up to `MOVED` cells, as suits it best: an army moved two cells back is no other plan.

    distance = 1 - cost of shared squads / max(min(cost, cost of the other), floor)

is 0 if either tactic is part of the other: a small budget cuts the book's short, and squads may be
added to a copy. The floor, half the cost of the other or of the smallest army a brief asks for, if
that is less, is there because one or two squads in usual places make no copy.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.squads import Tactics, cost_of
from creative_envs.tactics.vocabulary import COLUMN, LEAST_BUDGET, ROUTE, ROW, STANCE, TYPE

Float64 = NDArray[np.float64]

COPIED_PLAN: Final = 0.15
"""Distance up to which a tactic is copied: nine in ten of the training book's are no further from
themselves with one squad changed at random, fielded for training briefs (in the mean .10)."""
NEW_PLAN: Final = 0.35
"""Distance from which a tactic is its own: the lower quartile of the training population's that
were bred from the book and then evolved. None made from nothing is nearer than .5."""
REACH: Final = 1
"""Cells by which the same squad may be apart in either direction. Rock and taken cells move one in
a hundred of the book's, by one cell. Against the others of its tactic it is twice as many."""
MOVED: Final = 3
"""Cells by which a tactic may be moved as a whole in either direction."""
_MOVES: Final = 2 * MOVED + 1


def unlike_plan(distances: Float64) -> Float64:
    """Distances of plans on the scale from a copy, 0, to a new tactic, 1."""
    return np.asarray(np.clip((distances - COPIED_PLAN) / (NEW_PLAN - COPIED_PLAN), 0, 1))


def plan_distances(tactics: Tactics, others: Tactics, cost: NDArray[np.int64]) -> Float64:
    """Distances of plans, as the module says.

    Where several squads of one tactic meet one of the other, they are counted once.

    Args:
        tactics: Shape (n, 12, 7); one without squads is at distance 1 from all others.
        others: Shape (m, 12, 7), each with a squad at least.
        cost: Points by type, shape (8,).

    Returns:
        Shape (n, m), in [0, 1].
    """
    shared = _shared(np.ascontiguousarray(tactics), np.ascontiguousarray(others), cost)
    own, theirs = cost_of(tactics, cost)[:, None], cost_of(others, cost)
    floor = np.minimum(theirs, LEAST_BUDGET) / 2
    return np.asarray(1 - shared / np.maximum(np.minimum(own, theirs), floor))


@njit(cache=True, nogil=True, error_model="numpy")
def _shared(tactics: Tactics, others: Tactics, cost: NDArray[np.int64]) -> NDArray[np.int64]:
    """Points of the squads that tactics (n, 12, 7) share with others (m, 12, 7), shape (n, m)."""
    shared = np.empty((len(tactics), len(others)), np.int64)
    for row in range(len(tactics)):
        for other in range(len(others)):
            shared[row, other] = _most_shared(tactics[row], others[other], cost)
    return shared


@njit(cache=True, nogil=True, error_model="numpy")
def _most_shared(one: Tactics, other: Tactics, cost: NDArray[np.int64]) -> int:
    """Points of the squads two tactics (12, 7) share, one of them moved as suits best."""
    met = np.zeros((2, _MOVES, _MOVES), np.int64)  # points of either that have their like
    seen = np.zeros((2, _MOVES, _MOVES), np.int64)  # which squads those are, as bits
    for squad in range(len(one)):
        for like in range(len(other)):
            if not _are_alike(one[squad], other[like]):
                continue
            down = other[like, ROW] - one[squad, ROW] + MOVED
            across = other[like, COLUMN] - one[squad, COLUMN] + MOVED
            for row in range(max(down - REACH, 0), min(down + REACH + 1, _MOVES)):
                for column in range(max(across - REACH, 0), min(across + REACH + 1, _MOVES)):
                    for side, place in enumerate((squad, like)):
                        if not seen[side, row, column] >> place & 1:
                            seen[side, row, column] |= 1 << place
                            met[side, row, column] += cost[one[squad, TYPE]]
    most = 0
    for row in range(_MOVES):
        for column in range(_MOVES):
            most = max(most, min(met[0, row, column], met[1, row, column]))
    return most


@njit(cache=True, nogil=True, error_model="numpy")
def _are_alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> bool:
    """Whether squads (7,) do the same, wherever they stand."""
    return bool(
        one[TYPE] >= 0
        and one[TYPE] == other[TYPE]
        and one[STANCE] == other[STANCE]
        and one[ROUTE] == other[ROUTE]
    )
