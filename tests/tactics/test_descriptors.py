"""Where tactics lie in the space of kinds, from outcomes made by hand and from battles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.tactics.battle.engine import Outcomes, Pairings, fight
from creative_envs.tactics.descriptors import DESCRIPTOR_NAMES, descriptors
from creative_envs.tactics.squads import flipped, no_squads
from creative_envs.tactics.terrain.ground import Ground, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from tests.tactics.plans import UNITS, army

RANGED, ASYMMETRY, SPREAD, FORWARD, ARMY_MIX, ORDER_MIX = range(6)
OTHERS = [RANGED, SPREAD, FORWARD, ARMY_MIX, ORDER_MIX]
NOBODY = no_squads(1)


def outcomes_of(*battles):
    """Outcomes of left sides that dealt (melee, ranged) and stood as (forward, spread, lean, n)."""
    dealt, shape = np.zeros((len(battles), 2, 2), int), np.zeros((len(battles), 2, 4), int)
    for place, (blows, stood) in enumerate(battles):
        dealt[place, 0], shape[place, 0] = blows, stood
        dealt[place, 1], shape[place, 1] = (7, 91), (1, 2, 3, 4)  # the enemy's say nothing
    two, one = np.zeros((len(battles), 2), int), np.zeros((len(battles), 1), int)
    return Outcomes(value=two, zones=two, camp=two, dealt=dealt, shape=shape, ticks=one)


def found(*battles, tactic=NOBODY):
    return descriptors(tactic, outcomes_of(*battles), len(battles))[0]


def tactic_of(*squads):
    """Squads (type, stance, route)."""
    tactic = no_squads(1)
    for place, (kind, stance, route) in enumerate(squads):
        tactic[0, place] = (kind, 0, place, stance, 0, route, 0)
    return tactic


STILL = (0, 0, 0, 1)


class TestFighting:
    def test_share_of_damage_from_afar(self):
        assert found(((300, 100), STILL))[RANGED] == 0.25
        # Of all that was dealt, not of battles: 400 of 1000.
        assert found(((300, 0), STILL), ((300, 400), STILL))[RANGED] == pytest.approx(0.4)

    def test_who_deals_nothing_shoots_nothing(self):
        assert found(((0, 0), STILL))[RANGED] == 0

    def test_lean_is_half_in_the_middle(self):
        # Of 15 rows' width: 3000 thousandths north of the middle are a fifth less.
        assert found(((0, 0), (0, 0, 0, 1)))[ASYMMETRY] == 0.5
        assert found(((0, 0), (0, 0, -3000, 1)))[ASYMMETRY] == pytest.approx(0.3)
        assert found(((0, 0), (0, 0, 7500, 1)))[ASYMMETRY] == 1
        assert found(((0, 0), (0, 0, -7500, 1)))[ASYMMETRY] == 0

    def test_spread_is_one_at_a_quarter_of_the_field(self):
        assert found(((0, 0), (0, 1000, 0, 1)))[SPREAD] == 0.25
        assert found(((0, 0), (0, 4000, 0, 1)))[SPREAD] == 1
        assert found(((0, 0), (0, 7500, 0, 1)))[SPREAD] == 1

    def test_forwardness_is_one_at_the_far_edge(self):
        assert found(((0, 0), (11_500, 0, 0, 1)))[FORWARD] == 0.5
        assert found(((0, 0), (23_000, 0, 0, 1)))[FORWARD] == 1

    def test_positions_are_means_over_all_samples(self):
        # Three samples in column 4 and one in column 12: a mean of 6.
        short, long = (3 * 4000, 3 * 400, -3 * 1000, 3), (12_000, 1200, 3000, 1)
        both = found(((0, 0), short), ((0, 0), long))
        assert both[FORWARD] == pytest.approx(6 / 23)
        assert both[SPREAD] == pytest.approx(0.6 / 4)
        assert both[ASYMMETRY] == 0.5

    def test_no_samples(self):
        assert found(((0, 0), (0, 0, 0, 0))).tolist() == [0, 0.5, 0, 0, 0, 0]

    def test_each_tactic_has_its_own_battles(self):
        # Two of each, in a row.
        battles = [((1, 0), STILL), ((1, 0), STILL), ((1, 1), STILL), ((0, 2), STILL)]
        both = descriptors(no_squads(2), outcomes_of(*battles), 2)
        assert both.shape == (2, len(DESCRIPTOR_NAMES)) and both.dtype == np.float32
        assert both[:, RANGED].tolist() == [0, 0.75]


class TestMix:
    @pytest.mark.parametrize(
        "types, mix",
        [
            ([3] * 4, 0),
            # Entropies of 2, 4 and 8 equal shares over that of 8: 1/3, 2/3, 1.
            ([0, 1, 1, 0], 1 / 3),
            ([0, 1, 2, 3], 2 / 3),
            (range(8), 1),
            # Shares 3/4 and 1/4: 2 - 3/4 log2 3 bits of 3.
            ([0, 0, 0, 1], (2 - 0.75 * np.log2(3)) / 3),
        ],
    )
    def test_of_types(self, types, mix):
        tactic = tactic_of(*((kind, 0, 0) for kind in types))
        assert found(((0, 0), STILL), tactic=tactic)[ARMY_MIX] == pytest.approx(mix, abs=1e-6)

    @pytest.mark.parametrize(
        "orders, mix",
        [
            ([(1, 0)] * 4, 0),
            ([(1, 0), (1, 1)], 1 / 3),
            ([(1, 0), (2, 0)], 1 / 3),
            ([(1, 0), (1, 1), (2, 0), (2, 1)], 2 / 3),
            ([(stance, route) for stance in range(4) for route in (0, 2)], 1),
            # Twelve would be more than eight, which is as much as counts.
            ([(stance, route) for stance in range(4) for route in range(3)], 1),
        ],
    )
    def test_of_stances_with_routes(self, orders, mix):
        tactic = tactic_of(*((0, *order) for order in orders))
        assert found(((0, 0), STILL), tactic=tactic)[ORDER_MIX] == pytest.approx(mix, abs=1e-6)

    def test_priorities_and_delays_say_nothing(self):
        tactic = tactic_of((0, 1, 0), (0, 1, 0))
        tactic[0, 0, [4, 6]] = 2, 2
        assert found(((0, 0), STILL), tactic=tactic)[ORDER_MIX] == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_mirrored_tactic_leans_the_other_way_and_differs_in_nothing_else(seed):
    rng = np.random.default_rng(seed)
    ground = generate_map(MAP_KINDS[seed % 5], 0)
    turned = Ground("turned", ground.cells[::-1])
    tactics, right = (np.stack([army(rng, ground, 160) for _ in range(n)]) for n in (3, 6))
    left = np.repeat(tactics, 2, axis=0)
    where = np.zeros(6, np.int64)
    there = fight(Pairings(where, left, right, where), stacked([ground]), UNITS.records)
    upside_down = Pairings(where, flipped(left), flipped(right), where)
    back = fight(upside_down, stacked([turned]), UNITS.records)
    one, other = descriptors(tactics, there, 2), descriptors(flipped(tactics), back, 2)
    assert (one >= 0).all() and (one <= 1).all()
    np.testing.assert_array_equal(one[:, OTHERS], other[:, OTHERS])
    np.testing.assert_allclose(one[:, ASYMMETRY], 1 - other[:, ASYMMETRY], atol=1e-6)
