"""MusicXML: read back by the book with `xml.etree`, and by music21 where that is installed."""

from __future__ import annotations

from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings

from creative_envs.melody.artefact import Melody
from creative_envs.melody.export import musicxml_text
from creative_envs.melody.task import MelodyTask
from creative_envs.melody.vocabulary import REST
from tests.melody.melodies import melodies

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TYPES = {"whole": 16, "half": 8, "quarter": 4, "eighth": 2, "16th": 1}
SIGNS = {"flat-flat": -2, "flat": -1, "natural": 0, "sharp": 1, "double-sharp": 2}
ORDER = ("pitch", "rest", "duration", "tie", "voice", "type", "dot", "accidental", "notations")
"""Children of a note, as MusicXML's schema wants them."""


class Written(NamedTuple):
    midi: int
    place: tuple[str, int] | None
    alter: int
    sign: int | None
    duration: int
    ties: tuple[str, ...]


def sounding_events(work: Melody) -> list[tuple[int, int]]:
    return [(p if p == REST else p + work.midi_of_tonic, d) for p, d in work.notes]


def text_of(element: Element, path: str) -> str:
    found = element.findtext(path)
    assert found is not None, path
    return found


def read_note(note: Element) -> Written:
    tags = [ORDER.index(child.tag) for child in note]
    assert tags == sorted(tags)
    duration = int(text_of(note, "duration"))
    if note.find("type") is not None:  # the head says the same as the duration
        plain = TYPES[text_of(note, "type")]
        assert duration == plain * 3 // 2 if note.findall("dot") else duration == plain
    ties = tuple(tie.attrib["type"] for tie in note.findall("tie"))
    assert ties == tuple(tied.attrib["type"] for tied in note.findall("notations/tied"))
    if note.find("rest") is not None:
        assert not ties
        return Written(REST, None, 0, None, duration, ())
    step, octave = text_of(note, "pitch/step"), int(text_of(note, "pitch/octave"))
    alter = int(note.findtext("pitch/alter") or 0)
    shown = note.findtext("accidental")
    sign = None if shown is None else SIGNS[shown]
    midi = 12 * (octave + 1) + STEPS[step] + alter
    return Written(midi, (step, octave), alter, sign, duration, ties)


def read(work: Melody) -> tuple[Element, list[list[Written]]]:
    """The root, and the notes of each measure."""
    root = ElementTree.fromstring(musicxml_text(work).encode())
    assert (root.tag, root.attrib) == ("score-partwise", {"version": "4.0"})
    (part,) = root.findall("part")
    assert part.attrib["id"] == root.find("part-list/score-part").attrib["id"]
    measures = part.findall("measure")
    assert [m.attrib["number"] for m in measures] == [str(i + 1) for i in range(len(measures))]
    return root, [[read_note(note) for note in measure.findall("note")] for measure in measures]


def joined(bars: list[list[Written]]) -> list[tuple[int, int]]:
    """Tied notes, and neighbouring rests, as one."""
    events: list[tuple[int, int]] = []
    open_tie = False
    for note in (note for bar in bars for note in bar):
        assert ("stop" in note.ties) == open_tie
        if open_tie or (note.midi == REST and events and events[-1][0] == REST):
            assert events[-1][0] == note.midi
            events[-1] = (note.midi, events[-1][1] + note.duration)
        else:
            events.append((note.midi, note.duration))
        open_tie = "start" in note.ties
    assert not open_tie
    return events


@given(work=melodies())
@settings(max_examples=150, deadline=None)
def test_what_is_read_is_what_was_written(work: Melody) -> None:
    root, bars = read(work)
    if work.notes:
        assert joined(bars) == sounding_events(work)
        assert sum(note.duration for note in bars[-1]) == work.length - work.bar_length * (
            len(bars) - 1
        )
    for bar in bars[:-1] if work.notes else bars:
        assert sum(note.duration for note in bar) == work.bar_length
    (attributes,) = root.iter("attributes")
    assert text_of(attributes, "divisions") == "4"
    assert text_of(attributes, "key/fifths") == str(work.key.signature)
    assert text_of(attributes, "key/mode") == work.mode
    metre = (text_of(attributes, "time/beats"), text_of(attributes, "time/beat-type"))
    assert "/".join(metre) == work.metre
    assert root.find(".//sound").attrib["tempo"] == str(work.tempo)


@pytest.mark.parametrize("every_octave", [False, True])
@given(work=melodies())
@settings(max_examples=150, deadline=None)
def test_the_signs_on_the_page_say_the_pitches(every_octave: bool, work: Melody) -> None:
    """What a musician reads: signature, accidentals till the bar ends, and ties."""
    _, bars = read(work)
    carried = None
    for bar in bars:
        held: dict[tuple[str, int], int] = {}
        for note in bar:
            if note.place is None:
                continue
            letter, octave = note.place
            place = (letter, 0 if every_octave else octave)
            if note.sign is not None:
                held[place] = note.sign
            if "stop" in note.ties:
                assert note.sign is None
                assert carried == note.alter
            else:
                assert held.get(place, work.key.signature_accidental(letter)) == note.alter
            carried = note.alter


def test_the_title_is_kept_but_for_what_xml_cannot_hold() -> None:
    work = Melody(((0, 4),), "4/4", "major", title="<Ré & \x00\x1b\uffff 2 > 1>")
    root, _ = read(work)
    assert root.findtext("work/work-title") == "<Ré & \ufffd\ufffd\ufffd 2 > 1>"


def test_a_note_by_hand() -> None:
    """D minor, a leading note tied over the bar line, its natural after it, a dotted rest."""
    work = Melody(((11, 12), (11, 8), (10, 2), (REST, 6), (0, 4)), "4/4", "minor", tonic=2)
    _, bars = read(work)
    assert bars == [
        [
            Written(73, ("C", 5), 1, 1, 12, ()),
            Written(73, ("C", 5), 1, None, 4, ("start",)),
        ],
        [
            Written(73, ("C", 5), 1, None, 4, ("stop",)),
            Written(72, ("C", 5), 0, None, 2, ()),
            Written(REST, None, 0, None, 6, ()),
            Written(62, ("D", 4), 0, None, 4, ()),
        ],
    ]


def test_tempo_is_told_in_beats_and_played_in_quarters() -> None:
    root, _ = read(Melody(((0, 12),), "6/8", "major", tempo=150))
    metronome = root.find(".//metronome")
    assert [(child.tag, child.text) for child in metronome] == [
        ("beat-unit", "quarter"),
        ("beat-unit-dot", None),
        ("per-minute", "100"),
    ]


def test_nothing_is_a_bar_of_rest() -> None:
    root, bars = read(Melody((), "3/4", "major", bars=8))
    assert bars == [[Written(REST, None, 0, None, 12, ())]]
    assert root.find(".//rest").attrib == {"measure": "yes"}


def read_by_music21(work: Melody) -> None:
    """Compares what music21 makes of the file with the melody."""
    music21 = pytest.importorskip("music21")
    score = music21.converter.parseData(musicxml_text(work), format="musicxml")
    (part,) = score.parts
    measures = list(part.getElementsByClass("Measure"))
    begun = max(1, -(-work.length // work.bar_length))
    assert len(measures) == begun
    assert measures[0].timeSignature.ratioString == work.metre
    (key,) = measures[0].getElementsByClass("KeySignature")
    assert key.sharps == work.key.signature
    assert key.mode == work.mode
    assert key.tonic.pitchClass == work.tonic
    (mark,) = part.recurse().getElementsByClass("MetronomeMark")
    assert mark.getQuarterBPM() == pytest.approx(work.tempo, rel=1e-3)
    assert score.metadata.title.split() == musicxml_title(work).split()
    # To music21 a natural with its sign and one without are different pitches: match by ties alone.
    stripped = part.stripTies(matchByPitch=False).flatten().notes
    notes = [
        (note.pitch.midi, round(note.offset * 4), round(note.quarterLength * 4))
        for note in stripped
    ]
    assert notes == [(note.midi, note.onset, note.duration) for note in work.sounding]
    whole = work.bar_length / 4
    assert all(bar.duration.quarterLength == whole for bar in measures[:-1])


def musicxml_title(work: Melody) -> str:
    return ElementTree.fromstring(musicxml_text(work)).findtext("work/work-title") or ""


@given(work=melodies())
@settings(max_examples=30, deadline=None)
def test_music21_reads_the_same_melody(work: Melody) -> None:
    read_by_music21(work)


def test_music21_reads_reference_tunes() -> None:
    task = MelodyTask()
    tokens, length, brief = task.reference_works(16)
    for row in range(len(tokens)):
        work = {"tokens": tokens[row], "length": length[row], "brief": brief[row]}
        read_by_music21(task.artefact_of(work))


def test_saved_by_its_suffix(tmp_path) -> None:
    work = Melody(((0, 4), (4, 4), (7, 8)), "4/4", "major")
    assert ".musicxml" in work.media
    path = work.save(tmp_path / "tune.musicxml")
    assert path.read_text(encoding="utf-8") == musicxml_text(work)
