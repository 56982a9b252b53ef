from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.task import Artefact
from creative_envs.melody.artefact import DEFAULT_TEMPI, Melody
from creative_envs.melody.export.document import json_text, melody_from_json
from creative_envs.melody.vocabulary import METRES, MODES, REST
from tests.melody.melodies import melodies

NOTES = ((0, 4), (2, 2), (4, 2), (7, 4), (REST, 4))
BRIEF = {"metre": "4/4", "centre": 7, "contour": [0.1, 0.2], "novelty_weight": np.float32(0.5)}


def melody(**attributes: Any) -> Melody:
    return Melody(**{"notes": NOTES, "metre": "4/4", "mode": "major", "tonic": 2} | attributes)


def test_facts_of_a_melody() -> None:
    work = melody(bars=2)
    assert work.length == 16
    assert work.tempo == DEFAULT_TEMPI["4/4"] == 120
    assert work.seconds == 2.0
    assert not work.complete
    assert melody().bars == 1
    assert melody().complete
    assert work.note_names == ("D4", "E4", "F#4", "A4", "rest")
    assert work.midi_pitches == (62, 64, 66, 69)
    assert [note.onset for note in work.sounding] == [0, 4, 6, 8]
    assert [note.strength for note in work.sounding] == [2, 1, 0, 1]


def test_compound_metre_has_two_beats() -> None:
    work = Melody(((0, 2),) * 6, "6/8", "minor")
    assert [note.strength for note in work.sounding] == [2, 0, 0, 1, 0, 0]


@given(melodies())
@settings(max_examples=100, deadline=None)
def test_sounds_in_a_comfortable_octave(work: Melody) -> None:
    if not work.sounding:
        return
    durations = [note.duration for note in work.sounding]
    mean = np.average(work.midi_pitches, weights=durations)
    assert 64 - 1e-9 <= mean < 76
    for note, midi in zip(work.sounding, work.midi_pitches, strict=True):
        assert (midi - note.pitch - work.tonic) % 12 == 0


def test_growing_melody_keeps_the_octave_of_its_brief() -> None:
    whole = melody(notes=((-5, 16), (19, 16)), brief={"centre": 7})
    begun = replace(whole, notes=whole.notes[:1])
    assert begun.midi_of_tonic == whole.midi_of_tonic
    assert replace(begun, brief={}).midi_of_tonic != whole.midi_of_tonic


def test_from_events_ignores_padding() -> None:
    pitch = np.array([0, 2, 4, 7, REST, REST, REST], np.int8)
    duration = np.array([4, 2, 2, 4, 4, 0, 0], np.int8)
    built = Melody.from_events(
        pitch, duration, 5, METRES.index("4/4"), MODES.index("major"), tonic=2, title="A tune"
    )
    assert built == melody(title="A tune")
    assert all(type(number) is int for note in built.notes for number in note)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], [4, 4], 1, 0, 0), "do not belong together"),
        (([0], [4], 2, 0, 0), "do not belong together"),
        (([0.5], [4], 1, 0, 0), "row of integers"),
        (([[0]], [[4]], 1, 0, 0), "row of integers"),
        (([0], [4], 1, 9, 0), "not an index"),
    ],
)
def test_from_events_refuses(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InvalidWork, match=message):
        Melody.from_events(*arguments)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"notes": ((0, 5),)}, "lasts 5"),
        ({"notes": ((0.5, 4),)}, "whole number"),
        ({"notes": ((REST, 4), (0, 4))}, "rest at the beginning"),
        ({"notes": ((0, 4), (REST, 4), (REST, 4))}, "after another rest"),
        ({"notes": ((0, 16), (0, 16)), "bars": 1}, "raise `bars`"),
        ({"notes": ((-100, 4), (100, 4))}, "MIDI"),
        ({"metre": "5/4"}, "5/4"),
        ({"mode": "lydian"}, "lydian"),
        ({"tonic": 12}, "tonic is 12"),
        ({"tonic": 1.0}, "whole number"),
        ({"tempo": 5}, "tempo is 5"),
        ({"bars": -1}, "bars"),
        ({"scores": {"craft": float("nan")}}, "craft"),
        ({"brief": {"contour": [float("inf")]}}, "finite"),
        ({"provenance": {"tune": object()}}, "object"),
    ],
)
def test_invalid_works_are_refused(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidWork, match=message):
        melody(**attributes)


def test_copies_are_equal_and_do_not_share() -> None:
    scores = {"craft": 0.5}
    work = melody(scores=scores, brief=BRIEF)
    scores["craft"] = 1.0
    assert work.scores == {"craft": 0.5}
    assert pickle.loads(pickle.dumps(work)) == work
    assert copy.deepcopy(work) == work
    assert hash(replace(work)) == hash(work)
    assert work != replace(work, tonic=3)
    assert isinstance(work, Artefact)


def test_json_file_gives_back_an_equal_melody(tmp_path: Path) -> None:
    work = melody(
        title="Pläñ 100 %",
        bars=4,
        scores={"craft": 0.1 + 0.2},
        brief=BRIEF,
        provenance={"checkpoint": "run/last", "seed": 3, "nested": {"a": [1, [2, None]]}},
    )
    assert Melody.load(work.save(tmp_path / "work.json")) == work


@given(melodies())
@settings(max_examples=100, deadline=None)
def test_json_round_trip(work: Melody) -> None:
    assert melody_from_json(json_text(work)) == work


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"format": "creative_envs.melody/1"}',
        json_text(melody()).replace('"4/4"', '"5/4"'),
        json_text(melody()).replace("[0, 4]", "[0]"),
        json_text(melody()).replace('"scores": {}', '"scores": 3'),
    ],
)
def test_damaged_json_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(text)
    with pytest.raises(InvalidWork, match=r"damaged\.json"):
        Melody.load(path)


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [
        (".mid", b"MThd"),
        (".MIDI", b"MThd"),
        (".abc", b"%abc-2.1"),
        (".wav", b"RIFF"),
        (".png", b"\x89PNG"),
        (".json", b"{"),
    ],
)
def test_save_writes_what_the_suffix_says(tmp_path: Path, suffix: str, begins: bytes) -> None:
    path = melody().save(str(tmp_path / f"work{suffix}"))
    assert path.read_bytes().startswith(begins)


def test_unknown_suffix_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"\.mid, \.midi, \.musicxml, \.abc, \.wav,"):
        melody().save(tmp_path / "work.mp3")
    assert not list(tmp_path.iterdir())


def test_save_into_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="create the folder"):
        melody().save(tmp_path / "absent" / "work.mid")


def test_text_is_plain() -> None:
    text = str(melody(title="A tune", bars=2))
    assert text == (
        "A tune (D major, 4/4, 120 quarters a minute, 2 bars, 4 notes, unfinished): "
        "D4:4 E4:2 F#4:2 A4:4 rest:4"
    )
    assert str(melody(notes=())).endswith("0 notes, unfinished)")


def test_notebook_view_is_self_contained_and_escaped() -> None:
    view = melody(title='<script>"')._repr_html_()
    assert "data:image/png;base64,iVBOR" in view
    assert "data:audio/wav;base64,UklGR" in view
    assert "<script>" not in view
    assert "http" not in view


def test_json_is_json() -> None:
    document = json.loads(json_text(melody()))
    assert document["notes"] == [[0, 4], [2, 2], [4, 2], [7, 4], [None, 4]]
