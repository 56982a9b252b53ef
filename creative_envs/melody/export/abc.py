"""ABC notation, version 2.1 (https://abcnotation.com/wiki/abc:standard:v2.1)."""

from __future__ import annotations

from typing import Final

from creative_envs.melody.artefact import Melody
from creative_envs.melody.spelling import Key, SpelledPitch
from creative_envs.melody.vocabulary import REST

_UNIT: Final = 2
"""Sixteenths in the unit note length (L:1/8)."""
_BARS_PER_LINE: Final = 4
_NOTATABLE: Final = (16, 12, 8, 6, 4, 3, 2, 1)
"""Durations one note head can have, longest first, in sixteenths; others are tied together."""
_QUARTER: Final = 4
"""Notes shorter than this have beams."""
_ACCIDENTALS: Final = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MODE_SUFFIXES: Final = {"major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix"}


def abc_text(melody: Melody) -> str:
    """Writes a melody as one ABC tune.

    Notes that cross a bar line are split and tied, short notes of a beat share a beam, and there
    are four bars to a line.
    """
    header = (
        "%abc-2.1",
        "X:1",
        "T:" + melody.title.replace("\\", "\\\\").replace("%", "\\%"),
        f"M:{melody.metre}",
        "L:1/8",
        f"Q:{_tempo(melody)}",
        f"K:{melody.key.tonic_name}{_MODE_SUFFIXES[melody.mode]}",
    )
    return "\n".join((*header, *_lines(_bars(melody)))) + "\n"


def _tempo(melody: Melody) -> str:
    """The beat and how many of them a minute, such as ``3/8=100``."""
    beats, remainder = divmod(melody.tempo * _QUARTER, melody.beat_length)
    if remainder:
        return f"1/4={melody.tempo}"
    return f"{'3/8' if melody.beat_length == 6 else '1/4'}={beats}"


def _lines(bars: list[str]) -> list[str]:
    """Joins bars to lines: a bar line after each, and a final one after the last."""
    closed = [f"{bar} |" for bar in bars[:-1]] + [f"{bars[-1]} |]".lstrip()]
    return [
        " ".join(closed[first : first + _BARS_PER_LINE])
        for first in range(0, len(closed), _BARS_PER_LINE)
    ]


def _bars(melody: Melody) -> list[str]:
    """The notes of every bar begun."""
    bars = [_Bar(melody.key)]
    position = 0
    for pitch, duration in melody.notes:
        spelled = None if pitch == REST else melody.key.spell(melody.midi_of_tonic + pitch)
        end = position + duration
        while position < end:
            if position == len(bars) * melody.bar_length:
                bars.append(_Bar(melody.key))
            bar_end = len(bars) * melody.bar_length
            pieces = _pieces(min(end, bar_end) - position, lead_in=end > bar_end)
            for piece in pieces:
                on_beat = position % melody.beat_length == 0
                position += piece
                bars[-1].write(spelled, piece, on_beat=on_beat, tied=position < end)
    return [bar.text for bar in bars]


def _pieces(duration: int, *, lead_in: bool) -> list[int]:
    """Splits a duration into ones that can be written, longest first (last before a bar line)."""
    pieces = []
    for notatable in _NOTATABLE:
        while duration >= notatable:
            pieces.append(notatable)
            duration -= notatable
    return pieces[::-1] if lead_in else pieces


class _Bar:
    """One bar in the making; remembers the accidentals written in it."""

    def __init__(self, key: Key) -> None:
        self.text = ""
        self._key = key
        self._of_pitch: dict[tuple[str, int], int] = {}
        self._of_letter: dict[str, int] = {}
        self._last_piece = _QUARTER

    def write(
        self, spelled: SpelledPitch | None, duration: int, *, on_beat: bool, tied: bool
    ) -> None:
        """Appends a note, or a rest if nothing is spelled."""
        beamed = self._last_piece < _QUARTER and duration < _QUARTER and not on_beat
        separator = "" if beamed or not self.text else " "
        if spelled is None:
            self.text += separator + "z" + _length_text(duration)
        else:
            tie = "-" if tied else ""
            self.text += separator + self._note_text(spelled) + _length_text(duration) + tie
        self._last_piece = duration

    def _note_text(self, spelled: SpelledPitch) -> str:
        letter, accidental, octave = spelled
        mark = _ACCIDENTALS[accidental] if self._needs_mark(spelled) else ""
        if mark:
            self._of_pitch[letter, octave] = accidental
            self._of_letter[letter] = accidental
        if octave >= 5:
            return mark + letter.lower() + "'" * (octave - 5)
        return mark + letter + "," * (4 - octave)

    def _needs_mark(self, spelled: SpelledPitch) -> bool:
        """Whether some reader would take the bare letter for another pitch.

        Some let an accidental hold for its octave until the bar ends, others (the standard's
        default) for every octave: what is written must be right for both.
        """
        letter, accidental, octave = spelled
        usual = self._key.signature_accidental(letter)
        in_octave = self._of_pitch.get((letter, octave), usual)
        in_any_octave = self._of_letter.get(letter, usual)
        return accidental != in_octave or accidental != in_any_octave


def _length_text(duration: int) -> str:
    """A duration in units of an eighth: nothing for 1, ``3/2``, ``/2``, ``4``."""
    whole, half = divmod(duration, _UNIT)
    if half:
        return f"{duration if duration > 1 else ''}/{_UNIT}"
    return str(whole) if whole > 1 else ""
