"""Diversity: worked out by hand, and what must not change or raise it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.core.diversity import creative_yield, vendi_score
from creative_envs.core.errors import InvalidArgument

HALF = [[1, 0.5], [0.5, 1]]


def kernel_of(seed, count=6):
    """Similarities of works given by places on a line: any distances make a fair matrix."""
    place = np.random.default_rng(seed).uniform(0, 2, count)
    return np.clip(1 - np.abs(place[:, None] - place), 0, 1)


def repeated(kernel, times):
    """The matrix of a set in which every work is there so many times."""
    return np.kron(kernel, np.ones((times, times)))


class TestVendiScore:
    def test_by_hand(self):
        # Shares of 1/2: (1 + 1/4 + 1/4 + 1) / 4 = 5/8.
        assert vendi_score(HALF) == pytest.approx(8 / 5)
        # Shares of 3/4 and 1/4: 9/16 + 1/16 + 2 x 3/16 x 1/4 = 23/32.
        assert vendi_score(HALF, [3, 1]) == pytest.approx(32 / 23)

    def test_is_that_of_the_eigenvalues(self):
        points = np.random.default_rng(3).normal(size=(7, 4))
        kernel = np.exp(-((points[:, None] - points) ** 2).sum(axis=2))
        shares = np.arange(1, 8) / 28
        values = np.linalg.eigvalsh(np.sqrt(shares[:, None] * shares) * kernel)
        assert vendi_score(kernel, shares) == pytest.approx(1 / (values**2).sum())

    @pytest.mark.parametrize("count", [1, 2, 9])
    def test_counts_different_works_and_no_copies(self, count):
        assert vendi_score(np.eye(count)) == pytest.approx(count)
        assert vendi_score(np.ones((count, count))) == pytest.approx(1)

    def test_none_that_count_are_none(self):
        assert vendi_score(np.eye(3), [0, 0, 0]) == 0
        assert vendi_score(np.empty((0, 0))) == 0

    @given(st.integers(0, 2**32 - 1), st.integers(2, 4))
    def test_laws(self, seed, times):
        kernel, rng = kernel_of(seed), np.random.default_rng(seed)
        weights = rng.random(len(kernel)) + 0.01
        score = vendi_score(kernel, weights)
        assert 1 - 1e-9 <= score <= len(kernel) + 1e-9
        # Doubled weights, another order and copies of everything change nothing.
        order = rng.permutation(len(kernel))
        assert vendi_score(kernel, 2 * weights) == pytest.approx(score)
        assert vendi_score(kernel[order][:, order], weights[order]) == pytest.approx(score)
        assert vendi_score(repeated(kernel, times), weights.repeat(times)) == pytest.approx(score)
        # A work that does not count is not there.
        assert vendi_score(kernel, [*weights[:-1], 0]) == pytest.approx(
            vendi_score(kernel[:-1, :-1], weights[:-1])
        )
        # The less alike, the more various.
        assert vendi_score(np.maximum(kernel - 0.1, np.eye(len(kernel))), weights) >= score

    def test_a_duplicate_does_not_raise_it(self):
        twice = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])  # the third is the first again
        assert vendi_score(twice) < vendi_score(np.eye(2))

    def test_huge_and_tiny_weights(self):
        assert vendi_score(np.eye(2), [1e308, 1e308]) == pytest.approx(2)
        assert vendi_score(np.eye(2), [1e-320, 1e-320]) == pytest.approx(2)


class TestCreativeYield:
    def test_by_hand(self):
        # Worth .6 and .2, so shares of 3/4 and 1/4, as above.
        assert creative_yield([0.6, 0.2], HALF) == pytest.approx(0.4 * 32 / 23)

    def test_one_elite_repeated_is_worth_one(self):
        assert creative_yield(np.full(50, 0.8), np.ones((50, 50))) == pytest.approx(0.8)

    def test_noise_beside_it_halves_it(self):
        worth, noise = [0.8] * 4 + [0] * 4, np.eye(8)
        noise[:4, :4] = 1
        assert creative_yield(worth, noise) == pytest.approx(0.4)

    def test_nothing_of_worth_is_nothing(self):
        assert creative_yield([0, 0], np.eye(2)) == 0
        assert creative_yield([], np.empty((0, 0))) == 0


@pytest.mark.parametrize(
    ("similarity", "words"),
    [
        ([1, 0], "shape"),
        ([[1, 0, 0], [0, 1, 0]], "shape"),
        ([[1, 0.2], [0.3, 1]], "symmetric"),
        ([[1, 1.5], [1.5, 1]], "0, 1"),
        ([[1, -0.5], [-0.5, 1]], "0, 1"),
        ([[1, np.nan], [np.nan, 1]], "finite"),
        ([[1, np.inf], [np.inf, 1]], "finite"),
        ([[0, 0.5], [0.5, 1]], "diagonal"),
        ([[1, 0], [0]], "finite"),
        ("none", "finite"),
    ],
)
def test_refuses_what_is_no_similarity(similarity, words):
    with pytest.raises(InvalidArgument, match=words):
        vendi_score(similarity)
    with pytest.raises(InvalidArgument, match=words):
        creative_yield([1, 1], similarity)


@pytest.mark.parametrize(
    ("weights", "words"),
    [([1], "each of 2"), ([[1, 1]], "each of 2"), ([1, -1], "at least 0"), ([1, np.nan], "finite")],
)
def test_refuses_what_are_no_weights(weights, words):
    with pytest.raises(InvalidArgument, match=words):
        vendi_score(np.eye(2), weights)
    with pytest.raises(InvalidArgument, match=words):
        creative_yield(weights, np.eye(2))
