"""Matches: margins from outcomes known by hand, and that both sides are treated alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.tactics import matches
from creative_envs.tactics.matches import (
    OBJECTIVE_WEIGHTS,
    Terms,
    fielded,
    own_payoffs,
    payoffs,
    play,
    quality_of,
)
from creative_envs.tactics.squads import cost_of, flipped, muster, no_squads
from creative_envs.tactics.terrain.ground import Ground, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.vocabulary import HOLD, MAX_TICKS, OBJECTIVES
from tests.tactics.plans import SIZES, UNITS

GROUNDS = [generate_map(kind, 1) for kind in MAP_KINDS]
FIELDS = stacked(GROUNDS)
OPEN = stacked([Ground.from_text("plain", "\n".join(["." * 24] * 16))])
COST = UNITS.records["cost"].copy()
SEEDS = st.integers(0, 2**32 - 1)
VALUE, ZONES, CAMP = range(3)


def any_tactics(seed, *shape):
    """Tactics (*shape, 12, 7) as somebody may write them down, too dear to be fielded whole."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, SIZES, (*shape, 12, len(SIZES))).astype(np.int16)


def played(tactics, opponents, budget=160, field=None, fields=FIELDS, **further):
    count = len(tactics)
    where = np.zeros(count, np.int64) if field is None else np.asarray(field)
    points = np.full(count, budget)
    return play(tactics, opponents, where, points, fields, UNITS.records, **further)


def spears(*cells):
    """Spears (14 points each) on hold in (row, own column); the column may lie anywhere."""
    tactic = no_squads(1)[0]
    for place, (row, column) in enumerate(cells):
        tactic[place] = (0, column, row, HOLD, 0, 0, 0)
    return tactic


def terms_of(left, right, budget=140):
    """The parts of both battles of one tactic against one other on a plain."""
    return played(left[None], right[None, None], budget, fields=OPEN).terms.parts[0, 0]


class TestTerms:
    def test_of_an_army_that_meets_nobody(self):
        # 14 of 140 points are left; where it is deployed it holds nothing.
        assert terms_of(spears((8, 3)), spears()).tolist() == [[0.1, 0, 0]] * 2
        assert terms_of(spears(), spears((8, 3))).tolist() == [[-0.1, 0, 0]] * 2
        assert terms_of(spears(), spears()).tolist() == [[0, 0, 0]] * 2

    def test_value_is_by_the_budget(self):
        for budget in (120, 140, 200):
            parts = terms_of(spears((8, 3), (9, 3)), spears(), budget)
            assert parts[:, VALUE] == pytest.approx(28 / budget)

    def test_by_the_outcomes(self):
        # Whatever the battles come to: thousandths of points, zone-ticks of 3 zones and squad-ticks
        # of 4 squads, each for minus against.
        tactics, opponents = any_tactics(3, 5), any_tactics(4, 5, 3)
        found = played(tactics, opponents, 150, np.arange(5))
        outcomes = found.outcomes
        assert outcomes.value.shape == (30, 2)
        assert found.terms.parts.shape == (5, 3, 2, 3)
        parts = found.terms.parts.reshape(30, 3)
        value, zones, camp = (
            np.subtract(*part.T.astype(float))
            for part in (outcomes.value, outcomes.zones, outcomes.camp)
        )
        np.testing.assert_allclose(parts[:, VALUE], value / 150_000)
        np.testing.assert_allclose(parts[:, ZONES], zones / (3 * MAX_TICKS))
        np.testing.assert_allclose(parts[:, CAMP], camp / (4 * MAX_TICKS))
        assert parts.any(axis=0).all() and np.abs(parts).max() <= 1

    def test_an_idle_army_is_broken_into(self):
        # Four riders against one spear that stands in the way of none of them, on the map's edge.
        riders = no_squads(1)[0]
        riders[:4] = [(2, 7, row, 1, 0, 0, 0) for row in (2, 3, 4, 5)]
        parts = terms_of(riders, spears((15, 0)))
        assert (parts[:, CAMP] > 0.3).all()
        assert (parts[:, VALUE] > 0).all()


class TestWeights:
    def test_margins_by_hand(self, monkeypatch):
        weights = np.array([[1.0, 0.0, 0.0], [0.25, 0.5, 0.25], [0.0, 0.5, 0.5]])
        monkeypatch.setattr(matches, "OBJECTIVE_WEIGHTS", weights)
        parts = np.array([0.4, -0.2, 0.6])
        # 0.4; 0.1 - 0.1 + 0.15; -0.1 + 0.3.
        margins = Terms(np.tile(parts, (3, 1))).margins(np.arange(3))
        np.testing.assert_allclose(margins, [0.4, 0.15, 0.2])

    def test_each_row_has_its_objective(self):
        parts = np.random.default_rng(0).uniform(-1, 1, (4, 5, 2, 3))
        objective = np.array([2, 0, 1, 0])
        margins = Terms(parts).margins(objective)
        assert margins.shape == (4, 5, 2)
        for row in range(4):
            np.testing.assert_allclose(margins[row], parts[row] @ OBJECTIVE_WEIGHTS[objective[row]])

    def test_are_shares_and_weigh_most_what_is_asked_for(self):
        assert OBJECTIVE_WEIGHTS.shape == (len(OBJECTIVES), 3)
        assert (OBJECTIVE_WEIGHTS >= 0).all()
        np.testing.assert_allclose(OBJECTIVE_WEIGHTS.sum(axis=1), 1)
        assert OBJECTIVE_WEIGHTS.argmax(axis=1).tolist() == [VALUE, ZONES, CAMP]

    def test_quality_is_half_in_an_even_fight_and_rises_with_the_margin(self):
        margins = np.linspace(-1, 1, 41)
        quality = quality_of(margins)
        assert quality[20] == 0.5
        assert (np.diff(quality) > 0).all() and quality.min() > 0 and quality.max() < 1
        np.testing.assert_allclose(quality + quality[::-1], 1)
        np.testing.assert_allclose(np.log(quality / (1 - quality)), matches.STEEPNESS * margins)


class TestBothSides:
    @settings(max_examples=20, deadline=None)
    @given(SEEDS)
    def test_the_margin_of_the_other_is_exactly_minus_ones_own(self, seed):
        one, other = any_tactics(seed, 5), any_tactics(seed + 1, 5)
        there = played(one, other[:, None], 150, np.arange(5)).terms
        back = played(other, one[:, None], 150, np.arange(5)).terms
        # The one that moved first there moves second here.
        np.testing.assert_array_equal(there.parts, -back.parts[:, :, ::-1])
        assert there.parts.any()
        for objective in range(3):
            of_all = np.full(5, objective)
            mine, theirs = (t.margins(of_all).mean(axis=2) for t in (there, back))
            np.testing.assert_array_equal(mine, -theirs)

    @settings(max_examples=10, deadline=None)
    @given(SEEDS)
    def test_nobody_beats_oneself(self, seed):
        tactics = any_tactics(seed, 5)
        parts = played(tactics, tactics[:, None], 150, np.arange(5)).terms.parts
        np.testing.assert_array_equal(parts.mean(axis=2), 0)

    @settings(max_examples=10, deadline=None)
    @given(SEEDS)
    def test_north_and_south_are_alike(self, seed):
        tactics, opponents = any_tactics(seed, 5), any_tactics(seed + 1, 5, 2)
        there = played(tactics, opponents, 150, np.arange(5)).terms.parts
        fields = stacked([Ground(ground.name, ground.cells[::-1]) for ground in GROUNDS])
        turned = flipped(opponents.reshape(10, 12, 7)).reshape(opponents.shape)
        back = played(flipped(tactics), turned, 150, np.arange(5), fields).terms.parts
        np.testing.assert_array_equal(there, back)

    def test_one_side_first_is_half_of_both(self):
        tactics, opponents = any_tactics(5, 4), any_tactics(6, 4, 3)
        both = played(tactics, opponents).terms.parts
        for first in (0, 1):
            half = played(tactics, opponents, firsts=(first,)).terms.parts
            np.testing.assert_array_equal(half, both[:, :, first : first + 1])
        assert (both[:, :, 0] != both[:, :, 1]).any()


class TestPlay:
    def test_every_pairing_is_played_by_itself(self):
        tactics, opponents = any_tactics(7, 3), any_tactics(8, 3, 2)
        budget, field = np.array([120, 160, 200]), np.array([4, 0, 2])
        whole = play(tactics, opponents, field, budget, FIELDS, UNITS.records)
        for row in range(3):
            for other in range(2):
                alone = play(
                    tactics[row, None],
                    opponents[row, other][None, None],
                    field[row, None],
                    budget[row, None],
                    FIELDS,
                    UNITS.records,
                )
                expected = whole.terms.parts[row, other]
                np.testing.assert_array_equal(alone.terms.parts[0, 0], expected)
                place = (row * 2 + other) * 2
                np.testing.assert_array_equal(
                    alone.outcomes.value, whole.outcomes.value[place : place + 2]
                )

    def test_only_what_the_budget_allows_takes_the_field(self):
        tactics, opponents = any_tactics(9, 5), any_tactics(10, 5, 2)
        whole = played(tactics, opponents, 120, np.full(5, 2)).terms.parts
        cut = np.concatenate([fielded(row[None], 120, GROUNDS[2], UNITS) for row in tactics])
        cut_too = np.stack([fielded(row, 120, GROUNDS[2], UNITS) for row in opponents])
        assert (cost_of(tactics, COST) > 120).all() and (cost_of(cut, COST) <= 120).all()
        np.testing.assert_array_equal(played(cut, cut_too, 120, np.full(5, 2)).terms.parts, whole)

    def test_what_is_given_is_left_as_it_is(self):
        tactics, opponents = any_tactics(11, 2), any_tactics(12, 2, 2)
        before = tactics.copy(), opponents.copy()
        played(tactics, opponents)
        np.testing.assert_array_equal(tactics, before[0])
        np.testing.assert_array_equal(opponents, before[1])

    def test_fielded_is_what_musters(self):
        tactics = any_tactics(13, 6)
        found = fielded(tactics, 140, GROUNDS[4], UNITS)
        for tactic, one in zip(tactics, found, strict=True):
            expected = no_squads(1)[0]
            muster(tactic, 140, GROUNDS[4].cells, COST, expected)
            np.testing.assert_array_equal(one, expected)


class TestPayoffs:
    @pytest.fixture(scope="class")
    @staticmethod
    def tactics():
        return any_tactics(20, 5)

    def test_are_means_over_maps_objectives_and_sides(self, tactics):
        others = any_tactics(21, 3)
        table = payoffs(tactics, others, 150, FIELDS, UNITS.records)
        assert table.shape == (5, 3)
        for one, other in ((0, 0), (4, 2), (1, 2)):
            margins = [
                played(tactics[one, None], others[other][None, None], 150, [field])
                .terms.margins(np.array([objective]))
                .mean()
                for field in range(len(GROUNDS))
                for objective in range(3)
            ]
            assert table[one, other] == pytest.approx(np.mean(margins))

    def test_over_one_another_are_exactly_antisymmetric(self, tactics):
        table = own_payoffs(tactics, 150, FIELDS, UNITS.records)
        np.testing.assert_array_equal(table, -table.T)
        assert table[np.triu_indices(5, 1)].all()
        np.testing.assert_array_equal(
            table, payoffs(tactics, tactics, 150, FIELDS, UNITS.records) + 0.0
        )

    def test_of_one_side_first_are_antisymmetric_as_well(self, tactics):
        table = own_payoffs(tactics, 150, FIELDS, UNITS.records, firsts=(0,))
        np.testing.assert_array_equal(table, -table.T)
