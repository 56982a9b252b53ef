"""What tactics are like, by hand: squads that are the same, and which tactic of the book."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.tactics.likeness import COPIED_PLAN, NEW_PLAN, nearest_in_book, plan_distances
from creative_envs.tactics.novelty import NoveltyScale
from creative_envs.tactics.opponents.book import TRAINING_NAMES, held_out_book, training_book
from creative_envs.tactics.squads import flipped, no_squads
from creative_envs.tactics.vocabulary import COLUMN, DELAY, PRIORITY, ROUTE, ROW, STANCE, TYPE

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


def apart(one, other):
    return float(plan_distances(one, other[:, None])[0, 0])


class TestPlans:
    @pytest.mark.parametrize(
        "column, by, same",
        [(TYPE, 1, False), (STANCE, 1, False), (ROUTE, 1, False), (ROW, 1, True), (ROW, -2, False),
         (COLUMN, -1, True), (COLUMN, 2, False), (PRIORITY, 1, True), (DELAY, 1, True)],
    )  # fmt: skip
    def test_squads_are_the_same_if_they_do_the_same_there(self, column, by, same):
        assert apart(tactic(BASE), tactic(changed(column, by))) == (0 if same else 1)

    def test_by_hand(self):
        kinds = [changed(TYPE, k) for k in range(5)]
        # Four of five: shared 4 of 6. Two of five, and two of two and three others: 2 of 5.
        assert apart(tactic(*kinds), tactic(*kinds[:4], changed(ROW, 5))) == pytest.approx(2 / 6)
        assert apart(tactic(*kinds), tactic(*kinds[:2])) == pytest.approx(3 / 5)

    def test_a_squad_is_matched_once(self):
        assert apart(tactic(BASE, BASE, BASE), tactic(BASE)) == pytest.approx(2 / 3)
        assert apart(tactic(BASE), tactic(BASE, BASE, BASE)) == pytest.approx(2 / 3)

    def test_order_does_not_matter_and_none_is_like_none(self):
        kinds = [changed(TYPE, k) for k in range(5)]
        assert apart(tactic(*kinds), tactic(*kinds[::-1])) == 0
        assert apart(no_squads(1), no_squads(1)) == 0 and apart(no_squads(1), tactic(BASE)) == 1

    def test_is_symmetric(self):
        every = np.concatenate([training_book(), held_out_book()])
        found = plan_distances(every, np.broadcast_to(every, (16, *every.shape)))
        assert (found == found.T).all() and not np.diagonal(found).any()

    def test_no_tactic_of_the_book_is_a_copy_of_another_that_training_may_meet(self):
        book = training_book()
        every = np.concatenate([book, held_out_book()])
        either_flank = np.concatenate([book, flipped(book)])
        found = plan_distances(every, np.broadcast_to(either_flank, (16, *either_flank.shape)))
        found[np.arange(8), np.arange(8)] = found[np.arange(8), np.arange(8) + 8] = 1
        assert (found > COPIED_PLAN).all()


class TestNearest:
    FAR = np.array([[0.9, 0.5, 0.9, 0.9, 0.9, 0.9]], np.float32)

    @staticmethod
    def scale():
        known = np.tile(np.linspace(0, 0.07, 8, dtype=np.float32)[:, None], (1, 6))
        known[:, 1] = 0.5
        return NoveltyScale(known, np.ones(6, np.float32), 0.1, 0.5)

    def nearest(self, descriptors, army):
        book = np.concatenate([training_book(), flipped(training_book())])[None]
        (found,) = nearest_in_book(self.scale(), descriptors, army, book)
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
        # Half of a dozen squads: 6 of 12 are shared with the book's, .5 between .35 and .7.
        army = training_book()[:1].copy()
        used = int((army[0, :, TYPE] >= 0).sum())
        army[0, used // 2 : used] = -1
        kept = used // 2
        found = self.nearest(self.FAR, army)
        expected = (1 - kept / used - COPIED_PLAN) / (NEW_PLAN - COPIED_PLAN)
        assert found.distance == pytest.approx(expected)
        assert found.name == "phalanx (book)"
