"""Quality of canvases, finished or growing: craft x adherence, in one pass over the tile tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches import adherence
from creative_envs.patches.brief import Briefs
from creative_envs.patches.craft import profile
from creative_envs.patches.craft.measure_names import N_MEASURES
from creative_envs.patches.craft.measures import measure
from creative_envs.patches.craft.profile import craft
from creative_envs.patches.craft.tables import TileTables, tile_tables
from creative_envs.patches.library.patch_library import PatchLibrary

Float64 = NDArray[np.float64]

TERM_NAMES: Final = (*profile.TERM_NAMES, *adherence.TERM_NAMES)
N_TERMS: Final = len(TERM_NAMES)


class Scale(NamedTuple):
    """What canvases of some libraries are measured by."""

    tables: TileTables
    bands: Float64
    """(n, 15, 4) a profile for each library."""


def scale_of(libraries: Sequence[PatchLibrary]) -> Scale:
    """The scale of libraries with the same number of patches."""
    bands = [profile.profile(library.photographic) for library in libraries]
    return Scale(tile_tables(libraries), np.stack(bands))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def judge(
    cells: NDArray[np.int16],
    size: int,
    work: int,
    briefs: Briefs,
    scale: Scale,
    measures: Float64,
    terms: Float64,
) -> tuple[float, float]:
    """Craft and adherence of one canvas.

    Args:
        cells: Tiles, -1 where nothing is placed, shape (cells,).
        size: Cells along the side.
        work: Row of its brief.
        briefs: Of n canvases.
        scale: Of the task's libraries.
        measures: Written, shape (22,).
        terms: Written, shape (21,), see `TERM_NAMES`.

    Returns:
        Both in [0, 1]; 0 and 0 for an empty canvas.
    """
    library = briefs.library[work]
    filled = measure(cells, size, library, scale.tables, measures)
    if filled == 0:
        terms[:] = 0.0
        return 0.0, 0.0
    lead, share = briefs.lead[work], 0.0
    for cell in range(len(cells)):
        if cells[cell] >= 0:
            share += scale.tables.ink_share[library, cells[cell], lead]
    return weigh(measures, share / filled, filled == len(cells), work, briefs, scale, terms)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def weigh(
    measures: Float64,
    share: float,
    full: bool,
    work: int,
    briefs: Briefs,
    scale: Scale,
    terms: Float64,
) -> tuple[float, float]:
    """Craft and adherence of one canvas that has been measured.

    Args:
        measures: Shape (22,).
        share: Of its filled cells, what has the brief's leading ink.
        full: Whether all cells are filled.
        work: Row of its brief.
        briefs: Of n canvases.
        scale: Of the task's libraries.
        terms: Written, shape (21,), see `TERM_NAMES`.
    """
    bands, order = scale.bands[briefs.library[work]], briefs.order[work]
    made = craft(measures, bands, order, full, terms[: profile.N_TERMS])
    kept = adherence.adherence(measures, share, work, briefs, terms[profile.N_TERMS :])
    return made, kept


@njit(cache=True, nogil=True, error_model="numpy")
def judge_all(
    cells: NDArray[np.int16], size: int, briefs: Briefs, scale: Scale
) -> tuple[Float64, Float64, Float64]:
    """Craft (n,), adherence (n,) and their terms (n, 21) of canvases (n, cells)."""
    made, kept = np.empty(len(cells)), np.empty(len(cells))
    terms = np.empty((len(cells), N_TERMS))
    measures = np.empty(N_MEASURES)
    for work in range(len(cells)):
        made[work], kept[work] = judge(
            cells[work], size, work, briefs, scale, measures, terms[work]
        )
    return made, kept, terms
