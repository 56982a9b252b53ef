"""Briefs of melodies: encoding, extraction, drawing, words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.core.errors import InvalidBrief
from creative_envs.core.randomness import counter_hash
from creative_envs.melody.brief import (
    BRIEF_SIZE,
    Briefs,
    describe,
    draw_briefs,
    extract_briefs,
    parse,
    profiles,
)
from tests.melody.strategies import batch, briefs, melodies

KEYS = counter_hash(np.full(500, 5, np.uint64), np.arange(500, dtype=np.uint64))
FLAT = [0.0] * 8


class TestVectors:
    @given(briefs())
    def test_decoding_inverts_encoding(self, asked):
        vector = asked.encode()
        assert vector.shape == (1, BRIEF_SIZE) and vector.dtype == np.float32
        assert vector.min() >= 0 and vector.max() <= 1
        read = Briefs.decode(vector)
        for part in ("metre", "mode", "centre"):
            assert getattr(read, part)[0] == getattr(asked, part)[0]
        for part in ("range", "density", "contour"):
            np.testing.assert_allclose(getattr(read, part), getattr(asked, part), atol=2e-5)

    @given(briefs())
    def test_encoding_a_decoded_vector_is_a_fixed_point(self, asked):
        vector = asked.encode()
        np.testing.assert_allclose(Briefs.decode(vector).encode(), vector, atol=1e-6)

    def test_every_entry_by_hand(self):
        vector = Briefs(
            metre=np.array([2], np.int8),
            mode=np.array([1], np.int8),
            centre=np.array([6], np.int8),
            range=np.array([12], np.float32),
            density=np.array([3], np.float32),
            contour=np.array([[-12, -6, 0, 6, 12, 0, 0, 0]], np.float32),
        ).encode()[0]
        expected = [0, 0, 0, 1, 0, 0, 1, 0, 0, 0.5, 0.5, 0.75, 0, 0.25, 0.5, 0.75, 1, 0.5, 0.5, 0.5]
        np.testing.assert_allclose(vector, expected)

    def test_any_vector_in_range_means_something(self):
        """A brief given as a vector need not be one-hot: the largest counts."""
        rng = np.random.default_rng(0)
        read = Briefs.decode(rng.random((200, BRIEF_SIZE), np.float32))
        assert set(read.metre.tolist()) == set(read.mode.tolist()) == {0, 1, 2, 3}
        assert read.centre.min() >= -12 and read.centre.max() <= 24


class TestProfiles:
    def test_by_hand(self):
        # Two bars of 4/4: 0 for a whole bar, then 4 and 7 for half a bar each.
        pitch, duration, length, *_ = batch([(0, 16), (4, 8), (7, 8)], width=5)
        assert profiles(pitch, duration, length)[0].tolist() == [
            0, 7, 3 * 4 / 32, 0, 0, 0, 0, 4, 4, 7, 7,
        ]  # fmt: skip

    def test_notes_across_eighths_are_weighted_by_their_time(self):
        # 16 sixteenths, so an eighth lasts 2: the second note begins in the middle of the second.
        pitch, duration, length, *_ = batch([(0, 3), (8, 1), (0, 12)])
        assert profiles(pitch, duration, length)[0, 3:].tolist() == [0, 4, 0, 0, 0, 0, 0, 0]

    def test_rests_carry_the_eighth_before(self):
        pitch, duration, length, *_ = batch([(2, 4), (None, 8), (6, 4)])
        profile = profiles(pitch, duration, length)[0]
        assert profile[2] == 2 * 4 / 16
        assert profile[3:].tolist() == [2, 2, 2, 2, 2, 2, 6, 6]

    def test_empty_and_silent_melodies_have_none(self):
        for events in ([], [(None, 4)]):
            pitch, duration, length, *_ = batch(events, width=3)
            assert not profiles(pitch, duration, length).any()

    @given(melodies(), st.integers(-12, 12))
    def test_transposition_moves_pitches_and_nothing_else(self, events, steps):
        moved = [(None if p is None else p + steps, d) for p, d in events]
        first, second = (profiles(*batch(e)[:3])[0] for e in (events, moved))
        np.testing.assert_allclose(second[[0, 1]], first[[0, 1]] + steps)
        np.testing.assert_allclose(second[3:], first[3:] + steps, atol=1e-4)
        assert first[2] == second[2]

    @given(melodies())
    def test_contour_stays_between_the_lowest_and_the_highest_note(self, events):
        profile = profiles(*batch(events)[:3])[0]
        assert (profile[3:] >= profile[0] - 1e-4).all() and (profile[3:] <= profile[1] + 1e-4).all()


class TestExtraction:
    def test_by_hand(self):
        asked = extract_briefs(*batch([(0, 16), (4, 8), (7, 8)], "4/4", "dorian"))
        assert (asked.metre[0], asked.mode[0], asked.centre[0], asked.range[0]) == (0, 2, 3, 7)
        assert asked.density[0] == np.float32(0.375)
        assert asked.contour[0].tolist() == [-3, -3, -3, -3, 1, 1, 4, 4]

    @given(melodies())
    def test_the_centre_lets_the_action_set_write_the_melody(self, events):
        asked = extract_briefs(*batch(events))
        heights = [pitch for pitch, _ in events if pitch is not None]
        assert max(abs(height - int(asked.centre[0])) for height in heights) <= 12

    @given(melodies())
    def test_the_vector_holds_the_whole_brief(self, events):
        asked = extract_briefs(*batch(events))
        np.testing.assert_allclose(Briefs.decode(asked.encode()).contour, asked.contour, atol=1e-4)


class TestDrawing:
    pool = extract_briefs(
        *(
            np.concatenate(arrays)
            for arrays in zip(
                batch([(0, 16), (12, 16), (5, 16), (0, 16)], "4/4", "major"),
                batch([(2, 2), (5, 1), (9, 1), (7, 1)], "2/4", "minor", width=4),
                batch([(-5, 12), (7, 12)], "3/4", "dorian", width=4),
                strict=True,
            )
        )
    )

    def test_is_a_pure_function_of_the_key(self):
        whole = draw_briefs(self.pool, KEYS).encode()
        np.testing.assert_array_equal(draw_briefs(self.pool, KEYS[7:9]).encode(), whole[7:9])

    def test_is_practically_never_the_same_twice(self):
        vectors = draw_briefs(self.pool, KEYS).encode()
        assert len(np.unique(vectors, axis=0)) == len(KEYS)

    def test_stays_near_a_melody_of_the_pool(self):
        drawn = draw_briefs(self.pool, KEYS)
        assert set(drawn.metre.tolist()) == {0, 1, 3}
        for index in range(len(KEYS)):
            source = self.pool.metre.tolist().index(drawn.metre[index])
            assert drawn.mode[index] == self.pool.mode[source]
            assert abs(int(drawn.centre[index]) - int(self.pool.centre[source])) <= 1
            assert abs(drawn.range[index] - self.pool.range[source]) <= 1.001
            assert abs(drawn.density[index] - self.pool.density[source]) <= 0.151
            extent = max(self.pool.range[source] / 2, 1)
            assert np.abs(drawn.contour[index]).max() <= extent + 1e-4

    def test_needs_no_clipping(self):
        drawn = draw_briefs(self.pool, KEYS)
        np.testing.assert_allclose(Briefs.decode(drawn.encode()).contour, drawn.contour, atol=1e-4)


class TestWords:
    @given(briefs(), st.floats(0, 1))
    def test_parsing_inverts_describing_up_to_its_rounding(self, asked, weight):
        vector = asked.encode()[0]
        vector[0] = weight
        words = describe(vector)
        again = parse(words)
        assert describe(again) == words
        np.testing.assert_allclose(again, vector, atol=0.05 / 20)

    def test_what_is_not_said_has_a_usual_value(self):
        words = describe(parse({"metre": "6/8"}))
        assert words == {
            "metre": "6/8", "mode": "major", "centre": 7, "range": 14.0, "density": 2.0,
            "contour": FLAT, "novelty_weight": 0.5,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("words", "message"),
        [({"meter": "4/4"}, "did you mean 'metre'"), ({"zzz": 1}, "no 'zzz'"), ({3: 1}, "no 3"),
         ({"metre": "5/4"}, "4/4"), ({"metre": ["4/4"]}, "4/4"), ({"mode": None}, "major"),
         ({"metre": np.array(["4/4"])}, "4/4"), ({"centre": 25}, "-12..24"),
         ({"centre": 6.5}, "whole number"), ({"centre": "7"}, "a number"),
         ({"centre": True}, "a number"), ({"centre": np.nan}, "a number"),
         ({"centre": [7]}, "a number"), ({"range": -1}, "0..24"), ({"range": np.inf}, "0..24"),
         ({"density": 4.1}, "0..4"), ({"density": None}, "a number"),
         ({"contour": [0] * 7}, "8 numbers"), ({"contour": 0}, "8 numbers"),
         ({"contour": [FLAT]}, "8 numbers"), ({"contour": [0] * 7 + [13]}, "-12"),
         ({"contour": [0] * 7 + [None]}, "8 numbers"), ({"contour": [0] * 7 + [[1]]}, "8 numbers"),
         ({"novelty_weight": 1.5}, "0..1"), ({"novelty_weight": "0.5"}, "a number")],
        ids=repr,
    )  # fmt: skip
    def test_bad_words_are_refused_saying_why(self, words, message):
        with pytest.raises(InvalidBrief, match=message.replace(".", r"\.")):
            parse(words)
