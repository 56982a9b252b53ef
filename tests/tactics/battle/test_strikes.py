"""What blows take, and when they fall, worked out by hand; see `fields` for the units."""

from __future__ import annotations

import pytest

from creative_envs.tactics.battle.strikes import (
    CHARGE_EXPOSED,
    HOLD_COVERED,
    HOLD_POWER,
    MELEE_COVER,
    RANGED_COVER,
    SURROUND_BONUS,
)
from creative_envs.tactics.vocabulary import COLUMNS, MAX_TICKS, TERRAIN_SIGNS
from tests.tactics.battle.fields import (
    OTHER_SIDE,
    PLAIN_GROUND,
    ROUND,
    army,
    fought,
    ground_of,
    lopsided,
    losses,
    mark,
    outcome_of,
    path,
    post,
    squad,
    steps,
    strikes,
    table_of,
)

FULL = 7000
"""Strength points of a squad of strength 100."""


def at(column):
    """Own column of the right side that is this one of the field."""
    return COLUMNS - 1 - column


def first_blow(kind, ground=PLAIN_GROUND, cells=1, table=ROUND):
    """What a squad at (8, 8) takes of a mark so many cells off in tick 0, before anybody moves."""
    met = fought(army(squad(kind, 8, 8)), army(mark(8, at(8 + cells))), ground, table)
    return losses(met)[0]


class TestMelee:
    def test_power_times_multiplier(self):
        # 10 * 100 per cent, in the unit of 1 / 70 of the table's strength.
        assert first_blow("foot") == 1000
        assert first_blow("giant") == 10000
        assert first_blow("foot", table=table_of({("foot", "post"): 150})) == 1500
        assert first_blow("foot", table=table_of({("foot", "post"): 30})) == 300

    @pytest.mark.parametrize("sign, blow", [(".", 1000), ("f", 850), ("^", 750), ("~", 1300)])
    def test_cover_where_the_target_stands(self, sign, blow):
        assert first_blow("foot", ground_of(everywhere=sign)) == blow
        assert first_blow("foot", lopsided({(8, 9): sign})) == blow

    @pytest.mark.parametrize("sign", "f^~")
    def test_not_where_the_striker_stands(self, sign):
        assert first_blow("foot", lopsided({(8, 8): sign})) == 1000

    def test_those_who_charge_take_no_more(self):
        charging = army(squad("post", 8, at(9), "charge"))
        assert losses(fought(army(squad("foot", 8, 8)), charging))[0] == 1000

    def test_the_weakened_strike_less(self):
        # Both lose 1000 of 7000 in tick 0, then strike with 6000 / 7000 of 1000: 857.
        duel = fought(army(squad("foot", 8, 8)), army(squad("foot", 8, at(9))))
        assert list(losses(duel).items())[:2] == [(0, 1000), (5, 857)]
        assert losses(duel) == losses(duel, 0)

    def test_the_least_blow_takes_one_point(self):
        # Strength 50 is 3500 points, of which the giant leaves 100. The other's power of 30 then
        # comes to 30 * 100 // 3500 = 0.
        table = table_of(
            {("mage", "giant"): 30}, strength={"mage": 50}, melee={"giant": 34, "mage": 1}
        )
        duel = fought(army(squad("mage", 8, 8)), army(squad("giant", 8, at(9))), table=table)
        assert losses(duel) == {0: 30, 5: 1}
        assert losses(duel, 0)[0] == 3400


class TestShots:
    @pytest.mark.parametrize("sign, blow", [(".", 1000), ("f", 600), ("^", 800), ("~", 1250)])
    def test_cover_where_the_target_stands(self, sign, blow):
        assert first_blow("bow", lopsided({(8, 11): sign}), cells=3) == blow
        assert first_blow("bow", lopsided({(8, 8): sign}), cells=3) == 1000

    @pytest.mark.parametrize("sign, blow", [(".", 1000), ("f", 1000), ("^", 1000), ("~", 1250)])
    def test_piercing_ones_ignore_it_but_not_the_want_of_it(self, sign, blow):
        assert first_blow("mage", lopsided({(8, 11): sign}), cells=3) == blow

    @pytest.mark.parametrize(
        "kind, sign, blow",
        [
            # 25 per cent of the plain blow more, whatever the cover: 100, 60, 80, 125 and 25.
            ("bow", ".", 1250),
            ("bow", "f", 850),
            ("bow", "^", 1050),
            ("bow", "~", 1500),
            # 100 of the piercing, and 25.
            ("mage", "f", 1250),
        ],
    )
    def test_do_those_who_charge_more_harm(self, kind, sign, blow):
        # They stand where they are in tick 0, and the blow falls before they move.
        left = army(squad(kind, 8, 8))
        charging = army(squad("post", 8, at(11), "charge"))
        assert losses(fought(left, charging, lopsided({(8, 11): sign})))[0] == blow

    @pytest.mark.parametrize("stance", ["advance", "skirmish"])
    def test_but_not_the_others(self, stance):
        left, right = army(squad("bow", 8, 8)), army(mark(8, at(11), stance))
        assert losses(fought(left, right))[0] == 1000

    @pytest.mark.parametrize("stance", ["charge", "advance", "skirmish"])
    def test_and_those_who_charge_shoot_no_better(self, stance):
        assert losses(fought(army(squad("bow", 8, 8, stance)), army(mark(8, at(11)))))[0] == 1000

    def test_piercing_is_for_shots_only(self):
        # Hand to hand its power is 5.
        assert first_blow("mage", lopsided({(8, 9): "f"})) == 425

    def test_take_their_own_power_and_multiplier(self):
        table = table_of({("bow", "post"): 200}, {("bow", "post"): 150})
        assert first_blow("bow", cells=2, table=table) == 1500
        assert first_blow("bow", cells=1, table=table) == 1000

    def test_fly_over_rocks_and_friends(self):
        walls = lopsided({(8, 9): "#", (8, 10): "#"})
        assert first_blow("bow", walls, cells=3) == 1000

    def test_throwers_shoot_though_they_are_no_shooters(self):
        # 5 * 100 at 2 cells, in tick 0; it steps up in tick 1 and, as it is made for melee, needs
        # no time after that: its next blow falls in tick 5, of power 10. The mark has struck it
        # in tick 2, for 100 of 7000: 1000 * 6900 // 7000 = 985.
        rush = fought(army(squad("thrower", 8, 8)), army(mark(8, at(10))))
        assert list(losses(rush).items())[:2] == [(0, 500), (5, 985)]
        assert steps(rush) == [1]


def held(power):
    """What of a power a squad on hold strikes with."""
    return power * HOLD_POWER // 100


class TestHold:
    """The power of 1000 is the plain blow of "foot" and shot of "bow" and "mage"."""

    def test_is_worth_what_it_costs(self):
        # The sense of the two numbers, whatever they are.
        assert 0 < HOLD_POWER < 100
        assert 0 < HOLD_COVERED < min(RANGED_COVER)

    @pytest.mark.parametrize(
        "kind, cells, power", [("foot", 1, 1000), ("mage", 1, 500), ("bow", 3, 1000)]
    )
    def test_strikes_with_part_of_its_power(self, kind, cells, power):
        target = army(mark(8, at(8 + cells)))
        assert losses(fought(army(squad(kind, 8, 8, "hold")), target))[0] == held(power)
        for stance in ("charge", "advance", "skirmish"):
            assert losses(fought(army(squad(kind, 8, 8, stance)), target))[0] == power

    def test_once_it_has_stepped_up_as_well(self):
        # It answers an enemy 2 cells off with a step in tick 1 and a blow in tick 2.
        answer = fought(army(squad("foot", 8, 8, "hold")), army(mark(8, at(10))))
        assert steps(answer) == [1]
        assert next(iter(losses(answer).items())) == (2, held(1000))

    def test_part_of_what_cover_and_surround_bonus_make_of_it(self):
        # Two foot strike one in a forest, one after the other: both weaker, the second surrounds.
        left = army(squad("foot", 8, 8, "hold"), squad("foot", 9, 8, "hold"))
        met = fought(left, army(mark(8, at(9))), lopsided({(8, 9): "f"}))
        power = 10 * MELEE_COVER[TERRAIN_SIGNS.index("f")]
        assert losses(met)[0] == held(power) + held(power * (100 + SURROUND_BONUS) // 100)

    def test_part_of_what_is_left_of_it(self):
        # Struck for 1000 of 7000 in tick 0, its second blow is weaker still.
        left = army(squad("foot", 8, 8, "hold"))
        duel = fought(left, army(squad("foot", 8, at(9))))
        assert losses(duel)[5] == held(1000) * 6000 // 7000
        assert losses(duel, 0)[5] == 1000 * (7000 - held(1000)) // 7000

    @pytest.mark.parametrize("sign", ".f^~")
    def test_shots_take_less_of_it(self, sign):
        # Percentage points of the plain shot, off what its ground leaves.
        ground, right = lopsided({(8, 11): sign}), army(post(8, at(11)))
        shot = losses(fought(army(squad("bow", 8, 8)), right, ground))[0]
        assert shot == 10 * (RANGED_COVER[TERRAIN_SIGNS.index(sign)] - HOLD_COVERED)
        assert shot == first_blow("bow", ground, cells=3) - 10 * HOLD_COVERED

    @pytest.mark.parametrize("sign, cover", [(".", 100), ("f", 100), ("^", 100), ("~", 125)])
    def test_those_of_the_piercing_too(self, sign, cover):
        # They ignore the ground, not that heads are down.
        ground, right = lopsided({(8, 11): sign}), army(post(8, at(11)))
        shot = losses(fought(army(squad("mage", 8, 8)), right, ground))[0]
        assert shot == 10 * (cover - HOLD_COVERED)

    def test_the_opposite_of_a_charge(self):
        shots = {
            stance: losses(fought(army(squad("bow", 8, 8)), army(mark(8, at(11), stance))))[0]
            for stance in ("charge", "hold")
        }
        assert shots == {
            "charge": 10 * (100 + CHARGE_EXPOSED),
            "hold": 10 * (100 - HOLD_COVERED),
        }

    @pytest.mark.parametrize("sign", ".f^~")
    def test_blows_hand_to_hand_take_no_less(self, sign):
        ground, right = lopsided({(8, 9): sign}), army(post(8, at(9)))
        blow = losses(fought(army(squad("foot", 8, 8)), right, ground))[0]
        assert blow == 10 * MELEE_COVER[TERRAIN_SIGNS.index(sign)]

    def test_two_who_hold_shoot_at_each_other_weakly(self):
        # Less of the shot, and that struck with part of its power.
        duel = fought(army(squad("mage", 8, 8, "hold")), army(squad("mage", 8, at(11), "hold")))
        assert losses(duel)[0] == losses(duel, 0)[0] == held(10 * (100 - HOLD_COVERED))


class TestTimes:
    def test_reload(self):
        assert strikes(fought(army(squad("foot", 8, 8)), army(post(8, at(9)))))[:4] == [
            (tick, OTHER_SIDE) for tick in (0, 5, 10, 15)
        ]
        table = table_of(reload={"foot": 1})
        swift = fought(army(squad("foot", 8, 8)), army(post(8, at(9))), table=table)
        assert [tick for tick, _ in strikes(swift)[:3]] == [0, 1, 2]

    def test_shooters_reload_after_moving(self):
        # In reach of 4 after its step in tick 1; two ticks later, in tick 3, it shoots.
        left = army(squad("bow", 8, 7, "advance"))
        shot = fought(left, army(post(8, at(12))))
        assert steps(shot)[0] == 1
        assert strikes(shot)[0] == (3, OTHER_SIDE)

    def test_others_strike_as_soon_as_they_arrive(self):
        # To the next cell in tick 1, a blow in tick 2.
        rush = fought(army(squad("foot", 8, 7)), army(post(8, at(9))))
        assert steps(rush) == [1]
        assert strikes(rush)[0] == (2, OTHER_SIDE)

    def test_without_ammunition_shooters_fight_hand_to_hand(self):
        # Three shots at 4 cells, in ticks 0, 5 and 10, after the last of which it walks: steps in
        # ticks 11, 13, 15 take it to the next cell, where its power is 5; reloaded since tick 15.
        left = army(squad("bow", 8, 8, "advance"))
        walk = fought(left, army(mark(8, at(12))))
        assert list(losses(walk).items())[:4] == [(0, 1000), (5, 1000), (10, 1000), (16, 500)]
        assert steps(walk) == [11, 13, 15]
        assert path(walk)[-1] == (8, 11)

    def test_hand_to_hand_spares_ammunition(self):
        # Beside one post it strikes it, for 500 each, for ever.
        left = army(squad("bow", 8, 8))
        blows = losses(fought(left, army(post(8, at(9)))))
        # The post's own blows of 70 of 7000 every 20 ticks weaken it a little.
        assert next(iter(blows.values())) == 500
        assert list(blows) == list(range(0, MAX_TICKS, 5))


class TestImpact:
    @pytest.mark.parametrize("cells, blow", [(2, 1000), (3, 2000), (4, 2000)])
    def test_after_a_run_of_three_cells(self, cells, blow):
        # Impact 100: the blow is doubled. A cell a tick, so it falls in the tick after the run.
        run = fought(army(squad("lancer", 8, 8)), army(post(8, at(8 + cells + 1))))
        assert steps(run) == list(range(cells))
        assert losses(run)[cells] == blow

    def test_only_the_first_strike_has_it(self):
        run = fought(army(squad("lancer", 8, 5)), army(post(8, at(9))))
        assert next(iter(losses(run).values())) == 2000
        assert max(list(losses(run).values())[1:]) <= 1000

    def test_others_have_none(self):
        assert losses(fought(army(squad("horse", 8, 4)), army(post(8, at(9)))))[4] == 1000

    def test_doubles_what_cover_leaves(self):
        # 1000 * 85 per cent, doubled.
        run = fought(army(squad("lancer", 8, 4)), army(post(8, at(9))), lopsided({(8, 9): "f"}))
        assert losses(run)[4] == 1700


class TestManyAgainstOne:
    THREE = army(squad("foot", 7, 8), squad("foot", 8, 8), squad("foot", 9, 8))

    def test_surround_bonus(self):
        # 1000, then 12 and 24 per cent more.
        assert losses(fought(self.THREE, army(post(8, at(9)))))[0] == 1000 + 1120 + 1240

    def test_surround_bonus_of_the_rules(self):
        for bonus, taken in ((0, 3000), (12, 3360), (50, 4500)):
            outcome = outcome_of(self.THREE, army(post(8, at(9))), 1, surround_bonus=bonus)
            assert outcome.dealt[0, 0].tolist() == [taken, 0]

    def test_shots_have_no_such_bonus_and_give_none(self):
        # A shot of 1000 beside a blow of 1000.
        mixed = army(squad("bow", 8, 6), squad("foot", 8, 8), squad("bow", 8, 5))
        assert losses(fought(mixed, army(mark(8, at(9)))))[0] == 3000

    def test_each_target_has_its_own(self):
        # Two posts, each struck by the one next to it alone.
        left = army(squad("foot", 6, 8), squad("foot", 10, 8))
        pair = fought(left, army(post(6, at(9)), post(10, at(9))))
        assert losses(pair)[0] == losses(pair, OTHER_SIDE + 1)[0] == 1000

    def test_what_is_too_much_is_wasted(self):
        # Both giants strike the nearest that comes first, of 7000 points, with 10000 each; the
        # other one next to them stays whole in that tick.
        left = army(squad("giant", 7, 8), squad("giant", 8, 8))
        right = army(squad("foot", 8, at(9)), squad("foot", 7, at(9)))
        met = fought(left, right)
        assert losses(met) == {0: FULL}
        assert losses(met, OTHER_SIDE + 1) == {5: FULL}


class TestAtOnce:
    def test_both_can_fall(self):
        # 10000 each of 7000: both are gone after tick 0, and nothing is held by any side.
        duel = fought(army(squad("giant", 8, 8)), army(squad("giant", 8, at(9))))
        assert duel.strength[:, [0, OTHER_SIDE]].tolist() == [[FULL, FULL], [0, 0]]
        assert duel.outcome.ticks[0, 0] == 1
        assert duel.outcome.value.sum() == duel.outcome.zones.sum() == 0

    @pytest.mark.parametrize("first", [0, 1])
    def test_who_moves_first_does_not_strike_first(self, first):
        duel = fought(army(squad("foot", 8, 8)), army(squad("foot", 8, at(9))), first=first)
        assert losses(duel) == losses(duel, 0)

    def test_the_fallen_leave_their_cell(self):
        # The giant fells the first in tick 0; the rider behind it takes that cell in tick 1.
        right = army(squad("foot", 8, at(9)), squad("horse", 8, at(10)))
        met = fought(army(squad("giant", 8, 8, "hold")), right)
        assert losses(met) == {0: FULL}
        assert (8, 9) in path(met, OTHER_SIDE + 1)
