"""Novelty: distances worked out by hand, and that what repeats is not new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.tactics.likeness import COPIED_PLAN, NEW_PLAN
from creative_envs.tactics.novelty import (
    FARTHEST,
    MEMORY_SIZE,
    NoveltyScale,
    folded,
    nearest_mean,
)

ORIGIN = [0.0, 0.5, 0, 0, 0, 0]
"""Leaning to neither flank."""
ASYMMETRY = 1
HALF_COPIED = (COPIED_PLAN + NEW_PLAN) / 2


def row(*values):
    return np.array([values], np.float32)


def moved(**by):
    """The origin moved along some of its six parts, given by number."""
    place = list(ORIGIN)
    for part, distance in by.items():
        place[int(part[1:])] += distance
    return place


def scale_of(*known, spread=(1, 1, 1, 1, 1, 1), copied=0.1, new=0.5):
    return NoveltyScale(
        np.array(known, np.float32), np.array(spread, np.float32), float(copied), float(new)
    )


def memories(*works, count=3):
    """Earlier works of one episode (1, count, 7), the rest of them not yet made."""
    earlier = np.zeros((1, count, 1 + MEMORY_SIZE), np.float32)
    for place, work in enumerate(works):
        earlier[0, place] = (1, *work)
    return earlier


def scored(scale, work, quality=1.0, earlier=None, plans=(1.0,)):
    """Novelty, and the distances to the book and to own works; of squads of its own by default."""
    earlier = memories() if earlier is None else earlier
    novelty, terms = scale.score(row(*work), np.array([plans]), np.array([quality]), earlier)
    assert novelty.dtype == terms.dtype == np.float32 and terms.shape == (1, 3)
    assert terms[0, 2] == pytest.approx(min(plans))
    return float(novelty[0]), terms[0, :2].tolist()


class TestDistances:
    def test_by_hand(self):
        # Moved by 0.3 and 0.4: 0.5. Each divided by its spread, of 0.1 and 0.2: 3 and 2.
        work, others = row(*moved(d0=0.3, d3=0.4)), np.array([[ORIGIN]], np.float32)
        assert scale_of(ORIGIN).distances(work, others)[0, 0] == pytest.approx(0.5)
        apart = scale_of(ORIGIN, spread=(0.1, 1, 1, 0.2, 1, 1)).distances(work, others)[0, 0]
        assert apart == pytest.approx(np.sqrt(13))

    def test_either_flank_is_alike(self):
        scale = scale_of(ORIGIN)
        north, south = moved(d1=-0.3), moved(d1=0.3)
        others = np.array([[north, south, ORIGIN]], np.float32)
        assert scale.distances(row(*north), others)[0] == pytest.approx([0, 0, 0.3], abs=1e-6)

    def test_folding_touches_the_lean_alone(self):
        work = row(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
        before = work.copy()
        assert folded(work)[0] == pytest.approx([0.1, 0.3, 0.3, 0.4, 0.5, 0.6])
        np.testing.assert_array_equal(work, before)

    def test_are_each_works_to_its_own_others(self):
        works = np.array([ORIGIN, moved(d0=0.5)], np.float32)
        others = np.array([[ORIGIN], [moved(d0=0.25)]], np.float32)
        assert scale_of(ORIGIN).distances(works, others).tolist() == [[0], [0.25]]
        common = np.array([[ORIGIN, moved(d0=0.25)]], np.float32)
        assert scale_of(ORIGIN).distances(works, common).tolist() == [[0, 0.25], [0.5, 0.25]]

    def test_three_nearest(self):
        rows = np.array([[9.0, 1.0, 2.0, 6.0], [4.0, 4.0, 4.0, 0.0]])
        assert nearest_mean(rows) == pytest.approx([3, 8 / 3])
        assert nearest_mean(np.array([[2.0, 4.0]])).tolist() == [3]

    def test_to_the_book_by_hand(self):
        # 0.1, 0.2, 0.6 and 0.9 off: the three nearest are 0.3 off on average.
        scale = scale_of(*(moved(d0=off) for off in (0.9, 0.1, 0.6, 0.2)))
        _, (book, own) = scored(scale, ORIGIN)
        assert book == pytest.approx(0.3) and own == FARTHEST


class TestScore:
    @pytest.mark.parametrize(
        "away, novelty", [(0, 0), (0.05, 0), (0.1, 0), (0.2, 0.25), (0.4, 0.75), (0.5, 1), (0.9, 1)]
    )
    def test_leads_from_copies_at_a_to_new_at_b(self, away, novelty):
        scale = scale_of(ORIGIN)
        assert scored(scale, moved(d2=away))[0] == pytest.approx(novelty, abs=1e-6)

    @pytest.mark.parametrize(
        "quality, gate", [(0, 0), (0.05, 0.1), (0.25, 0.5), (0.5, 1), (0.7, 1), (1, 1)]
    )
    def test_what_loses_earns_little_by_being_different(self, quality, gate):
        far, half = moved(d2=0.9), moved(d2=0.3)
        assert scored(scale_of(ORIGIN), far, quality)[0] == pytest.approx(gate)
        assert scored(scale_of(ORIGIN), half, quality)[0] == pytest.approx(gate / 2)

    def test_the_gate_leaves_the_distances(self):
        scale = scale_of(ORIGIN)
        assert scored(scale, moved(d2=0.3), 0.1)[1] == scored(scale, moved(d2=0.3), 1.0)[1]

    @pytest.mark.parametrize(
        "plan, novelty",
        [(0, 0), (COPIED_PLAN, 0), (HALF_COPIED, 0.5), (NEW_PLAN, 1), (1, 1)],
    )
    def test_squads_of_the_book_are_not_new_however_they_fight(self, plan, novelty):
        far = moved(d2=0.9)
        assert scored(scale_of(ORIGIN), far, plans=(plan,))[0] == pytest.approx(novelty)
        assert scored(scale_of(ORIGIN), far, plans=(1, plan, 1))[0] == pytest.approx(novelty)
        assert scored(scale_of(ORIGIN), far, 0.25, plans=(plan,))[0] == pytest.approx(novelty / 2)

    def test_the_less_new_of_both_counts(self):
        # By battle (0.2 - 0.1) / 0.4, by squads a half; then by battle three quarters.
        for away, novelty in ((0.2, 0.25), (0.4, 0.5)):
            found, _ = scored(scale_of(ORIGIN), moved(d2=away), plans=(HALF_COPIED,))
            assert found == pytest.approx(novelty, abs=1e-6)

    @given(st.integers(0, 2**32 - 1))
    def test_laws(self, seed):
        rng = np.random.default_rng(seed)
        scale = scale_of(*rng.random((9, 6)), spread=rng.uniform(0.05, 0.5, 6), copied=1, new=3)
        works, quality = rng.random((20, 6), np.float32), rng.random(20)
        plans = rng.random((20, 8)) ** 0.2
        earlier = np.zeros((20, 4, 7), np.float32)
        earlier[:, :, 0] = rng.random((20, 4)) < 0.5
        earlier[:, :, 1:] = rng.random((20, 4, 6))
        novelty, terms = scale.score(works, plans, quality, earlier)
        assert (novelty >= 0).all() and (novelty <= 1).all()
        assert (novelty <= np.minimum(2 * quality, 1) + 1e-6).all()
        # Alone each scores the same; and so does each with its flanks exchanged.
        for place in range(20):
            one = (part[place, None] for part in (works, plans, quality, earlier))
            alone, _ = scale.score(*one)
            assert alone[0] == novelty[place]
        turned, before = works.copy(), earlier.copy()
        turned[:, ASYMMETRY] = 1 - works[:, ASYMMETRY]
        before[:, ::2, 1 + ASYMMETRY] = 1 - earlier[:, ::2, 1 + ASYMMETRY]
        again, distances = scale.score(turned, plans, quality, before)
        np.testing.assert_allclose(again, novelty, atol=1e-4)
        np.testing.assert_allclose(distances, terms, rtol=1e-4, atol=1e-4)


class TestOwnWorks:
    FAR = moved(d2=0.9)

    def test_a_repeat_is_not_new(self):
        novelty, terms = scored(scale_of(ORIGIN), self.FAR, earlier=memories(self.FAR))
        assert novelty == 0 and terms == [pytest.approx(0.9), 0]

    def test_nor_is_its_mirror_image(self):
        north, south = moved(d2=0.9, d1=-0.4), moved(d2=0.9, d1=0.4)
        novelty, terms = scored(scale_of(ORIGIN), south, earlier=memories(north))
        assert novelty == 0 and terms[1] == pytest.approx(0, abs=1e-6)

    def test_the_nearest_counts(self):
        # 0.6, 0.2 and 0.9 off; the book is 0.9 off: (0.2 - 0.1) / 0.4.
        earlier = memories(moved(d2=0.3), moved(d2=0.7), ORIGIN)
        novelty, terms = scored(scale_of(ORIGIN), self.FAR, earlier=earlier)
        assert terms == pytest.approx([0.9, 0.2]) and novelty == pytest.approx(0.25, abs=1e-5)

    def test_but_the_book_where_it_is_nearer(self):
        far = memories(moved(d3=0.9))
        novelty, terms = scored(scale_of(ORIGIN), moved(d2=0.2), earlier=far)
        assert terms[0] == pytest.approx(0.2) and terms[1] > 0.9
        assert novelty == pytest.approx(0.25, abs=1e-5)

    def test_works_that_are_not_made_yet_are_far(self):
        # Their rows hold zeros, which are a place like any other.
        zeros = [0.0] * 6
        novelty, terms = scored(scale_of(moved(d2=0.9)), zeros)
        assert terms[1] == FARTHEST and novelty == 1
        assert scored(scale_of(moved(d2=0.9)), zeros, earlier=memories(zeros))[0] == 0

    def test_without_a_memory(self):
        none = memories(count=0)
        assert none.shape == (1, 0, 7)
        novelty, terms = scored(scale_of(ORIGIN), self.FAR, earlier=none)
        assert novelty == 1 and terms[1] == FARTHEST
