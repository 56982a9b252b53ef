"""The music code of an ABC tune: from lines of text to notes and bar lines.

Source: the ABC music standard 2.1 (https://abcnotation.com/wiki/abc:standard:v2.1). Read as a
melody: grace notes, chord symbols, decorations and slurs are passed over, repeats are not
expanded, and of alternative endings the last is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from creative_envs.core.errors import MalformedTune
from creative_envs.melody.corpus.abc_fields import (
    ACCIDENTALS,
    LETTER_SEMITONES,
    Key,
    parse_key,
    parse_length,
    parse_metre,
    parse_unit,
)
from creative_envs.melody.corpus.raw import (
    CHORDS,
    KEY_CHANGE,
    MAX_TUNE_EVENTS,
    METRE_CHANGE,
    OFF_TICK,
    TICKS_PER_WHOLE,
    VOICES,
    merge_rests,
    require_plausible,
)
from creative_envs.melody.vocabulary import REST

_NOTE: Final = r"(?:\^\^|\^|__|_|=)?[A-Ga-g][,']*\d*/*\d*"
# Every bracketed construct has a length limit, or an unclosed one would cost quadratic time.
_TOKEN: Final = re.compile(
    rf"""
      (?P<passed>"[^"]{{0,400}}"|![^!|]{{0,80}}!|\+[a-z]{{1,40}}\+|\{{[^}}]{{0,200}}\}})
    | \[(?P<field>[A-Za-z]:[^\]]{{0,200}})\]
    | (?P<bar>\[?\|[|:\]]*|:+\|[|:\]]*|::+)(?:\s?\[?(?P<ending>[1-9])[\d,.-]*)?
    | \[(?P<bracket_ending>[1-9])[\d,.-]*
    | (?P<tuplet>\([2-9](?::\d?){{0,2}})
    | (?P<chord>\[[^\]|]{{0,200}}\]\d*/*\d*)
    | (?P<note>{_NOTE})
    | (?P<rest>[zx]\d*/*\d*)
    | (?P<bar_rest>[ZX]\d{{0,3}})
    | (?P<broken><{{1,3}}|>{{1,3}})
    | (?P<tie>-)
    | (?P<overlay>&)
    """,
    re.VERBOSE,
)
_NOTE_PARTS: Final = re.compile(r"(\^\^|\^|__|_|=)?([A-Ga-g])([,']*)(\d*/*\d*)")
_MAX_OCTAVE_MARKS: Final = 4
_TUPLET_TIME: Final = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
"""Notes whose time a tuplet of p notes takes; 5, 7 and 9 depend on the metre."""


@dataclass(slots=True)
class _Written:
    """A note or rest as written, before ties are joined."""

    pitch: int
    duration: Fraction
    staff: tuple[str, int] | None = None
    tied: bool = False


class BodyReader:
    """Reads the music lines of one tune, one after the other, and then yields its melody."""

    def __init__(self, key: Key, metre: tuple[int, int] | None, unit: Fraction) -> None:
        self.metre = metre
        self.remarks: set[str] = set()
        self._key = self._first_key = key
        self._current_metre = metre
        self._unit = unit
        self._written: list[_Written] = []
        self._bars: list[int] = []  # each the number of written notes before a bar line
        self._bar_accidentals: dict[str, int] = {}
        self._tuplet: tuple[Fraction, int] | None = None  # factor, notes still to come
        self._broken: Fraction | None = None  # factor of the note after < or >
        self._endings_from: int | None = None  # where the first alternative ending began
        self._in_last_ending = False
        self._voice: str | None = None
        self._handlers: dict[str, Callable[[re.Match[str]], None]] = {
            "field": lambda match: self.read_field(match["field"][0], match["field"][2:]),
            "bar": self._on_bar,
            "ending": self._on_bar,
            "bracket_ending": lambda match: self._on_ending(int(match["bracket_ending"])),
            "tuplet": self._on_tuplet,
            "chord": self._on_chord,
            "note": lambda match: self._on_note(match["note"]),
            "rest": lambda match: self._add(REST, parse_length(match["rest"][1:]) * self._unit),
            "bar_rest": self._on_bar_rest,
            "broken": self._on_broken,
            "tie": self._on_tie,
            "overlay": lambda match: self.remarks.add(VOICES),
        }

    def read_line(self, line: str) -> None:
        """Read one line of music code; what is not understood is passed over.

        Raises:
            MalformedTune: A note length or a field in it cannot be.
        """
        for match in _TOKEN.finditer(line):
            handler = self._handlers.get(match.lastgroup or "")
            if handler is not None:
                handler(match)
        if len(self._written) > MAX_TUNE_EVENTS:
            raise MalformedTune(f"more than {MAX_TUNE_EVENTS} notes")

    def read_field(self, name: str, value: str) -> None:
        """Obey a field (K, L, M or V) that stands within the music; others mean nothing here."""
        if name == "K":
            self._key = parse_key(value)
            if (self._key.tonic, self._key.mode) != (self._first_key.tonic, self._first_key.mode):
                self.remarks.add(KEY_CHANGE)
        elif name == "L":
            self._unit = parse_unit(value)
        elif name == "M":
            self._current_metre = parse_metre(value)
            if not self._written:
                self.metre = self._current_metre
            elif self._current_metre != self.metre:
                self.remarks.add(METRE_CHANGE)
        elif name == "V" and value.strip():
            voice = value.split()[0]
            if self._voice is None:
                self._voice = voice
            elif voice != self._voice:
                self.remarks.add(VOICES)

    def melody(self) -> tuple[list[tuple[int, int]], list[int]]:
        """All events as (pitch, ticks), ties and neighbouring rests joined, and the bar lines.

        Raises:
            MalformedTune: The tune or one of its notes is implausibly long.
        """
        times = list(accumulate((note.duration for note in self._written), initial=Fraction(0)))
        ticks = [round(time * TICKS_PER_WHOLE) for time in times]
        if any((time * TICKS_PER_WHOLE).denominator != 1 for time in times):
            self.remarks.add(OFF_TICK)
        events: list[tuple[int, int]] = []
        joins = False
        for i, note in enumerate(self._written):
            duration = ticks[i + 1] - ticks[i]
            if joins and events[-1][0] == note.pitch:
                events[-1] = (note.pitch, events[-1][1] + duration)
            elif duration > 0:
                events.append((note.pitch, duration))
            joins = note.tied and bool(events) and events[-1][0] == note.pitch
        events = merge_rests(events)
        require_plausible(events)
        return events, sorted({ticks[index] for index in self._bars} - {0})

    def _add(self, pitch: int, duration: Fraction, staff: tuple[str, int] | None = None) -> None:
        if self._tuplet is not None:
            factor, remaining = self._tuplet
            duration *= factor
            self._tuplet = (factor, remaining - 1) if remaining > 1 else None
        if self._broken is not None:
            duration *= self._broken
            self._broken = None
        self._written.append(_Written(pitch, duration, staff))

    def _on_note(self, text: str) -> None:
        parts = _NOTE_PARTS.match(text)
        assert parts is not None, "the token pattern promises a note"
        pitch, staff = self._pitch(parts)
        self._add(pitch, parse_length(parts[4]) * self._unit, staff)

    def _pitch(self, parts: re.Match[str]) -> tuple[int, tuple[str, int]]:
        """MIDI pitch and staff position of a note, by its accidental, its bar and its key."""
        letter, marks = parts[2].upper(), parts[3]
        if len(marks) > _MAX_OCTAVE_MARKS:
            raise MalformedTune(f"note {parts[0][:20]!r} has too many octave marks")
        octave = parts[2].islower() + marks.count("'") - marks.count(",")
        staff = letter, octave
        if parts[1]:
            self._bar_accidentals[letter] = ACCIDENTALS[parts[1]]
        elif self._written and self._written[-1].tied and self._written[-1].staff == staff:
            return self._written[-1].pitch, staff  # a tie carries its accidental over the bar line
        altered = self._bar_accidentals.get(letter, self._key.signature.get(letter, 0))
        return 60 + LETTER_SEMITONES[letter] + 12 * octave + altered, staff

    def _on_chord(self, match: re.Match[str]) -> None:
        inside, _, length = match["chord"][1:].rpartition("]")
        notes = [(self._pitch(parts), parts[4]) for parts in _NOTE_PARTS.finditer(inside)]
        if not notes:
            return
        if len(notes) > 1:
            self.remarks.add(CHORDS)
        pitch, staff = max(sounding for sounding, _ in notes)
        self._add(pitch, parse_length(notes[0][1]) * parse_length(length) * self._unit, staff)

    def _on_bar_rest(self, match: re.Match[str]) -> None:
        bars = int(match["bar_rest"][1:] or 1)
        bar = Fraction(*(self._current_metre or (4, 4)))
        if bars:
            self._add(REST, bars * bar)

    def _on_tuplet(self, match: re.Match[str]) -> None:
        numbers = [int(part or 0) for part in match["tuplet"][1:].split(":")]
        notes, time, span = (*numbers, 0, 0)[:3]
        metre = self._current_metre
        compound = metre is not None and metre[1] == 8 and metre[0] % 3 == 0
        time = time or _TUPLET_TIME.get(notes, 3 if compound else 2)
        self._tuplet = Fraction(time, notes), span or notes

    def _on_broken(self, match: re.Match[str]) -> None:
        if not self._written or self._broken is not None:
            return
        short = Fraction(1, 2 ** len(match["broken"]))
        before, after = 2 - short, short
        if match["broken"][0] == "<":
            before, after = after, before
        self._written[-1].duration *= before
        self._broken = after

    def _on_tie(self, match: re.Match[str]) -> None:
        if self._written and self._written[-1].pitch != REST:
            self._written[-1].tied = True

    def _on_bar(self, match: re.Match[str]) -> None:
        self._bars.append(len(self._written))
        self._bar_accidentals.clear()
        if match["ending"]:
            self._on_ending(int(match["ending"]))
        elif self._in_last_ending and match["bar"] != "|":
            self._endings_from, self._in_last_ending = None, False

    def _on_ending(self, number: int) -> None:
        """Begin an alternative ending; a later one takes the place of the earlier."""
        if number == 1:
            self._endings_from, self._in_last_ending = len(self._written), False
        elif self._endings_from is not None:
            del self._written[self._endings_from :]
            self._bars = [index for index in self._bars if index <= self._endings_from]
            self._in_last_ending = True
