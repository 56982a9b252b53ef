"""Tasks, libraries and canvases for the tests of scoring; what takes long to make is made once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from creative_envs.patches.actions import tokens_of
from creative_envs.patches.adversaries.search import Rules, anneal
from creative_envs.patches.brief import Briefs
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.library.patch_library import ORIGINAL, PatchLibrary
from creative_envs.patches.library.pictures import from_images
from creative_envs.patches.projection import budget
from creative_envs.patches.task import PatchTask

TWO = ("procedural:seed=1", "procedural:seed=2")


def task_of(size=8, library="procedural", split="train"):
    """A task; "pictures" stands for a library cut out of invented pictures."""
    return _task(size, library, split)


@lru_cache(maxsize=16)
def _task(size, library, split):
    return PatchTask(size, invented() if library == "pictures" else library, split=split)


@lru_cache(maxsize=1)
def invented():
    """A library cut out of two smooth pictures nobody has seen."""
    rng = np.random.default_rng(11)
    return from_images([smooth_picture(rng) for _ in range(2)])


def smooth_picture(rng, side=128):
    """Waves of random directions and colours, uint8 (side, side, 3)."""
    place = np.arange(side) / side
    picture = np.full((side, side, 3), 120.0)
    for _ in range(8):
        down, right = rng.uniform(-8, 8, 2)
        wave = np.sin(2 * np.pi * (down * place[:, None] + right * place) + rng.uniform(0, 6))
        picture += wave[..., None] * rng.uniform(-40, 40, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)


def library_from(patches, photographic=False, name="made"):
    """The library whose patches as scored are these, uint8 (K, 8, 8, 3)."""
    step = ORIGINAL // 8
    originals = np.asarray(patches, np.uint8).repeat(step, axis=1).repeat(step, axis=2)
    return PatchLibrary(name, originals, photographic)


def legal_canvases(task, count, seed=0, library=0):
    """Random canvases that keep to the budget, shape (count, cells)."""
    rng = np.random.default_rng(seed)
    tiles = np.flatnonzero(task.reference.distinct[library])
    size, canvases = task.size, []
    for _ in range(count):
        pool = np.concatenate([rng.permutation(tiles) for _ in range(budget(size))])
        uses, canvas = np.zeros(task.token_sizes[0], int), []
        for tile in pool:
            if uses[tile // N_TRANSFORMS] < budget(size) and len(canvas) < size**2:
                canvas.append(tile)
                uses[tile // N_TRANSFORMS] += 1
        canvases.append(rng.permutation(canvas))
    return np.array(canvases, np.int16)


def any_canvases(task, count, seed=0):
    """Canvases of any tiles at all, legal or not, shape (count, cells)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, task.n_actions, (count, task.size**2)).astype(np.int16)


def partly(canvases, filled):
    """The canvases with only the first cells filled."""
    growing = canvases.copy()
    growing[:, filled:] = -1
    return growing


def annealed(task, count, seed=0, evaluations=400):
    """Canvases that search has made good, and the briefs they were made for."""
    briefs = briefs_of(task, count, seed)
    found = anneal(rules_of(task), briefs, task.reference.scale, evaluations, seed)
    return found.cells, briefs


def rules_of(task):
    return Rules(task.size, task.reference.distinct, budget(task.size))


def keys(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2**63, count).astype(np.uint64)


def briefs_of(task, count, seed=0):
    return Briefs.decode(task.draw_briefs(keys(count, seed)), task._inks)


def row_of(briefs, row):
    """The brief in one row, as briefs of one."""
    return Briefs(*(part[row : row + 1] for part in briefs))


def scores_of(task, cells, briefs, earlier=None):
    """Scores of full canvases (n, cells) for brief vectors (n, 16)."""
    count = len(cells)
    if earlier is None:
        earlier = np.zeros((count, 0, 1 + task.memory_size), np.float32)
    length = np.full(count, task.max_length, np.int32)
    return task.score(tokens_of(cells), length, briefs, earlier)
