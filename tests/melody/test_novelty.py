"""Novelty against hand-computed cases, brute force, and the shipped corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.core.errors import EmptyCorpus, InvalidArgument
from creative_envs.melody.corpus.tunes import TRAIN, TuneBook, offsets
from creative_envs.melody.corpus.tunes import load_default as load_book
from creative_envs.melody.corpus.windows import Windows, cut_windows
from creative_envs.melody.novelty.kernels import DISGUISE, originality
from creative_envs.melody.novelty.library import (
    NEW_DISTANCE,
    TERM_NAMES,
    Novelty,
    ReferenceLibrary,
    load_default,
    memory,
    memory_size,
)
from creative_envs.melody.vocabulary import REST

BARS = 2
BAR = 16
EVENTS = 40

Events = list[tuple[int, int]]
"""A melody as (pitch or REST, sixteenths)."""

SCALE: Events = [(p, 4) for p in (0, 2, 4, 5, 7, 9, 11, 12)]
THEME = [0, 4, 2, 5, 4, 7, 11, 9, 12, 7, 5, 9, 2, 4, 0, -1, 2, 7, 4, 0, 5, 2, -3, -1, 0, 7, 9, 4]
"""Its intervals never repeat a cell, so every 12 of them can be recognised."""


def eighths(pitches: list[int]) -> Events:
    return [(p, 2) for p in pitches]


def windows(*works: Events, tunes: list[int] | None = None) -> Windows:
    pitch = np.full((len(works), EVENTS), REST, np.int8)
    duration = np.zeros((len(works), EVENTS), np.int8)
    for row, work in enumerate(works):
        for event, (height, sixteenths) in enumerate(work):
            pitch[row, event] = height
            duration[row, event] = sixteenths
    n = len(works)
    return Windows(
        pitch=pitch,
        duration=duration,
        length=np.array([len(work) for work in works], np.int32),
        metre=np.zeros(n, np.int8),
        mode=np.zeros(n, np.int8),
        tune=np.array(range(n) if tunes is None else tunes, np.int32),
        bars=BARS,
    )


def book(*tunes: Events) -> TuneBook:
    n = len(tunes)
    lines = [range(0, sum(d for _, d in tune) * 12 + 1, BAR * 12) for tune in tunes]
    zeros = np.zeros(n, np.int8)
    return TuneBook(
        pitch=np.array([p for tune in tunes for p, _ in tune], np.int8),
        ticks=np.array([12 * d for tune in tunes for _, d in tune], np.int16),
        offset=offsets(len(tune) for tune in tunes),
        bar_line=np.array([tick for line in lines for tick in line], np.int32),
        bar_offset=offsets(len(line) for line in lines),
        upbeat=np.zeros(sum(len(line) for line in lines), np.int16),
        metre=zeros,
        mode=zeros.copy(),
        tonic=zeros.copy(),
        pickup=np.zeros(n, np.int16),
        family=np.arange(n, dtype=np.int32),
        split=zeros.copy(),
        collection=np.full(n, "hand"),
        title=np.array([f"tune {i}" for i in range(n)]),
        id=np.array([str(i) for i in range(n)]),
    )


def library(*tunes: Events) -> ReferenceLibrary:
    """A library whose windows are whole tunes."""
    return ReferenceLibrary.build(windows(*tunes), book(*tunes))


def score(reference: ReferenceLibrary, *works: Events, earlier: Sequence[Events] = ()) -> Novelty:
    batch = windows(*works)
    portfolio = np.zeros((len(works), len(earlier), 1 + memory_size(EVENTS)), np.float32)
    if earlier:
        portfolio[:, :, 0] = 1.0
        portfolio[:, :, 1:] = remember(*earlier)
    return reference.score(batch.pitch, batch.duration, batch.length, portfolio)


def remember(*works: Events) -> np.ndarray:
    batch = windows(*works)
    return memory(batch.pitch, batch.duration, batch.length)


def term(scored: Novelty, name: str) -> list[float]:
    return scored.terms[:, TERM_NAMES.index(name)].tolist()


def transpose(work: Events, semitones: int) -> Events:
    return [(p if p == REST else p + semitones, d) for p, d in work]


# Brute force, in the words of the definition.


def intervals_of(work: Events) -> list[int]:
    heights = [p for p, _ in work if p != REST]
    return [max(-15, min(15, b - a)) for a, b in pairwise(heights)]


def grams_of(work: Events) -> set[tuple[int, ...]]:
    steps = intervals_of(work)
    return {tuple(steps[i : i + 4]) for i in range(len(steps) - 3)}


def distance_between(work: Events, other: Events) -> float:
    a, b = grams_of(work), grams_of(other)
    return 1.0 - len(a & b) / len(a | b) if a | b else 1.0


def longest_run_between(work: Events, tune: Events) -> int:
    ours, theirs = intervals_of(work), intervals_of(tune)
    longest = 0
    for i in range(len(ours)):
        for j in range(len(theirs)):
            run = 0
            for a, b in zip(ours[i:], theirs[j:], strict=False):
                if a != b:
                    break
                run += 1
            stretches = (ours[i + k : i + k + 12] for k in range(run - 11))
            if any(not is_cell_repeated(stretch) for stretch in stretches):
                longest = max(longest, run)
    return longest


def is_cell_repeated(stretch: list[int]) -> bool:
    return any(stretch[period:] == stretch[:-period] for period in (1, 2, 3, 4))


def bars_of(work: Events) -> list[tuple[tuple[int, int, int], ...]]:
    bars: dict[int, list[tuple[int, int, int]]] = {}
    onset = 0
    for height, sixteenths in work:
        if height != REST:
            bars.setdefault(onset // BAR, []).append((onset % BAR, sixteenths, height))
        onset += sixteenths
    return [
        tuple((at, lasts, height - bar[0][2]) for at, lasts, height in bar)
        for bar in bars.values()
        if len(bar) >= 4
    ]


@st.composite
def melodies(draw: st.DrawFn) -> Events:
    """Two bars from a small stock of pitches, so that works share material."""
    work: Events = []
    left = BARS * BAR
    while left > 0:
        sixteenths = draw(st.sampled_from([d for d in (1, 2, 2, 2, 4) if d <= left]))
        may_rest = bool(work) and work[-1][0] != REST
        stock = (0, 0, 2, 4, 5, 21) + ((REST,) if may_rest else ())
        work.append((draw(st.sampled_from(stock)), sixteenths))
        left -= sixteenths
    return work


@settings(max_examples=60, deadline=None)
@given(
    tunes=st.lists(melodies(), min_size=1, max_size=5),
    works=st.lists(melodies(), min_size=1, max_size=3),
    quoted=st.booleans(),
)
def test_equals_brute_force(tunes: list[Events], works: list[Events], quoted: bool) -> None:
    if quoted:
        works = [*works, transpose(tunes[0][len(tunes[0]) // 3 :], 1), tunes[-1]]
    scored = score(library(*tunes), *works, earlier=tunes[:1])
    for row, work in enumerate(works):
        if not grams_of(work):
            assert scored.novelty[row] == 0.0
            continue
        distances = [distance_between(work, tune) for tune in tunes]
        assert scored.terms[row, 0] == pytest.approx(min(distances), abs=1e-6)
        assert scored.terms[row, 1] == pytest.approx(distances[0], abs=1e-6)
        run = max(longest_run_between(work, tune) for tune in tunes)
        assert scored.terms[row, 2] == run
        if min(distances) < 1.0:
            assert distances[scored.nearest[row]] == min(distances)
        else:
            assert scored.nearest[row] == -1
        expected = (min(distances) - 0.55) / (0.8 - 0.55)
        expected = min(1.0, max(0.0, expected)) * originality(run, len(intervals_of(work)))
        assert scored.novelty[row] == pytest.approx(expected, abs=1e-5)
        if sum(d for _, d in work) == BARS * BAR:
            known = {bar for tune in tunes for bar in bars_of(tune)}
            copied = sum(bar in known for bar in bars_of(work)) / BARS
            assert scored.terms[row, 4] == pytest.approx(copied)


def test_distance_by_hand() -> None:
    # Steps 2 2 1 2 2 against 2 2 1 2 -2: one of three different 4-grams is shared.
    reference = library(eighths([0, 2, 4, 5, 7, 9]))
    scored = score(reference, eighths([0, 2, 4, 5, 7, 5]))
    assert term(scored, "library_distance") == pytest.approx([2 / 3])
    assert term(scored, "originality") == [1.0]
    assert scored.novelty == pytest.approx([(2 / 3 - 0.55) / 0.25], abs=1e-5)


def test_names_the_nearest_reference() -> None:
    reference = library(eighths([0, 7, 0, 7, 0, 7, 0]), SCALE, eighths([0, 1, 2, 3, 4, 5, 6]))
    scored = score(reference, transpose(SCALE, 3), eighths([0, 11, 1, 10, 2, 9]))
    assert scored.nearest.tolist() == [1, -1]
    assert reference.source(1) == "tune 1 (hand)"
    assert len(reference) == 3


def test_intervals_beyond_the_widest_are_one_kind() -> None:
    wide = eighths([0, 16, 0, 17, 0, 18])
    wider = eighths([0, 20, 0, 24, 0, 23])
    assert term(score(library(wide), wider), "library_distance") == [0.0]


def test_rests_and_durations_do_not_hide_a_copy() -> None:
    rested = [event for p, _ in SCALE for event in ((p, 2), (REST, 2))]
    assert score(library(SCALE), rested).novelty.tolist() == [0.0]


@pytest.mark.parametrize("semitones", [-7, 0, 5])
def test_a_transposed_copy_is_not_new(semitones: int) -> None:
    reference = library(eighths(THEME[:16]), SCALE)
    assert score(reference, transpose(SCALE, semitones)).novelty.tolist() == [0.0]


def test_a_copy_from_inside_a_longer_tune_is_not_new() -> None:
    rng = np.random.default_rng(3)
    tune = eighths([*np.cumsum(rng.integers(-4, 5, 64)).clip(-12, 24).tolist()])
    first_window, second_window = tune[:16], tune[16:32]
    reference = ReferenceLibrary.build(
        windows(first_window, second_window, tunes=[0, 0]), book(tune)
    )
    scored = score(reference, transpose(tune[40:56], 2))
    assert term(scored, "library_distance")[0] > reference.new_distance
    assert term(scored, "longest_run") == [15.0]
    assert scored.novelty.tolist() == [0.0]


def test_a_run_does_not_go_on_into_the_next_tune() -> None:
    reference = library(eighths(THEME[:14]), eighths(THEME[14:]))
    assert term(score(reference, eighths(THEME)), "longest_run") == [13.0]
    assert term(score(library(eighths(THEME)), eighths(THEME)), "longest_run") == [27.0]


@pytest.mark.parametrize("cell", [[0], [0, 2], [0, 4, 7], [0, 7, 4, 7]])
def test_common_stock_is_no_quotation(cell: list[int]) -> None:
    figure = eighths((cell * 20)[:20])
    assert term(score(library(figure), figure), "longest_run") == [0.0]


def test_common_stock_counts_within_a_quotation() -> None:
    tune = eighths(THEME[:10] + [9] * 14)
    work = eighths([3, 9, *THEME[:10], *[9] * 14])
    assert term(score(library(tune), work), "longest_run") == [23.0]
    # Heard from its end: the run is found from the last stretch that is not common stock.
    tail = eighths([9] * 14 + THEME[:10])
    assert term(score(library(tail), tail), "longest_run") == [23.0]
    # And where other stretches of the work, which were looked for in vain, precede it.
    after_another = eighths(THEME[11:27]) + tail
    assert term(score(library(tail), after_another), "longest_run") == [23.0]


@pytest.mark.parametrize(
    ("run", "n_intervals", "expected"),
    [
        (0, 4, 1.0),
        (12, 20, 1.0),
        (16, 20, 0.5),
        (20, 20, 0.0),
        (14, 40, 1.0),
        (19, 40, 0.5),
        (24, 40, 0.0),
        (35, 100, 1.0),
        (60, 100, 0.0),
        (13, 14, 0.5),
        (14, 14, 0.0),
        (12, 12, 0.0),
    ],
)
def test_originality_by_hand(run: int, n_intervals: int, expected: float) -> None:
    assert originality(run, n_intervals) == pytest.approx(expected)


def test_a_copied_bar_is_flagged() -> None:
    bar = [(0, 4), (4, 2), (2, 2), (7, 8)]
    other = [(0, 2), (1, 2), (6, 4), (0, 8)]
    reference = library(SCALE[:4] + bar)
    assert term(score(reference, transpose(bar, 5) + other), "copied_bars") == [0.5]
    assert term(score(reference, other + bar), "copied_bars") == [0.5]
    assert term(score(reference, bar + bar), "copied_bars") == [1.0]


def test_a_bar_is_copied_only_note_for_note() -> None:
    reference = library([(0, 4), (4, 2), (2, 2), (7, 8), *SCALE[4:]])
    other_rhythm = [(0, 2), (4, 4), (2, 2), (7, 8)]
    shifted = [(REST, 2), (0, 4), (4, 2), (2, 2), (7, 6)]
    for bar in (other_rhythm, shifted):
        assert term(score(reference, [(0, 16), *bar]), "copied_bars") == [0.0]


def test_bars_of_three_notes_are_nobodys() -> None:
    bar = [(9, 4), (11, 4), (12, 8)]
    work = bar + bar
    assert term(score(library(work), work), "copied_bars") == [0.0]


def test_a_note_in_front_changes_little() -> None:
    reference = library(eighths(THEME), SCALE)
    before = score(reference, eighths(THEME[:24]))
    after = score(reference, eighths([12, *THEME[:24]]))
    assert term(after, "longest_run") == term(before, "longest_run") == [23.0]
    assert 0.0 < term(after, "library_distance")[0] - term(before, "library_distance")[0] < 0.06
    assert after.novelty.tolist() == before.novelty.tolist() == [0.0]


def test_repeating_an_own_work_is_not_new() -> None:
    reference = library(SCALE)
    work = eighths(THEME[:16])
    fresh, repeated = score(reference, work), score(reference, work, earlier=[SCALE, work])
    assert fresh.novelty.tolist() == [1.0]
    assert term(fresh, "own_distance") == [1.0]
    assert term(repeated, "own_distance") == [0.0]
    assert repeated.novelty.tolist() == [0.0]
    assert score(reference, transpose(work, -4), earlier=[work]).novelty.tolist() == [0.0]


def test_empty_portfolio_slots_do_not_count() -> None:
    reference, work = library(SCALE), eighths(THEME[:16])
    batch = windows(work)
    slots = np.zeros((1, 3, 1 + memory_size(EVENTS)), np.float32)
    slots[0, 1, 1:] = remember(work)[0]
    events = (batch.pitch, batch.duration, batch.length)
    unfilled, none = reference.score(*events, slots), reference.score(*events)
    np.testing.assert_array_equal(unfilled.terms, none.terms)
    slots[0, 1, 0] = 1.0
    assert reference.score(*events, slots).novelty.tolist() == [0.0]


def test_memory_is_an_observation_of_fixed_size() -> None:
    remembered = remember(SCALE, eighths(THEME), [(0, 32)])
    assert remembered.shape == (3, memory_size(EVENTS)) == (3, 45)
    assert remembered.dtype == np.float32
    assert remembered.min() >= 0.0 and remembered.max() <= 1.0
    assert (remembered[0, :8] * 31).round().astype(int).tolist() == [18, 18, 17, 18, 18, 18, 17, 0]
    assert not remembered[2, : EVENTS - 1].any()


def test_a_batch_is_its_works_one_by_one() -> None:
    reference = library(SCALE, eighths(THEME))
    works = [SCALE, eighths(THEME[3:20]), [(0, 32)], eighths([0, 11, 1, 10, 2, 9]), SCALE]
    together = score(reference, *works, earlier=[eighths(THEME[4:])])
    for row, work in enumerate(works):
        alone = score(reference, work, earlier=[eighths(THEME[4:])])
        assert alone.novelty[0] == together.novelty[row]
        assert alone.nearest[0] == together.nearest[row]
        np.testing.assert_array_equal(alone.terms[0], together.terms[row])


@pytest.mark.parametrize(
    "work",
    [[], [(0, 32)], [(REST, 32)], [(0, 8)] * 4, [(0, 8), (REST, 8), (2, 8), (4, 8)]],
    ids=["empty", "one note", "silence", "four notes", "three notes"],
)
def test_too_few_notes_are_nothing_new(work: Events) -> None:
    scored = score(library(SCALE), work, earlier=[SCALE, work])
    assert scored.novelty.tolist() == [0.0]
    assert scored.nearest.tolist() == [-1]
    assert not scored.terms.any()


def test_repeated_notes_are_scored_without_harm() -> None:
    scored = score(library([(0, 2)] * 16, SCALE), [(5, 1)] * 32, [(5, 4), *SCALE[1:]])
    assert np.isfinite(scored.terms).all()
    assert scored.novelty[0] == 0.0


def test_a_library_cannot_be_empty_or_of_endless_works() -> None:
    nothing = windows(SCALE)[np.zeros(1, np.bool_)]
    with pytest.raises(EmptyCorpus, match="at least one window"):
        ReferenceLibrary.build(nothing, book(SCALE))
    long = windows(SCALE)
    endless = replace(
        long,
        pitch=np.full((1, 400), REST, np.int8),
        duration=np.zeros((1, 400), np.int8),
    )
    with pytest.raises(InvalidArgument, match="at most 21 bars"):
        ReferenceLibrary.build(endless, book(SCALE))


def test_held_out_works_set_the_scale() -> None:
    # Two kinds of held-out works, at distances 2/3 (a quarter of them, and some more) and 1.
    near, far = eighths([0, 2, 4, 5, 7, 5]), eighths([0, 11, 1, 10, 2, 9])
    tune = eighths([0, 2, 4, 5, 7, 9])
    held_out = windows(*[near] * 15, *[far] * 30)
    scaled = ReferenceLibrary.build(windows(tune), book(tune), held_out)
    assert scaled.new_distance == pytest.approx(2 / 3)
    assert score(scaled, near, far, tune).novelty == pytest.approx([1.0, 1.0, 0.0])
    assert scaled.sha256 != library(tune).sha256
    too_few = ReferenceLibrary.build(windows(tune), book(tune), held_out[:39])
    assert too_few.new_distance == NEW_DISTANCE == 0.8
    copies = ReferenceLibrary.build(windows(tune), book(tune), windows(*[tune] * 50))
    assert copies.new_distance == DISGUISE
    assert score(copies, tune).novelty.tolist() == [0.0]


def test_the_hash_tells_libraries_apart() -> None:
    theme = eighths(THEME)
    assert library(SCALE, theme).sha256 == library(SCALE, theme).sha256
    assert library(SCALE, theme).sha256 != library(SCALE, theme[:-1]).sha256
    # A bar that differs in rhythm alone changes only what is found among copied bars.
    assert library(SCALE).sha256 != library([(0, 2), (2, 6), *SCALE[2:]]).sha256


def test_scoring_writes_into_none_of_its_inputs() -> None:
    reference = library(SCALE, eighths(THEME))
    hashed = reference.sha256
    copies = [array.copy() for array in reference.arrays]
    score(reference, SCALE, eighths(THEME[5:]), earlier=[SCALE])
    for array, copy in zip(reference.arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert reference.sha256 == hashed


def test_shipped_library_knows_its_own_windows() -> None:
    reference = load_default()
    shipped = load_book()
    train = shipped.select(shipped.split == TRAIN)
    works = cut_windows(train)
    sounding = works.pitch != REST
    moved = np.where(sounding, works.pitch + 2, REST).astype(np.int8)
    scored = reference.score(moved, works.duration, works.length)
    assert not scored.novelty.any()
    assert not scored.terms[:, 0].any()
    inside = cut_windows(train, stride_bars=1)
    assert not reference.score(inside.pitch, inside.duration, inside.length).novelty.any()
