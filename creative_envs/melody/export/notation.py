"""What written music asks of a melody: bars, note heads and ties, and accidentals."""

from __future__ import annotations

from typing import Final, NamedTuple

from creative_envs.melody.artefact import Melody
from creative_envs.melody.spelling import Key, SpelledPitch
from creative_envs.melody.vocabulary import REST

NOTATABLE: Final = (16, 12, 8, 6, 4, 3, 2, 1)
"""Durations one note head can have, longest first, in sixteenths; others are tied together."""


class Head(NamedTuple):
    """A note head, or the sign of a rest: the whole of a note, or a part that ties join to others.

    Attributes:
        pitch: As it is spelled; None for a rest.
        duration: One of NOTATABLE, in sixteenths.
        onset: Sixteenths since its bar began.
        continues: Whether the note began in an earlier head.
        goes_on: Whether the note ends in a later head.
    """

    pitch: SpelledPitch | None
    duration: int
    onset: int
    continues: bool
    goes_on: bool


def bars_of(melody: Melody) -> list[list[Head]]:
    """The heads of every bar begun; one empty bar of a melody without notes.

    Notes that cross a bar line are split there, and so are those no single head can have.
    """
    bars: list[list[Head]] = [[]]
    begin = 0
    for pitch, duration in melody.notes:
        spelled = None if pitch == REST else melody.key.spell(melody.midi_of_tonic + pitch)
        at, end = begin, begin + duration
        while at < end:
            if at == len(bars) * melody.bar_length:
                bars.append([])
            bar_end = len(bars) * melody.bar_length
            for piece in _pieces(min(end, bar_end) - at, lead_in=end > bar_end):
                onset = at % melody.bar_length
                bars[-1].append(Head(spelled, piece, onset, at > begin, at + piece < end))
                at += piece
        begin = end
    return bars


def _pieces(duration: int, *, lead_in: bool) -> list[int]:
    """Splits a duration into ones that can be written, longest first (last before a bar line)."""
    pieces = []
    for notatable in NOTATABLE:
        while duration >= notatable:
            pieces.append(notatable)
            duration -= notatable
    return pieces[::-1] if lead_in else pieces


class Accidentals:
    """The accidentals written in one bar so far."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._of_pitch: dict[tuple[str, int], int] = {}
        self._of_letter: dict[str, int] = {}

    def must_show(self, spelled: SpelledPitch) -> bool:
        """Whether the next head needs its accidental, which is then taken to be written.

        It does if some reader would take the bare letter for another pitch. Some let an accidental
        hold for its octave until the bar ends, others for every octave: what is written must be
        right for both.
        """
        letter, accidental, octave = spelled
        usual = self._key.signature_accidental(letter)
        in_octave = self._of_pitch.get((letter, octave), usual)
        in_any_octave = self._of_letter.get(letter, usual)
        if accidental == in_octave == in_any_octave:
            return False
        self._of_pitch[letter, octave] = accidental
        self._of_letter[letter] = accidental
        return True
