from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from creative_envs.benchmark.adapters.callables import from_function, one_by_one
from creative_envs.benchmark.budget import Meter
from creative_envs.benchmark.errors import InvalidPolicy
from creative_envs.benchmark.protocol import Context
from creative_envs.benchmark.suite import load_suite


def lowest(observation: dict[str, NDArray[Any]]) -> Any:
    """The first legal action."""
    return observation["action_mask"].argmax()


def legal(observation: dict[str, NDArray[Any]], rng: np.random.Generator) -> Any:
    """Any legal action."""
    return rng.choice(observation["action_mask"].nonzero()[0])


def masks(count: int) -> dict[str, NDArray[Any]]:
    mask = np.random.default_rng(0).random((count, 40)) < 0.7
    return {"action_mask": mask.astype(np.int8), "brief": np.zeros((count, 3), np.float32)}


def test_function_is_asked_for_each_episode() -> None:
    policy = one_by_one(lowest)
    policy.reset(seed=0, count=5)
    observation = masks(5)
    actions = policy.act(observation)
    assert actions.dtype == np.int64
    np.testing.assert_array_equal(actions, observation["action_mask"].argmax(1))


def test_flat_observations_are_rows() -> None:
    policy = one_by_one(lambda row: int(row[0]))
    policy.reset(seed=0, count=3)
    np.testing.assert_array_equal(policy.act(np.array([[4.0], [7.0], [1.0]])), [4, 7, 1])


def test_seed_decides_and_count_does_not() -> None:
    def drawn(seed: int, count: int) -> NDArray[Any]:
        policy = one_by_one(legal)
        policy.reset(seed, count)
        return np.array([policy.act({k: v[:count] for k, v in masks(6).items()}) for _ in range(4)])

    np.testing.assert_array_equal(drawn(1, 6), drawn(1, 6))
    np.testing.assert_array_equal(drawn(1, 6)[:, :3], drawn(1, 3))
    assert (drawn(1, 6) != drawn(2, 6)).any()


@pytest.mark.parametrize("answer", [1.0, None, "1", np.array([1, 2])])
def test_answers_that_are_no_action_are_told(answer: Any) -> None:
    def bad(observation: Any) -> Any:
        return answer

    policy = one_by_one(bad)
    policy.reset(0, 2)
    with pytest.raises(InvalidPolicy, match="bad gives one action, a whole number"):
        policy.act(masks(2))


def test_agent_of_a_function_makes_works(tmp_path: Path) -> None:
    agent: Any = from_function(legal)
    environment = load_suite("quick").environment("MelodyComposition")
    meter = Meter(tmp_path / "steps", 10)
    policy = agent().train(Context(environment, "dict", 10, 0, "cpu", tmp_path, meter))
    assert meter.spent == 0
    vector = environment.make_held_out(3)
    policy.reset(0, 3)
    observation, over = vector.reset(seed=0)[0], np.zeros(3, np.bool_)
    for _ in range(200):
        observation, _, ended, _, info = vector.step(policy.act(observation))
        over |= ended
        assert not info.get("illegal", over).any() or over.any()
    assert over.all()


def test_agent_says_what_it_is() -> None:
    one: Any = from_function(lowest)
    assert (one.__name__, one.__doc__) == ("lowest", "The first legal action.")
    assert (one.observation, one.deterministic) == ("dict", True)
    assert not from_function(legal).deterministic
    other: Any = from_function(lowest, observation="flat", deterministic=False)
    assert (other.observation, other.deterministic) == ("flat", False)


def test_policy_pickles() -> None:
    policy = pickle.loads(pickle.dumps(one_by_one(legal)))
    policy.reset(0, 2)
    assert policy.act(masks(2)).shape == (2,)
