"""Standard MIDI files (format 0) through mido."""

from __future__ import annotations

import io
from typing import Final

import mido

from creative_envs.melody.artefact import Melody
from creative_envs.melody.spelling import FLATTEST_SIGNATURE, Key

TICKS_PER_QUARTER: Final = 480
_TICKS_PER_SIXTEENTH: Final = TICKS_PER_QUARTER // 4
FLUTE: Final = 73
"""General MIDI program 74, counted from 0."""
_VELOCITY_OF_STRENGTH: Final = (76, 86, 98)
"""Loudness off the beat, on a beat and on a downbeat."""
_MINOR_MODES: Final = ("minor", "dorian")
"""Modes with a minor third, which are marked as minor: MIDI knows only minor and major."""
_MAJOR_NAMES: Final = ("Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B")
_MINOR_NAMES: Final = ("Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m")
"""The keys of each kind with six flats to five sharps."""


def midi_bytes(melody: Melody) -> bytes:
    """Writes a melody as one MIDI track with tempo, metre, key signature and a flute.

    MIDI has no dorian or mixolydian, so these carry the minor or major name of their signature,
    and a text event names the true key (``key: D dorian``).
    """
    track = mido.MidiTrack(_opening(melody))
    written_to = 0
    for note in melody.sounding:
        velocity = _VELOCITY_OF_STRENGTH[note.strength]
        wait = (note.onset - written_to) * _TICKS_PER_SIXTEENTH
        sound = note.duration * _TICKS_PER_SIXTEENTH
        track.append(mido.Message("note_on", note=note.midi, velocity=velocity, time=wait))
        track.append(mido.Message("note_off", note=note.midi, velocity=0, time=sound))
        written_to = note.onset + note.duration
    closing_rest = (melody.length - written_to) * _TICKS_PER_SIXTEENTH
    track.append(mido.MetaMessage("end_of_track", time=closing_rest))
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _opening(melody: Melody) -> list[mido.MetaMessage | mido.Message]:
    """What precedes the first note, all at tick 0."""
    numerator, denominator = map(int, melody.metre.split("/"))
    return [
        mido.MetaMessage("track_name", name=melody.title),
        mido.MetaMessage("text", text=f"key: {melody.key.name}"),
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(melody.tempo)),
        mido.MetaMessage(
            "time_signature",
            numerator=numerator,
            denominator=denominator,
            clocks_per_click=24 * melody.beat_length // 4,
        ),
        mido.MetaMessage("key_signature", key=_signature_name(melody.key)),
        mido.Message("program_change", program=FLUTE),
    ]


def _signature_name(key: Key) -> str:
    names = _MINOR_NAMES if key.mode in _MINOR_MODES else _MAJOR_NAMES
    return names[key.signature - FLATTEST_SIGNATURE]
