"""A generator of maps: five kinds, each with as many seeds as one likes."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    FOREST,
    HILL,
    PLAIN,
    RIVER,
    ROCK,
    ROWS,
)

MAP_KINDS: Final = ("open", "river", "forest", "hills", "pass")
_HALF: Final = COLUMNS // 2
_FORDS: Final = (1, 3, 5, 8, 10, 12, 14)
"""Rows a river may be crossed in."""
_MOST_SEED: Final = 2**31
Cells = NDArray[np.int8]


def generate_map(kind: str, seed: int) -> Ground:
    """The map of a kind and seed, always the same.

    open: a wood and a hill here and there. river: three fords through a stream in the middle.
    forest: woods with clearings. hills: ridges. pass: a wall of rock with two gates.

    Raises:
        InvalidArgument: No such kind, or a seed that is no whole number from 0.
    """
    if kind not in MAP_KINDS:
        raise InvalidArgument(f"A kind of map is one of {MAP_KINDS}, got {kind!r}")
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < _MOST_SEED:
        raise InvalidArgument(f"The seed of a map is a whole number from 0, got {seed!r}")
    return _generated(kind, int(seed))


@lru_cache(maxsize=256)
def _generated(kind: str, seed: int) -> Ground:
    rng = np.random.default_rng([MAP_KINDS.index(kind), seed])
    half = np.full((ROWS, _HALF), PLAIN, np.int8)
    _DRAW[kind](half, rng)
    cells = np.concatenate([half, half[:, ::-1]], axis=1)
    return Ground(f"{kind}-{seed}", tuple(tuple(row) for row in cells.tolist()))


def _scatter(
    half: Cells, rng: np.random.Generator, terrain: int, patches: int, size: int, first: int
) -> None:
    """Strews patches of a terrain over the columns from ``first`` on, each a random walk."""
    for _ in range(patches):
        row, column = int(rng.integers(ROWS)), int(rng.integers(first, _HALF))
        for _ in range(size):
            if 0 <= row < ROWS and 0 <= column < _HALF:
                half[row, column] = terrain
            row += int(rng.integers(-1, 2))
            column += int(rng.integers(-1, 2))


def _open(half: Cells, rng: np.random.Generator) -> None:
    _scatter(half, rng, FOREST, 2, 8, 3)
    _scatter(half, rng, HILL, 1, 6, 4)


def _forest(half: Cells, rng: np.random.Generator) -> None:
    _scatter(half, rng, FOREST, 9, 16, 2)
    _scatter(half, rng, HILL, 1, 5, 4)


def _hills(half: Cells, rng: np.random.Generator) -> None:
    _scatter(half, rng, HILL, 7, 11, 3)
    _scatter(half, rng, FOREST, 2, 8, 2)


def _river(half: Cells, rng: np.random.Generator) -> None:
    _scatter(half, rng, FOREST, 3, 8, 2)
    _scatter(half, rng, HILL, 2, 6, 2)
    half[:, -1] = RIVER
    for row in rng.choice(_FORDS, 3, replace=False):
        half[row, -1] = PLAIN


def _pass(half: Cells, rng: np.random.Generator) -> None:
    _scatter(half, rng, FOREST, 2, 8, 2)
    half[:, -1] = ROCK
    north, south = int(rng.integers(1, 6)), int(rng.integers(9, 14))
    for gate in (north, south):
        half[gate : gate + 2, -2:] = PLAIN
    half[7:9, -1] = HILL if rng.random() < 0.5 else ROCK
    for _ in range(3):
        half[int(rng.integers(ROWS)), int(rng.integers(5, 10))] = ROCK


_DRAW: Final = {"open": _open, "river": _river, "forest": _forest, "hills": _hills, "pass": _pass}
