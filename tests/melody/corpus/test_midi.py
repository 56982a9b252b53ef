"""The MIDI reader on small files made for the purpose, and on damaged ones."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.core.errors import MalformedTune
from creative_envs.melody.corpus.admission import Tune, admit
from creative_envs.melody.corpus.midi import read_midi
from creative_envs.melody.corpus.raw import KEY_CHANGE, METRE_CHANGE
from tests.melody.corpus.notation import Z

BEAT = 480
SIXTEENTH = BEAT // 4
Note = tuple[float, float, int]
"""Onset and end in sixteenths, and pitch."""
SCALE: list[Note] = [(2 * i, 2 * i + 2, p) for i, p in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]


def track_of(notes: list[Note], channel: int = 0) -> mido.MidiTrack:
    timed = [(onset, 1, pitch) for onset, _, pitch in notes]
    timed += [(end, 0, pitch) for _, end, pitch in notes]
    track, now = mido.MidiTrack(), 0
    for time, on, pitch in sorted(timed):
        tick = round(time * SIXTEENTH)
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, channel=channel, time=tick - now))
        now = tick
    return track


def save(path: Path, *tracks: mido.MidiTrack, metas: tuple[mido.MetaMessage, ...] = ()) -> Path:
    file = mido.MidiFile(ticks_per_beat=BEAT)
    file.tracks.extend([mido.MidiTrack(metas), *tracks])
    file.save(path)
    return path


def test_notes_and_gaps(tmp_path: Path) -> None:
    notes: list[Note] = [(4, 8, 60), (8, 11, 62), (12, 14, 64), (18, 22, 65)]
    tune = read_midi(save(tmp_path / "a.mid", track_of(notes)))
    assert tune.pitch == (Z, 60, 62, 64, Z, 65)
    assert [ticks // 12 for ticks in tune.ticks] == [4, 4, 4, 2, 4, 4]
    assert tune.metre == (4, 4)
    assert tune.bar_lines == (192,)


def test_played_loosely_it_is_read_on_the_grid(tmp_path: Path) -> None:
    loose = [
        (onset + 0.2 * (-1) ** i, end - 0.4, pitch) for i, (onset, end, pitch) in enumerate(SCALE)
    ]
    loose[0] = (0, 1.7, 60)
    tune = read_midi(save(tmp_path / "a.mid", track_of(loose)))
    assert tune.pitch == tuple(pitch for _, _, pitch in SCALE)
    assert [ticks // 12 for ticks in tune.ticks] == [2] * 8


def test_tempo_does_not_matter(tmp_path: Path) -> None:
    slow = save(
        tmp_path / "a.mid", track_of(SCALE), metas=(mido.MetaMessage("set_tempo", tempo=10**6),)
    )
    fast = save(tmp_path / "b.mid", track_of(SCALE))
    assert read_midi(slow).ticks == read_midi(fast).ticks


def test_top_line_of_the_fullest_track(tmp_path: Path) -> None:
    melody: list[Note] = [(0, 4, 72), (0, 4, 64), (4, 8, 65), (4, 8, 74), (6, 8, 60)]
    drums = track_of([(i, i + 1, 40) for i in range(30)], channel=9)
    bass = track_of([(0, 8, 36)])
    tune = read_midi(save(tmp_path / "a.mid", bass, track_of(melody), drums))
    assert tune.pitch == (72, 74, 60)
    assert [ticks // 12 for ticks in tune.ticks] == [4, 2, 2]
    assert tune.number == "2"


def test_signatures_and_title(tmp_path: Path) -> None:
    metas = (
        mido.MetaMessage("track_name", name="Air"),
        mido.MetaMessage("key_signature", key="F#m"),
        mido.MetaMessage("time_signature", numerator=6, denominator=8),
    )
    tune = read_midi(save(tmp_path / "a.mid", track_of(SCALE), metas=metas))
    assert (tune.title, tune.tonic, tune.mode, tune.metre) == ("Air", 6, "minor", (6, 8))
    assert tune.bar_lines == (144,)
    assert not tune.remarks


def test_key_is_estimated_where_there_is_no_signature(tmp_path: Path) -> None:
    transposed = [(onset, end, pitch + 3) for onset, end, pitch in [*SCALE, (16, 32, 60)]]
    tune = read_midi(save(tmp_path / "eflat.mid", track_of(transposed)))
    assert (tune.tonic, tune.mode, tune.title) == (3, "major", "eflat")


def test_changes_are_remarked(tmp_path: Path) -> None:
    metas = tuple(
        [mido.MetaMessage("key_signature", key=key) for key in ("C", "G")]
        + [mido.MetaMessage("time_signature", numerator=n, denominator=4) for n in (3, 4)]
    )
    tune = read_midi(save(tmp_path / "a.mid", track_of(SCALE), metas=metas))
    assert tune.remarks == {KEY_CHANGE, METRE_CHANGE}


def test_usable_tune(tmp_path: Path) -> None:
    notes = [(8 * i, 8 * i + 8, p) for i, p in enumerate((60, 64, 67, 72, 67, 64, 62, 60))]
    outcome = admit(read_midi(save(tmp_path / "a.mid", track_of(notes))), "test")
    assert isinstance(outcome, Tune)
    assert outcome.pitch == (0, 4, 7, 12, 7, 4, 2, 0)
    assert outcome.pickup == 0


def test_unusable_files(tmp_path: Path) -> None:
    with pytest.raises(MalformedTune, match=r"empty\.mid: no notes"):
        read_midi(save(tmp_path / "empty.mid"))
    with pytest.raises(MalformedTune, match=r"drums\.mid: no notes, percussion apart"):
        read_midi(save(tmp_path / "drums.mid", track_of(SCALE, channel=9)))
    with pytest.raises(MalformedTune, match=r"none\.mid"):
        read_midi(tmp_path / "none.mid")


@pytest.mark.parametrize(
    "content", [b"", b"MThd", b"This is not MIDI", b"MThd\0\0\0\x06\0\1\0\1\0\0"]
)
def test_not_midi(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.mid"
    path.write_bytes(content)
    with pytest.raises(MalformedTune, match=r"bad\.mid"):
        read_midi(path)


def test_time_code_division(tmp_path: Path) -> None:
    path = save(tmp_path / "smpte.mid", track_of(SCALE))
    content = bytearray(path.read_bytes())
    content[12:14] = b"\xe7\x28"
    path.write_bytes(content)
    with pytest.raises(MalformedTune, match="seconds"):
        read_midi(path)


def test_truncated_file(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.mid", track_of(SCALE)).read_bytes()
    for kept in range(0, len(whole) - 4, 5):
        path = tmp_path / "cut.mid"
        path.write_bytes(whole[:kept])
        with pytest.raises(MalformedTune, match=r"cut\.mid"):
            read_midi(path)


def test_enormous_times_are_refused(tmp_path: Path) -> None:
    notes: list[Note] = [(0, 2, 60), (500_000, 500_002, 62)]
    with pytest.raises(MalformedTune, match="hundreds of bars"):
        read_midi(save(tmp_path / "long.mid", track_of(notes)))


@settings(max_examples=200, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6))
def test_damaged_file_is_read_or_refused(
    edits: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = save(tmp_path_factory.mktemp("midi") / "damaged.mid", track_of(SCALE))
    content = bytearray(path.read_bytes())
    for position, value in edits:
        content[position % len(content)] = value
    path.write_bytes(content)
    try:
        tune = read_midi(path)
    except MalformedTune as fault:
        assert "damaged.mid" in str(fault)
    else:
        assert 0 < len(tune.pitch) == len(tune.ticks)
        assert isinstance(admit(tune, "test"), (Tune, str))
