"""What melodies are like, by hand: pairs, names, and long quotations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.melody.novelty import ReferenceLibrary, nearest_references, unlikeness
from creative_envs.melody.vocabulary import REST
from tests.melody.test_novelty import (
    SCALE,
    THEME,
    book,
    distance_between,
    eighths,
    grams_of,
    library,
    melodies,
    transpose,
    windows,
)


def between(*works):
    batch = windows(*works)
    return unlikeness(library(SCALE), batch.pitch, batch.length)


def nearest(reference, *works):
    batch = windows(*works)
    return nearest_references(reference, batch.pitch, batch.duration, batch.length)


class TestUnlikeness:
    def test_by_hand(self):
        # One of three different 4-grams is shared: a distance of 2/3, between .55 and .8.
        found = between(eighths([0, 2, 4, 5, 7, 9]), eighths([3, 5, 7, 8, 10, 8]))
        assert found == pytest.approx(
            np.array([[0, (2 / 3 - 0.55) / 0.25], [0.46667, 0]]), abs=1e-4
        )

    def test_copies_are_alike_whatever_their_register_and_rests(self):
        rested = [event for p, _ in SCALE for event in ((p + 5, 2), (REST, 2))]
        assert not between(SCALE, transpose(SCALE, -4), rested).any()

    def test_too_few_notes_are_all_alike_and_like_nothing_else(self):
        few, fewer = eighths([0, 2, 4, 2]), eighths([5])
        assert between(few, fewer, SCALE).tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]

    @settings(max_examples=40)
    @given(st.lists(melodies(), min_size=1, max_size=5))
    def test_equals_brute_force(self, works):
        found = between(*works)
        for one, row in zip(works, found, strict=True):
            for other, value in zip(works, row, strict=True):
                neither = not grams_of(one) and not grams_of(other)
                distance = 0.0 if neither else distance_between(one, other)
                assert value == pytest.approx(np.clip((distance - 0.55) / 0.25, 0, 1), abs=1e-6)


class TestNearest:
    OTHERS = (eighths([0, 7, 0, 7, 0, 7, 0]), SCALE, eighths([0, 1, 2, 3, 4, 5, 6]))

    def test_a_copy_is_named(self):
        (found,) = nearest(library(*self.OTHERS), transpose(SCALE, 3))
        assert found.name == "tune 1 (hand)" and found.distance == 0

    def test_where_none_shares_material_the_intervals_decide(self):
        # Wide leaps up and down, as in tune 0, but no four in a row of it.
        found, steps = nearest(
            library(*self.OTHERS),
            eighths([0, 7, 14, 7, 0, 7, 14, 7]),
            eighths([0, 1, 2, 1, 2, 3, 2, 3]),
        )
        assert (found.name, found.distance) == ("tune 0 (hand)", 1.0)
        assert (steps.name, steps.distance) == ("tune 2 (hand)", 1.0)

    def test_without_material_it_is_no_work_of_its_own(self):
        (found,) = nearest(library(*self.OTHERS), eighths([0, 2, 4]))
        assert found.name == "tune 1 (hand)" and found.distance == 0

    def test_a_long_quotation_is_named_after_its_tune(self):
        # From between the windows of the second tune, which hold nothing of it; a tune of rests
        # alone stands before it, and counts among no intervals.
        rng = np.random.default_rng(3)
        tune = eighths(np.cumsum(rng.integers(-4, 5, 64)).clip(-12, 24).tolist())
        silence = [(REST, 16), (REST, 16)]
        reference = ReferenceLibrary.build(
            windows(SCALE, tune[:16], tune[16:32], tunes=[0, 2, 2]),
            book(SCALE, silence, tune, eighths(THEME[:16])),
        )
        assert reference.tune_source.tolist() == [f"tune {k} (hand)" for k in (0, 2, 3)]
        leaps = [20, 3, 17, 1, 15, 2, 18, 0, 16, 5, 19, 4]
        works = (transpose(tune[40:56], 2), eighths(THEME[:16]), eighths(THEME[:14] + leaps))
        copied, last, half = nearest(reference, *works)
        assert (copied.name, copied.distance) == ("tune 2 (hand)", 0)
        assert (last.name, last.distance) == ("tune 3 (hand)", 0)
        # 13 of 25 intervals: originality falls from 1 at 12 to 0 at 20.
        assert half.name == "tune 3 (hand)" and half.distance == pytest.approx(7 / 8)
