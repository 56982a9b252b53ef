"""Briefs of tactics: maps by name and number, vectors, drawing and words."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.core.errors import InvalidBrief
from creative_envs.tactics.brief import (
    BRIEF_SIZE,
    Atlas,
    Briefs,
    describe,
    draw_briefs,
    kind_of,
    parse,
)
from creative_envs.tactics.opponents.doctrine import DOCTRINES
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.vocabulary import LEAST_BUDGET, MOST_BUDGET, OBJECTIVES

PARTIES = 6
DRAWN = 40_000
HILLS = generate_map("hills", 3)
OWN = (Ground("valley", HILLS.terrain), Ground("ridge-2", generate_map("hills", 4).terrain))
EVERY_KIND = Atlas([generate_map(kind, seed) for kind in MAP_KINDS for seed in (0, 7, 11)])
MIXED = Atlas([OWN[0], generate_map("river", 5), HILLS, OWN[1], generate_map("river", 2)])
"""Of three kinds, one of them the user's own."""
ALONE = Atlas([OWN[0]])
ATLASES = (EVERY_KIND, MIXED, ALONE)
NOVELTY, KINDS_AT, NUMBER, BUDGET = 0, slice(1, 7), 7, 8
OBJECTIVE, DOCTRINE, PARTY = slice(9, 12), slice(12, 16), 16


def whole(*values):
    return np.array(values, np.int64)


@st.composite
def briefs(draw):
    """Atlas, parties and one brief of them."""
    atlas, parties = draw(st.sampled_from(ATLASES)), draw(st.integers(1, 60))
    return (
        atlas,
        parties,
        Briefs(
            field=whole(draw(st.integers(0, len(atlas.grounds) - 1))),
            budget=whole(draw(st.integers(LEAST_BUDGET, MOST_BUDGET))),
            objective=whole(draw(st.integers(0, len(OBJECTIVES) - 1))),
            doctrine=whole(draw(st.integers(0, len(DOCTRINES) - 1))),
            party=whole(draw(st.integers(0, parties - 1))),
        ),
    )


def assert_same(one: Briefs, other: Briefs) -> None:
    for part, mine, theirs in zip(Briefs._fields, one, other, strict=True):
        assert np.array_equal(mine, theirs), part


class TestAtlas:
    @pytest.mark.parametrize(
        "name, kind",
        [
            ("river-17", "river"),
            ("pass-0", "pass"),
            ("river", "own"),
            ("river-", "own"),
            ("river-x", "own"),
            ("river--1", "own"),
            ("my-river-3", "own"),
            ("valley", "own"),
            ("valley-2", "own"),
            ("own-1", "own"),
            ("", "own"),
        ],
    )
    def test_kinds_are_those_of_the_generators_names(self, name, kind):
        assert kind_of(name) == kind

    def test_numbers_maps_of_a_kind_in_their_order(self):
        # The valley, river-5, hills-3, ridge-2 and river-2; kinds open, river, forest, hills, pass
        # and own.
        assert MIXED.counts.tolist() == [0, 2, 0, 1, 0, 2]
        assert MIXED.kind.tolist() == [5, 1, 3, 5, 1]
        assert MIXED.number.tolist() == [0, 0, 0, 1, 1]
        assert MIXED.index[[1, 3, 5]].tolist() == [[1, 4], [2, -1], [0, 3]]

    def test_finds_maps_by_name(self):
        for atlas in ATLASES:
            for place, ground in enumerate(atlas.grounds):
                assert atlas.named(ground.name) == place

    def test_names_some_that_there_are(self):
        with pytest.raises(InvalidBrief, match=r"map is one of valley, river-5, .*got 'river-6'"):
            MIXED.named("river-6")
        with pytest.raises(InvalidBrief, match=r"river-11, forest-0.*, \.\.\., got 3"):
            EVERY_KIND.named(3)


class TestVectors:
    def test_every_entry_by_hand(self):
        # river-2 is the second of two rivers: 1.5 / 2; 180 points are 60 of 80 over the least; the
        # third party of six: 2.5 / 6.
        brief = Briefs(whole(4), whole(180), whole(2), whole(1), whole(2))
        vector = brief.encode(MIXED, PARTIES)[0]
        expected = [0, 0, 1, 0, 0, 0, 0, 0.75, 0.75, 0, 0, 1, 0, 1, 0, 0, 2.5 / 6]
        assert vector.dtype == np.float32
        np.testing.assert_allclose(vector, expected, atol=1e-7)

    @given(briefs())
    def test_decoding_inverts_encoding(self, asked):
        atlas, parties, brief = asked
        vector = brief.encode(atlas, parties)
        assert vector.shape == (1, BRIEF_SIZE) and vector.dtype == np.float32
        assert vector.min() >= 0 and vector.max() <= 1 and vector[0, NOVELTY] == 0
        for part in (KINDS_AT, OBJECTIVE, DOCTRINE):
            assert sorted(vector[0, part].tolist())[-2:] == [0, 1]
        assert_same(Briefs.decode(vector, atlas, parties), brief)

    def test_many_at_once_are_read_one_by_one(self):
        drawn = draw_briefs(np.arange(40, dtype=np.uint64), MIXED, PARTIES)
        vectors = drawn.encode(MIXED, PARTIES)
        for row in range(40):
            alone = Briefs(*(part[row : row + 1] for part in drawn))
            assert np.array_equal(alone.encode(MIXED, PARTIES)[0], vectors[row])
            assert_same(Briefs.decode(vectors[row : row + 1], MIXED, PARTIES), alone)

    @settings(max_examples=30)
    @given(st.integers(0, 2**32 - 1), st.sampled_from(ATLASES), st.integers(1, 60))
    def test_any_vector_in_range_means_something(self, seed, atlas, parties):
        """None of it need be one-hot: the largest entry counts, of kinds the largest there is."""
        vectors = np.random.default_rng(seed).random((50, BRIEF_SIZE), np.float32)
        vectors[:2] = [[0], [1]]
        read = Briefs.decode(vectors, atlas, parties)
        assert ((read.budget >= LEAST_BUDGET) & (read.budget <= MOST_BUDGET)).all()
        assert ((read.party >= 0) & (read.party < parties)).all()
        assert ((read.field >= 0) & (read.field < len(atlas.grounds))).all()
        there = sorted(set(atlas.kind.tolist()))
        expected = [max(there, key=lambda kind, v=vector: v[1 + kind]) for vector in vectors]
        assert atlas.kind[read.field].tolist() == expected
        np.testing.assert_array_equal(read.objective, vectors[:, OBJECTIVE].argmax(axis=1))
        np.testing.assert_array_equal(read.doctrine, vectors[:, DOCTRINE].argmax(axis=1))

    def test_a_kind_without_maps_counts_as_one_that_has_some(self):
        vector = parse({}, EVERY_KIND, PARTIES)
        vector[KINDS_AT] = [1, 0, 0, 0, 0, 0]
        assert MIXED.kind[Briefs.decode(vector[None], MIXED, PARTIES).field[0]] != 0
        assert Briefs.decode(vector[None], ALONE, PARTIES).field.tolist() == [0]

    def test_shares_read_evenly(self):
        shares = ((np.arange(600) + 0.5) / 600).astype(np.float32)
        vectors = np.tile(parse({"map": "pass-0"}, EVERY_KIND, PARTIES), (600, 1))
        vectors[:, NUMBER], vectors[:, PARTY] = shares, shares
        read = Briefs.decode(vectors, EVERY_KIND, PARTIES)
        assert np.bincount(EVERY_KIND.number[read.field]).tolist() == [200] * 3
        assert np.bincount(read.party).tolist() == [100] * PARTIES


@pytest.fixture(scope="module")
def drawn():
    return draw_briefs(np.arange(DRAWN, dtype=np.uint64), EVERY_KIND, PARTIES)


class TestDrawing:
    def test_is_a_pure_function_of_the_key(self, drawn):
        some = draw_briefs(np.array([7, 3], np.uint64), EVERY_KIND, PARTIES)
        assert_same(some, Briefs(*(part[[7, 3]] for part in drawn)))

    def test_every_part_is_even(self, drawn):
        ranges = {
            "field": (0, 15),
            "budget": (LEAST_BUDGET, MOST_BUDGET + 1),
            "objective": (0, 3),
            "doctrine": (0, 4),
            "party": (0, PARTIES),
        }
        for part, (low, high) in ranges.items():
            values = getattr(drawn, part)
            assert values.min() == low and values.max() == high - 1, part
            found = np.bincount(values - low, minlength=high - low)
            share = 1 / (high - low)
            expected, spread = DRAWN * share, np.sqrt(DRAWN * share * (1 - share))
            assert (np.abs(found - expected) < 5 * spread).all(), part

    def test_parts_are_drawn_apart_from_one_another(self, drawn):
        parts = drawn._replace(budget=drawn.budget // 10)
        for one, other in combinations(Briefs._fields, 2):
            mine, theirs = getattr(parts, one), getattr(parts, other)
            pairs = np.zeros((mine.max() + 1, theirs.max() + 1))
            np.add.at(pairs, (mine, theirs), 1)
            expected = np.outer(pairs.sum(axis=1), pairs.sum(axis=0)) / DRAWN
            kept = expected > 0
            off = (pairs - expected)[kept] / np.sqrt(expected[kept])
            assert np.abs(off).max() < 5, (one, other)

    def test_every_drawn_brief_is_a_vector_and_can_be_said(self, drawn):
        few = Briefs(*(part[:100] for part in drawn))
        vectors = few.encode(EVERY_KIND, PARTIES)
        assert vectors.min() >= 0 and vectors.max() <= 1
        for vector in vectors:
            words = describe(vector, EVERY_KIND, PARTIES)
            assert np.array_equal(parse(words, EVERY_KIND, PARTIES)[1:], vector[1:])


class TestWords:
    @given(briefs(), st.floats(0, 1, width=32))
    def test_parsing_inverts_describing(self, asked, weight):
        atlas, parties, brief = asked
        vector = brief.encode(atlas, parties)[0]
        vector[NOVELTY] = weight
        words = describe(vector, atlas, parties)
        again = parse(words, atlas, parties)
        assert describe(again, atlas, parties) == words
        np.testing.assert_array_equal(again[1:], vector[1:])
        assert abs(again[NOVELTY] - weight) <= 0.00051

    def test_by_hand(self):
        words = {
            "map": "river-2",
            "budget": 180,
            "objective": "break-through",
            "enemy": "mounted-2",
            "novelty_weight": 0.25,
        }
        vector = parse(words, MIXED, PARTIES)
        expected = [0.25, 0, 1, 0, 0, 0, 0, 0.75, 0.75, 0, 0, 1, 0, 1, 0, 0, 2.5 / 6]
        np.testing.assert_allclose(vector, expected, atol=1e-7)
        assert describe(vector, MIXED, PARTIES) == words

    def test_what_is_not_said_is_as_usual(self):
        usual = describe(parse({}, MIXED, PARTIES), MIXED, PARTIES)
        assert usual == {
            "map": "valley",
            "budget": 160,
            "objective": "annihilate",
            "enemy": "combined-0",
            "novelty_weight": 0.5,
        }
        for word, value in (("map", "ridge-2"), ("budget", 120), ("objective", "hold"),
                            ("enemy", "foot-5"), ("novelty_weight", 1.0)):  # fmt: skip
            said = describe(parse({word: value}, MIXED, PARTIES), MIXED, PARTIES)
            assert said == {**usual, word: value}

    def test_an_enemys_number_may_be_left_out(self):
        said = describe(parse({"enemy": "missile"}, MIXED, PARTIES), MIXED, PARTIES)
        assert said["enemy"] == "missile-0"

    @pytest.mark.parametrize("budget", [LEAST_BUDGET, MOST_BUDGET, np.int64(150), 150.0])
    def test_budgets_of_any_kind_of_number(self, budget):
        said = describe(parse({"budget": budget}, MIXED, PARTIES), MIXED, PARTIES)
        assert said["budget"] == budget

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ({"mpa": "valley"}, "did you mean 'map'"),
            ({"bugdet": 150}, "did you mean 'budget'"),
            ({"zzz": 1}, r"no 'zzz'; known: \['map', 'budget', 'objective', 'enemy', 'novelty"),
            ({3: 1}, "no 3"),
            ({"map": "river-6"}, "map is one of valley, river-5, hills-3, ridge-2, river-2, got"),
            ({"map": "Valley"}, "map is one of"),
            ({"map": None}, "map is one of"),
            ({"map": ["valley"]}, "map is one of"),
            ({"map": 0}, "map is one of"),
            ({"budget": LEAST_BUDGET - 1}, r"budget is a number in 120\.\.200, got 119"),
            ({"budget": MOST_BUDGET + 1}, "budget is a number in"),
            ({"budget": np.nan}, "budget is a number in"),
            ({"budget": "160"}, "budget is a number in"),
            ({"budget": [160]}, "budget is a number in"),
            ({"budget": None}, "budget is a number in"),
            ({"budget": True}, "budget is a number in"),
            (
                {"objective": "win"},
                r"objective is one of \['annihilate', 'hold',",
            ),
            ({"objective": 0}, "objective is one of"),
            ({"objective": None}, "objective is one of"),
            ({"objective": ["hold"]}, "objective is one of"),
            ({"enemy": "pirates"}, "enemy is a doctrine of .*'combined'.* got 'pirates'"),
            ({"enemy": "foot-6"}, r"a party of 0\.\.5, such as 'foot-0', got 'foot-6'"),
            ({"enemy": "foot--1"}, "enemy is a doctrine of"),
            ({"enemy": "foot-1.0"}, "enemy is a doctrine of"),
            ({"enemy": "foot 1"}, "enemy is a doctrine of"),
            ({"enemy": "-1"}, "enemy is a doctrine of"),
            ({"enemy": ""}, "enemy is a doctrine of"),
            ({"enemy": None}, "enemy is a doctrine of"),
            ({"enemy": 0}, "enemy is a doctrine of"),
            ({"enemy": ["foot-0"]}, "enemy is a doctrine of"),
            ({"novelty_weight": 1.5}, "novelty_weight is a number in 0..1"),
            ({"novelty_weight": -0.1}, "novelty_weight is a number in 0..1"),
            ({"novelty_weight": "0.5"}, "novelty_weight is a number"),
        ],
        ids=repr,
    )
    def test_bad_words_are_refused_saying_why(self, words, message):
        with pytest.raises(InvalidBrief, match=message):
            parse(words, MIXED, PARTIES)

    @pytest.mark.parametrize("number", ["²", "9" * 5000])
    def test_numbers_python_cannot_read_are_refused_as_well(self, number):
        with pytest.raises(InvalidBrief, match="enemy is a doctrine of"):
            parse({"enemy": f"foot-{number}"}, MIXED, PARTIES)
