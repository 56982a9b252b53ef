import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.core.errors import EmptyCorpus
from creative_envs.core.typicality import (
    FULL_TAIL,
    MIN_LOG_TYPICALITY,
    Typicality,
    log_upper_tail,
    quantile_table,
    tail_scales,
)

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=(2000, 3))
FITTED = Typicality.fit(NORMAL)


def typicality_of(x: float, column: int = 0, fitted: Typicality = FITTED) -> float:
    row = np.zeros((1, 3))
    row[0, column] = x
    return float(np.exp(fitted.log_score(row)[0][0, column]))


def test_the_middle_is_fully_typical():
    assert typicality_of(0.0) == 1.0
    assert typicality_of(-1.0) == 1.0
    assert typicality_of(1.0) == 1.0


@pytest.mark.parametrize("sign", [-1, 1])
def test_tails_follow_the_distribution_function(sign):
    # 5 % of a standard normal lie beyond 1.645, so the typicality is .05 / .15
    assert typicality_of(sign * 1.645) == pytest.approx(0.05 / FULL_TAIL, abs=0.06)


def test_it_falls_on_beyond_the_most_extreme_reference():
    extreme = np.abs(NORMAL[:, 0]).max()
    values = [typicality_of(extreme + step) for step in (0, 0.5, 1, 2)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 4
    assert typicality_of(1e6) == pytest.approx(np.exp(MIN_LOG_TYPICALITY))


def test_hand_computed_table():
    table = quantile_table(np.arange(8)[:, None], n_quantiles=4)
    assert table.shape == (1, 4)
    assert set(table[0]) <= set(range(8))
    assert np.all(np.diff(table[0]) == 2)
    assert tail_scales(np.array([[0, 1, 2, 3, 4, 5, 6, 8]], np.float32))[0] == 2.0


def test_a_value_half_the_reference_shares_is_typical_but_not_its_opposite():
    zeros = np.concatenate([np.zeros(500), RNG.uniform(1, 2, 500)])[:, None]
    fitted = Typicality.fit(np.repeat(zeros, 3, axis=1))
    assert typicality_of(0.0, fitted=fitted) == 1.0
    assert typicality_of(2.5, fitted=fitted) < 0.1
    assert typicality_of(-0.5, fitted=fitted) < 0.1


def test_a_class_large_enough_has_its_own_tables():
    x = np.concatenate([np.full((300, 1), 0.0), np.full((300, 1), 5.0), np.full((3, 1), 9.0)])
    x += RNG.normal(scale=0.1, size=x.shape)
    classes = np.repeat([0, 1, 2], [300, 300, 3])
    fitted = Typicality.fit(x, classes, 3)
    logs, _ = fitted.log_score([[5.0], [5.0], [5.0]], [0, 1, 2])
    assert logs[0, 0] < -2
    assert logs[1, 0] == 0.0
    assert logs[2, 0] == 0.0  # three works are too few: the tables of all are used


def test_joint_typicality_sees_what_single_features_do_not():
    x = RNG.normal(size=1000)
    pairs = np.stack([x, x + RNG.normal(scale=0.1, size=1000)], axis=1)
    fitted = Typicality.fit(pairs)
    logs, joint = fitted.log_score([[0.8, 0.8], [0.8, -0.8]])
    assert np.all(logs == 0.0)
    assert joint[0] == 0.0
    assert joint[1] < -2.0


def test_upper_tail_only_punishes_large_values():
    table = np.arange(100, dtype=np.float32)
    assert log_upper_tail(-50.0, table, 10.0, 0.3) == 0.0
    assert log_upper_tail(50.0, table, 10.0, 0.3) == 0.0
    assert log_upper_tail(84.5, table, 10.0, 0.3) == pytest.approx(np.log(0.145 / 0.3), abs=0.05)
    assert log_upper_tail(120.0, table, 10.0, 0.3) < log_upper_tail(99.0, table, 10.0, 0.3)


@given(st.floats(-1e9, 1e9))
def test_every_finite_value_has_a_finite_typicality(x):
    assert 0.0 < typicality_of(x) <= 1.0


def test_constant_features_do_not_break_it():
    fitted = Typicality.fit(np.ones((50, 2)))
    logs, joint = fitted.log_score([[1.0, 1.0], [2.0, 1.0]])
    assert np.all(np.isfinite(logs)) and np.all(np.isfinite(joint))
    assert logs[0, 0] == 0.0
    assert logs[1, 0] < 0.0


def test_too_small_a_reference_is_refused():
    with pytest.raises(EmptyCorpus, match="at least 2"):
        Typicality.fit(np.zeros((1, 4)))
