"""Legal sampling: uniform, always legal, in the shape `step` takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from creative_envs.core.legality import legalise
from creative_envs.core.sampling import sample_legal

MASKS = arrays(np.int8, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.integers(0, 1))


@given(MASKS, st.integers(0, 2**32))
def test_draws_are_legal_and_shaped_like_the_batch(masks, seed):
    masks[:, seed % masks.shape[1]] = 1
    actions = sample_legal(masks, np.random.default_rng(seed))
    assert actions.shape == masks.shape[:1] and actions.dtype == np.int64
    assert masks[np.arange(len(masks)), actions].all()
    action = sample_legal(masks[0], np.random.default_rng(seed))
    assert action.shape == () and action.dtype == np.int64 and masks[0, action] == 1


def test_is_uniform_over_the_legal_ones():
    mask = np.zeros((30_000, 10), np.int8)
    mask[:, [0, 3, 9]] = 1
    counts = np.bincount(sample_legal(mask, np.random.default_rng(0)), minlength=10)
    assert counts.sum() == counts[[0, 3, 9]].sum()
    # Three standard deviations of a binomial with 30,000 draws and probability 1/3 are 245.
    assert (abs(counts[[0, 3, 9]] - 10_000) < 300).all()


def test_bool_masks_are_taken_too():
    assert sample_legal(np.array([False, True]), np.random.default_rng(0)) == 1


@pytest.mark.parametrize("mask", [np.zeros(4, np.int8), np.array([[1, 0], [0, 0]], np.int8)])
def test_a_mask_without_a_legal_action_is_an_error(mask):
    with pytest.raises(ValueError, match="without any legal action"):
        sample_legal(mask, np.random.default_rng(0))


@given(MASKS, st.integers(0, 2**32))
def test_masked_actions_become_the_next_legal_index(masks, seed):
    masks[:, seed % masks.shape[1]] = 1
    count, n_actions = masks.shape
    actions = np.random.default_rng(seed).integers(n_actions, size=count)
    active = np.arange(count) != 1
    executed, illegal, reward = np.ones(count, int), np.ones(count, bool), np.ones(count)
    ongoing = active.copy()
    assert legalise(actions, active, ongoing, masks, 0.01, executed, illegal, reward)
    for row in range(count):
        if not active[row]:
            assert (executed[row], illegal[row], reward[row]) == (0, False, 0)
            continue
        cycle = [(actions[row] + step) % n_actions for step in range(n_actions)]
        assert executed[row] == next(a for a in cycle if masks[row, a])
        assert illegal[row] == (executed[row] != actions[row])
        assert reward[row] == (-0.01 if illegal[row] else 0)
