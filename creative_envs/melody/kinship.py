"""Kinship of melodies: what they share by a view no reward takes.

Novelty compares intervals; kinship compares which degrees with which lengths follow each other and
where in the bar, as the audit judge reads them: six distributions of n-grams. Two melodies are
alike by their mean Bhattacharyya coefficient (Bhattacharyya, 1943), 1 for equal distributions and
0 for those that have nothing in common.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.audit.judge import N_BAGS, bags
from creative_envs.melody.events import Events
from creative_envs.melody.reference import load_reference

Float64 = NDArray[np.float64]

KNOWN_SPLIT: Final = "train"
"""Whose windows training may have seen."""


def kinship(works: Events) -> Float64:
    """How alike melodies are, shape (n, n), symmetric, in [0, 1], 1 on the diagonal."""
    read = bags(works)
    alike = np.clip(_coefficients(read, read), 0, 1)
    np.fill_diagonal(alike, 1)
    return alike


def kinship_to_references(works: Events, corpus: str, bars: int) -> Float64:
    """How alike each melody is to the most similar training window of a corpus, shape (n,)."""
    return np.asarray(np.clip(_coefficients(bags(works), _known(corpus, bars)).max(axis=1), 0, 1))


@lru_cache(maxsize=2)
def _known(corpus: str, bars: int) -> NDArray[np.float32]:
    return bags(Events.of(load_reference(corpus, bars).windows[KNOWN_SPLIT]))


def _coefficients(one: NDArray[np.float32], other: NDArray[np.float32]) -> Float64:
    return np.asarray(one @ other.T / N_BAGS, np.float64)
