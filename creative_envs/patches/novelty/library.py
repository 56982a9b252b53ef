"""Novelty: how far a composition lies from known ones and from the episode's earlier works.

The distance of two compositions is that of their features (see `novelty.features`), the smaller of
those under all eight transforms of one of them: a picture turned or mirrored is not new. Known are
real pictures projected onto the library, and families of patterns.

    novelty = clip((smallest distance - a) / (b - a), 0, 1)

where b is the distance that three quarters of projected pictures keep from every framing of another
picture, and a that of thin disguises: works in which a tenth of the tiles were exchanged. To be
stranger than a new picture gains nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.novelty.features import (
    N_FEATURES,
    ORIENTATIONS,
    FeatureTables,
    extract,
    extract_all,
)

Float32 = NDArray[np.float32]

TERM_NAMES: Final = ("library_distance", "own_distance")
"""Distance to the nearest known work and to the nearest earlier work of the episode; the latter is
`FARTHEST` where there is none."""
FARTHEST: Final = 2.0
"""About the largest distance there is."""
NEW_QUANTILE: Final = 0.25
"""Share of new pictures that are scored less than 1."""
DISGUISED_SHARE: Final = 0.1
"""Of the tiles that a thin disguise exchanges."""


@dataclass(frozen=True)
class NoveltyScale:
    """What novelty is measured against, for each of n libraries."""

    tables: FeatureTables
    """Of the libraries' tiles."""
    known: Float32
    """(n, R, 240) features of known works in all orientations."""
    copied: NDArray[np.float64]
    """(n,) distance that counts as a copy."""
    new: NDArray[np.float64]
    """(n,) distance from which a work is new."""
    name: NDArray[np.str_]
    """(n, R) what each of the known works is called, and how it lies."""

    def score(
        self,
        cells: NDArray[np.int16],
        size: int,
        library: NDArray[np.int64],
        earlier: Float32,
    ) -> tuple[Float32, Float32]:
        """Scores finished works.

        Args:
            cells: Tiles, shape (n, cells).
            size: Cells along the side.
            library: Of each work, shape (n,).
            earlier: The episode's earlier works, shape (n, K - 1, 1 + 240): a flag that is 1 where
                there is one, then its features.

        Returns:
            Novelty (n,) in [0, 1] and its terms (n, 2), see `TERM_NAMES`.
        """
        terms = np.empty((len(cells), len(TERM_NAMES)), np.float32)
        _distances(cells, size, library, self.tables, self.known, earlier, ORIENTATIONS, terms)
        copied, new = self.copied[library], self.new[library]
        novelty = np.clip((terms.min(axis=1) - copied) / (new - copied), 0, 1)
        return novelty.astype(np.float32), terms


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _squared_distance(one: Float32, other: Float32) -> float:
    total = np.float32(0.0)
    for k in range(N_FEATURES):
        difference = one[k] - other[k]
        total += difference * difference
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy")
def nearest(features: Float32, others: Float32) -> float:
    """Distance from a vector (240,) to the nearest row of (R, 240)."""
    least = FARTHEST * FARTHEST
    for row in range(len(others)):
        least = min(least, _squared_distance(features, others[row]))
    return math.sqrt(least)


@njit(cache=True, nogil=True, error_model="numpy")
def _distances(
    cells: NDArray[np.int16],
    size: int,
    library: NDArray[np.int64],
    tables: FeatureTables,
    known: Float32,
    earlier: Float32,
    orientations: NDArray[np.int64],
    terms: Float32,
) -> None:
    features, turned = np.empty(N_FEATURES, np.float32), np.empty(N_FEATURES, np.float32)
    for work in range(len(cells)):
        extract(cells[work], size, library[work], tables, features)
        terms[work, 0] = nearest(features, known[library[work]])
        terms[work, 1] = FARTHEST
        if earlier.shape[1] == 0:
            continue
        for orientation in range(N_TRANSFORMS):
            for k in range(N_FEATURES):
                turned[k] = features[orientations[orientation, k]]
            for slot in range(earlier.shape[1]):
                if earlier[work, slot, 0] > 0.5:
                    distance = math.sqrt(_squared_distance(turned, earlier[work, slot, 1:]))
                    terms[work, 1] = min(terms[work, 1], distance)


def in_all_orientations(features: Float32) -> Float32:
    """Features (n, 240) of canvases and of their transforms, shape (8 n, 240), without repeats."""
    return oriented(features)[0]


def oriented(features: Float32) -> tuple[Float32, NDArray[np.int64], NDArray[np.int64]]:
    """What `in_all_orientations` gives, and the transform and the canvas each row comes from."""
    turned = np.concatenate([features[:, order] for order in ORIENTATIONS])
    rows, first = np.unique(turned, axis=0, return_index=True)
    transform, canvas = np.divmod(first, len(features))
    return rows, transform, canvas


def distance_of_disguises(
    cells: NDArray[np.int16],
    size: int,
    library: int,
    tables: FeatureTables,
    tiles: NDArray[np.int64],
    rng: np.random.Generator,
) -> float:
    """Median distance between works (n, cells) and themselves with a tenth of the tiles changed."""
    disguised = cells.copy()
    changed = round(DISGUISED_SHARE * size * size)
    for row in disguised:
        row[rng.choice(size * size, changed, replace=False)] = rng.choice(tiles, changed)
    libraries = np.full(len(cells), library)
    moved = extract_all(disguised, size, libraries, tables)
    moved -= extract_all(cells, size, libraries, tables)
    return float(np.median(np.sqrt((moved**2).sum(axis=1))))


def distance_of_new_works(features: Float32, picture: NDArray[np.int64]) -> float:
    """Distance that three quarters of works (n, 240) keep from those of other pictures (n,)."""
    kept = [
        nearest(one, in_all_orientations(features[picture != owner]))
        for one, owner in zip(features, picture, strict=True)
    ]
    return float(np.quantile(kept, NEW_QUANTILE))
