"""What tactics are like: which of the book by name, by how they fight and by what they are.

Novelty compares tactics by their descriptors, most of which are of the battles of a brief; so a
tactic copied from the book squad by squad may fight unlike itself on another map, and pass for
new. Whoever asks what a tactic is like wants to know: its squads are compared as well.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.insight import Likeness
from creative_envs.tactics.novelty import Float32, Float64, NoveltyScale, nearest_mean
from creative_envs.tactics.opponents.book import TRAINING_NAMES
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.vocabulary import COLUMN, ROUTE, ROW, STANCE, TYPE

COPIED_PLAN: Final = 0.35
"""Distance of squads up to which a tactic is copied: one of five is another."""
NEW_PLAN: Final = 0.7
"""Distance from which its squads are its own: two of five others are shared."""
REACH: Final = 1
"""Cells by which squads may be apart in either direction and be the same."""


def nearest_in_book(
    scale: NoveltyScale, descriptors: Float32, tactics: Tactics, book: Tactics
) -> list[Likeness]:
    """The tactic of the book that each tactic is most like.

    The distance is the smaller of two: that of novelty before its gate, from the mean of the three
    nearest of the book; and that of the squads, clip((distance - .4) / (.8 - .4), 0, 1). The
    tactic named is the one nearest by the smaller; by squads if both are the same and below 1.

    Args:
        scale: Of novelty.
        descriptors: Shape (n, 6).
        tactics: Shape (n, 12, 7).
        book: What of the book's tactics, in the order of `TRAINING_NAMES`, takes the field for
            each brief, and then of their mirror images: shape (n, 16, 12, 7).
    """
    fought = scale.distances(descriptors, scale.known[None])
    by_battle = scale.unlike(nearest_mean(fought))
    count = len(tactics)
    squads = plan_distances(tactics, book).reshape(count, 2, len(TRAINING_NAMES)).min(axis=1)
    by_plan = np.clip((squads.min(axis=1) - COPIED_PLAN) / (NEW_PLAN - COPIED_PLAN), 0, 1)
    told_by_plan = (by_plan <= by_battle) & (by_plan < 1)
    nearest = np.where(told_by_plan, squads.argmin(axis=1), fought.argmin(axis=1))
    distance = np.minimum(by_battle, by_plan)
    return [
        Likeness(f"{TRAINING_NAMES[index]} (book)", apart)
        for index, apart in zip(nearest.tolist(), distance.tolist(), strict=True)
    ]


def plan_distances(tactics: Tactics, others: Tactics) -> Float64:
    """1 - the Jaccard similarity of the squads of tactics (n, 12, 7) and others (n, m, 12, 7).

    Two squads are the same if they are of one type, stand at most `REACH` cells apart, and go the
    same way in the same stance. Where several of one tactic meet one of the other, they are
    counted once. Two tactics without squads are the same.

    Returns:
        Shape (n, m), in [0, 1].
    """
    one, other = tactics[:, None, :, None], others[:, :, None]
    same = (one[..., TYPE] >= 0) & (other[..., TYPE] >= 0)
    for column in (TYPE, STANCE, ROUTE):
        same &= one[..., column] == other[..., column]
    for column in (COLUMN, ROW):
        same &= np.abs(one[..., column] - other[..., column]) <= REACH
    shared = np.minimum(same.any(axis=3).sum(axis=2), same.any(axis=2).sum(axis=2))
    sizes = _squads(tactics)[:, None] + _squads(others)
    united = sizes - shared
    return np.asarray(1 - np.where(united > 0, shared / np.maximum(united, 1), 1))


def _squads(tactics: Tactics) -> NDArray[np.int64]:
    """How many squads tactics (..., 12, 7) have."""
    return np.asarray((tactics[..., TYPE] >= 0).sum(axis=-1))
