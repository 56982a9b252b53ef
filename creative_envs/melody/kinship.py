"""Kinship of melodies: what they share by a view no reward takes.

Novelty compares intervals; kinship compares which degrees with which lengths follow each other and
where in the bar, as the audit judge reads them: six distributions of n-grams. Two melodies are
alike by their mean Bhattacharyya coefficient (Bhattacharyya, 1943), 1 for equal distributions and
0 for those that have nothing in common.

Moved by a few steps of its scale, a known tune changes semitones, degrees and so all n-grams, and
is known to any listener. It is compared with the references in every such position.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.audit.judge import N_BAGS, bags
from creative_envs.melody.events import Events
from creative_envs.melody.reference import load_reference
from creative_envs.melody.vocabulary import MODE_DEGREES, REST

Float64 = NDArray[np.float64]

STEPS: Final = 3
"""Of the scale: three down and three up are all positions in a scale of seven, octaves apart."""
OCTAVE: Final = 12
KNOWN_SPLIT: Final = "train"
"""Whose windows training may have seen."""


def kinship(works: Events) -> Float64:
    """How alike melodies are, shape (n, n), symmetric, in [0, 1], 1 on the diagonal."""
    read = bags(works)
    alike = np.clip(_coefficients(read, read), 0, 1)
    np.fill_diagonal(alike, 1)
    return alike


def kinship_to_references(works: Events, corpus: str, bars: int) -> Float64:
    """How alike each melody is to the most similar training window of a corpus, shape (n,).

    The largest over the melody as it is and moved by up to `STEPS` steps of its scale.
    """
    known, nearest = _known(corpus, bars), np.zeros(len(works.length))
    for steps in range(-STEPS, STEPS + 1):
        alike = _coefficients(bags(moved(works, steps)), known).max(axis=1)
        np.maximum(nearest, alike, out=nearest)
    return np.asarray(np.clip(nearest, 0, 1))


def moved(works: Events, steps: int) -> Events:
    """Melodies moved by steps of their scale, up or down; what lies outside it moves alike."""
    pitch = works.pitch.astype(np.int64)
    for mode, degrees in enumerate(MODE_DEGREES):
        scale = np.array(degrees)
        octave, within = np.divmod(works.pitch, OCTAVE)
        degree = np.searchsorted(scale, within, side="right") - 1
        altered = within - scale[degree]
        octaves, place = np.divmod(degree + steps, len(scale))
        there = OCTAVE * (octave + octaves) + scale[place] + altered
        pitch = np.where((works.mode == mode)[:, None], there, pitch)
    sounding = works.pitch != REST
    return works._replace(pitch=np.where(sounding, pitch, REST))


@lru_cache(maxsize=2)
def _known(corpus: str, bars: int) -> NDArray[np.float32]:
    return bags(Events.of(load_reference(corpus, bars).windows[KNOWN_SPLIT]))


def _coefficients(one: NDArray[np.float32], other: NDArray[np.float32]) -> Float64:
    return np.asarray(one @ other.T / N_BAGS, np.float64)
