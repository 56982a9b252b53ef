from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

pytest.importorskip("sb3_contrib")

import torch
from gymnasium.vector import AutoresetMode
from stable_baselines3 import PPO

from creative_envs.benchmark.adapters.extractor import OneHotFeatures
from creative_envs.benchmark.adapters.rollouts import rollout_steps, whole_rollouts
from creative_envs.benchmark.adapters.sb3 import (
    A2CMlp,
    DQNMlp,
    MaskablePPOMlp,
    PPOMlp,
    RecurrentPPOMlp,
    SB3Agent,
    SB3Policy,
    begins,
)
from creative_envs.benchmark.adapters.vectors import NativeVecEnv
from creative_envs.benchmark.errors import MissingPackage
from creative_envs.benchmark.suite import Environment, load_suite
from creative_envs.core.one_hot import OneHotTokensVector
from creative_envs.core.sampling import sample_legal
from tests.benchmark.baseline_training import actions_of, new_context, sample

SUITE = load_suite("quick")
TACTICS = SUITE.environment("TacticDesign")
PATCHES = SUITE.environment("PatchComposition")
PORTFOLIOS = replace(TACTICS, id="creative_envs/TacticPortfolio-v0", arguments={"works": 2})
BUDGET = 660
WIDTH = 32
AGENTS = [PPOMlp, MaskablePPOMlp, A2CMlp, DQNMlp, RecurrentPPOMlp]


@dataclass(frozen=True)
class Trained:
    agent: type[SB3Agent]
    one: SB3Policy
    same: SB3Policy
    other: SB3Policy
    spent: int


@pytest.fixture(scope="module", params=AGENTS)
def three(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Policies of an agent: two of the same seed, and another one's."""
    folder = tmp_path_factory.mktemp("training")
    contexts = [new_context(folder, TACTICS, seed, BUDGET) for seed in (0, 0, 1)]
    policies = [small(request.param)().train(context) for context in contexts]
    return Trained(request.param, *policies, contexts[0].meter.spent)


def small(agent: type[SB3Agent]) -> type[SB3Agent]:
    return type(agent.__name__, (agent,), {"width": WIDTH, "layers": (WIDTH,)})


def trained(folder: Path, agent: type[SB3Agent], budget: int = BUDGET) -> Any:
    return small(agent)().train(new_context(folder, TACTICS, 0, budget))


def parameters(policy: Any) -> dict[str, torch.Tensor]:
    return dict(policy.model.policy.state_dict())


def steps_of(environment: Environment, count: int, steps: int) -> list[dict[str, Any]]:
    """Observations of works in progress, whose actions are drawn."""
    vector = environment.make_vec(count, AutoresetMode.SAME_STEP)
    rng, (observation, _) = np.random.default_rng(3), vector.reset(seed=3)
    seen = [observation]
    for _ in range(steps):
        observation, *_ = vector.step(sample_legal(observation["action_mask"], rng))
        seen.append(observation)
    return seen


def test_a_seed_decides_what_is_learnt(three: Trained) -> None:
    assert three.one.model._n_updates > 0
    one, same, other = map(parameters, (three.one, three.same, three.other))
    assert all(torch.equal(values, same[name]) for name, values in one.items())
    assert not all(torch.equal(values, other[name]) for name, values in one.items())


def test_the_budget_is_spent_and_no_more(three: Trained) -> None:
    assert BUDGET - three.agent.envs < three.spent <= BUDGET


def test_works_are_drawn_by_the_seed_of_the_policy(three: Trained) -> None:
    before = torch.get_rng_state()
    one, same, other = (actions_of(sample(three.one, TACTICS, 8, seed)) for seed in (0, 0, 1))
    assert one == same != other
    assert torch.equal(torch.get_rng_state(), before)


def test_masks_keep_actions_legal(tmp_path: Path) -> None:
    policy = trained(tmp_path, MaskablePPOMlp)
    for observation in steps_of(TACTICS, 64, 8):
        policy.reset(0, 64)
        actions = policy.act(observation)
        assert observation["action_mask"][np.arange(64), actions].all()


def test_memory_is_forgotten_where_an_episode_begins(tmp_path: Path) -> None:
    policy = trained(tmp_path, RecurrentPPOMlp)
    first, *_, last = steps_of(TACTICS, 4, 3)
    policy.reset(0, 4)
    policy.act(first)
    fresh = policy._state[0].copy()
    policy.reset(0, 4)
    for observation in (first, last):
        policy.act(observation)
    remembered = policy._state[0].copy()
    mixed = {name: values.copy() for name, values in last.items()}
    for name, values in first.items():
        mixed[name][1] = values[1]
    policy.act(mixed)
    np.testing.assert_allclose(policy._state[0][:, 1], fresh[:, 1], atol=1e-6)
    assert not np.allclose(policy._state[0][:, 0], remembered[:, 0])
    assert not np.allclose(policy._state[0][:, 0], fresh[:, 0])


def test_a_portfolio_begins_with_its_first_work() -> None:
    seen = steps_of(PORTFOLIOS, 4, 200)
    blank = np.array([(observation["tokens"] < 0).all(axis=(1, 2)) for observation in seen])
    second = np.array([observation["works"][:, 0, 0] == 1 for observation in seen])
    assert (blank & second).any() and (blank & ~second)[1:].any()
    np.testing.assert_array_equal([begins(one) for one in seen], blank & ~second)


def test_deep_q_learning_explores_in_each_episode_for_itself(tmp_path: Path) -> None:
    policy = trained(tmp_path, DQNMlp)
    (observation,) = steps_of(TACTICS, 1, 0)
    many = {name: np.repeat(values, 4_000, axis=0) for name, values in observation.items()}
    policy._epsilon = 0.05
    policy.reset(0, 4_000)
    actions = policy.act(many)
    greedy = np.bincount(actions).argmax()
    assert 0.03 < (actions != greedy).mean() < 0.07


@pytest.mark.parametrize("environment", [TACTICS, PATCHES, PORTFOLIOS], ids=lambda e: e.name)
def test_features_are_a_layer_over_one_hot_tokens(environment: Environment) -> None:
    vector = OneHotTokensVector(environment.make_vec(5, AutoresetMode.SAME_STEP))
    space = environment.make_vec(1, AutoresetMode.SAME_STEP).single_observation_space
    features = OneHotFeatures(space, width=7)
    tokens = vector.slices["tokens"]
    others = np.concatenate([np.arange(vector.slices[n].start, vector.slices[n].stop)
                             for n in features.others])  # fmt: skip
    for observation in steps_of(environment, 5, 40)[::8]:
        flat = torch.as_tensor(vector.observations(observation))
        expected = torch.tanh(
            flat[:, tokens] @ features.table.weight[1:] + features.rest(flat[:, others])
        )
        found = features({name: torch.as_tensor(v) for name, v in observation.items()})
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_the_vector_tells_what_algorithms_need() -> None:
    vector, twin = (TACTICS.make_vec(6, AutoresetMode.SAME_STEP) for _ in range(2))
    env, rng = NativeVecEnv(vector, reward_scale=8.0), np.random.default_rng(0)
    env.seed(5)
    observation, (expected, _) = env.reset(), twin.reset(seed=5)
    ended = 0
    for _ in range(60):
        np.testing.assert_array_equal(env.env_method("action_masks"), expected["action_mask"])
        actions = sample_legal(observation["action_mask"], rng)
        observation, reward, done, infos = env.step(actions)
        expected, rewards, terminated, _, info = twin.step(actions)
        np.testing.assert_array_equal(observation["tokens"], expected["tokens"])
        np.testing.assert_allclose(reward, 8 * rewards, rtol=1e-6)
        np.testing.assert_array_equal(done, terminated)
        assert [bool(one) for one in infos] == done.tolist()
        for row in done.nonzero()[0]:
            ended += 1
            last = infos[row]["terminal_observation"]["tokens"]
            np.testing.assert_array_equal(last, info["final_obs"][row]["tokens"])
    assert ended > 6
    assert env.has_attr("action_masks") and not env.has_attr("nothing_of_the_kind")


def test_any_algorithm_of_the_family_plugs_in(tmp_path: Path) -> None:
    class Short(SB3Agent):
        algorithm = PPO
        settings: ClassVar = {"n_steps": 8, "batch_size": 64, "n_epochs": 1}
        envs = 8

    policy = trained(tmp_path, Short, budget=200)
    assert policy.model._n_updates == 3
    folder = tmp_path / "kept"
    folder.mkdir()
    policy.save(folder)
    loaded = PPO.load(folder / "model.zip").policy.state_dict()
    assert all(torch.equal(v, parameters(policy)[name]) for name, v in loaded.items())


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    class Missing(SB3Agent):
        algorithm = "no_such_library:Thing"

    with pytest.raises(MissingPackage, match=r"no_such_library.*pip install"):
        trained(tmp_path, Missing)


@pytest.mark.parametrize("budget", [600, 20_000, 200_000, 2_000_000])
def test_rollouts_fit_the_budget(budget: int) -> None:
    steps = whole_rollouts(budget, 32, 64)
    rollouts = budget // (32 * steps)
    assert 0 <= budget - rollouts * 32 * steps < 32 * rollouts
    assert budget < 2_000 or abs(steps - 64) < 8


def test_rollouts_grow_with_the_budget() -> None:
    assert [rollout_steps(budget, 32) for budget in (20_000, 200_000, 2_000_000)] == [16, 52, 256]
