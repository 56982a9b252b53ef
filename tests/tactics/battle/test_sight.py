"""Whom squads strike and walk to: draws of each priority, worked out by hand."""

from __future__ import annotations

from creative_envs.tactics.vocabulary import COLUMNS
from tests.tactics.battle.fields import (
    OTHER_SIDE,
    PLAIN_GROUND,
    army,
    fought,
    ground_of,
    path,
    post,
    squad,
    strikes,
    table_of,
)

FIRST, SECOND, THIRD = OTHER_SIDE, OTHER_SIDE + 1, OTHER_SIDE + 2


def at(column):
    """Own column of the right side that is this one of the field."""
    return COLUMNS - 1 - column


def struck_first(priority, *enemies, table, kind="mage"):
    left = army(squad(kind, 8, 8, f"hold {priority}"))
    return strikes(fought(left, army(*enemies), table=table))[0][1]


class TestPriorities:
    """A mage at (8, 8), of range 4, in tick 0."""

    def test_nearest(self):
        # 3 cells off before 4, whatever these cost.
        table = table_of(cost={"giant": 100})
        enemies = squad("giant", 8, at(12), "hold"), post(8, at(11))
        assert struck_first("nearest", *enemies, table=table) == SECOND

    def test_valuable(self):
        # 5 * (cost - cells): the post 5 * (10 - 2) = 40; one that costs 13 at 4 cells 45, one that
        # costs 11 there 35.
        for cost, expected in ((13, SECOND), (11, FIRST)):
            table = table_of(cost={"foot": cost})
            enemies = post(8, at(10)), squad("foot", 8, at(12), "hold")
            assert struck_first("valuable", *enemies, table=table) == expected

    def test_counter_goes_by_shots_for_shooters(self):
        # Per cent against it less 5 a cell: the post 100 - 10 = 90; the foot 111 - 20 = 91 or
        # 109 - 20 = 89.
        for per_cent, expected in ((111, SECOND), (109, FIRST)):
            table = table_of(
                melee_against={("mage", "post"): 250},
                ranged_against={("mage", "foot"): per_cent},
            )
            enemies = post(8, at(10)), squad("foot", 8, at(12), "hold")
            assert struck_first("counter", *enemies, table=table) == expected

    def test_counter_goes_by_melee_for_others(self):
        # Two in the next cells; what its shots would do says nothing.
        table = table_of(
            melee_against={("foot", "horse"): 101}, ranged_against={("foot", "post"): 250}
        )
        enemies = post(8, at(9)), squad("horse", 7, at(9), "hold")
        assert struck_first("counter", *enemies, table=table, kind="foot") == SECOND

    def test_counter_goes_by_melee_once_shots_are_spent(self):
        # In reach are one it shoots best and one it fights best, both in the next cell; the bow
        # has 3 shots, but strikes hand to hand there, so it keeps them and the shooter's eye.
        against = {("bow", "foot"): 200}, {("bow", "post"): 200}
        enemies = post(8, at(9)), squad("foot", 7, at(9), "hold")
        full = table_of(*against)
        assert struck_first("counter", *enemies, table=full, kind="bow") == FIRST
        spent = table_of(*against, ammunition={"bow": 0})
        assert struck_first("counter", *enemies, table=spent, kind="bow") == SECOND

    def test_weakest(self):
        # A giant takes 10000 of the second post's 70000 points in tick 0, so 85 per cent are left.
        # The mage: the first post at 3 cells -100 - 18 = -118; the second at 4 cells
        # -100 - 24 = -124 in tick 0, -85 - 24 = -109 in tick 5.
        left = army(squad("mage", 8, 8, "hold weakest"), squad("giant", 7, 13, "hold"))
        right = army(post(8, at(11)), post(8, at(12)))
        assert strikes(fought(left, right))[:2] == [(0, FIRST), (5, SECOND)]

    def test_of_two_equals_the_weaker_draws(self):
        # As above, but both 4 cells off and by distance alone.
        left = army(squad("mage", 8, 8, "hold nearest"), squad("giant", 7, 13, "hold"))
        right = army(post(10, at(12)), post(8, at(12)))
        assert strikes(fought(left, right))[:2] == [(0, FIRST), (5, SECOND)]

    def test_of_two_that_are_equal_in_all_the_first(self):
        enemies = post(10, at(12)), post(8, at(12))
        assert struck_first("nearest", *enemies, table=table_of()) == FIRST
        assert struck_first("nearest", *enemies[::-1], table=table_of()) == FIRST


class TestSight:
    def test_what_is_in_reach_is_struck_before_what_draws_more(self):
        # The giant draws 5 * (80 - 5), but only the post is in reach.
        left = army(squad("mage", 8, 8, "hold valuable"))
        right = army(squad("giant", 8, at(13), "hold"), post(8, at(12)))
        assert strikes(fought(left, right))[0] == (0, SECOND)

    def first_step(self, *enemies):
        """Column a rider at (8, 11) that looks for what is valuable comes to first."""
        left = army(squad("horse", 8, 11, "charge valuable"))
        return path(fought(left, army(*enemies)))[1][1]

    def test_within_nine_cells_they_walk_to_what_draws_most(self):
        # The post, 8 cells east, draws 5 * (10 - 8); the giant, 9 cells west, 5 * (80 - 9).
        assert self.first_step(post(8, at(19)), squad("giant", 8, at(2), "hold")) == 10

    def test_beyond_they_do_not_see_it(self):
        # The giant is a cell further.
        assert self.first_step(post(8, at(19)), squad("giant", 8, at(1), "hold")) == 12

    def test_where_nothing_is_seen_they_walk_to_the_nearest(self):
        # 10 and 11 cells off.
        assert self.first_step(squad("giant", 8, at(0), "hold"), post(8, at(21))) == 12


class TestReach:
    def reach(self, kind, ground):
        """Cells over which a squad at (8, 8) strikes."""
        farthest = 0
        for cells in range(1, 8):
            left = army(squad(kind, 8, 8, "hold"))
            if strikes(fought(left, army(post(8, at(8 + cells))), ground))[:1] == [(0, FIRST)]:
                assert farthest == cells - 1
                farthest = cells
        return farthest

    def test_is_the_range(self):
        assert self.reach("foot", PLAIN_GROUND) == 1
        assert self.reach("thrower", PLAIN_GROUND) == 2
        assert self.reach("bow", PLAIN_GROUND) == 4

    def test_is_a_cell_more_from_a_hill_for_long_ranges(self):
        hills = ground_of(everywhere="^")
        assert self.reach("foot", hills) == 1
        assert self.reach("thrower", hills) == 2
        assert self.reach("bow", hills) == 5

    def test_other_terrain_adds_nothing(self):
        for sign in "f~":
            assert self.reach("bow", ground_of(everywhere=sign)) == 4

    def test_counts_diagonal_steps_as_one(self):
        left = army(squad("bow", 8, 8, "hold"))
        assert strikes(fought(left, army(post(12, at(12)))))[:1] == [(0, FIRST)]
        assert strikes(fought(left, army(post(13, at(12)))))[:1] == []
