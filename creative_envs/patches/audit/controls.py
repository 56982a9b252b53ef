"""Lost order: what a judge of pictures is taught to tell from them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.adversaries.search import fill_at_random
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.projection import budget

Cells = NDArray[np.int16]
Rng = np.random.Generator

REPLACED: Final = (0.1, 0.25, 0.5)
"""Shares of the cells that are replaced in the controls of that name."""


def disorder(works: Cells, size: int, library: PatchLibrary, rng: Rng) -> dict[str, Cells]:
    """Works in which order is lost, by name; each kind as many as the works (n, cells)."""
    tiles = np.flatnonzero(library.distinct)
    made = {
        "random": random_legal(len(works), size, library, rng),
        "shuffled cells": np.asarray(rng.permuted(works, axis=1)),
    }
    for share in REPLACED:
        made[f"{share:.0%} of cells replaced"] = replaced(works, share, tiles, rng)
    return made


def random_legal(count: int, size: int, library: PatchLibrary, rng: Rng) -> Cells:
    """Uniformly random tiles, each patch within its budget, shape (count, cells)."""
    tiles = np.flatnonzero(library.distinct)
    canvases = np.empty((count, size**2), np.int16)
    for canvas in canvases:
        fill_at_random(canvas, tiles, budget(size), len(library), rng)
    return canvases


def replaced(works: Cells, share: float, tiles: NDArray[np.integer[Any]], rng: Rng) -> Cells:
    """Works (n, cells) with random tiles in a share of their cells; budgets are not kept."""
    works = works.copy()
    count = round(works.shape[1] * share)
    for canvas in works:
        canvas[rng.permutation(len(canvas))[:count]] = rng.choice(tiles, count)
    return works
