"""What works answer for, worked out by hand."""

import numpy as np
import pytest

from agents.credit import LossOfOthers


def ended(quality, novelty, weight):
    return {"work": {"quality": quality, "novelty": novelty, "brief": np.array([weight, 0.3])}}


def charge(loss, infos, over=(False, False)):
    return loss.charge(infos, np.array(over)).tolist()


def test_charges_by_hand():
    loss = LossOfOthers(2)
    # First works have taken nothing from anybody.
    assert charge(loss, [ended(0.8, 0.1, 0.5), {}]) == [0, 0]
    # w x mean earlier quality x (1 - novelty): .5 x .8 x .75.
    found = charge(loss, [ended(0.4, 0.25, 0.5), ended(1.0, 0.0, 1.0)])
    assert found == pytest.approx([0.3, 0])
    # The mean of .8 and .4; the other episode's first work was perfect.
    found = charge(loss, [ended(0.2, 0.0, 0.5), ended(0.1, 0.4, 1.0)])
    assert found == pytest.approx([0.5 * 0.6, 0.6])


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (ended(0.8, 0.1, 0.5), ended(0.4, 1.0, 0.5)),
        (ended(0.8, 0.1, 0.0), ended(0.4, 0.0, 0.0)),
        (ended(0.0, 0.1, 1.0), ended(0.4, 0.0, 1.0)),
    ],
)
def test_new_works_unwanted_novelty_and_worthless_others_cost_nothing(earlier, later):
    loss = LossOfOthers(1)
    loss.charge([earlier], np.array([False]))
    assert loss.charge([later], np.array([True])) == [0]


def test_episodes_begin_without_others():
    loss = LossOfOthers(2)
    charge(loss, [ended(0.8, 0.1, 1.0), ended(0.8, 0.1, 1.0)])
    # The last work of an episode is charged, and forgotten with the others.
    found = charge(loss, [ended(0.9, 0.5, 1.0), {}], over=(True, False))
    assert found == pytest.approx([0.4, 0])
    found = charge(loss, [ended(0.9, 0.0, 1.0), ended(0.9, 0.0, 1.0)])
    assert found == pytest.approx([0, 0.8])


def test_state_is_a_copy_of_all_there_is():
    loss, other = LossOfOthers(2), LossOfOthers(2)
    charge(loss, [ended(0.8, 0.1, 1.0), {}])
    state = loss.get_state()
    charge(loss, [ended(0.1, 0.1, 1.0), {}])
    other.set_state(state)
    assert charge(other, [ended(0.5, 0.5, 1.0), ended(0.5, 0.5, 1.0)]) == pytest.approx([0.4, 0])
    assert state["quality"].tolist() == pytest.approx([0.8, 0])
