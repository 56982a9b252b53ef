"""Descriptors by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.melody.descriptors import (
    DESCRIPTOR_NAMES,
    DESCRIPTOR_RANGES,
    GRID_AXES,
    descriptors,
    scale,
)
from creative_envs.melody.vocabulary import DURATIONS, REST

Events = list[tuple[int, int]]


def describe(*works: Events) -> list[dict[str, float]]:
    longest = max(1, *(len(work) for work in works))
    pitch = np.full((len(works), longest), REST, np.int8)
    duration = np.zeros((len(works), longest), np.int8)
    for row, work in enumerate(works):
        for event, (height, sixteenths) in enumerate(work):
            pitch[row, event], duration[row, event] = height, sixteenths
    lengths = np.array([len(work) for work in works], np.int32)
    return [
        dict(zip(DESCRIPTOR_NAMES, row.tolist(), strict=True))
        for row in descriptors(pitch, duration, lengths)
    ]


def test_by_hand() -> None:
    # Onsets 0 4 8 (rest) 12 14 of 16 sixteenths; the middle half is [4, 12).
    (found,) = describe([(0, 4), (7, 4), (REST, 4), (5, 2), (-3, 2)])
    assert found["density"] == 1.0
    assert found["pitch_range"] == 10.0
    assert found["repetition"] == 0.0
    assert found["arch"] == pytest.approx(7 - (0 * 4 + 5 * 2 - 3 * 2) / 8)
    assert found["leap_share"] == pytest.approx(2 / 3)
    assert found["duration_entropy"] == 1.0


def test_an_arch_is_positive_and_a_valley_negative() -> None:
    hill, valley = describe([(p, 4) for p in (0, 5, 7, 2)], [(-p, 4) for p in (0, 5, 7, 2)])
    assert hill["arch"] == 5.0
    assert valley["arch"] == -5.0


def test_repetition_is_the_share_of_notes_heard_before() -> None:
    phrase = [(0, 2), (2, 2), (4, 2), (7, 2), (1, 2)]
    transposed = [(p + 3, d) for p, d in phrase]
    slower = [(p, 4) for p, _ in phrase]
    once, twice, answered, changed = describe(
        phrase, phrase + phrase, phrase + transposed, phrase + slower
    )
    assert once["repetition"] == 0.0
    # The step to a phrase's first note differs, its other four notes are a repetition.
    assert twice["repetition"] == answered["repetition"] == pytest.approx(4 / 10)
    assert changed["repetition"] == 0.0


def test_a_repetition_does_not_overlap_what_it_repeats() -> None:
    late, nine, ten = describe([(5, 2), (1, 2), (8, 2)] + [(0, 2)] * 7, [(0, 2)] * 9, [(0, 2)] * 10)
    assert late["repetition"] == 0.0
    # Notes 2 to 5 are the first group of four steps: the notes after it repeat them.
    assert nine["repetition"] == pytest.approx(4 / 9)
    assert ten["repetition"] == pytest.approx(5 / 10)


def test_entropy_of_all_durations_is_three_bits() -> None:
    (found,) = describe([(0, d) for d in DURATIONS])
    assert found["duration_entropy"] == pytest.approx(3.0)


def test_transposition_changes_nothing() -> None:
    melody = [(0, 2), (4, 2), (7, 4), (5, 6), (REST, 2), (2, 1), (0, 1), (4, 2), (7, 2), (12, 4)]
    low, high = describe(melody, [(p if p == REST else p + 9, d) for p, d in melody])
    assert low == pytest.approx(high)


@pytest.mark.parametrize("work", [[], [(REST, 16)]])
def test_a_work_without_notes_is_all_zero(work: Events) -> None:
    assert set(describe(work)[0].values()) == {0.0}


def test_scaling_maps_each_range_to_the_unit_interval() -> None:
    low, high = np.array(DESCRIPTOR_RANGES, np.float32).T
    np.testing.assert_array_equal(scale(low), np.zeros(6))
    np.testing.assert_array_equal(scale(high), np.ones(6))
    np.testing.assert_allclose(scale((low + high) / 2), np.full(6, 0.5))
    np.testing.assert_array_equal(scale(high + 1), np.ones(6))


def test_the_grid_uses_known_descriptors() -> None:
    assert set(GRID_AXES) <= set(DESCRIPTOR_NAMES)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([REST, *range(-12, 13)]), st.sampled_from(DURATIONS)), max_size=40
    )
)
def test_descriptors_stay_in_their_ranges(work: Events) -> None:
    (found,) = describe(work)
    for name, (low, high) in zip(DESCRIPTOR_NAMES, DESCRIPTOR_RANGES, strict=True):
        assert low <= found[name] <= high + 1e-6
