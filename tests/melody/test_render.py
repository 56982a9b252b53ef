from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from creative_envs.core.errors import InvalidArgument
from creative_envs.melody.artefact import Melody
from creative_envs.melody.render import ansi, piano_roll
from creative_envs.melody.render.layout import Layout
from creative_envs.melody.render.palette import note_colour
from creative_envs.melody.vocabulary import METRES, REST
from tests.melody.melodies import melodies

CONTOUR = [0.0, 2.0, 4.0, 6.0, 4.0, 2.0, 0.0, -2.0]
BRIEF = {"centre": 7, "range": 14.0, "contour": CONTOUR}
NOTES = ((7, 4), (5, 4), (REST, 8), (4, 16), (0, 16))


def melody(**attributes: Any) -> Melody:
    return Melody(
        **{"notes": NOTES, "metre": "4/4", "mode": "major", "bars": 8, "brief": BRIEF} | attributes
    )


def drawn_box(work: Melody, index: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a note in the picture."""
    layout = Layout.for_melody(work)
    note = work.sounding[index]
    (system, begin, end), *_ = layout.pieces(note.onset, note.duration)
    top, bottom = layout.row(system, note.pitch)
    return layout.x(begin), top, layout.x(end), bottom


@pytest.mark.parametrize(("bars", "height"), [(4, 504), (8, 504), (12, 892), (16, 892)])
def test_shape_depends_on_the_bars_alone(bars: int, height: int) -> None:
    for metre in METRES:
        for notes in ((), NOTES[:1], ((0, 4), (30, 4))):
            for brief in ({}, BRIEF):
                work = melody(metre=metre, notes=notes, bars=bars, brief=brief)
                picture = piano_roll(work)
                assert picture.shape == (height, 1120, 3)
                assert picture.dtype == np.uint8


@given(melodies())
@settings(max_examples=25, deadline=None)
def test_any_melody_can_be_drawn(work: Melody) -> None:
    assert piano_roll(work).shape == (504, 1120, 3)


def test_notes_have_the_colour_of_their_degree_and_a_dark_front() -> None:
    work = melody()
    picture = piano_roll(work)
    for index, note in enumerate(work.sounding):
        left, top, right, bottom = drawn_box(work, index)
        middle = (top + bottom) // 2
        colour = note_colour(note.pitch, work.key)
        assert tuple(picture[middle, (left + right) // 2]) == colour
        assert picture[middle, left + 2].sum() < 0.7 * sum(colour)


def test_degrees_differ_and_chromatic_notes_are_grey() -> None:
    key = melody().key
    colours = {note_colour(pitch, key) for pitch in (0, 2, 4, 5, 7, 9, 11)}
    assert len(colours) == 7
    assert note_colour(1, key) == note_colour(6, key)
    assert note_colour(1, key) not in colours
    assert note_colour(12, key) == note_colour(0, key)


def test_nothing_is_drawn_in_rests() -> None:
    sounding, silent = (melody(notes=NOTES[:count]) for count in (5, 2))
    layout = Layout.for_melody(sounding)
    _, top, _, bottom = layout.box(0)
    rest = slice(layout.x(8) + 3, layout.x(16) - 1)
    np.testing.assert_array_equal(
        piano_roll(sounding)[top:bottom, rest], piano_roll(silent)[top:bottom, rest]
    )
    note = slice(layout.x(16) + 3, layout.x(32) - 1)
    assert (piano_roll(sounding)[top:bottom, note] != piano_roll(silent)[top:bottom, note]).any()


def test_rows_of_a_growing_melody_stay() -> None:
    whole = melody()
    for count in range(len(NOTES)):
        begun = replace(whole, notes=NOTES[:count])
        assert Layout.for_melody(begun) == Layout.for_melody(whole)


def test_every_note_lies_inside_its_system() -> None:
    work = melody(notes=((0, 12),) * 10 + ((30, 12), (-20, 12)) * 5, metre="3/4", bars=20)
    layout = Layout.for_melody(work)
    pieces = [
        (system, note.pitch, layout.x(begin), layout.x(end))
        for note in work.sounding
        for system, begin, end in layout.pieces(note.onset, note.duration)
    ]
    for system, pitch, begin, end in pieces:
        left, top, right, bottom = layout.box(system)
        row_top, row_bottom = layout.row(system, pitch)
        assert left <= begin < end <= right
        assert top <= row_top < row_bottom <= bottom
    assert layout.box(2)[2] < layout.box(1)[2]


def test_note_is_cut_where_a_system_ends() -> None:
    work = melody(notes=((0, 16),) * 7 + ((0, 12), (4, 8)), bars=16)
    layout = Layout.for_melody(work)
    assert list(layout.pieces(124, 8)) == [(0, 124, 128), (1, 0, 4)]
    picture = piano_roll(work)
    left, top, _, _ = layout.box(1)
    row_top, row_bottom = layout.row(1, 4)
    middle = (row_top + row_bottom) // 2
    assert tuple(picture[middle, left + 3]) == note_colour(4, work.key)
    assert top <= middle


def test_unfinished_melody_has_a_cursor_and_a_finished_one_none() -> None:
    finished = melody(notes=((0, 16),) * 8)
    for work, expected in ((melody(), True), (finished, False)):
        red = (piano_roll(work) == (220, 38, 38)).all(axis=2)
        assert red.any() == expected
    layout = Layout.for_melody(melody())
    columns = np.flatnonzero((piano_roll(melody()) == (220, 38, 38)).all(axis=2).any(axis=0))
    assert abs(columns.mean() - layout.x(48)) <= 1


def test_contour_is_drawn_where_it_was_asked() -> None:
    work = melody(notes=())
    layout = Layout.for_melody(work)
    picture = piano_roll(work)
    colour = (250, 204, 130)
    for point, height in enumerate(CONTOUR):
        x = layout.x(point * 16 + 8)
        y = round(layout.middle(0, 7 + height))
        assert np.abs(picture[y, x].astype(int) - colour).max() <= 8, point
    plain = replace(work, brief={"centre": 7})
    assert not (piano_roll(plain) == colour).all(axis=2).any()
    asked = piano_roll(plain, contour=[7 + height for height in CONTOUR])
    _, top, _, bottom = layout.box(0)
    np.testing.assert_array_equal(asked[top:bottom], picture[top:bottom])


@pytest.mark.parametrize("contour", [[0.0] * 7, [float("nan")] * 8, "contours", [None] * 8])
def test_bad_contours_are_refused(contour: Any) -> None:
    with pytest.raises(InvalidArgument, match="8 finite numbers"):
        piano_roll(melody(), contour=contour)


def test_scores_and_title_show() -> None:
    plain = piano_roll(melody())
    scored = piano_roll(melody(scores={"quality": 0.8, "other": 0.1}))
    assert (plain[:76] != scored[:76]).any()
    np.testing.assert_array_equal(plain[76:], scored[76:])
    unknown = piano_roll(melody(scores={"other": 0.1}))
    np.testing.assert_array_equal(plain, unknown)
    assert (piano_roll(melody(title="Another"))[:76] != plain[:76]).any()


def test_long_texts_stay_inside() -> None:
    scores = dict.fromkeys(("quality", "craft", "adherence", "novelty"), 1.0)
    brief = BRIEF | {f"wish_{number}": "something long" for number in range(30)}
    picture = piano_roll(melody(title="W" * 300, scores=scores, brief=brief))
    paper = picture[0, 0]
    assert (picture[:, -30:] == paper).all()
    gap_before_gauges = slice(585, 615)
    assert (picture[:76, gap_before_gauges] == paper).all()


def test_pictures_are_equal_but_not_shared() -> None:
    first = piano_roll(melody())
    expected = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(piano_roll(melody()), expected)


def plain_rows(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


def test_ansi_draws_every_sixteenth_once() -> None:
    lines = plain_rows(ansi(melody(notes=((7, 4), (7, 4), (REST, 4), (4, 16)))))
    blocks = "".join(lines)
    assert blocks.count("▐") == 3
    assert blocks.count("▐") + blocks.count("█") == 24
    row = next(line for line in lines if line.strip().startswith("G4"))
    assert row.startswith("  G4 │▐███▐███·   ·   │")


def test_ansi_fits_a_terminal() -> None:
    for metre in METRES:
        lines = plain_rows(ansi(melody(metre=metre, notes=NOTES[:2], bars=16)))
        assert max(map(len, lines[1:])) <= 75
        rows = [line for line in lines if line.endswith("│")]
        assert len({len(line) for line in rows}) == 1


@given(melodies())
@settings(max_examples=50, deadline=None)
def test_ansi_counts(work: Melody) -> None:
    text = "\n".join(plain_rows(ansi(work)))
    assert text.count("▐") == len(work.sounding) + work.title.count("▐")
    assert work.key.name in text
