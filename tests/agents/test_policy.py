import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.utils import obs_as_tensor

from agents.policy import POLICIES
from tests.agents.necklaces import necklace_envs, same_arrays


def make_model(policy, works=1, seed=0, **keywords):
    env = necklace_envs(works=works)
    return PPO(POLICIES[policy], env, n_steps=20, batch_size=16, seed=seed, **keywords)


def collect(model):
    """One rollout into the model's buffer, without an update."""
    total, callback = model._setup_learn(80, CallbackList([]))
    callback.on_training_start(locals(), globals())
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    return model.rollout_buffer


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("works", [1, 3])
def test_first_minibatch_has_ratio_one(policy, works):
    model = make_model(policy, works)
    buffer = collect(model)
    model.policy.set_training_mode(True)
    for batch in buffer.get(16):
        actions = batch.actions.long().flatten()
        _, log_probability, _ = model.policy.evaluate_actions(batch.observations, actions)
        ratio = (log_probability - batch.old_log_prob).exp()
        assert (ratio - 1).abs().max() < 1e-4


@pytest.mark.parametrize("policy", POLICIES)
def test_illegal_actions_have_probability_zero_and_harmless_gradients(policy):
    model = make_model(policy)
    observation = model.env.reset()
    for _ in range(3):
        legal = observation["action_mask"].argmax(axis=1)
        observation = model.env.step(legal)[0]
    assert (observation["action_mask"] == 0).any()
    tensors = obs_as_tensor(observation, model.device)
    probabilities = model.policy.get_distribution(tensors).distribution.probs
    assert (probabilities[tensors["action_mask"] == 0] == 0).all()
    values, log_probability, entropy = model.policy.evaluate_actions(
        tensors, torch.as_tensor(observation["action_mask"].argmax(axis=1))
    )
    (values.sum() + log_probability.sum() + entropy.sum()).backward()
    assert all(
        torch.isfinite(p.grad).all() for p in model.policy.parameters() if p.grad is not None
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_new_policy_is_all_but_uniform_over_legal_actions(policy):
    model = make_model(policy)
    tensors = obs_as_tensor(model.env.reset(), model.device)
    distribution = model.policy.get_distribution(tensors).distribution
    assert torch.allclose(distribution.probs, torch.full((4, 5), 0.2), atol=0.02)


@pytest.mark.parametrize("policy", POLICIES)
def test_optimiser_holds_every_parameter_once(policy):
    model = make_model(policy)
    held = [id(p) for g in model.policy.optimizer.param_groups for p in g["params"]]
    assert sorted(held) == sorted(id(p) for p in model.policy.parameters())
    decayed, others = model.policy.optimizer.param_groups
    assert decayed["weight_decay"] > 0 == others["weight_decay"]
    assert id(model.policy.action_net.weight) in {id(p) for p in decayed["params"]}
    assert id(model.policy.action_net.bias) in {id(p) for p in others["params"]}


@pytest.mark.parametrize("policy", POLICIES)
def test_save_and_load_keep_the_distribution(policy, tmp_path):
    model = make_model(policy, policy_kwargs={"size": "nano", "weight_decay": 0.1})
    model.learn(80)
    model.save(tmp_path / "model")
    model.policy.save(str(tmp_path / "policy"))
    observation = model.env.reset()
    tensors = obs_as_tensor(observation, model.device)
    expected = model.policy.get_distribution(tensors).distribution.probs
    loaded = PPO.load(tmp_path / "model").policy, type(model.policy).load(str(tmp_path / "policy"))
    for policy_ in loaded:
        assert torch.equal(policy_.get_distribution(tensors).distribution.probs, expected)


@pytest.mark.parametrize("policy", POLICIES)
def test_predict_chooses_legal_actions(policy):
    model = make_model(policy)
    observation = model.env.reset()
    for deterministic in (True, False):
        for _ in range(12):
            actions, _ = model.predict(observation, deterministic=deterministic)
            assert observation["action_mask"][np.arange(4), actions].all()
            observation = model.env.step(actions)[0]


@pytest.mark.parametrize("policy", POLICIES)
def test_training_is_a_function_of_the_seed(policy):
    parameters = []
    for seed in (1, 1, 2):
        model = make_model(policy, seed=seed)
        model.learn(160)
        parameters.append(model.policy.state_dict())
    assert same_arrays(parameters[0], parameters[1])
    assert not same_arrays(parameters[0], parameters[2])
