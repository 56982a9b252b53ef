"""Search for canvases that score well: the attackers that show what a score really rewards."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.brief import Briefs
from creative_envs.patches.craft.measure_names import N_MEASURES
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.quality import N_TERMS, Scale, judge

Cells = NDArray[np.int16]
Float64 = NDArray[np.float64]
Rng = np.random.Generator

FIRST_TEMPERATURE, LAST_TEMPERATURE = 0.03, 0.0005
_PLACE, _TURN = 0.4, 0.15
"""Shares of the moves: another tile in a cell, another transform of its patch; else a swap."""


TIE: Final = 1e-3
"""Differences greedy search takes for ties."""


class Found(NamedTuple):
    """What n searches found."""

    cells: Cells
    """(n, cells) the best canvas of each."""
    score: Float64
    """(n,) its quality, or its craft where the brief was left out."""


class Rules(NamedTuple):
    """What is legal."""

    size: int
    """Cells along the side."""
    tiles: NDArray[np.bool_]
    """(n libraries, A) which tiles are distinct."""
    budget: int
    """Uses of a patch."""


@njit(cache=True, nogil=True, error_model="numpy")
def _value(
    cells: Cells,
    size: int,
    work: int,
    briefs: Briefs,
    scale: Scale,
    with_brief: bool,
    measures: Float64,
    terms: Float64,
) -> float:
    made, kept = judge(cells, size, work, briefs, scale, measures, terms)
    return made * kept if with_brief else made


@njit(cache=True, nogil=True, error_model="numpy")
def fill_at_random(
    cells: Cells, tiles: NDArray[np.int64], budget: int, patches: int, rng: Rng
) -> None:
    """Fills one canvas with uniformly random legal tiles."""
    uses = np.zeros(patches, np.int64)
    for cell in range(len(cells)):
        tile = tiles[rng.integers(0, len(tiles))]
        while uses[tile // N_TRANSFORMS] >= budget:
            tile = tiles[rng.integers(0, len(tiles))]
        cells[cell] = tile
        uses[tile // N_TRANSFORMS] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _anneal(
    cells: Cells,
    rules: Rules,
    work: int,
    briefs: Briefs,
    scale: Scale,
    with_brief: bool,
    evaluations: int,
    rng: Rng,
    best_cells: Cells,
) -> float:
    """Simulated annealing of one canvas, from where it stands; writes the best one seen."""
    measures, terms = np.empty(N_MEASURES), np.empty(N_TERMS)
    tiles = rules.tiles[briefs.library[work]].nonzero()[0]
    uses = np.zeros(rules.tiles.shape[1] // N_TRANSFORMS, np.int64)
    for cell in range(len(cells)):
        uses[cells[cell] // N_TRANSFORMS] += 1
    now = _value(cells, rules.size, work, briefs, scale, with_brief, measures, terms)
    best = now
    best_cells[:] = cells
    cooling = math.log(LAST_TEMPERATURE / FIRST_TEMPERATURE)
    for evaluation in range(evaluations):
        temperature = FIRST_TEMPERATURE * math.exp(cooling * evaluation / evaluations)
        one, other = int(rng.integers(0, len(cells))), -1
        before = cells[one]
        move = rng.random()
        if move < _PLACE:
            cells[one] = tiles[rng.integers(0, len(tiles))]
        elif move < _PLACE + _TURN:
            cells[one] = before // N_TRANSFORMS * N_TRANSFORMS + rng.integers(0, N_TRANSFORMS)
            if not rules.tiles[briefs.library[work], cells[one]]:
                cells[one] = before
                continue
        else:
            other = int(rng.integers(0, len(cells)))
            cells[one] = cells[other]
            cells[other] = before
        patch = cells[one] // N_TRANSFORMS
        if other < 0 and patch != before // N_TRANSFORMS and uses[patch] >= rules.budget:
            cells[one] = before
            continue
        value = _value(cells, rules.size, work, briefs, scale, with_brief, measures, terms)
        if value >= now or rng.random() < math.exp((value - now) / temperature):
            now = value
            if other < 0:
                uses[before // N_TRANSFORMS] -= 1
                uses[patch] += 1
        elif other < 0:
            cells[one] = before
        else:
            cells[other] = cells[one]
            cells[one] = before
        if now > best:
            best = now
            best_cells[:] = cells
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _anneal_all(
    rules: Rules,
    briefs: Briefs,
    scale: Scale,
    with_brief: bool,
    evaluations: int,
    rng: Rng,
    cells: Cells,
    score: Float64,
) -> None:
    canvas = np.empty(cells.shape[1], np.int16)
    patches = rules.tiles.shape[1] // N_TRANSFORMS
    for work in range(len(cells)):
        tiles = rules.tiles[briefs.library[work]].nonzero()[0]
        fill_at_random(canvas, tiles, rules.budget, patches, rng)
        score[work] = _anneal(
            canvas, rules, work, briefs, scale, with_brief, evaluations, rng, cells[work]
        )


def anneal(
    rules: Rules,
    briefs: Briefs,
    scale: Scale,
    evaluations: int,
    seed: int = 0,
    with_brief: bool = True,
) -> Found:
    """Simulated annealing for each brief, from a random canvas.

    Args:
        rules: What is legal.
        briefs: Of n canvases.
        scale: What they are measured by.
        evaluations: Of each search.
        seed: Decides everything random.
        with_brief: Whether quality is searched for; else craft alone.
    """
    count = len(briefs.library)
    cells = np.empty((count, rules.size**2), np.int16)
    score = np.empty(count)
    rng = np.random.default_rng(seed)
    _anneal_all(rules, briefs, scale, with_brief, evaluations, rng, cells, score)
    return Found(cells, score)


def best_of(
    rules: Rules,
    briefs: Briefs,
    scale: Scale,
    tries: int,
    seed: int = 0,
    with_brief: bool = True,
) -> Found:
    """The best of so many random canvases for each brief; see `anneal`."""
    count = len(briefs.library)
    cells = np.empty((count, rules.size**2), np.int16)
    score = np.zeros(count)
    rng = np.random.default_rng(seed)
    _best_of_all(rules, briefs, scale, with_brief, tries, rng, cells, score)
    return Found(cells, score)


@njit(cache=True, nogil=True, error_model="numpy")
def _best_of_all(
    rules: Rules,
    briefs: Briefs,
    scale: Scale,
    with_brief: bool,
    tries: int,
    rng: Rng,
    cells: Cells,
    score: Float64,
) -> None:
    measures, terms = np.empty(N_MEASURES), np.empty(N_TERMS)
    canvas = np.empty(cells.shape[1], np.int16)
    patches = rules.tiles.shape[1] // N_TRANSFORMS
    for work in range(len(cells)):
        tiles = rules.tiles[briefs.library[work]].nonzero()[0]
        for _ in range(tries):
            fill_at_random(canvas, tiles, rules.budget, patches, rng)
            value = _value(canvas, rules.size, work, briefs, scale, with_brief, measures, terms)
            if value > score[work]:
                score[work] = value
                cells[work] = canvas


def greedy(
    rules: Rules, briefs: Briefs, scale: Scale, seed: int = 0, with_brief: bool = True
) -> Found:
    """Fills each canvas in reading order with the tile that looks best so far; see `anneal`.

    The first tile is drawn, and near ties are broken, at random.
    """
    count = len(briefs.library)
    cells = np.full((count, rules.size**2), -1, np.int16)
    score = np.empty(count)
    _greedy_all(rules, briefs, scale, with_brief, np.random.default_rng(seed), cells, score)
    return Found(cells, score)


@njit(cache=True, nogil=True, error_model="numpy")
def _greedy_all(
    rules: Rules,
    briefs: Briefs,
    scale: Scale,
    with_brief: bool,
    rng: Rng,
    cells: Cells,
    score: Float64,
) -> None:
    measures, terms = np.empty(N_MEASURES), np.empty(N_TERMS)
    for work in range(len(cells)):
        tiles = rules.tiles[briefs.library[work]].nonzero()[0]
        uses = np.zeros(rules.tiles.shape[1] // N_TRANSFORMS, np.int64)
        canvas = cells[work]
        canvas[0] = tiles[rng.integers(0, len(tiles))]
        uses[canvas[0] // N_TRANSFORMS] += 1
        for cell in range(1, len(canvas)):
            best, best_tile = -1.0, tiles[0]
            for tile in tiles:
                if uses[tile // N_TRANSFORMS] >= rules.budget:
                    continue
                canvas[cell] = tile
                value = _value(canvas, rules.size, work, briefs, scale, with_brief, measures, terms)
                value += TIE * rng.random()
                if value > best:
                    best, best_tile = value, tile
            canvas[cell] = best_tile
            uses[best_tile // N_TRANSFORMS] += 1
        score[work] = _value(canvas, rules.size, work, briefs, scale, with_brief, measures, terms)
