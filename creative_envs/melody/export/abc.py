"""ABC notation, version 2.1 (https://abcnotation.com/wiki/abc:standard:v2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from creative_envs.melody.artefact import Melody
from creative_envs.melody.export.notation import Accidentals, Head, bars_of

_UNIT: Final = 2
"""Sixteenths in the unit note length (L:1/8)."""
_BARS_PER_LINE: Final = 4
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
    return [_bar_text(bar, melody) for bar in bars_of(melody)]


def _bar_text(bar: Sequence[Head], melody: Melody) -> str:
    """One bar: notes shorter than a quarter are written together until the next beat."""
    accidentals = Accidentals(melody.key)
    text = ""
    before = _QUARTER
    for head in bar:
        beamed = max(before, head.duration) < _QUARTER and head.onset % melody.beat_length
        text += "" if beamed or not text else " "
        text += _head_text(head, accidentals) + _length_text(head.duration)
        text += "-" if head.goes_on and head.pitch else ""
        before = head.duration
    return text


def _head_text(head: Head, accidentals: Accidentals) -> str:
    """A note with its accidental and octave, or a rest."""
    if head.pitch is None:
        return "z"
    letter, accidental, octave = head.pitch
    mark = _ACCIDENTALS[accidental] if accidentals.must_show(head.pitch) else ""
    if octave >= 5:
        return mark + letter.lower() + "'" * (octave - 5)
    return mark + letter + "," * (4 - octave)


def _length_text(duration: int) -> str:
    """A duration in units of an eighth: nothing for 1, ``3/2``, ``/2``, ``4``."""
    whole, half = divmod(duration, _UNIT)
    if half:
        return f"{duration if duration > 1 else ''}/{_UNIT}"
    return str(whole) if whole > 1 else ""
