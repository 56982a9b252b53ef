"""What tactics are like, by hand: squads that are the same, and which tactic of the book."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.tactics.likeness import (
    COPIED_PLAN,
    MOVED,
    NEW_PLAN,
    REACH,
    plan_distances,
    unlike_plan,
)
from creative_envs.tactics.novelty import NoveltyScale
from creative_envs.tactics.opponents.book import TRAINING_NAMES, held_out_book, training_book
from creative_envs.tactics.squads import cost_of, flipped, no_squads
from creative_envs.tactics.vocabulary import (
    COLUMN,
    DELAY,
    HOLD,
    LEAST_BUDGET,
    PRIORITY,
    ROUTE,
    ROW,
    STANCE,
    TYPE,
)
from tests.tactics.plans import SIZES, UNITS

BASE = (1, 4, 7, 0, 0, 0, 0)


def tactic(*squads):
    found = no_squads(1)
    for place, squad in enumerate(squads):
        found[0, place] = squad
    return found


def changed(column, by, squad=BASE):
    found = list(squad)
    found[column] += by
    return tuple(found)


COST = np.full(8, 20)
"""Of each type, so that three squads cost as much as the floor."""
PRICES = UNITS.records["cost"].copy()
ANCHORS = tuple((kind, kind, 2 * kind, 1, 0, 0, 0) for kind in range(2, 7))
"""Five squads that keep a tactic where it is: moved, none is another."""

FARTHEST = 2 * REACH
"""Of squads that are the same: the others may all be moved by `REACH` towards the one."""


def apart(one, other, cost=COST):
    return float(plan_distances(one, other, cost)[0, 0])


class TestPlans:
    @pytest.mark.parametrize(
        "column, by, same",
        [(TYPE, -1, False), (STANCE, 1, False), (ROUTE, 1, False),
         (ROW, FARTHEST, True), (ROW, -FARTHEST - 1, False), (COLUMN, -FARTHEST, True),
         (COLUMN, FARTHEST + 1, False), (PRIORITY, 1, True), (DELAY, 1, True)],
    )  # fmt: skip
    def test_squads_are_the_same_if_they_do_the_same_there(self, column, by, same):
        one, other = tactic(*ANCHORS, BASE), tactic(*ANCHORS, changed(column, by))
        assert apart(one, other) == pytest.approx(0 if same else 1 / 6)

    def test_by_hand(self):
        # All cost 20. Four of five: a fifth is other. Two of five, but of other types: three.
        other = [changed(TYPE, 6)] * 3
        assert apart(tactic(*ANCHORS), tactic(*ANCHORS[:4], BASE)) == pytest.approx(1 / 5)
        assert apart(tactic(*ANCHORS), tactic(*ANCHORS[:2], *other)) == pytest.approx(3 / 5)

    def test_what_is_part_of_the_other_is_the_same(self):
        whole, part = tactic(*ANCHORS, BASE), tactic(*ANCHORS[:3])
        assert apart(part, whole) == apart(whole, part) == 0

    @pytest.mark.parametrize("squads, distance", [(1, 2 / 3), (2, 1 / 3), (3, 0)])
    def test_few_squads_are_no_copy(self, squads, distance):
        """Sixty points, half of the smallest army, are what there must be of the other."""
        assert LEAST_BUDGET == 120
        assert apart(tactic(*ANCHORS[:squads]), tactic(*ANCHORS, BASE)) == pytest.approx(distance)

    def test_of_small_armies_half_is_enough(self):
        assert apart(tactic(*ANCHORS[:2]), tactic(*ANCHORS[:4]), COST // 10) == 0
        assert apart(tactic(*ANCHORS[:1]), tactic(*ANCHORS[:4]), COST // 10) == 0.5

    def test_dear_squads_count_for_more(self):
        cost = np.array([20, 20, 60, 20, 20, 20, 20, 20])  # of 140, the first anchor's 60
        kept, lost = tactic(*ANCHORS[:4], BASE), tactic(*ANCHORS[1:], BASE)
        assert apart(kept, tactic(*ANCHORS), cost) == pytest.approx(20 / 140)
        assert apart(lost, tactic(*ANCHORS), cost) == pytest.approx(20 / 100)

    def test_a_squad_is_matched_once(self):
        assert apart(tactic(BASE, BASE, BASE), tactic(BASE, *ANCHORS)) == pytest.approx(2 / 3)
        assert apart(tactic(BASE, *ANCHORS), tactic(BASE, BASE, BASE)) == pytest.approx(2 / 3)

    def test_none_is_like_none(self):
        assert apart(no_squads(1), tactic(BASE)) == 1

    @pytest.mark.parametrize(
        "down, across, same",
        [(MOVED, 0, True), (-MOVED, MOVED, True), (MOVED + REACH, -MOVED - REACH, True),
         (MOVED + REACH + 1, 0, False), (0, -MOVED - REACH - 1, False)],
    )  # fmt: skip
    def test_an_army_moved_as_a_whole_is_the_same(self, down, across, same):
        moved = tactic(*(changed(ROW, down, changed(COLUMN, across, s)) for s in ANCHORS))
        assert apart(moved, tactic(*ANCHORS)) == (0 if same else 1)

    def test_but_not_one_that_is_torn_apart(self):
        half = tactic(*(changed(ROW, MOVED, squad) for squad in ANCHORS[:2]), *ANCHORS[2:])
        assert apart(half, tactic(*ANCHORS)) == pytest.approx(2 / 5)

    @given(st.integers(0, 2**32 - 1))
    def test_laws(self, seed):
        rng = np.random.default_rng(seed)
        rows = rng.integers(0, SIZES, (6, 12, len(SIZES))).astype(np.int16)
        rows[:, :, TYPE] %= 2  # so that some are the same
        rows[:, :, STANCE:] = 0
        for row, used in zip(rows, rng.integers(1, 13, 6), strict=True):
            row[used:] = -1
        found = plan_distances(rows, rows, PRICES)
        assert (found >= 0).all() and (found <= 1).all() and found.max() > found.min()
        whole = cost_of(rows, PRICES) >= 60
        assert not np.diagonal(found)[whole].any()
        assert (found == found.T)[np.ix_(whole, whole)].all()
        # Neither flanks exchanged nor squads in another order make a difference.
        np.testing.assert_array_equal(plan_distances(flipped(rows), flipped(rows), PRICES), found)
        shuffled = np.stack([rng.permutation(row) for row in rows])
        np.testing.assert_array_equal(plan_distances(shuffled, rows, PRICES), found)
        alone = [plan_distances(row[None], rows, PRICES)[0] for row in rows]
        np.testing.assert_array_equal(alone, found)

    def test_no_tactic_of_the_book_is_a_copy_of_another_that_training_may_meet(self):
        every = np.concatenate([training_book(), held_out_book()])
        found = np.minimum(
            plan_distances(every, training_book(), PRICES),
            plan_distances(every, flipped(training_book()), PRICES),
        )
        found[np.arange(8), np.arange(8)] = 1
        assert (found > COPIED_PLAN).all()

    def test_the_scale(self):
        between = (COPIED_PLAN + NEW_PLAN) / 2
        found = unlike_plan(np.array([0, COPIED_PLAN, between, NEW_PLAN, 1]))
        assert found == pytest.approx([0, 0, 0.5, 1, 1])


class TestNearest:
    FAR = np.array([[0.9, 0.5, 0.9, 0.9, 0.9, 0.9]], np.float32)

    @staticmethod
    def scale():
        known = np.tile(np.linspace(0, 0.07, 8, dtype=np.float32)[:, None], (1, 6))
        known[:, 1] = 0.5
        return NoveltyScale(known, np.ones(6, np.float32), 0.1, 0.5)

    def nearest(self, descriptors, army):
        either = (plan_distances(army, book, PRICES) for book in (training_book(),
                  flipped(training_book())))  # fmt: skip
        (found,) = self.scale().nearest_references(descriptors, np.minimum(*either))
        return found

    def test_a_plan_of_the_book_is_a_copy_however_it_fought(self):
        for place, name in enumerate(TRAINING_NAMES):
            for army in (training_book(), flipped(training_book())):
                found = self.nearest(self.FAR, army[place : place + 1])
                assert (found.name, found.distance) == (f"{name} (book)", 0)

    def test_what_fights_like_the_book_is_like_it_whatever_its_squads(self):
        found = self.nearest(self.scale().known[5:6], tactic(BASE))
        assert (found.name, found.distance) == (f"{TRAINING_NAMES[5]} (book)", 0)

    def test_with_neither_it_is_its_own(self):
        found = self.nearest(self.FAR, tactic(BASE))
        assert found.distance == 1 and found.name == f"{TRAINING_NAMES[7]} (book)"

    def test_between_the_nearer_of_both_decides(self):
        # Three squads of the phalanx are told to hold, so that a quarter or so is another's.
        army = training_book()[:1].copy()
        army[0, :3, STANCE] = HOLD
        other = cost_of(army[:, :3], PRICES) / cost_of(army, PRICES)
        assert COPIED_PLAN < other < NEW_PLAN
        found = self.nearest(self.FAR, army)
        assert found.name == "phalanx (book)"
        assert found.distance == pytest.approx(unlike_plan(other)[0])
