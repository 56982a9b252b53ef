"""A finished (or growing) melody as people use it: to read, look at, listen to and keep."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.documents import (
    checked_scores,
    data_uri,
    one_line,
    plain_mapping,
    save_as,
    whole_number,
)
from creative_envs.core.errors import InvalidWork
from creative_envs.core.reading import read_plain
from creative_envs.melody.spelling import Key
from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    BEAT_LENGTHS,
    DURATIONS,
    METRES,
    MODES,
    REST,
)

DEFAULT_TEMPI: Final = {"4/4": 120, "3/4": 120, "6/8": 150, "2/4": 96}
"""Quarter notes a minute; 150 in 6/8 is 100 dotted beats a minute, a walking jig."""
TEMPO_RANGE: Final = (20, 400)
"""Slowest and fastest tempo accepted, in quarter notes a minute."""

_COMFORTABLE_LOW: Final = 64
"""The register is moved by octaves into E4..Eb5, the octave that flute, violin and voice share."""


class SoundingNote(NamedTuple):
    """One note (never a rest) placed in time."""

    pitch: int
    """Semitones above the tonic."""
    midi: int
    """MIDI pitch as exported."""
    onset: int
    """Sixteenths since the beginning of the work."""
    duration: int
    """Sixteenths."""
    strength: int
    """Metrical strength of the onset: 2 on a downbeat, 1 on another beat, 0 elsewhere."""


@dataclass(frozen=True)
class Melody:
    """A melody of whole bars; it may be unfinished, so the notes may fill fewer bars than asked.

    Pitches are counted from the tonic (``vocabulary``), so a melody can be moved to another key by
    changing `tonic` alone. For sound and notation the whole melody is moved by octaves so that its
    `register` lies from E4 to just below E5 (MIDI 64..76). Where a brief names the register, a
    growing melody therefore keeps its octave.

    Attributes:
        notes: (pitch, duration) of every event: semitones above the tonic or ``vocabulary.REST``,
            and a duration in sixteenths, one of ``vocabulary.DURATIONS``. A rest is never first
            and never follows a rest.
        metre: One of ``vocabulary.METRES``.
        mode: One of ``vocabulary.MODES``.
        tonic: Pitch class 0..11 (C is 0).
        tempo: Quarter notes a minute, 20..400; 0 asks for the metre's usual one
            (`DEFAULT_TEMPI`).
        bars: Bars the work is to fill; 0 asks for as many as the notes begin.
        title: One line of text.
        scores: Named results, such as quality, craft, adherence and novelty.
        brief: What was asked for, by name; plain values, tuples and mappings of them.
        provenance: Where the melody comes from; the same kind of values.

    Raises:
        InvalidWork: Some part does not describe a melody; the message names it.
    """

    media: ClassVar[tuple[str, ...]] = (".png", ".wav", ".mid", ".musicxml", ".abc")
    """Suffixes `save` writes that are worth showing, pictures first."""

    notes: tuple[tuple[int, int], ...]
    metre: str
    mode: str
    tonic: int = 0
    tempo: int = 0
    bars: int = 0
    title: str = "Untitled"
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)
    brief: Mapping[str, Any] = field(default_factory=dict, hash=False)
    provenance: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.metre not in METRES:
            raise InvalidWork(f"unknown metre {self.metre!r}: use one of {', '.join(METRES)}")
        object.__setattr__(self, "notes", _checked_notes(self.notes))
        tonic = whole_number(self.tonic, "tonic")
        object.__setattr__(self, "tonic", Key(tonic, self.mode).tonic)
        object.__setattr__(self, "tempo", _checked_tempo(self.tempo or DEFAULT_TEMPI[self.metre]))
        bars_begun = max(1, -(-self.length // self.bar_length))
        bars = whole_number(self.bars, "bars") or bars_begun
        if bars < bars_begun:
            raise InvalidWork(
                f"the notes last {self.length} sixteenths, more than the {bars} bars of "
                f"{self.bar_length} asked for: shorten them or raise `bars`"
            )
        object.__setattr__(self, "bars", bars)
        object.__setattr__(self, "title", one_line(self.title))
        object.__setattr__(self, "scores", checked_scores(self.scores))
        object.__setattr__(self, "brief", plain_mapping(self.brief, "brief"))
        object.__setattr__(self, "provenance", plain_mapping(self.provenance, "provenance"))
        if any(not 0 <= midi <= 127 for midi in self.midi_pitches):
            raise InvalidWork("the pitches span more than MIDI can express (0..127)")

    @classmethod
    def from_events(
        cls,
        pitch: ArrayLike,
        duration: ArrayLike,
        length: int,
        metre: int,
        mode: int,
        **attributes: Any,
    ) -> Melody:
        """Builds a melody from one row of the event arrays that all melody code shares.

        Args:
            pitch: Shape (E,), semitones above the tonic or REST.
            duration: Shape (E,), sixteenths.
            length: Events in use; the rest of the row is padding.
            metre: Index into ``vocabulary.METRES``.
            mode: Index into ``vocabulary.MODES``.
            **attributes: Further attributes of `Melody`, such as ``tonic``, ``bars`` or ``title``.

        Raises:
            InvalidWork: The row does not describe a melody.
        """
        pitches = _event_row(pitch, "pitch")
        durations = _event_row(duration, "duration")
        if pitches.shape != durations.shape or not 0 <= length <= len(pitches):
            raise InvalidWork(
                f"{len(pitches)} pitches, {len(durations)} durations and length {length} do not "
                "belong together"
            )
        if not 0 <= metre < len(METRES) or not 0 <= mode < len(MODES):
            raise InvalidWork(f"metre {metre} or mode {mode} is not an index into METRES or MODES")
        notes = zip(pitches[:length].tolist(), durations[:length].tolist(), strict=True)
        return cls(tuple(notes), METRES[metre], MODES[mode], **attributes)

    @classmethod
    def load(cls, path: str | Path) -> Melody:
        """Reads a melody that `save` wrote as JSON; the result equals what was saved.

        Raises:
            OSError: The file cannot be read.
            InvalidWork: It is not a melody written by `save`.
        """
        from creative_envs.melody.export.document import melody_from_json

        return melody_from_json(read_plain(path), source=str(path))

    def save(self, path: str | Path) -> Path:
        """Writes the melody in the format its suffix names.

        That is .mid or .midi, .musicxml, .abc, .wav, .png or .json. The file appears whole or not
        at all.

        Returns:
            The path.

        Raises:
            InvalidArgument: The suffix names no known format.
            OSError: The file could not be written; the message says what to do.
        """
        from creative_envs.melody.export import FORMATS

        return save_as(self, path, FORMATS)

    @property
    def length(self) -> int:
        """Sixteenths written so far."""
        return sum(duration for _, duration in self.notes)

    @property
    def bar_length(self) -> int:
        """Sixteenths in a bar."""
        return BAR_LENGTHS[METRES.index(self.metre)]

    @property
    def beat_length(self) -> int:
        """Sixteenths in a beat."""
        return BEAT_LENGTHS[METRES.index(self.metre)]

    @property
    def complete(self) -> bool:
        """Whether the notes fill all the bars."""
        return self.length == self.bars * self.bar_length

    @property
    def seconds(self) -> float:
        """How long the written part lasts at its tempo."""
        return self.length * 15 / self.tempo

    @property
    def key(self) -> Key:
        """Tonic and mode, which know how to spell pitches."""
        return Key(self.tonic, self.mode)

    @cached_property
    def register(self) -> float:
        """Middle height in semitones above the tonic: the brief's centre, or else the mean pitch.

        The mean is weighted by duration. A melody without notes has 0.
        """
        centre = self.brief.get("centre")
        if isinstance(centre, int | float):
            return float(centre)
        sounding = [(pitch, duration) for pitch, duration in self.notes if pitch != REST]
        total = sum(duration for _, duration in sounding)
        return sum(pitch * duration for pitch, duration in sounding) / total if total else 0.0

    @cached_property
    def midi_of_tonic(self) -> int:
        """MIDI pitch of pitch 0, after the move by octaves the class describes."""
        midi = 60 + self.tonic
        return midi - 12 * math.floor((midi + self.register - _COMFORTABLE_LOW) / 12)

    @cached_property
    def sounding(self) -> tuple[SoundingNote, ...]:
        """The notes placed in time, rests left out."""
        placed = []
        onset = 0
        for pitch, duration in self.notes:
            if pitch != REST:
                midi = self.midi_of_tonic + pitch
                placed.append(SoundingNote(pitch, midi, onset, duration, self._strength(onset)))
            onset += duration
        return tuple(placed)

    @property
    def midi_pitches(self) -> tuple[int, ...]:
        """MIDI pitch of every note, rests left out."""
        return tuple(note.midi for note in self.sounding)

    @property
    def note_names(self) -> tuple[str, ...]:
        """Name of every event as the key spells it, such as ``F#4``, or ``rest``."""
        return tuple(
            "rest" if pitch == REST else self.key.spell(self.midi_of_tonic + pitch).name
            for pitch, _ in self.notes
        )

    def _strength(self, onset: int) -> int:
        if onset % self.bar_length == 0:
            return 2
        return int(onset % self.beat_length == 0)

    def __str__(self) -> str:
        state = "" if self.complete else ", unfinished"
        names = " ".join(
            f"{name}:{duration}"
            for name, (_, duration) in zip(self.note_names, self.notes, strict=True)
        )
        return (
            f"{self.title} ({self.key.name}, {self.metre}, {self.tempo} quarters a minute, "
            f"{self.bars} bars, {len(self.sounding)} notes{state}): {names}".rstrip(": ")
        )

    def _repr_html_(self) -> str:
        """A picture and a player for notebooks, self-contained."""
        from creative_envs.melody.export import png_bytes, wav_bytes

        picture = data_uri("image/png", png_bytes(self))
        sound = data_uri("audio/wav", wav_bytes(self))
        return (
            '<figure style="margin:0">'
            f'<img style="max-width:100%" alt="{html.escape(str(self))}" '
            f'src="{picture}">'
            f'<br><audio controls src="{sound}"></audio></figure>'
        )


def _event_row(values: ArrayLike, name: str) -> NDArray[np.integer[Any]]:
    row = np.asarray(values)
    if row.ndim != 1 or (row.size and not np.issubdtype(row.dtype, np.integer)):
        raise InvalidWork(f"{name} must be one row of integers, got {row.dtype} {row.shape}")
    return row


def _checked_notes(notes: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    checked: list[tuple[int, int]] = []
    for index, (pitch, duration) in enumerate(notes):
        event = whole_number(pitch, "a pitch"), whole_number(duration, "a duration")
        if event[1] not in DURATIONS:
            raise InvalidWork(f"event {index} lasts {duration} sixteenths: use one of {DURATIONS}")
        if event[0] == REST and (not checked or checked[-1][0] == REST):
            raise InvalidWork(f"event {index} is a rest at the beginning or after another rest")
        checked.append(event)
    return tuple(checked)


def _checked_tempo(tempo: object) -> int:
    slowest, fastest = TEMPO_RANGE
    checked = whole_number(tempo, "tempo")
    if not slowest <= checked <= fastest:
        raise InvalidWork(
            f"tempo is {checked}: give quarter notes a minute from {slowest} to {fastest}"
        )
    return checked
