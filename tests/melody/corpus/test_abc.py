"""The ABC reader on hand-written music."""

from __future__ import annotations

from pathlib import Path

import pytest

from creative_envs.melody.corpus.abc import read_abc, read_tune, read_tunes
from creative_envs.melody.corpus.abc_fields import parse_key
from creative_envs.melody.corpus.raw import CHORDS, KEY_CHANGE, METRE_CHANGE, OFF_TICK, VOICES
from tests.melody.corpus.notation import Z, abc, parse, pitches, sixteenths


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("C D E c c' C, C,,", [60, 62, 64, 72, 84, 48, 36]),
        ("^F _B ^^C __D =E", [66, 70, 62, 60, 64]),
    ],
)
def test_pitches(music: str, expected: list[int]) -> None:
    assert pitches(music) == expected


@pytest.mark.parametrize(
    ("key", "music", "expected"),
    [
        ("D", "F C G", [66, 61, 67]),
        ("Bb", "B E A", [70, 63, 69]),
        ("Gm", "B E A", [70, 63, 69]),
        ("A Dorian", "F C", [66, 60]),
        ("DMix", "F C", [66, 60]),
        ("Ephr", "F", [65]),
        ("F#m", "F C G D", [66, 61, 68, 62]),
        ("Ab", "A B D E G", [68, 70, 61, 63, 67]),
        ("D =c", "F C", [66, 60]),
        ("D exp ^g", "F G", [65, 68]),
        ("Hp", "F C", [66, 61]),
        ("G clef=bass", "F", [66]),
        ("none", "F", [65]),
    ],
)
def test_key_signature(key: str, music: str, expected: list[int]) -> None:
    assert pitches(music, key) == expected


@pytest.mark.parametrize(
    ("text", "tonic", "mode"),
    [
        ("C", 0, "major"),
        ("Gm", 7, "minor"),
        ("E Minor", 4, "minor"),
        ("F#m", 6, "minor"),
        ("Bb", 10, "major"),
        ("Cb", 11, "major"),
        ("ADor", 9, "dorian"),
        ("Dmixm", 2, "mixolydian"),
        ("EM", 4, "major"),
        ("Glyd", 7, "lydian"),
        ("Bn", None, None),
        ("none", None, None),
        ("", None, None),
    ],
)
def test_tonic_and_mode(text: str, tonic: int | None, mode: str | None) -> None:
    key = parse_key(text)
    assert (key.tonic, key.mode) == (tonic, mode)


def test_accidental_lasts_to_the_end_of_its_bar() -> None:
    assert pitches("^F F G F | F") == [66, 66, 67, 66, 65]


def test_accidental_holds_in_every_octave_until_cancelled() -> None:
    assert pitches("^F f =f F") == [66, 78, 77, 65]


def test_natural_overrides_the_signature_within_its_bar() -> None:
    assert pitches("=F F | F", "G") == [65, 65, 66]


def test_tie_carries_its_accidental_over_the_bar_line() -> None:
    tune = parse("^F4-|F4 F4")
    assert tune.pitch == (66, 65)
    assert tune.ticks == (96, 48)


def test_tie_between_different_pitches_is_a_slur() -> None:
    assert pitches("C-D") == [60, 62]


def test_repeated_notes_are_not_tied() -> None:
    assert sixteenths("C2 C2") == [2, 2]


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("C C2 C3 C/ C// C3/2 C/4 C3/", [1, 2, 3, 0.5, 0.25, 1.5, 0.25, 1.5]),
        ("C4>D4", [6, 2]),
        ("C4<D4", [2, 6]),
        ("C4>>D4", [7, 1]),
        ("C4>{g}D4", [6, 2]),
        ("C2-C4>D4", [8, 2]),
        ("(3CDE F", [2 / 3, 2 / 3, 2 / 3, 1]),
        ("(3:2:2C2D F", [4 / 3, 2 / 3, 1]),
        ("(2CD", [1.5, 1.5]),
        ("(4CDEF", [0.75] * 4),
        ("(3C>DE", [1, 1 / 3, 2 / 3]),
    ],
)
def test_durations(music: str, expected: list[float]) -> None:
    assert sixteenths(music) == pytest.approx(expected)


def test_quintuplet_takes_the_time_of_two_or_in_compound_metre_of_three() -> None:
    assert sum(sixteenths("(5C4D4E4F4G4", metre="4/4")) == pytest.approx(8, abs=0.1)
    assert sum(sixteenths("(5C4D4E4F4G4", metre="6/8")) == pytest.approx(12, abs=0.1)
    assert OFF_TICK in parse("(5CDEFG").remarks


@pytest.mark.parametrize(("metre", "expected"), [("6/8", 2), ("3/4", 2), ("2/4", 1), ("C|", 2)])
def test_unit_length_follows_from_the_metre(metre: str, expected: int) -> None:
    assert read_tune(f"X:1\nM:{metre}\nK:C\nC\n").ticks == (12 * expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("C", (4, 4)), ("C|", (2, 2)), ("6/8", (6, 8)), ("2+3/8", (5, 8)), ("none", None)],
)
def test_metre(text: str, expected: tuple[int, int] | None) -> None:
    assert parse("C", metre=text).metre == expected


def test_rests_are_joined() -> None:
    tune = parse("C z z2 D x2 Z | E")
    assert tune.pitch == (60, Z, 62, Z, 64)
    assert tune.ticks == (12, 36, 12, 12 * 18, 12)


def test_bar_lines_of_all_kinds_are_found() -> None:
    tune = parse("C2|D4|]E4||F4:|G4::A4|:B4[|C4:|:D4|")
    assert [line // 24 for line in tune.bar_lines] == [1, 3, 5, 7, 9, 11, 13, 15, 17]


@pytest.mark.parametrize(
    "music",
    [
        "C2D2|1 E4:|2 F4|| G4",
        "C2D2|1E4 :|2F4 || G4",
        "C2D2 | [1 E4 :| [2 F4 || G4",
        "C2D2|1,3 E4 :|2,4 F4 || G4",
        "C2D2|\\\n1 E4:|2 F4|| G4",
    ],
)
def test_of_alternative_endings_the_last_is_kept(music: str) -> None:
    tune = parse(music)
    assert tune.pitch == (60, 62, 65, 67)
    assert tune.bar_lines == (48, 96)


def test_each_part_has_endings_of_its_own() -> None:
    assert pitches("C|1D:|2E||F|1G:|2A||B") == [60, 64, 65, 69, 71]


def test_inline_fields_and_field_lines() -> None:
    tune = parse("C[L:1/8]C\nL:1/4\nC")
    assert tune.ticks == (12, 24, 48)
    assert KEY_CHANGE in parse("C[K:D]F").remarks
    assert parse("C[K:D]F").pitch == (60, 66)
    assert METRE_CHANGE in parse("C\nM:3/4\nD").remarks
    assert parse("[M:3/4]C").metre == (3, 4)
    assert not parse("C[K:C]D[M:4/4]E[P:A]").remarks


def test_what_is_not_melody_is_passed_over() -> None:
    music = '"Am7"!trill!~.(C {cd}uDv) "^SEGUE"E`F y + $ %comment ABC\nw: A-bc de\nP:B\nHG'
    assert pitches(music) == [60, 62, 64, 65, 67]


def test_line_of_music_may_begin_like_a_field() -> None:
    assert pitches("C|\nD:|E") == [60, 62, 64]


def test_chords_and_voices_are_remarked() -> None:
    chord = parse("[CEG]2 [C2]")
    assert chord.remarks == {CHORDS}
    assert chord.pitch == (67, 60)
    assert chord.ticks == (24, 24)
    assert VOICES in parse("V:1\nC\nV:2\nE").remarks
    assert VOICES in parse("CD & EF").remarks
    assert not parse("V:1\nC\nV:1\nE").remarks


def test_file_of_several_tunes_with_a_faulty_one(tmp_path: Path) -> None:
    path = tmp_path / "tunes.abc"
    good = "X:{}\nT:First\nT:Second\nK:G\nGABc\n\n"
    path.write_text(
        "%abc-2.1\nM:6/8\nL:1/16\n\n" + good.format(1) + "X:2\nno key\n\n" + good.format(3)
    )
    tunes, faults = read_abc(path)
    assert [tune.number for tune in tunes] == ["1", "3"]
    assert tunes[0].title == "First"
    assert tunes[0].metre == (6, 8)
    assert tunes[0].ticks[0] == 12
    assert [str(fault) for fault in faults] == [
        "tunes.abc, X:2: no K: field; every ABC tune needs one after its other header fields"
    ]


def test_text_without_number_is_one_tune() -> None:
    tunes, faults = read_tunes("T:Fragment\nK:G\nGABc", "fragment.abc")
    assert len(tunes) == 1
    assert not faults


def test_latin_1_and_byte_order_mark(tmp_path: Path) -> None:
    latin = tmp_path / "latin.abc"
    latin.write_bytes(abc("C", title="Sl\xe1inte").encode("latin-1"))
    assert read_abc(latin)[0][0].title == "Sl\xe1inte"
    marked = tmp_path / "marked.abc"
    marked.write_bytes(b"\xef\xbb\xbf" + abc("C", title="Sl\xe1inte").encode())
    assert read_abc(marked)[0][0].title == "Sl\xe1inte"
