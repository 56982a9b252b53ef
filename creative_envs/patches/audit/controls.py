"""Controls: what is made of works or of chance, and should not be taken for a picture."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.adversaries.search import fill_at_random
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.patterns import FAMILIES, mirrored_quadrant, patterns
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


def false_order(works: Cells, size: int, library: PatchLibrary, rng: Rng) -> dict[str, Cells]:
    """Works with an order no picture has, by name; each kind about as many as the works."""
    each = -(-len(works) // len(FAMILIES))
    return {
        "sorted by lightness": sorted_by_lightness(works, library),
        "mirrored quadrants": mirrored_quadrants(works, size),
        "patterns": patterns(np.flatnonzero(library.distinct), size, each, rng),
    }


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


def sorted_by_lightness(works: Cells, library: PatchLibrary) -> Cells:
    """Each work's tiles (n, cells) in order of their mean L*, as a gradient of rows."""
    lightness = srgb_to_lab(library.tiles)[..., 0].mean(axis=(1, 2))
    order = np.argsort(lightness[works], axis=1, kind="stable")
    return np.take_along_axis(works, order, axis=1)


def mirrored_quadrants(works: Cells, size: int) -> Cells:
    """The upper left quarter of each work (n, cells) and its mirror images."""
    quadrants = works.reshape(-1, size, size)[:, : size // 2, : size // 2].astype(np.int64)
    mirrored = [mirrored_quadrant(quadrant) for quadrant in quadrants]
    return np.array(mirrored).reshape(works.shape).astype(np.int16)
