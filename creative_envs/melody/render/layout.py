"""Where things lie in the picture of a piano roll."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from creative_envs.melody.artefact import Melody

WIDTH: Final = 1120
LEFT: Final = 64
RIGHT: Final = LEFT + 1024
"""All systems lie between these; eight bars of 4/4 get 8 pixels a sixteenth."""
HEADER_HEIGHT: Final = 76
FOOTER_HEIGHT: Final = 40
_BARS_PER_SYSTEM: Final = 8
_BAR_NUMBER_HEIGHT: Final = 24
_ROWS_HEIGHT: Final = 364

_LEAST_ROWS: Final = 17
"""Rows without a register to go by: the notes in use and some air, but at least so many."""
_AIR: Final = 2
_ROWS_EACH_SIDE: Final = 12
"""Rows above and below a register: all that an action can write."""

_SMALLEST_NOTE: Final = 3
"""Pixels along either side, however short and however many rows."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry of one picture: eight bars to a system, systems one below the other.

    Attributes:
        bars: Bars of the work.
        bar_length: Sixteenths in a bar.
        beat_length: Sixteenths in a beat.
        lowest: Pitch of the bottom row, semitones above the tonic.
        highest: Pitch of the top row.
    """

    bars: int
    bar_length: int
    beat_length: int
    lowest: int
    highest: int

    @classmethod
    def for_melody(cls, melody: Melody) -> Self:
        """The layout with all rows a melody needs."""
        pitches = [note.pitch for note in melody.sounding]
        if "centre" in melody.brief:
            centre = round(melody.register)
            lowest = min([centre - _ROWS_EACH_SIDE, *pitches])
            highest = max([centre + _ROWS_EACH_SIDE, *pitches])
        else:
            lowest = min(pitches, default=0) - _AIR
            highest = max(pitches, default=12) + _AIR
            missing = max(0, _LEAST_ROWS - (highest - lowest + 1))
            lowest -= missing // 2
            highest += missing - missing // 2
        return cls(melody.bars, melody.bar_length, melody.beat_length, lowest, highest)

    @property
    def n_systems(self) -> int:
        """Systems one below the other."""
        return -(-self.bars // _BARS_PER_SYSTEM)

    @property
    def height(self) -> int:
        """Height of the picture in pixels."""
        return HEADER_HEIGHT + self.n_systems * (_BAR_NUMBER_HEIGHT + _ROWS_HEIGHT) + FOOTER_HEIGHT

    @property
    def row_height(self) -> float:
        """Pixels between neighbouring semitones."""
        return _ROWS_HEIGHT / (self.highest - self.lowest + 1)

    @property
    def system_length(self) -> int:
        """Sixteenths in a full system."""
        return min(self.bars, _BARS_PER_SYSTEM) * self.bar_length

    def span(self, system: int) -> tuple[int, int]:
        """First and last sixteenth of a system; the last one may be shorter."""
        begin = system * self.system_length
        return begin, min(begin + self.system_length, self.bars * self.bar_length)

    def box(self, system: int) -> Box:
        """The frame around the rows of a system."""
        begin, end = self.span(system)
        top = HEADER_HEIGHT + system * (_BAR_NUMBER_HEIGHT + _ROWS_HEIGHT) + _BAR_NUMBER_HEIGHT
        return LEFT, top, self.x(end - begin), top + _ROWS_HEIGHT

    def x(self, time: int) -> int:
        """Horizontal place of a time in sixteenths since its system began."""
        return LEFT + round(time * (RIGHT - LEFT) / self.system_length)

    def row(self, system: int, pitch: int) -> tuple[int, int]:
        """Top and bottom of a pitch's row."""
        top = self.box(system)[1]
        return (
            top + round((self.highest - pitch) * self.row_height),
            top + round((self.highest - pitch + 1) * self.row_height),
        )

    def note_box(self, system: int, begin: int, end: int, pitch: int) -> Box:
        """The box of a note, or of the piece of one that is in a system.

        Args:
            system: Which.
            begin: Sixteenths since the system began.
            end: As well.
            pitch: Semitones above the tonic.

        Returns:
            Right and bottom are the first pixels outside it.
        """
        left, right = self.x(begin) + 1, self.x(end)
        top, bottom = self.row(system, pitch)
        right = max(right, left + _SMALLEST_NOTE)
        return left, top, right, max(bottom - 1, top + _SMALLEST_NOTE)

    def middle(self, system: int, height: float) -> float:
        """Vertical place of a height between pitches, kept inside the rows."""
        inside = min(max(height, self.lowest), self.highest)
        return self.box(system)[1] + (self.highest - inside + 0.5) * self.row_height

    def pieces(self, onset: int, duration: int) -> Iterator[tuple[int, int, int]]:
        """Cuts a note where a system ends.

        Yields:
            The system, and begin and end in sixteenths since it began.
        """
        while duration > 0:
            system, begin = divmod(onset, self.system_length)
            length = min(duration, self.system_length - begin)
            yield system, begin, begin + length
            onset += length
            duration -= length
