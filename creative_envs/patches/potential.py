"""What canvases are worth as far as they are filled, by which the shaped reward pays in advance."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.actions import cells_of
from creative_envs.patches.brief import decode_briefs
from creative_envs.patches.craft.measure_names import N_MEASURES
from creative_envs.patches.craft.measures import measure
from creative_envs.patches.craft.running import INK_SHARE, N_SUMS, keep_up, measure_kept
from creative_envs.patches.quality import N_TERMS, Scale, weigh


def scratch_size(patches: int) -> int:
    """int32 words of working state: the uses of each patch, then the running sums as float64."""
    return patches + patches % 2 + 2 * N_SUMS


@njit(cache=True, nogil=True, error_model="numpy")
def potential(
    tokens: NDArray[np.int16],
    length: NDArray[np.int32],
    size: int,
    vectors: NDArray[np.float32],
    scale: Scale,
    scratch: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Quality of growing canvases: all in one kernel, since it is wanted at every step.

    Args:
        tokens: Shape (n, L, 2).
        length: How many cells of each are filled, in reading order, shape (n,).
        size: Cells along the side.
        vectors: Briefs, shape (n, 16).
        scale: Of the task's libraries.
        scratch: Of these canvases, zeros where they began, shape (n, `scratch_size`). Their sums
            are brought up to ``length``, whether or not they were at every step before.

    Returns:
        Craft x adherence, shape (n,), in [0, 1]; 0 for empty canvases.
    """
    briefs, cells = decode_briefs(vectors, scale.tables.inks), cells_of(tokens)
    all_sums = scratch.view(np.float64)[:, -N_SUMS:]
    measures, terms = np.empty(N_MEASURES), np.empty(N_TERMS)
    worth = np.zeros(len(cells))
    for work in range(len(cells)):
        filled, library, sums = length[work], briefs.library[work], all_sums[work]
        if filled == 0:
            continue
        keep_up(cells[work], filled, size, library, scale.tables, sums)
        full = filled == size * size
        if full:
            measure(cells[work], size, library, scale.tables, measures)
        else:
            measure_kept(cells[work], size, library, scale.tables, sums, measures)
        share = sums[INK_SHARE + briefs.lead[work]] / filled
        made, kept = weigh(measures, share, full, work, briefs, scale, terms)
        worth[work] = made * kept
    return worth
