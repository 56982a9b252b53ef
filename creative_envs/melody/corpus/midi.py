"""A reader of MIDI files as melodies: the top line of the fullest part, on the sixteenth grid."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import mido

from creative_envs.core.errors import MalformedTune
from creative_envs.melody.corpus.keys import estimate_key, profile
from creative_envs.melody.corpus.raw import (
    KEY_CHANGE,
    METRE_CHANGE,
    TICKS_PER_SIXTEENTH,
    TICKS_PER_WHOLE,
    RawTune,
    read_limited,
    require_plausible,
)
from creative_envs.melody.vocabulary import REST

_PERCUSSION_CHANNEL: Final = 9
_SIXTEENTHS_PER_BEAT: Final = 4
_DEFAULT_METRE: Final = (4, 4)
"""What the MIDI standard lets a file without a time signature mean."""
_MOST_BYTES: Final = 2**20
"""Larger files hold more than one tune, and take minutes and gigabytes to read."""
_SHORTEST_REST: Final = 2
"""Shorter gaps (in sixteenths) are articulation: the note before is held until the next."""
_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFTS: Final = {"": 0, "#": 1, "b": -1}


@dataclass
class _Contents:
    """What a MIDI file holds that matters here; times in sixteenths from the start."""

    parts: dict[tuple[int, int], list[tuple[int, int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # (onset, end, pitch) of the notes of each track and channel
    keys: list[str] = field(default_factory=list)
    metres: list[tuple[int, int]] = field(default_factory=list)
    title: str = ""


def read_midi(path: Path) -> RawTune:
    """Read a MIDI file as one melody, whatever its tempo.

    Of the track and channel with most notes (percussion apart) the highest note at each onset is
    taken and sounds until it ends or the next begins. Onsets and ends are rounded to sixteenths,
    gaps below an eighth closed. Metre and key are those of the file's signatures, else 4/4 and
    the key that `keys.estimate_key` finds. Bars are counted from the file's start.

    Raises:
        MalformedTune: It is not a MIDI file, is damaged, far too large, or has no notes.
    """
    content = read_limited(path)
    if len(content) > _MOST_BYTES:
        raise MalformedTune(f"{path.name}: larger than {_MOST_BYTES // 2**20} MiB, for one tune")
    try:
        file = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except Exception as error:  # damaged files make mido raise errors of many types
        detail = str(error) or type(error).__name__
        raise MalformedTune(f"{path.name}: not a readable MIDI file ({detail[:80]})") from error
    if file.ticks_per_beat <= 0 or file.ticks_per_beat >= 2**15:
        raise MalformedTune(f"{path.name}: it counts time in seconds, not in beats")
    contents = _read_contents(file)
    if not contents.parts:
        raise MalformedTune(f"{path.name}: no notes, percussion apart")
    (track, _), notes = max(contents.parts.items(), key=lambda part: (len(part[1]), part[0]))
    events = _skyline(notes)
    try:
        require_plausible(events)
    except MalformedTune as fault:
        raise MalformedTune(f"{path.name}: {fault}") from None
    return _as_tune(path, track, events, contents)


def _read_contents(file: mido.MidiFile) -> _Contents:
    contents = _Contents()
    for number, track in enumerate(file.tracks):
        time = 0
        sounding: dict[tuple[int, int], int] = {}
        for message in track:
            time += message.time
            sixteenth = round(time * _SIXTEENTHS_PER_BEAT / file.ticks_per_beat)
            if message.type == "key_signature":
                contents.keys.append(message.key)
            elif message.type == "time_signature":
                contents.metres.append((message.numerator, message.denominator))
            elif message.type == "track_name" and not contents.title:
                contents.title = message.name
            elif message.type in ("note_on", "note_off"):
                if message.channel == _PERCUSSION_CHANNEL:
                    continue
                note = message.channel, message.note
                onset = sounding.pop(note, None)
                if onset is not None:
                    part = contents.parts[number, message.channel]
                    part.append((onset, max(sixteenth, onset + 1), message.note))
                if message.type == "note_on" and message.velocity > 0:
                    sounding[note] = sixteenth
    return contents


def _skyline(notes: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """The highest note at each onset, as (pitch, ticks) with rests between."""
    top = {onset: (end, pitch) for onset, end, pitch in sorted(notes, key=lambda note: note[2])}
    onsets = sorted(top)
    events = [(REST, onsets[0])] if onsets[0] > 0 else []
    for onset, following in zip(onsets, [*onsets[1:], None], strict=True):
        end, pitch = top[onset]
        if following is not None and following - end < _SHORTEST_REST:
            end = following
        events.append((pitch, end - onset))
        if following is not None and following > end:
            events.append((REST, following - end))
    return [(pitch, sixteenths * TICKS_PER_SIXTEENTH) for pitch, sixteenths in events]


def _as_tune(path: Path, track: int, events: list[tuple[int, int]], contents: _Contents) -> RawTune:
    pitch, ticks = zip(*events, strict=True)
    remarks = set()
    if len(set(contents.keys)) > 1:
        remarks.add(KEY_CHANGE)
    if len(set(contents.metres)) > 1:
        remarks.add(METRE_CHANGE)
    tonic, mode = (
        _parse_key_name(contents.keys[0]) if contents.keys else estimate_key(profile(pitch, ticks))
    )
    metre = contents.metres[0] if contents.metres else _DEFAULT_METRE
    bar = max(1, TICKS_PER_WHOLE * metre[0] // metre[1])
    return RawTune(
        source=path.name,
        number=str(track),
        title=contents.title or path.stem,
        tonic=tonic,
        mode=mode,
        metre=metre,
        pitch=pitch,
        ticks=ticks,
        bar_lines=tuple(range(bar, sum(ticks) + 1, bar)),
        remarks=frozenset(remarks),
    )


def _parse_key_name(name: str) -> tuple[int, str]:
    """Tonic and mode of a key as mido names it: "C", "F#m", "Bb"."""
    mode = "minor" if name.endswith("m") else "major"
    return (_LETTERS[name[0]] + _SHIFTS[name[1:].removesuffix("m")]) % 12, mode
