"""How a pitch is spelled in a key: signatures, note letters and accidentals.

Everything is counted on the line of fifths (... Bb F C G D A E B F# ...), where C is 0, G is 1 and
F is -1. There a key signature is one number, a mode is a shift, and the enharmonic choice between
C# and Db is the choice between 7 and -5 (D. Temperley, *The Cognition of Basic Musical Structures*,
2001, chapter 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from creative_envs.core.errors import InvalidWork
from creative_envs.melody.vocabulary import MODE_DEGREES, MODES

_LETTERS_BY_FIFTHS: Final = "FCGDAEB"
_LETTER_SEMITONES: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
FLATTEST_SIGNATURE: Final = -6
"""Signatures run from six flats to five sharps, one for each of the twelve tonics of a mode."""
_TONIC_ABOVE_SIGNATURE: Final = {"major": 0, "minor": 3, "dorian": 2, "mixolydian": 1}
"""Fifths from the major key with the same signature up to the tonic of the mode."""
_FIFTHS_ABOVE_TONIC: Final = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)
"""The harmonic chromatic scale: fifths from the tonic to each semitone above it (b2, #4, b6)."""


class SpelledPitch(NamedTuple):
    """A pitch as it is written: letter, accidental in semitones (sharps positive) and octave.

    Octaves are numbered scientifically (middle C is C4) and belong to the letter: B#3 sounds as C4.
    """

    letter: str
    accidental: int
    octave: int

    @property
    def pitch_class_name(self) -> str:
        """The name without its octave, such as ``F#`` or ``Bb``."""
        return self.letter + accidental_text(self.accidental)

    @property
    def name(self) -> str:
        """The name with its octave, such as ``F#4``."""
        return f"{self.pitch_class_name}{self.octave}"


def accidental_text(accidental: int) -> str:
    """Writes an accidental with ASCII signs: ``##``, ``#``, nothing, ``b`` or ``bb``."""
    return "#" * accidental if accidental > 0 else "b" * -accidental


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic and a mode.

    Attributes:
        tonic: Pitch class 0..11 (C is 0).
        mode: One of ``vocabulary.MODES``.

    Raises:
        InvalidWork: The tonic is outside 0..11 or the mode is unknown.
    """

    tonic: int
    mode: str

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InvalidWork(f"unknown mode {self.mode!r}: use one of {', '.join(MODES)}")
        if not 0 <= self.tonic <= 11:
            raise InvalidWork(f"tonic is {self.tonic}: give a pitch class from 0 (C) to 11 (B)")

    @property
    def signature(self) -> int:
        """Sharps (positive) or flats (negative) of the key signature, -6..5."""
        tonic_fifths = 7 * self.tonic
        signature = tonic_fifths - _TONIC_ABOVE_SIGNATURE[self.mode]
        return (signature - FLATTEST_SIGNATURE) % 12 + FLATTEST_SIGNATURE

    @property
    def tonic_name(self) -> str:
        """The tonic as it is spelled in this key, such as ``Bb``."""
        return self.spell(60 + self.tonic).pitch_class_name

    @property
    def name(self) -> str:
        """Tonic and mode, such as ``D dorian``."""
        return f"{self.tonic_name} {self.mode}"

    def signature_accidental(self, letter: str) -> int:
        """Says what the key signature does to a letter: 1 sharpens, -1 flattens, 0 leaves it."""
        place = _LETTERS_BY_FIFTHS.index(letter)
        if self.signature >= 0:
            return int(place < self.signature)
        return -int(6 - place < -self.signature)

    def contains(self, pitch: int) -> bool:
        """Whether the mode uses a pitch given in semitones above the tonic, in any octave."""
        return pitch % 12 in MODE_DEGREES[MODES.index(self.mode)]

    def spell(self, midi_pitch: int) -> SpelledPitch:
        """Spells a MIDI pitch (60 is middle C) as this key writes it."""
        return _spell(self.signature + _TONIC_ABOVE_SIGNATURE[self.mode], self.tonic, midi_pitch)


@lru_cache(maxsize=4096)
def _spell(tonic_fifths: int, tonic: int, midi_pitch: int) -> SpelledPitch:
    """Spells a MIDI pitch above a tonic whose place on the line of fifths is known."""
    fifths = tonic_fifths + _FIFTHS_ABOVE_TONIC[(midi_pitch - tonic) % 12]
    accidental, place = divmod(fifths + 1, 7)
    letter = _LETTERS_BY_FIFTHS[place]
    octave = (midi_pitch - accidental - _LETTER_SEMITONES[letter]) // 12 - 1
    return SpelledPitch(letter, accidental, octave)
