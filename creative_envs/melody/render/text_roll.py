"""A piano roll drawn with characters, for terminals."""

from __future__ import annotations

from typing import Final

from creative_envs.melody.artefact import Melody, SoundingNote
from creative_envs.melody.render.palette import Colour, note_colour

_BARS_PER_SYSTEM: Final = 4
_LABEL_WIDTH: Final = 5
_RESET: Final = "\x1b[0m"
_FAINT: Final = "\x1b[2m"
_BOLD: Final = "\x1b[1m"


def ansi(melody: Melody) -> str:
    """Draws a melody for a terminal with colours: one column a sixteenth, four bars a system.

    A system is at most 75 columns wide. Rows are the notes of the mode from the highest to the
    lowest note used, and whatever other notes are used.
    """
    bars_of_systems = [
        range(first, min(first + _BARS_PER_SYSTEM, melody.bars))
        for first in range(0, melody.bars, _BARS_PER_SYSTEM)
    ]
    systems = [_system(melody, bars) for bars in bars_of_systems]
    return "\n\n".join((_heading(melody), *systems)) + "\n"


def _heading(melody: Melody) -> str:
    facts = f"{melody.key.name} · {melody.metre} · {melody.tempo} quarters a minute"
    scores = " · ".join(f"{name} {value:.2f}" for name, value in melody.scores.items())
    lines = (f"{_BOLD}{melody.title}{_RESET}  {facts}", scores)
    return "\n".join(line for line in lines if line)


def _system(melody: Melody, bars: range) -> str:
    """The rows of some bars, with a line of bar numbers above."""
    numbers = "".join(f"{bar + 1:<{melody.bar_length + 1}}" for bar in bars)
    rows = [_row(melody, pitch, bars) for pitch in _rows(melody)]
    return "\n".join((" " * (_LABEL_WIDTH + 1) + numbers.rstrip(), *rows))


def _rows(melody: Melody) -> list[int]:
    """Pitches to show, from high to low: an octave if there are no notes yet."""
    used = {note.pitch for note in melody.sounding} or {0, 12}
    every = range(max(used), min(used) - 1, -1)
    return [pitch for pitch in every if pitch in used or melody.key.contains(pitch)]


def _row(melody: Melody, pitch: int, bars: range) -> str:
    begin, end = bars.start * melody.bar_length, bars.stop * melody.bar_length
    cells = [_empty_cell(melody, time) for time in range(begin, end)]
    for note in melody.sounding:
        if note.pitch == pitch:
            for time in range(max(begin, note.onset), min(end, note.onset + note.duration)):
                cells[time - begin] = _note_cell(melody, note, time)
    line = _FAINT + "│" + _RESET
    name = melody.key.spell(melody.midi_of_tonic + pitch).name
    weight = _BOLD if pitch % 12 == 0 else ""
    label = f"{weight}{name:>{_LABEL_WIDTH - 1}}{_RESET if weight else ''} "
    length = melody.bar_length
    bar_cells = ["".join(cells[at : at + length]) for at in range(0, len(cells), length)]
    return label + line + line.join(bar_cells) + line


def _empty_cell(melody: Melody, time: int) -> str:
    return f"{_FAINT}·{_RESET}" if time % melody.beat_length == 0 else " "


def _note_cell(melody: Melody, note: SoundingNote, time: int) -> str:
    """Half a block where the note begins, so that repeated notes stay apart."""
    block = "▐" if time == note.onset else "█"
    return _coloured(block, note_colour(note.pitch, melody.key))


def _coloured(text: str, colour: Colour) -> str:
    red, green, blue = colour
    return f"\x1b[38;2;{red};{green};{blue}m{text}{_RESET}"
