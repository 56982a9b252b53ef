"""Cutting pictures into square cells, and choosing some that differ as much as possible.

All sums here are of whole multiples of a power of two, so the same pictures give the same patches
on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.geometry import CELL, N_TRANSFORMS, all_transforms
from creative_envs.patches.lab import srgb_to_lab

CELLS_ACROSS: Final = (8, 4)
"""Cells along the shorter side of a picture, on the finer and the coarser grid."""
_JUST_DIFFERENT: Final = 1.5
"""Root mean square distance in Lab from which two cells count as different."""
_LAB_STEPS: Final = 16
_WEIGHT_STEPS: Final = 4096


@dataclass(frozen=True)
class Cell:
    """A square of a picture, in pixels.

    Attributes:
        picture: Number of the picture.
        top: Rows above it.
        left: Columns to the left of it.
        side: Its side.
    """

    picture: int
    top: int
    left: int
    side: int

    def cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The pixels of the cell, shape (side, side, 3)."""
        return pixels[self.top : self.top + self.side, self.left : self.left + self.side]


def grid_cells(
    picture: int, height: int, width: int, rng: np.random.Generator, most: int
) -> list[Cell]:
    """Cells of a picture on two grids; none if it is less than 8 pixels high or wide.

    Args:
        picture: Its number.
        height: Pixels.
        width: Pixels.
        rng: Decides where within the margins the grids begin, and which cells are left out.
        most: Cells to keep.
    """
    shorter = min(height, width)
    sides = {max(shorter // across, CELL) for across in CELLS_ACROSS} if shorter >= CELL else set()
    cells = [
        Cell(picture, top, left, side)
        for side in sorted(sides)
        for top, left in _corners(height, width, side, rng)
    ]
    if len(cells) <= most:
        return cells
    luck = [rng.random() for _ in cells]
    kept = sorted(sorted(range(len(cells)), key=luck.__getitem__)[:most])
    return [cells[number] for number in kept]


def _corners(
    height: int, width: int, side: int, rng: np.random.Generator
) -> Iterator[tuple[int, int]]:
    first_top = int(rng.random() * (height % side + 1))
    first_left = int(rng.random() * (width % side + 1))
    for top in range(first_top, height - side + 1, side):
        for left in range(first_left, width - side + 1, side):
            yield top, left


def resampled(square: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A square (S, S, 3) at another size, shape (size, size, 3), by a triangle filter."""
    weights = _filter(len(square), size)
    rows = np.tensordot(weights, square.astype(np.float64), axes=(1, 0))
    both = np.tensordot(rows, weights, axes=(1, 1)).swapaxes(1, 2) / _WEIGHT_STEPS**2
    return np.asarray(np.floor(both + 0.5), np.uint8)


@lru_cache(maxsize=64)
def _filter(from_size: int, to_size: int) -> NDArray[np.float64]:
    """Whole weights of pixels in pixels of another size, rows summing to 4096; (to, from)."""
    scale = from_size / to_size
    centres = (np.arange(to_size) + 0.5) * scale
    distance = np.abs(np.arange(from_size) + 0.5 - centres[:, None])
    weights = np.maximum(1 - distance / max(scale, 1.0), 0)
    whole = np.floor(weights / weights.sum(axis=1, keepdims=True) * _WEIGHT_STEPS + 0.5)
    whole[np.arange(to_size), whole.argmax(axis=1)] += _WEIGHT_STEPS - whole.sum(axis=1)
    return np.asarray(whole, np.float64)


def choose_different(thumbnails: NDArray[np.uint8], count: int) -> list[int]:
    """Chooses squares that differ, turned and mirrored as they may be: farthest points first.

    The first is the most typical one, nearest the mean of all.

    Args:
        thumbnails: Shape (n, 8, 8, 3).
        count: How many to choose.

    Returns:
        Their numbers, in the order they were chosen; fewer if no more differ visibly.
    """
    lab = np.floor(srgb_to_lab(thumbnails) * _LAB_STEPS + 0.5)
    flat = lab.reshape(len(lab), -1)
    squares = (flat**2).sum(axis=1)
    least = np.full(len(lab), np.inf)
    chosen: list[int] = []
    latest = _most_typical(flat)
    while len(chosen) < count:
        chosen.append(latest)
        looks = all_transforms(lab[latest : latest + 1]).reshape(N_TRANSFORMS, -1)
        apart = squares + squares[latest] - 2 * (flat @ looks.T).max(axis=1)
        least = np.minimum(least, apart)
        latest = int(least.argmax())
        if least[latest] < (_JUST_DIFFERENT * _LAB_STEPS) ** 2 * CELL**2:
            break
    return chosen


def _most_typical(flat: NDArray[np.float64]) -> int:
    whole = flat.astype(np.int64)
    off = len(whole) * whole - whole.sum(axis=0)
    return int((off**2).sum(axis=1).argmin())
