"""Equilibria and circles of games whose solution is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.tactics.game import cycle_share, effective_size, exploitability, nash

ROCK_PAPER_SCISSORS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], float)
"""What the row wins of the column."""


def weighted(a, b, c):
    """The first beats the second by a, the second the third by c, the third the first by b."""
    return np.array([[0, a, -b], [-a, 0, c], [b, -c, 0]], float)


def padded(payoff, extra):
    """With tactics that lose to each of the first ones by 1 and draw with one another."""
    count = len(payoff)
    larger = np.zeros((count + extra, count + extra))
    larger[:count, :count] = payoff
    larger[:count, count:], larger[count:, :count] = 1, -1
    return larger


def any_game(seed, count=8):
    draws = np.random.default_rng(seed).uniform(-1, 1, (count, count))
    return (draws - draws.T) / 2


class TestNash:
    def test_of_rock_paper_scissors_plays_each_as_often(self):
        np.testing.assert_allclose(nash(ROCK_PAPER_SCISSORS), 1 / 3, atol=1e-3)

    def test_of_uneven_circles(self):
        # Each is played in proportion to what the other two play for: (c, b, a).
        mixture = nash(weighted(0.2, 0.5, 0.3))
        np.testing.assert_allclose(mixture, [0.3, 0.5, 0.2], atol=5e-3)

    def test_plays_nothing_that_is_dominated(self):
        np.testing.assert_allclose(nash(np.array([[0, 1], [-1, 0]])), [1, 0], atol=1e-3)
        np.testing.assert_allclose(
            nash(padded(ROCK_PAPER_SCISSORS, 2)), [1 / 3] * 3 + [0, 0], atol=1e-3
        )

    def test_of_one_tactic(self):
        assert nash(np.zeros((1, 1))).tolist() == [1]

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_nobody_gains_by_playing_otherwise(self, seed):
        payoff = any_game(seed)
        before = payoff.copy()
        mixture = nash(payoff)
        assert mixture.sum() == pytest.approx(1) and (mixture >= 0).all()
        assert exploitability(payoff, mixture) < 5e-3
        np.testing.assert_array_equal(payoff, before)

    @settings(max_examples=10, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_does_not_hang_on_the_order_of_tactics(self, seed):
        payoff = any_game(seed, 5)
        order = np.random.default_rng(seed).permutation(5)
        shuffled = nash(payoff[np.ix_(order, order)])
        np.testing.assert_allclose(shuffled, nash(payoff)[order], atol=1e-3)

    def test_more_rounds_come_nearer(self):
        payoff = any_game(0)
        found = [exploitability(payoff, nash(payoff, rounds)) for rounds in (10, 300, 10_000)]
        assert found[0] > found[1] > found[2] >= -1e-12


class TestExploitability:
    def test_by_hand(self):
        rock, even = np.array([1.0, 0, 0]), np.full(3, 1 / 3)
        assert exploitability(ROCK_PAPER_SCISSORS, rock) == 1
        assert exploitability(ROCK_PAPER_SCISSORS, even) == pytest.approx(0)
        # Against half rock and half paper, paper wins a half and scissors nothing on balance.
        mixed = np.array([0.5, 0.5, 0])
        assert exploitability(ROCK_PAPER_SCISSORS, mixed) == 0.5

    def test_is_never_below_what_the_mixture_wins_of_itself(self):
        payoff = any_game(1)
        mixtures = np.random.default_rng(1).dirichlet(np.ones(8), 20)
        assert all(exploitability(payoff, mixture) >= -1e-12 for mixture in mixtures)


class TestEffectiveSize:
    @pytest.mark.parametrize("count", [1, 2, 7])
    def test_of_equal_shares_is_how_many_there_are(self, count):
        assert effective_size(np.full(count, 1 / count)) == pytest.approx(count)
        assert effective_size(np.array([1 / count] * count + [0.0] * 3)) == pytest.approx(count)

    def test_of_uneven_ones_is_less(self):
        # Entropy 1/2 ln 2 + 2 * 1/4 ln 4 = 3/2 ln 2.
        assert effective_size(np.array([0.5, 0.25, 0.25])) == pytest.approx(2**1.5)


class TestCycleShare:
    def test_of_a_circle_is_one_either_way_round(self):
        assert cycle_share(ROCK_PAPER_SCISSORS) == cycle_share(ROCK_PAPER_SCISSORS.T) == 1

    def test_of_an_order_is_none(self):
        strength = np.arange(6.0)
        assert cycle_share(strength[:, None] - strength) == 0

    def test_is_of_all_triples(self):
        # One of four: the fourth tactic loses to all; one of ten with a fifth.
        assert cycle_share(padded(ROCK_PAPER_SCISSORS, 1)) == 1 / 4
        assert cycle_share(padded(ROCK_PAPER_SCISSORS, 2)) == 1 / 10

    def test_margins_that_are_not_clear_do_not_count(self):
        assert cycle_share(weighted(0.06, 0.06, 0.06)) == 1
        assert cycle_share(weighted(0.06, 0.06, 0.04)) == 0

    def test_of_fewer_than_three(self):
        assert cycle_share(np.zeros((2, 2))) == 0

    def test_of_random_games_is_about_a_quarter(self):
        signs = np.sign(any_game(3, 40))
        assert cycle_share(signs) == pytest.approx(0.25, abs=0.03)
