"""`briefs`, the number of different episodes there are as far as chance decides them."""

import numpy as np
import pytest

from creative_envs.core.batch import Batch, Settings
from creative_envs.core.errors import InvalidArgument
from tests.toy_domain import BEADS, NecklaceEnv, NecklaceTask

KEYS = np.array([0, 3, 5, 12, 2**63 + 1, 2**64 - 1], np.uint64)


def begun(keys=KEYS, **settings):
    batch = Batch(NecklaceTask(), len(keys), Settings(novelty_weight=(0, 1), **settings))
    batch.begin_episodes(np.arange(len(keys)), keys)
    return batch


def finish_works(batch):
    for step in range(BEADS):
        batch.step(np.full(batch.size, step % 2), np.ones(batch.size, np.bool_))
    return batch


def test_an_episode_is_that_of_the_keys_remainder():
    limited, free = begun(briefs=5), begun(KEYS % np.uint64(5))
    assert np.array_equal(limited.brief, free.brief)
    assert np.array_equal(limited.key, [0, 3, 0, 2, 4, 0])  # 2^63 is 3 more than a multiple of 5
    assert not np.array_equal(limited.brief, begun().brief)


def test_one_brief_is_the_same_for_all():
    assert len(np.unique(begun(briefs=1).brief, axis=0)) == 1


def test_a_limit_beyond_all_keys_is_none():
    assert np.array_equal(begun(KEYS[:-1], briefs=2**64 - 1).brief, begun(KEYS[:-1]).brief)


def test_keys_given_are_left_as_they_are():
    keys = KEYS.copy()
    begun(keys, briefs=5)
    assert np.array_equal(keys, KEYS)


def test_works_with_briefs_of_their_own_are_as_few():
    """An episode's second brief is decided by its key too: few keys, few second briefs."""
    keys = np.arange(60, dtype=np.uint64)
    batch = begun(keys, briefs=2, works=2, brief_per="work")
    first = batch.brief.copy()
    finish_works(batch)
    assert len(np.unique(first, axis=0)) == 2 and len(np.unique(batch.brief, axis=0)) == 2
    assert np.array_equal(batch.brief[:, 0], first[:, 0])
    assert not np.array_equal(batch.brief, first)
    # Colours differ from work to work, not from episode to episode alone.
    many = begun(keys, works=2, brief_per="work")
    assert (finish_works(many).brief[:, 1] != begun(keys).brief[:, 1]).any()


def test_weights_left_unsaid_in_a_brief_are_as_few():
    batch = begun(np.arange(30, dtype=np.uint64), briefs=3)
    drawn = np.unique(batch.brief[:, 0])
    unsaid = np.array([np.nan, 0.25], np.float32)
    batch.begin_episodes(np.arange(30), np.arange(100, 130, dtype=np.uint64), unsaid)
    assert np.array_equal(np.unique(batch.brief[:, 0]), drawn) and len(drawn) == 3
    assert (batch.brief[:, 1] == 0.25).all()


@pytest.mark.parametrize("briefs", [0, -1, 2.0, True, "3", 2**64])
def test_what_is_no_number_of_briefs_is_refused(briefs):
    with pytest.raises(InvalidArgument, match="briefs must be"):
        NecklaceEnv(briefs=briefs)
