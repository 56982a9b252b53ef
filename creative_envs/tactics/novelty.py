"""Novelty: how far a tactic lies from the book's and from the episode's earlier ones.

Tactics are compared by how they fight and by what they are. The former distance is that of their
descriptors, each divided by how much it varies among good tactics; the latter that of their
squads, see `creative_envs.tactics.likeness`, and is taken to the book alone. Both are blind to
which flank is which: a mirrored tactic is not new.

    distance = smaller of (mean distance to the 3 nearest known tactics,
                           distance to the nearest earlier one of the episode)
    novelty = smaller of (clip((distance - a) / (b - a), 0, 1),
                          clip((distance of squads - .15) / (.35 - .15), 0, 1))
              x min(quality / (1/2), 1)

where a is the distance at which nine in ten tactics of the book recognise themselves in another
brief, and b the median distance of generated good tactics. The last factor is the gate: what loses
to the enemy earns little by being different.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.insight import Likeness
from creative_envs.tactics.descriptors import ASYMMETRY, DESCRIPTOR_NAMES
from creative_envs.tactics.likeness import unlike_plan
from creative_envs.tactics.opponents.book import TRAINING_NAMES

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

TERM_NAMES: Final = ("book_distance", "own_distance", "plan_distance")
"""To the book and to the episode's earlier works by descriptors, the latter `FARTHEST` where there
are none; to the nearest tactic of the book by squads, in [0, 1]."""
FARTHEST: Final = 20.0
"""More than any distance."""
NEIGHBOURS: Final = 3
EVEN_FIGHT: Final = 0.5
"""Quality from which novelty is not held back."""
MEMORY_SIZE: Final = len(DESCRIPTOR_NAMES)


@dataclass(frozen=True)
class NoveltyScale:
    """What novelty is measured against.

    Attributes:
        known: Descriptors of known tactics, shape (R, 6), each the mean over many briefs.
        spread: How much each descriptor varies among good tactics, shape (6,).
        copied: Distance that counts as a copy (a above).
        new: Distance from which a tactic is new (b).
    """

    known: Float32
    spread: Float32
    copied: float
    new: float

    def score(
        self, descriptors: Float32, plans: Float64, quality: Float64, earlier: Float32
    ) -> tuple[Float32, Float32]:
        """Scores finished works.

        Args:
            descriptors: Shape (n, 6).
            plans: Distances of squads to the book's, shape (n, R).
            quality: Shape (n,).
            earlier: The episode's earlier works, shape (n, K - 1, 1 + 6): a flag that is 1 where
                there is one, then its descriptors.

        Returns:
            Novelty (n,) in [0, 1] and its terms (n, 3), see `TERM_NAMES`.
        """
        book = nearest_mean(self.distances(descriptors, self.known[None]))
        own = self.distances(descriptors, earlier[:, :, 1:])
        own = np.where(earlier[:, :, 0] > 0.5, own, FARTHEST).min(axis=1, initial=FARTHEST)
        plan = plans.min(axis=1)
        unlike = np.minimum(self.unlike(np.minimum(book, own)), unlike_plan(plan))
        novelty = unlike * np.minimum(quality / EVEN_FIGHT, 1)
        terms = np.stack([book, own, plan], axis=1)
        return novelty.astype(np.float32), terms.astype(np.float32)

    def nearest_references(self, descriptors: Float32, plans: Float64) -> list[Likeness]:
        """The tactic of the book that each is most like, and how new it is but for the gate.

        It is the nearest by whichever of the two comparisons finds the tactic less new; by squads
        if both are the same and below 1.

        Args:
            descriptors: Shape (n, 6).
            plans: Distances of squads to those of `TRAINING_NAMES`, shape (n, 8).
        """
        fought = self.distances(descriptors, self.known[None])
        by_battle = self.unlike(nearest_mean(fought))
        by_plan = unlike_plan(plans.min(axis=1))
        told_by_plan = (by_plan <= by_battle) & (by_plan < 1)
        nearest = np.where(told_by_plan, plans.argmin(axis=1), fought.argmin(axis=1))
        distance = np.minimum(by_battle, by_plan)
        return [
            Likeness(f"{TRAINING_NAMES[index]} (book)", apart)
            for index, apart in zip(nearest.tolist(), distance.tolist(), strict=True)
        ]

    def unlikeness(self, descriptors: Float32) -> Float64:
        """How differently tactics (n, 6) fight, whatever their quality, (n, n)."""
        return self.unlike(self.distances(descriptors, descriptors[None]))

    def unlike(self, distances: Float64) -> Float64:
        """Distances of descriptors on the scale from a copy, 0, to a new tactic, 1."""
        return np.asarray(np.clip((distances - self.copied) / (self.new - self.copied), 0, 1))

    def distances(self, one: Float32, others: Float32) -> Float64:
        """Distances of descriptors (n, 6) to those of (n or 1, m, 6), shape (n, m)."""
        moved = (folded(one)[:, None] - folded(others)) / self.spread
        return np.asarray(np.sqrt((moved.astype(np.float64) ** 2).sum(axis=-1)))


def folded(descriptors: Float32) -> Float32:
    """Descriptors (..., 6) with the lean to either flank counted alike."""
    alike = descriptors.copy()
    alike[..., ASYMMETRY] = np.abs(descriptors[..., ASYMMETRY] - 0.5)
    return alike


def nearest_mean(distances: Float64) -> Float64:
    """Mean of the three smallest of each row (n, m), shape (n,)."""
    return np.asarray(np.sort(distances, axis=1)[:, :NEIGHBOURS].mean(axis=1))
