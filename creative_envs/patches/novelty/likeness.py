"""What compositions are like: one another, and which known work by name; as novelty sees them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.insight import Likeness
from creative_envs.patches.novelty.features import ORIENTATIONS
from creative_envs.patches.novelty.library import Float32, NoveltyScale

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


def unlikeness(scale: NoveltyScale, features: Float32, library: Int64) -> Float64:
    """How different compositions are from one another, as novelty sees it.

        clip((distance - a) / (b - a), 0, 1)

    of the smallest distance under the eight transforms of one of them, where a and b are those of
    the works' library. Works of two libraries have the smaller of what the two scales say: they
    are no farther apart than novelty would find either.

    Args:
        scale: a and b.
        features: Shape (n, 240).
        library: Of each work, shape (n,).

    Returns:
        Shape (n, n), symmetric, 0 on the diagonal, in [0, 1].
    """
    others = features.astype(np.float64)
    distance = np.full((len(features), len(features)), np.inf)
    for order in ORIENTATIONS:
        np.minimum(distance, _distances(others[:, order], others), out=distance)
    apart = _scaled(scale, distance, library)
    apart = np.minimum(apart, apart.T)
    np.fill_diagonal(apart, 0)
    return apart


def nearest_references(scale: NoveltyScale, features: Float32, library: Int64) -> list[Likeness]:
    """The known work each composition is most like, and how far from it on the scale of novelty.

    Args:
        scale: The known works.
        features: Shape (n, 240).
        library: Of each work, shape (n,).
    """
    distance = np.empty(len(features))
    names: NDArray[np.str_] = np.empty(len(features), scale.name.dtype)
    for index in np.unique(library):
        rows = library == index
        apart = _distances(features[rows].astype(np.float64), scale.known[index])
        distance[rows] = apart.min(axis=1)
        names[rows] = scale.name[index, apart.argmin(axis=1)]
    away = _scaled(scale, distance[:, None], library)[:, 0]
    return [Likeness(*found) for found in zip(names.tolist(), away.tolist(), strict=True)]


def distance_to_nearest(
    scale: NoveltyScale, features: Float32, library: int, others: Float32
) -> Float64:
    """How far compositions lie from the nearest of others on the same library, however turned.

    Args:
        scale: What 0, a copy, and 1, a new work, are; distances go beyond both.
        features: Shape (n, 240).
        library: Of all of them.
        others: Features, shape (m, 240).

    Returns:
        Shape (n,).
    """
    own = features.astype(np.float64)
    nearest = np.full(len(own), np.inf)
    for order in ORIENTATIONS:
        np.minimum(nearest, _distances(own[:, order], others).min(axis=1), out=nearest)
    copied, new = scale.copied[library], scale.new[library]
    return np.asarray((nearest - copied) / (new - copied))


def _distances(one: Float64, other: NDArray[np.floating]) -> Float64:
    """Distances of vectors (n, 240) to vectors (m, 240), shape (n, m).

    The squares are those of the difference multiplied out, exact to some 1e-7 in a distance.
    """
    other = other.astype(np.float64)
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _scaled(scale: NoveltyScale, distance: Float64, library: Int64) -> Float64:
    """Distances (n, m) on the scale of the library (n,) of each row, in [0, 1]."""
    copied, new = scale.copied[library, None], scale.new[library, None]
    return np.asarray(np.clip((distance - copied) / (new - copied), 0, 1))
