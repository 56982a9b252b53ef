"""What is known of weaves: which ones there are, what they measure, and how far apart they lie.

A weave is what a loom repeats: in each of eight picks (rows), which of eight warp ends (columns)
lie above the weft. Where one thread passes over several others it floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.typicality import Typicality

SIZE = 8
"""Ends and picks of a repeat."""
LONGEST = 5
"""Threads one may pass over before it snags."""
CELLS = SIZE * SIZE
PICKS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
"""Which ends each of the 256 picks lifts, (256, 8)."""
PLACE = np.arange(CELLS).reshape(SIZE, SIZE)
SHIFTS = np.stack([np.roll(PLACE, (-y, -x), (0, 1)).ravel() for y in range(8) for x in range(8)])
"""(64, 64): which cell comes to lie on each as a repeat is moved: it may begin anywhere."""
BLOCKS = [np.roll(PLACE, (-y, -x), (0, 1)).ravel() for y in range(3) for x in range(3)]
KINDS = {
    "twill": range(8),
    "steep twill": range(0, 16, 2),
    "satin": range(0, 24, 3),
    "herringbone": (0, 1, 2, 3, 4, 3, 2, 1),
    "broken twill": (0, 1, 2, 3, 7, 6, 5, 4),
    "hopsack": (0, 0, 2, 2, 4, 4, 6, 6),
    "rib": (0, 0, 0, 4, 4, 4, 4, 0),
}
"""By how many ends each pick of a known weave is moved beside its first."""
SPLITS = ("train", "valid", "test")


def floats(up, axis):
    """Mean and longest float of repeats (n, picks, ends) along an axis, in threads, each (n,)."""
    same = up == np.roll(up, -1, axis)
    mean = up[0].size / np.maximum((~same).sum(axis=(1, 2)), 1)
    run, longest = same, np.ones(len(up))
    for step in range(1, SIZE):
        longest += run.any(axis=(1, 2))
        run = run & np.roll(same, -step, axis)
    return mean, longest


LEGAL = floats(PICKS[:, None], 2)[1] <= LONGEST
"""Which picks may be made at all, (256,)."""


def hangs_together(up):
    """Whether no threads lie loose on the rest, (n,) (Clapham, 1980).

    That is, whether each thread lies above each other one, if by way of others.
    """
    above = np.eye(2 * SIZE)[None].repeat(len(up), axis=0)
    above[:, :SIZE, SIZE:] = up.transpose(0, 2, 1)
    above[:, SIZE:, :SIZE] = 1 - up
    for _ in range(4):
        above = (above @ above > 0).astype(float)
    return above.all(axis=(1, 2))


def features(up):
    """What craft looks at, (n, 5), in the order of the task's `term_names`."""
    (weft, weft_longest), (warp, warp_longest) = floats(up, 2), floats(up, 1)
    bound = (up != np.roll(up, -1, 1)).sum(axis=1)
    sign = 2.0 * up.reshape(-1, CELLS) - 1
    order = np.einsum("nsc,nc->ns", sign[:, SHIFTS[1:]], sign).max(axis=1) / CELLS
    longest = np.maximum(weft_longest, warp_longest)
    return np.stack([warp, weft, longest, np.ptp(bound, axis=1), order], axis=1)


def described(up):
    """Share of cells with the warp above, and mean float, 1 to 5 threads, as 0 to 1: (n, 2)."""
    mean = (floats(up, 1)[0] + floats(up, 2)[0]) / 2
    return np.stack([up.mean(axis=(1, 2)), (mean.clip(1, 5) - 1) / 4], axis=1).astype(np.float32)


def distances(works, others):
    """Share of cells in which works (n, 64) and others (m, 64) differ, laid as they fit best."""
    moved = (2.0 * others - 1)[:, SHIFTS].astype(np.float32)
    agreement = np.tensordot((2.0 * works - 1).astype(np.float32), moved, axes=(1, 2))
    return (0.5 - agreement.max(axis=2) / (2 * CELLS)).astype(np.float64)


def shared_blocks(works, others):
    """Share of blocks of 3 x 3 cells that works (n, 64) and others (m, 64) have in common."""
    ours, theirs = (
        [np.bincount(row, minlength=512) for row in (1 << np.arange(9)) @ cells[:, BLOCKS]]
        for cells in (works.astype(int), others.astype(int))
    )
    return np.array([np.minimum(row, theirs).sum(axis=1) / CELLS for row in ours])


@dataclass(frozen=True, eq=False)
class Handbook:
    """The weaves of the handbooks: the reference works.

    Attributes:
        weaves: By split, (n, picks, ends).
        names: Of those to train on.
        typicality: What is typical of their features.
        unit: Distance of the median held-out weave to the nearest to train on: a novelty of 1.
    """

    weaves: dict[str, NDArray[np.int64]]
    names: list[str]
    typicality: Typicality
    unit: float


@lru_cache
def handbook() -> Handbook:
    """Every kind of weave with every pattern of picks, each once, wherever its repeat begins."""
    kinds = {
        f"{kind} of {''.join(map(str, pattern))}": [np.roll(pattern, move) for move in moves]
        for kind, moves in KINDS.items()
        for pattern in PICKS[LEGAL].astype(np.int64)
    }
    every = np.array(list(kinds.values()))
    found = {}
    for index in (hangs_together(every) & (floats(every, 1)[1] <= LONGEST)).nonzero()[0]:
        key = max(row.tobytes() for row in every[index].ravel()[SHIFTS])
        found.setdefault(key, (every[index], list(kinds)[index]))
    order = np.random.default_rng(0).permutation(len(found))
    ups, names = (list(column) for column in zip(*found.values(), strict=True))
    parts = np.split(order, [len(order) // 2, len(order) * 5 // 8])
    train, valid, test = (np.stack([ups[index] for index in part]) for part in parts)
    apart = distances(test.reshape(-1, CELLS), train.reshape(-1, CELLS))
    return Handbook(
        weaves=dict(zip(SPLITS, (train, valid, test), strict=True)),
        names=[names[index] for index in parts[0]],
        typicality=Typicality.fit(features(train)),
        unit=float(np.median(apart.min(axis=1))),
    )
