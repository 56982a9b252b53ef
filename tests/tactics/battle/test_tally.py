"""What a battle is counted to have come to, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.tactics.battle.tally import FORWARD, LEAN, SAMPLES, SPREAD
from creative_envs.tactics.vocabulary import COLUMNS, MAX_TICKS
from tests.tactics.battle.fields import army, fought, mark, outcome_of, post, squad, table_of

TICKS = 10
AWAY = post(0, 0)
"""One that stands in no zone and no camp."""


def zones(left, right):
    return outcome_of(army(*left), army(*right), TICKS).zones[0].tolist()


def camps(left, right):
    return outcome_of(army(*left), army(*right), TICKS).camp[0].tolist()


class TestZones:
    @pytest.mark.parametrize("row", [1, 4, 6, 9, 11, 14])
    @pytest.mark.parametrize("column", [10, 13])
    def test_one_squad_holds_a_zone_every_tick(self, row, column):
        assert zones([post(row, column)], [AWAY]) == [TICKS, 0]
        assert zones([AWAY], [post(row, COLUMNS - 1 - column)]) == [0, TICKS]

    @pytest.mark.parametrize(
        "row, column", [(0, 11), (5, 11), (10, 11), (15, 11), (3, 9), (3, 14), (8, 9), (12, 14)]
    )
    def test_between_them_is_nothing_to_hold(self, row, column):
        assert zones([post(row, column)], [AWAY]) == [0, 0]

    def test_more_squads_hold_it(self):
        # The enemies are 3 cells apart, so that no one moves.
        two, one = [post(6, 10), post(7, 10)], [post(8, COLUMNS - 1 - 13)]
        assert zones(two, one) == [TICKS, 0]
        assert zones([post(8, 10)], [post(6, 10), post(7, 10)]) == [0, TICKS]

    def test_equal_numbers_hold_nothing(self):
        assert zones([post(6, 10)], [post(6, 10)]) == [0, 0]

    def test_each_zone_counts(self):
        everywhere = [post(2, 10), post(8, 10), post(13, 10)]
        assert zones(everywhere, [AWAY]) == [3 * TICKS, 0]
        assert zones(everywhere, [post(8, 10)]) == [2 * TICKS, 0]


class TestCamps:
    def test_the_enemys_first_eight_columns(self):
        assert camps([post(8, 16)], [AWAY]) == [TICKS, 0]
        assert camps([post(8, 15)], [AWAY]) == [0, 0]
        assert camps([AWAY], [post(8, 16)]) == [0, TICKS]
        assert camps([AWAY], [post(8, 15)]) == [0, 0]

    @pytest.mark.parametrize("squads, counted", [(3, 3), (4, 4), (5, 4), (8, 4)])
    def test_at_most_four_squads_count(self, squads, counted):
        left = [post(4 + place, 18) for place in range(squads)]
        assert camps(left, [AWAY]) == [counted * TICKS, 0]


class TestEnd:
    """A giant fells the only enemy, in the next cell, in tick 0: the battle lasts one tick."""

    FOOT = army(squad("foot", 8, COLUMNS - 1 - 11))

    def test_a_zone_that_is_held_stays_held(self):
        met = fought(army(squad("giant", 8, 10)), self.FOOT)
        assert met.outcome.ticks[0, 0] == 1
        assert met.outcome.zones[0].tolist() == [MAX_TICKS, 0]
        assert met.outcome.camp[0].tolist() == [0, 0]

    def test_nothing_else_is_won(self):
        # The giant stands beside the zone; the rider would have come into it.
        left = army(squad("giant", 5, 10), squad("horse", 8, 0))
        met = fought(left, army(squad("foot", 5, COLUMNS - 1 - 11)))
        assert met.outcome.ticks[0, 0] == 1
        assert met.outcome.zones.sum() == met.outcome.camp.sum() == 0

    @pytest.mark.parametrize("others, counted", [(0, 1), (2, 3), (5, 4)])
    def test_so_does_the_camp_by_four_squads_at_most(self, others, counted):
        posts = [post(row, 18) for row in (0, 2, 4, 12, 14)[:others]]
        met = fought(army(squad("giant", 8, 16), *posts), army(squad("foot", 8, COLUMNS - 1 - 17)))
        assert met.outcome.ticks[0, 0] == 1
        assert met.outcome.camp[0].tolist() == [counted * MAX_TICKS, 0]

    def test_the_right_side_holds_as_long(self):
        met = fought(army(squad("foot", 8, 12)), army(squad("giant", 8, COLUMNS - 1 - 13)))
        assert met.outcome.zones[0].tolist() == [0, MAX_TICKS]

    def test_until_the_time_of_the_rules_is_up(self):
        assert outcome_of(army(squad("giant", 8, 10)), self.FOOT, 20).zones[0].tolist() == [20, 0]

    def test_an_empty_field_is_held_as_deployed(self):
        met = fought(army(post(8, 10), post(2, 3), post(3, 16)), army())
        assert met.outcome.ticks[0, 0] == 0
        assert met.outcome.zones[0].tolist() == [MAX_TICKS, 0]
        assert met.outcome.camp[0].tolist() == [MAX_TICKS, 0]
        nothing = fought(army(), army()).outcome
        assert nothing.zones.sum() == nothing.camp.sum() == nothing.value.sum() == 0

    def test_time_runs_out(self):
        still = fought(army(post(8, 10)), army(post(0, 0)))
        assert still.outcome.ticks[0, 0] == MAX_TICKS
        assert still.outcome.zones[0].tolist() == [MAX_TICKS, 0]
        assert still.row.shape == (MAX_TICKS + 1, 24)


class TestValue:
    def test_thousandths_of_the_cost_of_what_is_left(self):
        # Nobody struck: the costs, 10 and 30 + 80.
        right = army(squad("horse", 2, 0, "hold"), squad("giant", 12, 0, "hold"))
        untouched = outcome_of(army(AWAY), right, TICKS)
        assert untouched.value[0].tolist() == [10_000, 110_000]

    def test_falls_with_strength(self):
        # In one tick the foot takes 1000 of the mark's 70000, the mark 100 of the foot's 7000:
        # 10000 * 69 // 70 and 10000 * 69 // 70.
        met = outcome_of(army(squad("foot", 8, 8)), army(mark(8, COLUMNS - 1 - 9)), 1)
        assert met.value[0].tolist() == [9857, 9857]
        table = table_of(cost={"foot": 70}, melee={"post": 7})
        met = outcome_of(army(squad("foot", 8, 8)), army(mark(8, COLUMNS - 1 - 9)), 1, table)
        assert met.value[0].tolist() == [63_000, 9857]

    def test_the_fallen_are_worth_nothing(self):
        giants = army(squad("giant", 8, 8)), army(squad("foot", 8, COLUMNS - 1 - 9))
        # The foot's 1000 of 7000 are struck at the same time: 80000 * 6 // 7.
        assert outcome_of(*giants, 1).value[0].tolist() == [68_571, 0]


class TestDealt:
    def test_hand_to_hand_and_from_afar(self):
        # In tick 0 a blow of 1000 and two shots of 1000; the mark's 100.
        left = army(squad("foot", 8, 8), squad("bow", 8, 6), squad("mage", 7, 6))
        met = outcome_of(left, army(mark(8, COLUMNS - 1 - 9)), 1)
        assert met.dealt[0].tolist() == [[1000, 2000], [100, 0]]


class TestShape:
    def test_by_hand(self):
        # Left rows 2, 3 and columns 4, 7: mean column 5500 thousandths; mean row 2.5, from which
        # both are 500 away and which lies 5 north of the middle, 7.5. Right: one squad in the
        # first column, row 15, 7.5 south. Nobody moves; ticks 0, 4, 8 are sampled.
        met = outcome_of(army(post(2, 4), post(3, 7)), army(post(15, 0)), 9)
        left, right = met.shape[0]
        assert left[[FORWARD, SPREAD, LEAN, SAMPLES]].tolist() == [3 * 5500, 1500, -15_000, 3]
        assert right[[FORWARD, SPREAD, LEAN, SAMPLES]].tolist() == [0, 0, 22_500, 3]

    def test_sums_follow_the_way(self):
        # A rider a cell a tick from own column 0: after the moves of ticks 0 and 4 it is in
        # columns 1 and 5.
        met = outcome_of(army(squad("horse", 8, 0)), army(post(8, 0)), 5)
        assert met.shape[0, 0, [FORWARD, SAMPLES]].tolist() == [6000, 2]

    @pytest.mark.parametrize("rows", [(0, 15), (7, 8), (3, 12, 7, 8)])
    def test_even_armies_do_not_lean(self, rows):
        met = outcome_of(army(*(post(row, 0) for row in rows)), army(AWAY), 1)
        assert met.shape[0, 0, LEAN] == 0

    def test_leans_round_towards_the_middle(self):
        # Rows 0, 0, 1: the mean is 7166.67 thousandths off the middle.
        rows = (0, 0), (0, 1), (1, 0)
        north = outcome_of(army(*(post(*cell) for cell in rows)), army(AWAY), 1)
        south = outcome_of(army(*(post(15 - r, c) for r, c in rows)), army(AWAY), 1)
        assert north.shape[0, 0, LEAN] == -7166
        assert south.shape[0, 0, LEAN] == 7166


def test_no_count_is_missing_a_side():
    # Every count of the left army's battle is the right one's when the sides are exchanged.
    ahead, behind = army(post(8, 17), post(2, 11)), army(AWAY)
    one, other = outcome_of(ahead, behind, TICKS), outcome_of(behind, ahead, TICKS)
    for name in ("value", "zones", "camp", "dealt", "shape"):
        mine, theirs = getattr(one, name)[0], getattr(other, name)[0]
        assert np.array_equal(mine, theirs[::-1]), name
