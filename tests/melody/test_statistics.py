"""RL Tuner's statistics by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from creative_envs.melody.statistics import (
    HOLD,
    PUBLISHED,
    STATISTIC_NAMES,
    autocorrelation,
    format_table,
    rl_tuner_statistics,
    to_grid,
)
from creative_envs.melody.vocabulary import REST

Events = list[tuple[int, int]]


def statistics(*works: Events, mode: int = 0) -> dict[str, float]:
    longest = max(1, *(len(work) for work in works))
    pitch = np.full((len(works), longest), REST, np.int8)
    duration = np.zeros((len(works), longest), np.int8)
    for row, work in enumerate(works):
        for event, (height, sixteenths) in enumerate(work):
            pitch[row, event], duration[row, event] = height, sixteenths
    n = len(works)
    lengths = np.array([len(work) for work in works], np.int32)
    return rl_tuner_statistics(
        pitch, duration, lengths, np.zeros(n, np.int8), np.full(n, mode, np.int8)
    )


def quavers(*pitches: int) -> Events:
    return [(p, 1) for p in pitches]


def test_the_grid_strikes_and_holds() -> None:
    grid = to_grid(np.array([0, REST, 5], np.int8), np.array([2, 3, 1], np.int8))
    assert grid.tolist() == [0, HOLD, REST, HOLD, HOLD, 5]


def test_a_hold_is_excessive_from_the_sixth_on() -> None:
    # A note of 8 steps is struck once and held 7 times; holds 6 and 7 repeat more than 4 others.
    assert statistics([(0, 8)])["notes excessively repeated"] == pytest.approx(100 * 2 / 8)
    assert statistics([(0, 6)])["notes excessively repeated"] == 0.0


def test_a_note_is_excessive_from_the_sixth_on() -> None:
    assert statistics(quavers(*[4] * 7))["notes excessively repeated"] == pytest.approx(200 / 7)
    assert statistics(quavers(4, 4, 4, 5, 4, 4, 4))["notes excessively repeated"] == 0.0


def test_holds_between_allow_two_more_repeats() -> None:
    # Of eight notes of two steps only the last repeats more than 6 others. A hold looks back to
    # the note it holds and no further, so none of these is excessive.
    found = statistics([(4, 2)] * 8)
    assert found["notes excessively repeated"] == pytest.approx(100 / 16)


def test_notes_not_in_key_follow_the_mode() -> None:
    scale = quavers(0, 2, 3, 10)
    assert statistics(scale, mode=0)["notes not in key"] == pytest.approx(50.0)
    assert statistics(scale, mode=2)["notes not in key"] == 0.0
    # Holds and rests are steps in key, as in the source.
    assert statistics([(1, 2), (REST, 2)])["notes not in key"] == pytest.approx(25.0)


def test_starting_on_the_tonic_in_any_octave() -> None:
    found = statistics(quavers(0, 1), quavers(12, 1), quavers(-12), quavers(7, 0))
    assert found["works starting on the tonic"] == pytest.approx(75.0)


def test_unique_extremes() -> None:
    found = statistics(quavers(0, 5, 0, 3), quavers(1, 5, 5, 2), [(REST, 4)], quavers(0))
    assert found["works with unique highest note"] == pytest.approx(50.0)
    assert found["works with unique lowest note"] == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("work", "resolved"),
    [
        (quavers(0, 7, 5, 2, 0), 100.0),
        (quavers(0, 7, 14), 0.0),
        (quavers(0, 7, 14, 9, 5, 2, 0), 50.0),
        (quavers(0, -7, -3, 1), 100.0),
        # A leap back at once ends the leap but resolves nothing.
        (quavers(0, 7, 0), math.nan),
        (quavers(0, 7, 0, 7), math.nan),
        # Seven steps lie between these leaps; six are too few.
        (quavers(0, 9, 8, 9, 8, 9, 8, 9, 8, 1), 100.0),
        (quavers(0, 9, 8, 9, 8, 9, 8, 9, 2), math.nan),
        # The held steps of a long note count as time between them.
        ([(0, 1), (9, 8), (2, 1)], 100.0),
        ([(0, 1), (9, 7), (2, 1)], math.nan),
        (quavers(0, 6, 0), math.nan),
    ],
)
def test_leaps_resolved(work: Events, resolved: float) -> None:
    assert statistics(work)["leaps resolved"] == pytest.approx(resolved, nan_ok=True)


def test_leaps_are_counted_over_all_works() -> None:
    found = statistics(quavers(0, 7, 5, 2, 0), quavers(0, 7, 14))
    assert found["leaps resolved"] == pytest.approx(50.0)


def test_motifs() -> None:
    bar = quavers(0, 2, 0, 4, 0, 2, 0, 2)
    dull = quavers(0, 2, 0, 2, 0, 2, 0, 2)
    assert statistics(bar)["notes in motif"] == pytest.approx(100 / 8)
    assert statistics(dull)["notes in motif"] == 0.0
    assert statistics(bar[:7])["notes in motif"] == 0.0
    assert statistics(bar)["notes in repeated motif"] == 0.0


def test_a_motif_is_repeated_only_apart_from_itself() -> None:
    bar = quavers(0, 2, 5, 4, 9, 2, 11, 7)
    again = statistics(bar + bar)
    # Every window of 8 of the 16 steps is a motif; the last alone was heard whole before.
    assert again["notes in motif"] == pytest.approx(100 * 9 / 16)
    assert again["notes in repeated motif"] == pytest.approx(100 / 16)
    # Period 4: at the 16th step the same 8 steps have been heard at steps 1 to 8, and at no
    # earlier step had they been heard without overlapping.
    short = quavers(0, 2, 5, 4)
    assert statistics(short * 4)["notes in repeated motif"] == pytest.approx(100 / 16)


def test_autocorrelation_by_hand() -> None:
    signal = np.array([1, 3, 1, 3])
    assert autocorrelation(signal, 1) == pytest.approx(-3 / 4)
    assert autocorrelation(signal, 2) == pytest.approx(2 / 4)
    assert autocorrelation(signal, 3) == pytest.approx(-1 / 4)
    assert math.isnan(autocorrelation(np.array([2, 2, 2]), 1))
    assert math.isnan(autocorrelation(np.array([1]), 1))


def test_autocorrelation_is_of_the_event_codes() -> None:
    # Codes 14, 1, 0, 1: tonic struck, held, off, held.
    found = statistics([(0, 2), (REST, 2)])
    for lag in (1, 2, 3):
        expected = autocorrelation(np.array([14, 1, 0, 1]), lag)
        assert found[f"autocorrelation, lag {lag}"] == pytest.approx(expected)


def test_nothing_gives_nan_and_no_error() -> None:
    nothing = statistics([])
    assert all(math.isnan(nothing[n]) for n in ("notes in motif", "leaps resolved"))


def test_the_published_table_is_complete() -> None:
    assert list(PUBLISHED) == ["Note RNN", "Q", "Psi", "G"]
    assert all(tuple(column) == STATISTIC_NAMES for column in PUBLISHED.values())
    assert PUBLISHED["Note RNN"]["notes excessively repeated"] == 63.3
    assert PUBLISHED["Q"]["leaps resolved"] == 91.1
    assert PUBLISHED["G"]["notes in repeated motif"] == 0.01


def test_the_table_sets_them_side_by_side() -> None:
    table = format_table({"ours": statistics(quavers(0, 7, 5, 2, 0))}).splitlines()
    assert table[0].split() == ["ours", "Note", "RNN*", "Q*", "Psi*", "G*"]
    assert len(table) == 1 + len(STATISTIC_NAMES) + 1
    leaps = next(line for line in table if line.startswith("leaps resolved"))
    assert leaps.split()[2:] == ["100", "%", "77.2", "%", "91.1", "%", "90", "%", "52.2", "%"]
