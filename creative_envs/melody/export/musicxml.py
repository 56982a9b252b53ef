"""MusicXML 4.0, partwise (https://www.w3.org/2021/06/musicxml40/), as notation programs read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from creative_envs.melody.artefact import Melody
from creative_envs.melody.export.midi import FLUTE
from creative_envs.melody.export.notation import Accidentals, Head, bars_of
from creative_envs.melody.spelling import SpelledPitch

_PART: Final = "P1"
_INSTRUMENT: Final = "P1-I1"
_DIVISIONS: Final = 4
"""Units of duration in a quarter note, so that one is a sixteenth."""
_TYPES: Final = {16: "whole", 8: "half", 4: "quarter", 2: "eighth", 1: "16th"}
_ACCIDENTALS: Final = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_DOTTED_BEAT: Final = 6
_NOT_IN_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters no XML document may hold, not even escaped."""
_PROLOGUE: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def musicxml_text(melody: Melody) -> str:
    """Writes a melody as a score of one part.

    Notes that cross a bar line are split and tied. An unfinished melody ends where its notes do,
    be it within a bar; one without any notes is a bar of rest. Characters of the title that XML
    cannot hold become U+FFFD.
    """
    score = Element("score-partwise", version="4.0")
    _add(_add(score, "work"), "work-title", _NOT_IN_XML.sub("\ufffd", melody.title))
    _add(_add(_add(score, "identification"), "encoding"), "software", "creative_envs")
    _add_part_list(score)
    part = SubElement(score, "part", id=_PART)
    for number, bar in enumerate(bars_of(melody), start=1):
        measure = SubElement(part, "measure", number=str(number))
        if number == 1:
            _add_attributes(measure, melody)
            _add_tempo(measure, melody)
        _add_notes(measure, bar, melody)
    _add(SubElement(measure, "barline", location="right"), "bar-style", "light-heavy")
    ElementTree.indent(score)
    return _PROLOGUE + ElementTree.tostring(score, encoding="unicode") + "\n"


def _add(parent: Element, tag: str, text: object = "") -> Element:
    child = SubElement(parent, tag)
    child.text = str(text) or None
    return child


def _add_part_list(score: Element) -> None:
    """One part, for the instrument that MIDI files of melodies name, too."""
    part = SubElement(_add(score, "part-list"), "score-part", id=_PART)
    _add(part, "part-name", "Melody")
    _add(SubElement(part, "score-instrument", id=_INSTRUMENT), "instrument-name", "Flute")
    midi = SubElement(part, "midi-instrument", id=_INSTRUMENT)
    _add(midi, "midi-channel", 1)
    _add(midi, "midi-program", FLUTE + 1)


def _add_attributes(measure: Element, melody: Melody) -> None:
    attributes = _add(measure, "attributes")
    _add(attributes, "divisions", _DIVISIONS)
    key = _add(attributes, "key")
    _add(key, "fifths", melody.key.signature)
    _add(key, "mode", melody.mode)
    time = _add(attributes, "time")
    beats, beat_type = melody.metre.split("/")
    _add(time, "beats", beats)
    _add(time, "beat-type", beat_type)
    clef = _add(attributes, "clef")
    _add(clef, "sign", "G")
    _add(clef, "line", 2)


def _add_tempo(measure: Element, melody: Melody) -> None:
    """The tempo as it is read, in beats, and as it is played, in quarter notes."""
    direction = SubElement(measure, "direction", placement="above")
    metronome = _add(_add(direction, "direction-type"), "metronome")
    _add(metronome, "beat-unit", "quarter")
    per_minute: float = melody.tempo
    if melody.beat_length == _DOTTED_BEAT:
        _add(metronome, "beat-unit-dot")
        per_minute = melody.tempo * _DIVISIONS / _DOTTED_BEAT
    _add(metronome, "per-minute", f"{per_minute:.4g}")
    SubElement(direction, "sound", tempo=str(melody.tempo))


def _add_notes(measure: Element, bar: Sequence[Head], melody: Melody) -> None:
    """The notes of a bar; a tie, not a second accidental, carries a pitch over a bar line."""
    if not bar:
        note = _add(measure, "note")
        SubElement(note, "rest", measure="yes")
        _add(note, "duration", melody.bar_length)
        _add(note, "voice", 1)
    accidentals = Accidentals(melody.key)
    for head in bar:
        shown = head.pitch is not None and not head.continues and accidentals.must_show(head.pitch)
        _add_note(measure, head, shows_accidental=shown)


def _add_note(measure: Element, head: Head, *, shows_accidental: bool) -> None:
    note = _add(measure, "note")
    ties = []
    if head.pitch is None:
        _add(note, "rest")
    else:
        _add_pitch(note, head.pitch)
        ties = ["stop"] * head.continues + ["start"] * head.goes_on
    _add(note, "duration", head.duration)
    for kind in ties:
        SubElement(note, "tie", type=kind)
    _add(note, "voice", 1)
    dotted = head.duration not in _TYPES
    _add(note, "type", _TYPES[head.duration * 2 // 3 if dotted else head.duration])
    if dotted:
        _add(note, "dot")
    if head.pitch is not None and shows_accidental:
        _add(note, "accidental", _ACCIDENTALS[head.pitch.accidental])
    if ties:
        notations = _add(note, "notations")
        for kind in ties:
            SubElement(notations, "tied", type=kind)


def _add_pitch(note: Element, spelled: SpelledPitch) -> None:
    pitch = _add(note, "pitch")
    _add(pitch, "step", spelled.letter)
    if spelled.accidental:
        _add(pitch, "alter", spelled.accidental)
    _add(pitch, "octave", spelled.octave)
