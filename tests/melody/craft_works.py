"""Small works for the tests of craft, written as words such as ``C4:4 z:2``."""

from __future__ import annotations

import numpy as np

from creative_envs.melody.adversaries.controls import Event
from creative_envs.melody.craft.feature_names import FEATURE_NAMES
from creative_envs.melody.craft.features import features
from creative_envs.melody.craft.ngram import BackoffTable, build_table
from creative_envs.melody.events import Events
from creative_envs.melody.vocabulary import EVENTS_PER_BAR, METRES, MODES, REST

_STEPS = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))


def events(words: str) -> list[Event]:
    """``C4:4`` is the tonic for four sixteenths, ``z:2`` a rest; bar lines are ignored."""
    made = []
    for word in words.replace("|", " ").split():
        name, duration = word.split(":")
        sharp = name.count("#") - name.count("b")
        pitch = REST if name == "z" else _STEPS[name[0]] + sharp + 12 * (int(name[-1]) - 4)
        made.append((pitch, int(duration)))
    return made


def work(words: str, metre: str = "4/4", mode: str = "major", bars: int = 2) -> Events:
    """A batch of one work."""
    written = events(words)
    pitch = np.full((1, bars * EVENTS_PER_BAR), REST, np.int8)
    duration = np.zeros_like(pitch)
    pitch[0, : len(written)] = [p for p, _ in written]
    duration[0, : len(written)] = [d for _, d in written]
    return Events(
        pitch,
        duration,
        np.array([len(written)], np.int32),
        np.array([METRES.index(metre)], np.int8),
        np.array([MODES.index(mode)], np.int8),
    )


def empty_table() -> BackoffTable:
    """Models that have seen nothing: everything is uniform."""
    return build_table(np.zeros(0, np.uint64), np.zeros(0, np.float32))


def named_features(made: Events, bars: int = 2) -> dict[str, float]:
    """The features of one work by name."""
    row = features(made, bars, empty_table())[0]
    return dict(zip(FEATURE_NAMES, row.tolist(), strict=True))
