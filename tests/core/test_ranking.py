import numpy as np
import pytest

from creative_envs.core.ranking import area_under_curve, percentiles


def test_area_under_the_curve_by_hand():
    positive, negative = np.array([3.0, 1.0]), np.array([0.0, 1.0, 2.0])
    # 3 beats all three; 1 beats one and ties with one: (3 + 1.5) / 6
    assert area_under_curve(positive, negative) == pytest.approx(4.5 / 6)
    assert area_under_curve(positive + 9, negative) == 1.0
    assert area_under_curve(positive - 9, negative) == 0.0


def test_percentiles_count_ties_half():
    found = percentiles(np.array([-1.0, 0.0, 1.5, 9.0]), np.array([2.0, 0.0, 1.0, 0.0]))
    assert found.tolist() == [0, 25, 75, 100]
