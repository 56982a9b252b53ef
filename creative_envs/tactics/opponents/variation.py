"""Making tactics from nothing and from one another: what every search over tactics is made of."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.squads import Tactics, flipped, muster, no_squads
from creative_envs.tactics.vocabulary import (
    COLUMN,
    COLUMNS,
    DELAYS,
    DEPLOY_COLUMNS,
    MOST_BUDGET,
    MOST_OF_A_TYPE,
    N_TYPES,
    PLAIN,
    PRIORITIES,
    ROUTES,
    ROW,
    ROWS,
    STANCE,
    STANCES,
    TYPE,
)

ORDER_SIZES: Final = (len(STANCES), len(PRIORITIES), len(ROUTES), len(DELAYS))
"""How many values the columns of a tactic from `STANCE` on take."""
_AT_ONCE: Final = 0.7
"""Chance that a random tactic gives all squads of a type the same orders."""
_OPEN_FIELD: Final = np.full((ROWS, COLUMNS), PLAIN, np.int8)


def random_squad(rng: np.random.Generator) -> NDArray[np.int16]:
    """A squad with type, cell and orders drawn uniformly, shape (7,)."""
    place = (rng.integers(N_TYPES), rng.integers(DEPLOY_COLUMNS), rng.integers(ROWS))
    return np.array([*place, *rng.integers(ORDER_SIZES)], np.int16)


def random_tactic(rng: np.random.Generator, cost: NDArray[np.int64]) -> Tactics:
    """A tactic of two to four types, most often with one order for each type, shape (12, 7).

    It is made for the largest budget; its squads are shuffled, so that smaller ones cut any.
    """
    types = rng.choice(N_TYPES, rng.integers(2, 5), replace=False)
    rows = np.array([random_squad(rng) for _ in range(MOST_OF_A_TYPE * len(types))])
    rows[:, TYPE] = np.repeat(types, MOST_OF_A_TYPE)
    if rng.random() < _AT_ONCE:
        rows[:, STANCE:] = np.repeat(rows[::MOST_OF_A_TYPE, STANCE:], MOST_OF_A_TYPE, axis=0)
    return tidy(rng.permutation(rows), cost)


def mutated(tactic: Tactics, rng: np.random.Generator, cost: NDArray[np.int64]) -> Tactics:
    """A tactic (12, 7) with one to three changes.

    Squads more, fewer, of another type, elsewhere or told otherwise, one by one or all of a type;
    now and then what is left of the largest budget is spent at random.
    """
    rows = [row.copy() for row in tactic if row[TYPE] >= 0]
    for _ in range(rng.integers(1, 4)):
        if not rows:
            break
        _change(rows, rng)
    if rng.random() < 0.5:
        rows.extend(random_squad(rng) for _ in range(4))
    return tidy(np.array(rows).reshape(-1, tactic.shape[1]), cost)


def _change(rows: list[NDArray[np.int16]], rng: np.random.Generator) -> None:
    """One change of a tactic, in place."""
    one = rows[rng.integers(len(rows))]
    order = int(rng.integers(len(ORDER_SIZES)))
    told = rng.integers(ORDER_SIZES[order])
    kind = rng.integers(7)
    if kind == 0:
        rows.insert(int(rng.integers(len(rows) + 1)), random_squad(rng))
    elif kind == 1:
        rows.pop(int(rng.integers(len(rows))))
    elif kind == 2:
        one[TYPE] = rng.integers(N_TYPES)
    elif kind == 3:
        one[COLUMN] = np.clip(one[COLUMN] + rng.integers(-2, 3), 0, DEPLOY_COLUMNS - 1)
        one[ROW] = np.clip(one[ROW] + rng.integers(-3, 4), 0, ROWS - 1)
    elif kind == 4:
        for row in rows:
            if row[TYPE] == one[TYPE]:
                row[STANCE + order] = told
    elif kind == 5:
        one[STANCE + order] = told
    else:
        other = rows[rng.integers(len(rows))]
        one[TYPE], other[TYPE] = other[TYPE], one[TYPE]


def crossed(
    one: Tactics, other: Tactics, rng: np.random.Generator, cost: NDArray[np.int64]
) -> Tactics:
    """Squads of two tactics (12, 7), each taken with the chance of a half."""
    rows = np.concatenate([one, other])
    rows = rows[(rows[:, TYPE] >= 0) & (rng.random(len(rows)) < 0.5)]
    return tidy(rows, cost)


def mirrored(tactics: Tactics, rng: np.random.Generator) -> Tactics:
    """The tactics (n, 12, 7), half of them with north and south exchanged."""
    turned = rng.random(len(tactics)) < 0.5
    return np.asarray(np.where(turned[:, None, None], flipped(tactics), tactics))


def tidy(rows: NDArray[np.int16], cost: NDArray[np.int64]) -> Tactics:
    """The rows (m, 7) as a tactic (12, 7) that keeps to the largest budget and to the caps."""
    kept: Tactics = no_squads(1)[0]
    muster(rows, MOST_BUDGET, _OPEN_FIELD, cost, kept)
    return kept
