"""The words every melody file shares: durations, metres, modes, pitches, and how they are counted.

Time is counted in sixteenth notes. Pitch is counted in semitones above the tonic: 0 is the tonic
in the octave C4..B4 (MIDI 60..71), so ``midi = 60 + tonic + pitch`` with ``tonic`` in 0..11.
A melody is a sequence of *events*, each a note or a rest with a duration.
"""

from __future__ import annotations

from typing import Final

REST: Final = -128
"""Pitch of a rest in event arrays (an int8 no sounding pitch ever takes)."""

DURATIONS: Final = (1, 2, 3, 4, 6, 8, 12, 16)
"""Durations an action can write, in sixteenths."""

METRES: Final = ("4/4", "3/4", "6/8", "2/4")
BAR_LENGTHS: Final = (16, 12, 12, 8)
"""Sixteenths in a bar of each metre."""
BEAT_LENGTHS: Final = (4, 4, 6, 4)
"""Sixteenths in a beat of each metre (6/8 has two dotted beats)."""

MODES: Final = ("major", "minor", "dorian", "mixolydian")
MODE_DEGREES: Final = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 9, 10, 11),
    (0, 2, 3, 5, 7, 9, 10),
    (0, 2, 4, 5, 7, 9, 10),
)
"""Pitch classes above the tonic each mode uses; minor includes the raised sixth and seventh."""

PITCH_SPAN: Final = 25
"""Sounding pitches an action can write: the register centre and twelve semitones on either side."""
N_PITCHES: Final = PITCH_SPAN + 1
"""Pitch choices of an action: a rest (0), then PITCH_SPAN semitones from low to high."""
N_ACTIONS: Final = N_PITCHES * len(DURATIONS)

EVENTS_PER_BAR: Final = 12
"""Tokens allowed for each bar on average: a work of 8 bars has at most 96 events."""
