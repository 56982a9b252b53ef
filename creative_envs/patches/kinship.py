"""Kinship of compositions: what they share by a view no reward takes.

Novelty compares what rewards measure; kinship compares the audit judge's statistics of pixels, each
by how much it varies among pictures:

    kinship = exp(-d^2 / (2 BANDWIDTH^2)),  d the root mean square difference of 39 statistics

Of what training may have seen, details of the training pictures are the larger part: demonstrations
are made of them, and novelty does not know them all. There novelty's features are a second opinion,
for statistics say little of where things are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.audit.judge import FARTHEST, load_judge, pictures_of
from creative_envs.patches.audit.statistics import NAMES, statistics
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.novelty import extract_all
from creative_envs.patches.reference import load_reference

Float64 = NDArray[np.float64]

BANDWIDTH: Final = 0.68
"""Half the median difference between details of held-out pictures."""
KNOWN_DETAILS: Final = 512
"""Of the training pictures, as they are and repainted, whose statistics works are compared with."""
FEATURES_UNIT: Final = 0.39
"""Kinship's distance where novelty's features are as far apart as those of a new work: a tenth of
the details of held-out pictures lie within .27 of the former, and of .70 of the latter."""


@dataclass(frozen=True, eq=False)
class Known:
    """What training may have seen on one library.

    Attributes:
        statistics: Of details, shape (m, 39), see `described`.
        features: Novelty's, of demonstrations, shape (k, 240).
    """

    statistics: Float64
    features: NDArray[np.float32]


def described(
    cells: NDArray[np.integer[Any]],
    named: NDArray[np.int64],
    size: int,
    libraries: Sequence[PatchLibrary],
) -> Float64:
    """Standardised statistics of canvases.

    Args:
        cells: Tiles, shape (n, cells).
        named: Index of each canvas's library, shape (n,).
        size: Cells along the side.
        libraries: All of them.

    Returns:
        Shape (n, 39).
    """
    seen = np.empty((len(cells), len(NAMES)))
    for index, library in enumerate(libraries):
        rows = named == index
        if rows.any():
            judge = load_judge(library, size)
            found = statistics(pictures_of(cells[rows], size, library))
            seen[rows] = (found - judge.middle) / judge.deviation
    return np.asarray(np.clip(seen, -FARTHEST, FARTHEST))


def kinship(one: Float64, other: Float64) -> Float64:
    """How alike canvases of these statistics are, (n, 39) and (m, 39): shape (n, m), in [0, 1]."""
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.exp(-np.maximum(squares, 0) / one.shape[1] / (2 * BANDWIDTH**2)))


@lru_cache(maxsize=8)
def known_on(
    libraries: tuple[PatchLibrary, ...], size: int, library: int, demonstrations: int
) -> Known:
    """What training may have seen on a library; takes a few seconds, once in a process.

    Args:
        libraries: Of the task.
        size: Cells along the side.
        library: Index of the one that is asked about.
        demonstrations: How many there are at most.
    """
    reference = load_reference(libraries, size)
    as_they_are = reference.projected("train", KNOWN_DETAILS, library)
    shown = reference.projected("train", demonstrations, library, repaint=True)
    details = np.concatenate([as_they_are, shown[:KNOWN_DETAILS]])
    named = np.full(len(details) + len(shown), library)
    seen = described(details, named[: len(details)], size, libraries)
    tables = reference.novelty.tables
    return Known(seen, extract_all(shown, size, named[: len(shown)], tables))


def kinship_to(known: Known, seen: Float64, apart: Float64) -> Float64:
    """How alike canvases on a library are to the most similar known one, shape (n,), in [0, 1].

    Args:
        known: Of their library.
        seen: Their statistics, shape (n, 39).
        apart: Distance of their features to the nearest of the known ones, on novelty's scale,
            shape (n,).
    """
    by_statistics = kinship(seen, known.statistics).max(axis=1)
    by_features = 1 - FEATURES_UNIT * np.maximum(apart, 0)
    return np.asarray(np.clip(np.maximum(by_statistics, by_features), 0, 1))
