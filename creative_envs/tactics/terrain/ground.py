"""Maps to fight on: checked, hashed, and stacked for kernels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.task import as_array
from creative_envs.tactics.terrain.travel import travel_costs
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    DEPLOY_COLUMNS,
    MOST_SQUADS,
    ROCK,
    ROWS,
    TERRAIN_SIGNS,
    TERRAINS,
)


@dataclass(frozen=True)
class Ground:
    """A map of 16 x 24 cells, its right half the mirror image of its left.

    Attributes:
        name: Such as "river-17".
        terrain: Rows of numbers into `vocabulary.TERRAINS`.

    Raises:
        InvalidArgument: It cannot be fought on; the message says why.
    """

    name: str
    terrain: tuple[tuple[int, ...], ...] = field(repr=False)

    def __post_init__(self) -> None:
        cells = as_array(self.terrain)
        if cells.shape != (ROWS, COLUMNS) or cells.dtype.kind not in "iu":
            raise InvalidArgument(
                f"Map {self.name!r}: give {ROWS} rows of {COLUMNS} whole numbers, got "
                f"{cells.dtype}{cells.shape}."
            )
        if cells.min() < 0 or cells.max() >= len(TERRAINS):
            raise InvalidArgument(
                f"Map {self.name!r}: terrains are 0..{len(TERRAINS) - 1}, got {cells.min()}.."
                f"{cells.max()}."
            )
        if (cells != cells[:, ::-1]).any():
            raise InvalidArgument(
                f"Map {self.name!r} favours a side: every row must read the same backwards."
            )
        if (cells[:, :DEPLOY_COLUMNS] != ROCK).sum() < MOST_SQUADS:
            raise InvalidArgument(
                f"Map {self.name!r} has no room to deploy {MOST_SQUADS} squads in columns "
                f"0..{DEPLOY_COLUMNS - 1}."
            )
        object.__setattr__(self, "terrain", tuple(tuple(row) for row in cells.tolist()))
        if self._is_divided():
            raise InvalidArgument(
                f"Map {self.name!r} keeps the sides apart: ways must lead from every cell of the "
                "deployment areas to all others."
            )

    @classmethod
    def from_text(cls, name: str, text: str) -> Ground:
        """A map drawn as 16 lines of 24 signs: . plain, f forest, ^ hill, ~ river, # rock.

        Raises:
            InvalidArgument: It is not, or cannot be fought on.
        """
        lines = text.split()
        strange = sorted({sign for line in lines for sign in line if sign not in TERRAIN_SIGNS})
        if strange:
            raise InvalidArgument(
                f"Map {name!r} holds {strange[0]!r}: draw it with {' '.join(TERRAIN_SIGNS)}"
            )
        if len(lines) != ROWS or {len(line) for line in lines} != {COLUMNS}:
            raise InvalidArgument(f"Map {name!r}: draw {ROWS} lines of {COLUMNS} signs.")
        return cls(name, tuple(tuple(TERRAIN_SIGNS.index(s) for s in line) for line in lines))

    def __str__(self) -> str:
        return "\n".join("".join(TERRAIN_SIGNS[cell] for cell in row) for row in self.terrain)

    @cached_property
    def cells(self) -> NDArray[np.int8]:
        """The terrain, shape (16, 24)."""
        return np.array(self.terrain, np.int8)

    @cached_property
    def travel(self) -> NDArray[np.int16]:
        """See `travel_costs`, shape (2, 384, 384)."""
        return np.asarray(travel_costs(self.cells))

    @property
    def sha256(self) -> str:
        """Hash of the terrain."""
        return hashlib.sha256(self.cells.tobytes()).hexdigest()

    def _is_divided(self) -> bool:
        """Whether some cell one can deploy in cannot be reached from another, the enemy's too."""
        passable = self.cells != ROCK
        deployable = passable.copy()
        deployable[:, DEPLOY_COLUMNS:-DEPLOY_COLUMNS] = False
        reached = np.zeros_like(passable)
        reached[tuple(np.argwhere(deployable)[0])] = True
        while True:
            spread = np.pad(reached, 1)
            near = [np.roll(spread, (d, a), (0, 1)) for d in (-1, 0, 1) for a in (-1, 0, 1)]
            grown = np.logical_or.reduce(near)[1:-1, 1:-1] & passable
            if (grown == reached).all():
                return bool((deployable & ~reached).any())
            reached = grown


class Fields(NamedTuple):
    """Maps as kernels read them."""

    terrain: NDArray[np.int8]
    """(M, 16, 24)."""
    travel: NDArray[np.int16]
    """(M, 2, 384, 384)."""


def stacked(grounds: Sequence[Ground]) -> Fields:
    """The maps in a row."""
    return Fields(
        np.stack([ground.cells for ground in grounds]),
        np.stack([ground.travel for ground in grounds]),
    )
