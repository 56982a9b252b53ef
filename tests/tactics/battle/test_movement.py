"""Who moves, when and where to, worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.terrain.travel import UNREACHABLE, step_cost
from creative_envs.tactics.vocabulary import COLUMNS, ROCK, ROWS
from tests.tactics.battle.fields import (
    OTHER_SIDE,
    army,
    far_post,
    fought,
    ground_of,
    lopsided,
    losses,
    outcome_of,
    path,
    post,
    squad,
    steps,
    strikes,
    table_of,
)


class TestPace:
    def test_on_foot_a_plain_cell_takes_two_ticks(self):
        # Speed 10, plain 20: 10, 20 (a step), 10, 20 (a step), ...; 22 steps to the next cell.
        walk = fought(army(squad("foot", 8, 0)), far_post())
        assert steps(walk)[:3] == [1, 3, 5]
        assert path(walk) == [(8, column) for column in range(23)]

    def test_mounted_a_plain_cell_takes_one_tick(self):
        # Speed 20, plain 20.
        ride = fought(army(squad("horse", 8, 0)), far_post())
        assert steps(ride) == list(range(22))

    @pytest.mark.parametrize(
        "sign, kind, first_steps",
        [
            # Costs on foot 20, 30, 32, 50 at 10 a tick: what is saved reaches 1, 2, 3 times the
            # cost in the tick before the one numbered cost * n / 10, rounded up.
            (".", "foot", [1, 3, 5]),
            ("f", "foot", [2, 5, 8]),
            ("^", "foot", [3, 6, 9]),
            ("~", "foot", [4, 9, 14]),
            # Mounted 20, 48, 44, 60 at 20 a tick.
            (".", "horse", [0, 1, 2]),
            ("f", "horse", [2, 4, 7]),
            ("^", "horse", [2, 4, 6]),
            ("~", "horse", [2, 5, 8]),
        ],
    )
    def test_straight_steps(self, sign, kind, first_steps):
        walk = fought(army(squad(kind, 8, 0)), far_post(), ground_of(everywhere=sign))
        assert steps(walk)[:3] == first_steps

    @pytest.mark.parametrize(
        "sign, kind, first_steps",
        [
            # 14 tenths of the straight cost, rounded down: on foot 28, 42, 44, 70.
            (".", "foot", [2, 5, 8]),
            ("f", "foot", [4, 8, 12]),
            ("^", "foot", [4, 8, 13]),
            ("~", "foot", [6, 13, 20]),
            # Mounted 28, 67, 61, 84.
            (".", "horse", [1, 2, 4]),
            ("f", "horse", [3, 6, 10]),
            ("^", "horse", [3, 6, 9]),
            ("~", "horse", [4, 8, 12]),
        ],
    )
    def test_diagonal_steps(self, sign, kind, first_steps):
        right = army(post(15, COLUMNS - 1 - 15))
        walk = fought(army(squad(kind, 0, 0)), right, ground_of(everywhere=sign))
        assert steps(walk)[:3] == first_steps
        assert path(walk)[:4] == [(0, 0), (1, 1), (2, 2), (3, 3)]

    def test_the_cell_that_is_entered_counts_not_the_one_that_is_left(self):
        # Out of the forest at (8, 0) onto plain, 20: tick 1. Into that at (8, 2), 30: tick 4.
        # Plain again: tick 6.
        walk = fought(army(squad("foot", 8, 0)), far_post(), lopsided({(8, 0): "f"}))
        assert steps(walk)[0] == 1
        walls = {(row, column): "#" for row in (7, 9) for column in range(5)}
        walk = fought(army(squad("foot", 8, 0)), far_post(), lopsided({**walls, (8, 2): "f"}))
        assert steps(walk)[:3] == [1, 4, 6]

    def test_one_that_is_blocked_saves_no_points(self):
        # In a corridor behind a rider that waits until tick 60 and then rides a cell a tick. With
        # 20 points in tick 59 it finds no way and loses them; 10 in tick 60, a step in tick 61, and
        # one in every other tick from then on.
        walls = {(row, column): "#" for row in (7, 9) for column in range(COLUMNS)}
        pair = army(squad("horse", 8, 1, delay=60), squad("foot", 8, 0))
        assert steps(fought(pair, far_post(), lopsided(walls)), 1)[:13] == [*range(61, 87, 2)]

    def test_one_at_rest_saves_no_points(self):
        # Speed 15: 15, 30, a step in tick 1 that leaves 10; the post, of 3500 points, is then 4
        # cells off, so that the mage stands in tick 2 and loses these. In tick 2 the giant, which
        # has stepped up in tick 1, fells the post. The mage walks on: 15, 30, a step in tick 4.
        table = table_of(speed={"mage": 15}, strength={"post": 50})
        left = army(squad("mage", 8, 8, "advance"), squad("giant", 8, 15))
        walk = fought(left, army(post(8, COLUMNS - 1 - 13), post(8, 0)), table=table)
        assert losses(walk) == {2: 3500}
        assert steps(walk)[:2] == [1, 4]

    def test_one_on_hold_begins_to_save_when_it_is_to_move(self):
        # A rider comes 2 cells off in tick 3 and next to it in tick 4, in which it saves 10 of the
        # 20 points it would need.
        rider, guard = army(squad("horse", 8, 8)), army(squad("foot", 8, COLUMNS - 1 - 14, "hold"))
        met = fought(rider, guard)
        assert steps(met)[:5] == [0, 1, 2, 3, 4]
        assert path(met, OTHER_SIDE) == [(8, 14)]


class TestHaste:
    """Those who charge save a quarter of their speed more: 12 a tick on foot, 25 mounted."""

    def test_on_foot(self):
        # 12, 24 (a step, 4 left), 16, 28 (8), 20 (0), 12, 24 (4), 16, 28 (8), 20: three steps in
        # five ticks, where an advance makes one in two.
        target = army(post(8, COLUMNS - 1 - 15))
        charge = fought(army(squad("foot", 8, 8, "charge")), target)
        advance = fought(army(squad("foot", 8, 8, "advance")), target)
        assert steps(charge) == [1, 3, 4, 6, 8, 9]
        assert steps(advance) == [1, 3, 5, 7, 9, 11]
        assert path(charge) == path(advance) == [(8, column) for column in range(8, 15)]
        # Each strikes in the tick after it has arrived.
        assert strikes(charge)[0] == (10, OTHER_SIDE)
        assert strikes(advance)[0] == (12, OTHER_SIDE)

    def test_mounted_into_a_wood(self):
        # 48 points a cell at 25 a tick: 50 (2 left), 52 (4), 54 (6); at 20: 60 (12), 52 (4), 64.
        woods = ground_of(everywhere="f")
        charge = fought(army(squad("horse", 8, 0, "charge")), far_post(), woods)
        advance = fought(army(squad("horse", 8, 0, "advance")), far_post(), woods)
        assert steps(charge)[:3] == [1, 3, 5]
        assert steps(advance)[:3] == [2, 4, 7]

    @pytest.mark.parametrize("stance", ["hold", "skirmish"])
    def test_in_no_other_stance(self, stance):
        # A step of 20 points to a post two cells off.
        walk = fought(army(squad("foot", 8, 8, stance)), army(post(8, COLUMNS - 1 - 10)))
        assert steps(walk) == [1]
        wood = lopsided({(8, 9): "f", (7, 9): "#", (9, 9): "#"})
        walk = fought(army(squad("foot", 8, 8, stance)), army(post(8, COLUMNS - 1 - 10)), wood)
        assert steps(walk) == [2]

    @pytest.mark.parametrize("speed, first_step", [(3, 6), (4, 3), (7, 2), (8, 1)])
    def test_parts_of_a_point_do_not_count(self, speed, first_step):
        # 3 a tick: 21 in tick 6. 4 + 1: 20 in tick 3. 7 + 1: 24 in tick 2. 8 + 2: 20 in tick 1.
        table = table_of(speed={"foot": speed})
        walk = fought(army(squad("foot", 8, 0, "charge")), far_post(), table=table)
        assert steps(walk)[0] == first_step


class TestWays:
    @pytest.mark.parametrize("row", [7, 8])
    def test_horses_go_round_a_wood_that_men_walk_through(self, row):
        # Through it and out again costs 30 + 20 on foot and 48 + 20 mounted; past it two diagonal
        # steps cost 56.
        wood, target = lopsided({(row, 5): "f"}), army(post(row, 0))
        walk = path(fought(army(squad("foot", row, 0)), target, wood))
        assert walk == [(row, column) for column in range(23)]
        # Towards the middle of the field, and back only where the post is.
        ride = path(fought(army(squad("horse", row, 0)), target, wood))
        aside = ROWS - 1 - row
        assert ride == [(row, c) for c in range(5)] + [(aside, c) for c in range(5, 23)]

    @pytest.mark.parametrize("kind", ["foot", "horse"])
    @pytest.mark.parametrize("drawn", MAP_KINDS)
    def test_alone_they_go_the_cheapest_way(self, drawn, kind):
        # Whatever a step costs, the way that is left is cheaper by as much.
        mounted, arrived = int(kind == "horse"), 0
        for seed in range(6):
            ground, rng = generate_map(drawn, seed), np.random.default_rng(seed)
            places = np.argwhere(ground.cells != ROCK)
            places = places[ground.travel[0, 8 * COLUMNS, places @ (COLUMNS, 1)] < UNREACHABLE]
            start, goal = rng.choice(places, 2, replace=False).tolist()
            target = post(goal[0], COLUMNS - 1 - goal[1])
            walk = path(fought(army(squad(kind, *start)), army(target), ground))
            left = ground.travel[mounted, goal[0] * COLUMNS + goal[1]].reshape(ROWS, COLUMNS)
            for here, there in pairwise(walk):
                diagonal = here[0] != there[0] and here[1] != there[1]
                cost = step_cost(mounted, ground.cells[there], diagonal)
                assert left[here] == cost + left[there]
            last = np.abs(np.subtract(walk[-1], goal)).max()
            arrived += last == 1
        assert arrived >= 4

    @pytest.mark.parametrize("row", [7, 8])
    def test_round_a_rock(self, row):
        # Two diagonal steps take it past, so that every step still gains a column.
        target = army(post(row, 0))
        walk = fought(army(squad("foot", row, 3)), target, lopsided({(row, 5): "#"}))
        columns = [column for _, column in path(walk)]
        assert columns == list(range(3, 23))
        # Past it towards the middle of the field.
        assert path(walk)[2] == (ROWS - 1 - row, 5)

    def test_through_the_only_gate_in_a_wall_of_rock(self):
        wall = {(row, 6): "#" for row in range(ROWS) if row != 2}
        walk = fought(army(squad("foot", 8, 3)), far_post(), lopsided(wall))
        assert (2, 6) in path(walk)
        assert path(walk)[-1] in {(7, 22), (8, 22), (9, 22)}

    def test_round_a_friend(self):
        # The one ahead waits 60 ticks. Passing costs two diagonal steps.
        pair = army(squad("foot", 8, 4), squad("foot", 8, 5, delay=60))
        walk = path(fought(pair, far_post()))
        assert [column for _, column in walk] == list(range(4, 23))
        assert (8, 5) not in walk

    def test_a_step_aside_is_taken_where_all_three_ahead_are(self):
        # A step to (7, 4) makes the way 28 points longer: its own 20, and 8 as a diagonal step must
        # then lead back to row 8.
        friends = [squad("foot", row, 5, delay=60) for row in (7, 8, 9)]
        walk = fought(army(squad("foot", 8, 4), *friends), far_post())
        assert path(walk)[:2] == [(8, 4), (7, 4)]
        assert steps(walk)[0] == 1

    def test_a_blocked_corridor_is_not_left_backwards(self):
        # From (8, 4), with a friend ahead between rocks, there is only the step back, which makes
        # the way 40 points longer: 20 there and 20 back again.
        walls = {(row, column): "#" for row in (7, 9) for column in range(8)}
        pair = army(squad("foot", 8, 4), squad("foot", 8, 5, delay=30))
        walk = fought(pair, far_post(), lopsided(walls))
        # The friend steps in tick 31, in which the one behind, which moves before it, is still
        # blocked and loses its 20 points; it saves 10 in tick 32 and follows in tick 33.
        assert steps(walk, 1)[0] == 31
        assert steps(walk)[0] == 33
        assert path(walk)[:3] == [(8, 4), (8, 5), (8, 6)]


class TestZoneOfControl:
    def test_an_enemy_in_the_next_cell_holds_a_squad_fast(self):
        # It rides for the dear giant (draw 5 * 80, at 9 cells less 45) and would pass (8, 8); next
        # to the post at (9, 8), draw 50 less 5, it is held and strikes that.
        right = army(post(9, COLUMNS - 1 - 8), squad("giant", 8, COLUMNS - 1 - 12, "hold"))
        ride = fought(army(squad("horse", 8, 3, "charge valuable")), right)
        assert path(ride)[-1] == (8, 7)
        assert {number for _, number in strikes(ride)} == {OTHER_SIDE}

    def test_two_rows_away_it_does_not(self):
        right = army(post(10, COLUMNS - 1 - 8), squad("giant", 8, COLUMNS - 1 - 12, "hold"))
        ride = fought(army(squad("horse", 8, 3, "charge valuable")), right)
        assert (8, 9) in path(ride)


class TestStances:
    @pytest.mark.parametrize("stance", ["charge", "advance", "skirmish"])
    def test_those_who_do_not_shoot_walk_to_contact(self, stance):
        walk = fought(army(squad("foot", 8, 8, stance)), army(post(8, COLUMNS - 1 - 13)))
        assert path(walk) == [(8, column) for column in range(8, 13)]

    def test_on_hold_they_answer_what_is_two_cells_off(self):
        left = army(squad("foot", 8, 8, "hold"))
        assert steps(fought(left, army(post(8, COLUMNS - 1 - 11)))) == []
        answer = fought(left, army(post(8, COLUMNS - 1 - 10)))
        assert steps(answer) == [1]
        assert path(answer) == [(8, 8), (8, 9)]

    def test_on_hold_they_answer_the_nearest_whomever_they_would_rather_strike(self):
        # The giant, six cells north, draws 5 * (80 - 6); the post, two cells south, 5 * (10 - 2).
        right = army(
            squad("giant", 2, COLUMNS - 1 - 8, "hold"), squad("post", 10, COLUMNS - 1 - 8, "hold")
        )
        hold = fought(army(squad("foot", 8, 8, "hold valuable")), right)
        assert path(hold) == [(8, 8), (9, 8)]
        advance = fought(army(squad("foot", 8, 8, "advance valuable")), right)
        assert path(advance)[:2] == [(8, 8), (7, 8)]

    def test_shooters_who_charge_come_within_two_cells(self):
        # Range 4, target 6 cells off: it shoots on the way and stands 2 cells off while it has
        # shots; these are 3, then it walks into melee.
        left = army(squad("mage", 8, 8, "charge"))
        assert path(fought(left, army(post(8, COLUMNS - 1 - 14))))[-1] == (8, 12)

    @pytest.mark.parametrize("stance", ["advance", "skirmish"])
    def test_shooters_else_stand_at_their_range(self, stance):
        left = army(squad("mage", 8, 8, stance))
        walk = fought(left, army(post(8, COLUMNS - 1 - 14)))
        assert path(walk) == [(8, 8), (8, 9), (8, 10)]

    def test_shooters_on_hold_never_walk(self):
        left = army(squad("mage", 8, 8, "hold"))
        for column, shoots in ((14, False), (12, True), (10, True)):
            stand = fought(left, army(post(8, COLUMNS - 1 - column)))
            assert path(stand) == [(8, 8)]
            assert bool(strikes(stand)) == shoots

    def test_shooters_on_hold_without_arrows_answer_as_others_do(self):
        # Three shots, in ticks 0, 5, 10; from tick 11 on it is no shooter: 10, 20 points, a step.
        left = army(squad("bow", 8, 8, "hold"))
        answer = fought(left, army(post(8, COLUMNS - 1 - 10)))
        assert strikes(answer)[:3] == [(0, OTHER_SIDE), (5, OTHER_SIDE), (10, OTHER_SIDE)]
        # The last shot is spent before tick 10's moves: points 10 in tick 10, 20 in tick 11.
        assert steps(answer) == [11]

    def test_shooters_who_skirmish_fall_back_from_two_cells(self):
        # Straight back, of the three cells that are 3 from the post; then it stands and shoots.
        left = army(squad("mage", 8, 8, "skirmish"))
        away = fought(left, army(post(8, COLUMNS - 1 - 10)))
        assert path(away) == [(8, 8), (8, 7)]
        # It strikes in tick 0, and after a reload of 5.
        assert strikes(away)[:3] == [(0, OTHER_SIDE), (5, OTHER_SIDE), (10, OTHER_SIDE)]

    @pytest.mark.parametrize("row", [7, 8])
    def test_skirmishers_whose_way_back_is_taken_give_way_inwards(self, row):
        # The friend behind waits; both diagonal cells are 3 from the post.
        left = army(squad("mage", row, 8, "skirmish"), squad("foot", row, 7, "hold"))
        away = fought(left, army(post(row, COLUMNS - 1 - 10)))
        assert path(away) == [(row, 8), (ROWS - 1 - row, 7)]

    @pytest.mark.parametrize(
        "enemy, cell",
        [
            ((6, 8), (9, 7)),  # due north: of the three cells in row 9 the one to the rear
            ((10, 8), (7, 7)),
            ((6, 10), (8, 7)),  # of column 7 and row 9, straight back
            ((10, 10), (8, 7)),
            ((6, 6), (9, 7)),  # of row 9 and column 9, the one to the rear
            ((8, 6), (8, 9)),  # of column 9, straight on
        ],
    )
    def test_skirmishers_go_to_the_rear_where_they_can(self, enemy, cell):
        left, right = squad("mage", 8, 8, "skirmish"), post(enemy[0], COLUMNS - 1 - enemy[1])
        assert path(fought(army(left), army(right))) == [(8, 8), cell]

    def test_skirmishers_draw_an_enemy_straight_after_them(self):
        # Both step in ticks 1, 3, 5 and 7, the mage first: they are two cells apart before it steps
        # back and three after that. At the edge it stands and is caught.
        left, right = army(squad("mage", 8, 4, "skirmish")), army(squad("foot", 8, COLUMNS - 1 - 6))
        chase = fought(left, right, table=table_of(strength={"foot": 1000}), first=1)
        assert path(chase) == [(8, column) for column in (4, 3, 2, 1, 0)]
        assert steps(chase) == [1, 3, 5, 7]
        assert {row for row, _ in path(chase, OTHER_SIDE)} == {8}

    def test_skirmishers_in_a_corner_stand(self):
        left = army(squad("mage", 8, 0, "skirmish"))
        assert steps(fought(left, army(post(8, COLUMNS - 1 - 2)))) == []

    def test_skirmishers_give_way_once_they_are_half_spent(self):
        # A mage shoots 1000 of 7000 points in ticks 0, 5, 10, 15, so that 3000 are left in tick 15.
        # At speed 1 no step is possible before tick 19, when 20 points are saved.
        table = table_of(speed={"foot": 1})
        right = army(squad("mage", 8, COLUMNS - 1 - 10))
        met = fought(army(squad("foot", 8, 8, "skirmish")), right, table=table)
        assert steps(met)[0] >= 19
        assert path(met)[1] == (8, 7)
        brave = fought(army(squad("foot", 8, 8, "advance")), right, table=table)
        assert steps(brave)[0] == 19
        assert path(brave)[1] == (8, 9)


class TestDelays:
    @pytest.mark.parametrize("delay, first_step", [(0, 1), (30, 31), (60, 61)])
    def test_points_are_saved_from_the_delay_on(self, delay, first_step):
        walk = fought(army(squad("foot", 8, 0, delay=delay)), far_post())
        assert steps(walk)[:2] == [first_step, first_step + 2]

    def test_those_who_wait_strike_what_is_in_reach(self):
        wait = fought(army(squad("bow", 8, 8, delay=30)), army(post(8, COLUMNS - 1 - 12)))
        assert strikes(wait)[:2] == [(0, OTHER_SIDE), (5, OTHER_SIDE)]
        assert steps(wait)[0] >= 30


def passes(walked, row, column):
    """Whether a path comes next to a cell."""
    return any(max(abs(row - r), abs(column - c)) <= 1 for r, c in walked)


class TestRoutes:
    """Own way points (1, 9) and (3, 20) in the north; 14 and 12 are these rows in the south."""

    def test_direct(self):
        ride = fought(army(squad("horse", 8, 0, "charge direct")), far_post())
        assert path(ride) == [(8, column) for column in range(23)]

    def test_north(self):
        ride = path(fought(army(squad("horse", 8, 0, "charge north")), far_post()))
        assert passes(ride, 1, 9)
        assert passes(ride, 3, 20)
        assert passes(ride, 8, 23)
        # Eight columns to (1, 8), and on by a column a step until row 3 is left for row 7.
        assert [column for _, column in ride[:20]] == list(range(20))
        assert min(row for row, _ in ride) <= 2

    def test_south_is_its_mirror_image(self):
        north = fought(army(squad("horse", 8, 0, "charge north")), far_post())
        south = fought(army(squad("horse", 7, 0, "charge south")), army(post(7, 0)))
        assert path(south) == [(ROWS - 1 - row, column) for row, column in path(north)]
        assert passes(path(south), 14, 9)
        assert passes(path(south), 12, 20)

    def test_the_right_side_rides_it_mirrored(self):
        north = fought(army(squad("horse", 8, 0, "charge north")), far_post(), first=0)
        other = fought(far_post(), army(squad("horse", 8, 0, "charge north")), first=1)
        mirrored = [(row, COLUMNS - 1 - column) for row, column in path(north)]
        assert path(other, OTHER_SIDE) == mirrored

    def test_an_enemy_two_cells_off_ends_it(self):
        # It begins 2 cells from a post that stands away from its route.
        right = army(post(8, 0), post(5, COLUMNS - 1 - 4))
        ride = path(fought(army(squad("horse", 3, 3, "charge north")), right))
        assert passes(ride[-1:], 5, 4)
        assert not passes(ride, 1, 9)

    def test_an_enemy_three_cells_off_does_not(self):
        right = army(post(8, 0), post(5, COLUMNS - 1 - 5))
        assert passes(path(fought(army(squad("horse", 1, 0, "charge north")), right)), 1, 9)

    def test_walls_in_the_middle_of_the_field_leave_the_first_way_point(self):
        # As on passes: rock in the two middle columns, here with a gate in the south alone.
        wall = "." * 11 + "#"
        ground = ground_of({row: wall for row in range(ROWS) if row not in (12, 13)})
        ride = path(fought(army(squad("horse", 8, 0, "charge north")), far_post(), ground))
        assert passes(ride, 1, 9)
        assert not passes(path(fought(army(squad("horse", 8, 0)), far_post(), ground)), 1, 9)

    def test_way_points_that_cannot_be_reached_are_left_out(self):
        # Both lie in rock, so the squad rides straight.
        ground = lopsided({(1, 9): "#", (3, 20): "#"})
        ride = fought(army(squad("horse", 8, 0, "charge north")), far_post(), ground)
        assert path(ride) == [(8, column) for column in range(23)]


def test_the_side_that_moves_first_takes_the_cell_between():
    # Two riders 2 cells apart meet in tick 0: the first takes (8, 11) and then holds the other.
    left = army(squad("horse", 8, 10))
    right = army(squad("horse", 8, COLUMNS - 1 - 12))
    assert path(fought(left, right, first=0))[:2] == [(8, 10), (8, 11)]
    assert path(fought(left, right, first=1)) == [(8, 10)]
    assert path(fought(left, right, first=1), OTHER_SIDE)[:2] == [(8, 12), (8, 11)]


def test_sides_take_turns_to_be_first():
    # On foot both could step in tick 1, an odd one, in which the right side is first if the left
    # is in even ones. Squads decide by what they saw before either moved.
    left, right = army(squad("foot", 8, 10)), army(squad("foot", 8, COLUMNS - 1 - 12))
    assert path(fought(left, right, first=0), OTHER_SIDE)[:2] == [(8, 12), (8, 11)]
    assert path(fought(left, right, first=1))[:2] == [(8, 10), (8, 11)]


def test_a_battle_where_no_one_moves_lasts_all_its_ticks():
    still = outcome_of(army(post(8, 3)), army(post(8, 3)), 300)
    assert still.ticks[0, 0] == 300
