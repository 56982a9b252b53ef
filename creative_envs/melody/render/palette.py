"""The colours of notes: one for each degree of the scale, grey outside the mode."""

from __future__ import annotations

from typing import Final

from creative_envs.melody.spelling import Key

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""

_OUTSIDE_THE_MODE: Final[Colour] = (107, 114, 128)
_OF_DEGREE: Final[tuple[Colour, ...]] = (
    (37, 99, 235),
    (8, 145, 178),
    (22, 148, 92),
    (166, 128, 8),
    (225, 96, 24),
    (206, 52, 104),
    (126, 68, 200),
)
_DEGREE_OF_SEMITONE: Final = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)


def note_colour(pitch: int, key: Key) -> Colour:
    """The colour of a note, from blue (tonic) round the rainbow to violet (seventh).

    Args:
        pitch: Semitones above the tonic.
        key: Notes its mode does not use are grey.
    """
    if not key.contains(pitch):
        return _OUTSIDE_THE_MODE
    return _OF_DEGREE[_DEGREE_OF_SEMITONE[pitch % 12]]
