from __future__ import annotations

import io
import re
import wave
from dataclasses import replace
from typing import Any

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from creative_envs.melody.artefact import Melody
from creative_envs.melody.export import abc_text, midi_bytes, wav_bytes
from creative_envs.melody.export.wav import PEAK, SAMPLE_RATE, TAIL_SECONDS, synthesise
from creative_envs.melody.spelling import Key
from creative_envs.melody.vocabulary import MODES, REST
from tests.melody.melodies import melodies

Events = list[tuple[int, int]]
"""(MIDI pitch or REST, sixteenths)."""


def sounding_events(work: Melody) -> Events:
    return [(p if p == REST else p + work.midi_of_tonic, d) for p, d in work.notes]


# MIDI


def read_midi(content: bytes) -> tuple[Events, dict[str, Any]]:
    file = mido.MidiFile(file=io.BytesIO(content), charset="utf-8")
    assert file.type == 0
    (track,) = file.tracks
    ticks_per_sixteenth = file.ticks_per_beat // 4
    events: Events = []
    facts: dict[str, Any] = {}
    for message in track:
        duration, remainder = divmod(message.time, ticks_per_sixteenth)
        assert remainder == 0
        if message.type == "note_off":
            events.append((message.note, duration))
        elif duration:
            events.append((REST, duration))
        if message.is_meta:
            facts[message.type] = message
    return events, facts


@given(melodies())
@settings(max_examples=100, deadline=None)
def test_midi_round_trip(work: Melody) -> None:
    events, facts = read_midi(midi_bytes(work))
    assert events == sounding_events(work)
    metre = facts["time_signature"]
    assert f"{metre.numerator}/{metre.denominator}" == work.metre
    assert round(mido.tempo2bpm(facts["set_tempo"].tempo)) == work.tempo
    assert facts["text"].text == f"key: {work.key.name}"
    assert facts["track_name"].name == work.title


@pytest.mark.parametrize("mode", MODES)
def test_midi_key_signature_has_the_right_number_of_accidentals(mode: str) -> None:
    for tonic in range(12):
        content = midi_bytes(Melody(((0, 4),), "4/4", mode, tonic=tonic))
        at = content.index(b"\xff\x59\x02") + 3
        signature = int.from_bytes(content[at : at + 1], "big", signed=True)
        assert signature == Key(tonic, mode).signature
        assert content[at + 1] == (mode in ("minor", "dorian"))


def test_midi_accents_follow_the_metre() -> None:
    content = midi_bytes(Melody(((0, 2),) * 8, "4/4", "major"))
    track = mido.MidiFile(file=io.BytesIO(content)).tracks[0]
    loudness = [message.velocity for message in track if message.type == "note_on"]
    assert loudness[0] > loudness[2] == loudness[4] > loudness[1] == loudness[3]


# ABC

_ABC_TOKEN = re.compile(
    r"(?P<mark>\^\^|\^|=|__|_)?(?P<letter>[A-Ga-gz])(?P<octave>[,']*)"
    r"(?P<numerator>\d*)(?P<slash>/?)(?P<denominator>\d*)(?P<tie>-?)"
)
_MARKS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def read_abc_bars(work: Melody, every_octave: bool) -> list[Events]:
    """Reads our ABC by the book, with ties left as negative durations.

    Args:
        work: What was written (its key's signature is taken from it).
        every_octave: Whether an accidental holds for all octaves or for its own only.
    """
    body = abc_text(work).split("\nK:")[1].split("\n", 1)[1]
    assert body.rstrip().endswith("|]")
    bars = []
    for bar in re.split(r"\|\]?", body.replace("\n", ""))[:-1]:
        held: dict[tuple[str, int], int] = {}
        events: Events = []
        matched = 0
        for token in _ABC_TOKEN.finditer(bar):
            matched += len(token.group())
            units = int(token["numerator"] or 1) * 2
            if token["slash"]:
                units //= int(token["denominator"] or 2)
            letter = token["letter"].upper()
            if letter == "Z":
                events.append((REST, units))
                continue
            octave = 4 + token["letter"].islower()
            octave += token["octave"].count("'") - token["octave"].count(",")
            place = (letter, 0 if every_octave else octave)
            if token["mark"]:
                held[place] = _MARKS[token["mark"]]
            accidental = held.get(place, work.key.signature_accidental(letter))
            midi = 12 * (octave + 1) + _SEMITONES[letter] + accidental
            events.append((midi, -units if token["tie"] else units))
        assert matched == len(bar.replace(" ", "")), bar
        bars.append(events)
    return bars


def tied(bars: list[Events]) -> Events:
    """Joins tied notes and neighbouring rests."""
    events: Events = []
    open_tie = False
    for pitch, signed in (event for bar in bars for event in bar):
        if open_tie:
            assert events[-1][0] == pitch
        joins = open_tie or (pitch == REST and events and events[-1][0] == REST)
        if joins:
            events[-1] = (pitch, events[-1][1] + abs(signed))
        else:
            events.append((pitch, abs(signed)))
        open_tie = signed < 0
    assert not open_tie
    return events


@pytest.mark.parametrize("every_octave", [False, True])
@given(work=melodies())
@settings(max_examples=150, deadline=None)
def test_abc_says_the_same_to_every_reader(every_octave: bool, work: Melody) -> None:
    bars = read_abc_bars(work, every_octave)
    assert tied(bars) == sounding_events(work)
    for bar in bars[:-1]:
        assert sum(abs(duration) for _, duration in bar) == work.bar_length
    assert {abs(duration) for bar in bars for _, duration in bar} <= {1, 2, 3, 4, 6, 8, 12, 16}


@given(work=melodies(complete=True))
@settings(max_examples=100, deadline=None)
def test_abc_is_read_back_by_the_corpus_reader(work: Melody) -> None:
    reader = pytest.importorskip("creative_envs.melody.corpus.abc")
    raw = reader.read_tune(abc_text(work))
    assert (raw.tonic, raw.mode) == (work.tonic, work.mode)
    assert "{}/{}".format(*raw.metre) == work.metre
    ticks = [12 * duration for _, duration in work.notes]
    assert list(zip(raw.pitch, raw.ticks, strict=True)) == list(
        zip([pitch for pitch, _ in sounding_events(work)], ticks, strict=True)
    )
    bar_ticks = 12 * work.bar_length
    assert set(range(bar_ticks, 12 * work.length, bar_ticks)) <= set(raw.bar_lines)


def test_abc_by_hand() -> None:
    notes = ((7, 2), (8, 1), (10, 1), (11, 4), (10, 4), (11, 2), (0, 6), (REST, 4), (3, 8))
    work = Melody(notes, "4/4", "minor", tonic=2, title="50 % new", tempo=90)
    assert abc_text(work) == (
        "%abc-2.1\nX:1\nT:50 \\% new\nM:4/4\nL:1/8\nQ:1/4=90\nK:Dm\n"
        "AB/2c/2 ^c2 =c2 ^cD- | D2 z2 F4 |]\n"
    )


def test_abc_ties_fall_on_the_beat_next_to_a_bar_line() -> None:
    work = Melody(((0, 8), (0, 3), (2, 12), (4, 1), (4, 8)), "4/4", "major")
    assert abc_text(work).splitlines()[-1] == "c4 c3/2d/2- d2- | d3- d/2e/2 e4 |]"


def test_abc_tempo_counts_beats() -> None:
    jig = Melody(((0, 12),), "6/8", "major", tempo=150)
    assert "\nQ:3/8=100\n" in abc_text(jig)
    assert "\nQ:1/4=100\n" in abc_text(replace(jig, tempo=100))


def test_abc_beams_stop_at_beats_and_lines_after_four_bars() -> None:
    jig = Melody(((0, 2),) * 36, "6/8", "major", tonic=7)
    assert abc_text(jig).splitlines()[-2:] == [
        "GGG GGG | GGG GGG | GGG GGG | GGG GGG |",
        "GGG GGG | GGG GGG |]",
    ]


def test_abc_of_nothing() -> None:
    assert abc_text(Melody((), "4/4", "major", bars=8)).endswith("K:C\n|]\n")


# WAV

TUNE = Melody(
    ((0, 4), (4, 2), (7, 2), (REST, 8), (12, 1), (11, 1), (9, 2), (7, 4), (4, 8), (-5, 16)),
    "4/4",
    "major",
    tonic=2,
    tempo=120,
)


def read_wav(content: bytes) -> NDArray[np.int16]:
    with wave.open(io.BytesIO(content), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getframerate() == SAMPLE_RATE
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def samples_of(onset: int, end: int, tempo: int = 120) -> slice:
    samples_per_sixteenth = 15 / tempo * SAMPLE_RATE
    return slice(round(onset * samples_per_sixteenth), round(end * samples_per_sixteenth))


@pytest.mark.parametrize("room", [False, True])
def test_wav_lasts_as_long_as_it_should_and_does_not_clip(room: bool) -> None:
    samples = read_wav(wav_bytes(TUNE, room=room))
    assert len(samples) == round((TUNE.seconds + TAIL_SECONDS) * SAMPLE_RATE)
    assert np.abs(samples).max() == pytest.approx(PEAK * 32767, abs=1)
    assert pytest.approx(-3.0) == 20 * np.log10(PEAK)


def test_wav_is_silent_in_rests() -> None:
    rest = samples_of(8, 16)
    assert not read_wav(wav_bytes(TUNE, room=False))[rest].any()
    wet = synthesise(TUNE)
    end_of_rest = wet[samples_of(14, 16)]
    assert np.sqrt(np.mean(end_of_rest**2)) < 0.01 * np.sqrt(np.mean(wet[samples_of(0, 8)] ** 2))


def fundamental(samples: NDArray[np.float64]) -> float:
    """Frequency of the strongest partial in Hz, from a parabola through its spectral peak."""
    n_transform = 1 << 16
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), n_transform))
    peak = int(spectrum.argmax())
    below, at, above = np.log(spectrum[peak - 1 : peak + 2])
    offset = 0.5 * (below - above) / (below - 2 * at + above)
    return float((peak + offset) * SAMPLE_RATE / n_transform)


@pytest.mark.parametrize("room", [False, True])
@pytest.mark.parametrize("tonic", [0, 6, 11])
def test_every_note_has_its_pitch(tonic: int, room: bool) -> None:
    work = replace(TUNE, tonic=tonic)
    sound = synthesise(work, room=room)
    for note in work.sounding:
        heard = fundamental(sound[samples_of(note.onset, note.onset + note.duration)])
        cents = 1200 * np.log2(heard / (440 * 2 ** ((note.midi - 69) / 12)))
        assert abs(cents) < 5, (note, cents)


def test_notes_begin_and_end_without_a_click() -> None:
    for tempo in (120, 400):
        sound = synthesise(replace(TUNE, tempo=tempo), room=False)
        steps = np.abs(np.diff(sound))
        for note in TUNE.sounding:
            for border in (note.onset, note.onset + note.duration):
                at = samples_of(border, border, tempo).start
                assert steps[max(0, at - 3) : at + 3].max() < 0.01, note
        assert steps.max() > 0.1


def test_nothing_aliases() -> None:
    high = Melody(((0, 16),), "4/4", "major", tonic=11)
    sound = synthesise(replace(high, brief={"centre": -24}), room=False)
    heard = np.abs(np.fft.rfft(sound[:16384] * np.hanning(16384))) ** 2
    frequency = 440 * 2 ** ((replace(high, brief={"centre": -24}).midi_pitches[0] - 69) / 12)
    bins = np.arange(len(heard)) * SAMPLE_RATE / 16384
    distance = np.abs(bins - frequency * np.maximum(1, np.rint(bins / frequency)))
    assert frequency > 1800
    assert heard[distance > 40].sum() < 1e-4 * heard.sum()


def test_downbeats_are_louder() -> None:
    sound = synthesise(Melody(((0, 4),) * 4, "4/4", "major"), room=False)
    loudness = [np.abs(sound[samples_of(at, at + 4)]).max() for at in (0, 4, 8)]
    assert loudness[0] > 1.1 * loudness[1]
    assert loudness[1] == pytest.approx(loudness[2], rel=0.01)


def test_sound_of_nothing_is_silence() -> None:
    silent = read_wav(wav_bytes(Melody((), "4/4", "major", bars=8)))
    assert len(silent) == round(TAIL_SECONDS * SAMPLE_RATE)
    assert not silent.any()


def test_equal_melodies_give_equal_files() -> None:
    assert wav_bytes(TUNE) == wav_bytes(replace(TUNE))
    assert midi_bytes(TUNE) == midi_bytes(replace(TUNE))


@given(melodies(max_bars=2))
@settings(max_examples=25, deadline=None)
def test_any_melody_can_be_heard(work: Melody) -> None:
    sound = synthesise(work)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max(initial=0) <= PEAK + 1e-12
