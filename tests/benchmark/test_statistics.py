import numpy as np
import pytest

from creative_envs.benchmark.statistics import (
    band,
    estimate,
    estimate_improvement,
    interquartile_mean,
    probability_of_improvement,
)


def test_interquartile_mean_by_hand():
    assert interquartile_mean([1, 2, 3, 4, 100]) == 3  # 1 and 100 go
    assert interquartile_mean([8, 1, 2, 3, 7, 4, 5, 90]) == (3 + 4 + 5 + 7) / 4
    assert interquartile_mean([1, 2, 6]) == 3  # too few to leave any out
    assert interquartile_mean([5]) == 5
    assert interquartile_mean([[0, 1, 2, 9], [4, 3, 2, 1]]).tolist() == [1.5, 2.5]


def test_an_outlier_moves_the_mean_but_not_the_interquartile_mean():
    assert interquartile_mean([1, 2, 3, 4, 5]) == interquartile_mean([1, 2, 3, 4, 1e9])


def test_interval_of_equal_values_has_no_width():
    found = estimate([0.25] * 5)
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_interval_of_two_values_by_hand():
    # Resamples are (0, 0), (0, 1), (1, 0), (1, 1): their means are 0, .5, .5, 1 with weights of
    # a quarter, so both 2.5 % tails lie in the extremes.
    found = estimate([0.0, 1.0])
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


def test_interval_agrees_with_the_normal_one_where_that_holds():
    values = np.random.default_rng(3).normal(size=400)
    found = estimate(values, lambda sample: sample.mean(axis=-1))
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.01)
    assert found.high == pytest.approx(values.mean() + half, abs=0.01)


def test_rows_are_resampled_within_themselves():
    # Were seeds drawn across rows, the mean would vary; within them every draw is the same.
    rows = [[0.0] * 3, [1.0] * 3]
    found = estimate(rows, lambda sample: sample.mean(axis=-1))
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_intervals_are_the_same_every_time():
    assert estimate([1.0, 4.0, 2.0, 7.0, 3.0]) == estimate([1.0, 4.0, 2.0, 7.0, 3.0])


def test_probability_of_improvement_by_hand():
    # Pairs: 2 > 1, 2 = 2, 2 < 3; 4 > 1, 4 > 2, 4 > 3: (1 + .5 + 0 + 3) / 6.
    assert probability_of_improvement([2, 4], [1, 2, 3]) == pytest.approx(4.5 / 6)
    assert probability_of_improvement([1, 2, 3], [2, 4]) == pytest.approx(1.5 / 6)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [([3, 4], [1, 2], 1.0), ([1, 2], [3, 4], 0.0), ([5, 5], [5, 5], 0.5)],
)
def test_interval_of_a_certain_improvement_has_no_width(first, second, expected):
    found = estimate_improvement(first, second)
    assert (found.value, found.low, found.high) == (expected, expected, expected)


def test_improvement_over_several_rows_is_their_mean():
    found = estimate_improvement([[1, 2], [1, 2]], [[0, 0], [3, 3]])
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_improvement_interval_holds_its_value():
    found = estimate_improvement([1, 3, 5, 7, 9], [2, 4, 6, 8, 0])
    assert found.value == pytest.approx(15 / 25)
    assert 0 <= found.low < found.value < found.high <= 1


def test_a_band_has_the_interval_of_each_point():
    curve = [[0.0, 0.1, 0.2, 0.3, 0.4], [0.5] * 5, [5.0, 1.0, 3.0, 2.0, 4.0]]
    middle, low, high = band(curve)
    assert middle.tolist() == pytest.approx([0.2, 0.5, 3.0])
    assert (low[1], high[1]) == (0.5, 0.5)
    found = estimate(curve[2])
    assert low[2] == pytest.approx(found.low, abs=0.1)
    assert high[2] == pytest.approx(found.high, abs=0.1)
