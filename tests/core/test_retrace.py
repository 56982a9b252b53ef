"""Works made again from their tokens: the actions and masks they were made with."""

import gymnasium as gym
import numpy as np
import pytest

import creative_envs
from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.retrace import retrace, trace
from creative_envs.core.sampling import sample_legal
from tests.toy_domain import NecklaceTask, NecklaceVectorEnv

gym.register_envs(creative_envs)

DOMAINS = ["MelodyComposition-v0", "PatchComposition-v0", "TacticDesign-v0", "necklaces"]


def made(name, count=4, seed=0):
    """Randomly made works: task, tokens, length, brief, and actions and masks of every step."""
    if name == "necklaces":
        env = NecklaceVectorEnv(count)
    else:
        env = gym.make_vec(f"creative_envs/{name}", num_envs=count).unwrapped
    rng = np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed)
    task, row = env.task, np.arange(count)
    actions = np.full((count, task.max_length), -1)
    masks = np.zeros((count, task.max_length, task.n_actions), np.int8)
    works = [None] * count
    for step in range(task.max_length):
        chosen = sample_legal(observation["action_mask"], rng)
        going = [r for r in row if works[r] is None]
        actions[going, step] = chosen[going]
        masks[going, step] = observation["action_mask"][going]
        observation, _, _, _, info = env.step(chosen)
        for r in going:
            if "work" in info and info["_work"][r]:
                works[r] = {k: info["work"][k][r] for k in ("tokens", "length", "brief")}
    tokens, length, brief = (np.stack([w[k] for w in works]) for k in ("tokens", "length", "brief"))
    return task, tokens, length, brief, actions, masks


@pytest.mark.parametrize("name", DOMAINS)
def test_it_inverts_sampling(name):
    task, tokens, length, brief, actions, masks = made(name)
    assert length.min() > 0
    found = trace(task, tokens, length, brief)
    np.testing.assert_array_equal(found.actions, actions)
    np.testing.assert_array_equal(found.mask, masks)


@pytest.mark.parametrize("name", ["TacticDesign-v0", "necklaces"])
def test_it_does_not_matter_how_many_are_tried_at_a_time(name, monkeypatch):
    task, tokens, length, brief, actions, _ = made(name)

    class Watched(type(task)):
        def advance(self, actions, active, tokens, length, brief, mask, *others):
            assert mask[np.arange(len(actions)), actions].all()
            super().advance(actions, active, tokens, length, brief, mask, *others)

    monkeypatch.setattr("creative_envs.core.retrace.MOST_TRIED", 3)
    np.testing.assert_array_equal(retrace(Watched(), tokens, length, brief), actions)


def test_unfinished_and_empty_works_are_traced_as_far_as_they_go():
    task, tokens, _, brief, actions, _ = made("MelodyComposition-v0", 3)
    short = np.array([0, 1, 7])
    found = retrace(task, tokens, short, brief)
    for row, length in enumerate(short):
        np.testing.assert_array_equal(found[row, :length], actions[row, :length])
        assert (found[row, length:] == -1).all()


def test_a_token_no_action_writes_is_named():
    task, tokens, length, brief, _, _ = made("necklaces", 3)
    tokens[1, 4] = tokens[1, 3]  # no bead may repeat the one before it
    with pytest.raises(InvalidWork, match="token 4 of work 1"):
        retrace(task, tokens, length, brief)


def test_a_work_that_goes_on_after_its_end_is_refused():
    class Short(NecklaceTask):
        def advance(self, *arrays):
            super().advance(*arrays)
            arrays[-1][:] = arrays[3] == 4

    _, tokens, length, brief, _, _ = made("necklaces", 2)
    with pytest.raises(InvalidWork, match="finished after 4 tokens"):
        retrace(Short(), tokens, length, brief)


def test_shapes_of_another_task_are_refused():
    task, tokens, length, brief, _, _ = made("necklaces", 2)
    with pytest.raises(InvalidArgument, match="works have tokens"):
        retrace(task, tokens[:, :-1], length, brief)
    with pytest.raises(InvalidArgument, match="lengths lie in"):
        retrace(task, tokens, length + 1, brief)
