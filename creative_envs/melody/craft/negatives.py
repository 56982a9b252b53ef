"""What discriminators are taught to tell from human windows."""

from __future__ import annotations

from typing import Final

import numpy as np

from creative_envs.melody.adversaries import controls
from creative_envs.melody.events import Events

KIND_SIZE: Final = 160
"""Works of each kind made from each fold, at most; degenerate kinds are a quarter of that."""
_MARKOV_ORDERS: Final = (1, 2, 3)
_TOUCHES: Final = ((0.02, 0.1), (0.1, 0.3), (0.3, 0.6))
"""Shares of the notes changed in mutated works: hardly, somewhat, much."""


def ordinary_negatives(
    human: Events, others: Events, bars: int, rng: np.random.Generator
) -> Events:
    """Controls of every kind.

    Args:
        human: windows that the corrupted kinds are made of.
        others: windows of other tune families, that the Markov chains are fitted to.
        bars: their bars.
        rng: source of randomness.
    """

    def some(n: int = KIND_SIZE) -> Events:
        return human.take(rng.integers(0, len(human.length), min(n, len(human.length))))

    like = some()
    kinds = [
        controls.random_legal(like.metre, like.mode, bars, rng),
        controls.random_diatonic(some(), bars, rng),
        controls.shuffled_notes(some(), bars, rng),
        controls.shuffled_pitches(some(), bars, rng),
        controls.mosaic(human, bars, rng).take(slice(0, KIND_SIZE)),
        controls.shuffled_bars(some(), bars, rng),
        controls.interchanged_bars(some(), bars, rng),
        *(controls.markov(others, some(), order, bars, rng) for order in _MARKOV_ORDERS),
        *(controls.mutated(some(), bars, rng, *touch) for touch in _TOUCHES),
        *controls.degenerates(some(KIND_SIZE // 8), bars, rng).values(),
    ]
    return Events.join(kinds)
