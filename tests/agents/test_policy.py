import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.utils import obs_as_tensor

from agents.attention.heads import PointerHead
from agents.policy import MASKED_LOGIT, POLICIES, draw
from creative_envs.core.action_table import ActionTable
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


class Uniform:
    """Stands in for `torch.rand` and always draws the same number."""

    def __init__(self, number):
        self.number = number

    def __call__(self, *shape, **keywords):
        return torch.full(shape, self.number)


LARGEST = 1 - 2.0**-24
"""The largest number below 1 in single precision: `torch.rand` never draws more."""


@pytest.mark.parametrize("number", [0.0, 1e-30, 0.5, LARGEST])
def test_draw_never_takes_an_illegal_action(number, monkeypatch):
    torch.manual_seed(0)
    legal = torch.rand(2000, 30) < 0.2
    legal[torch.arange(2000), torch.randint(0, 30, (2000,))] = True
    logits = (torch.randn(2000, 30) * 8).masked_fill(~legal, MASKED_LOGIT)
    monkeypatch.setattr(torch, "rand", Uniform(number))
    actions = draw(logits.log_softmax(dim=1))
    assert legal[torch.arange(2000), actions].all()
    bound = {0.0: legal.int().argmax(dim=1), LARGEST: 29 - legal.flip(1).int().argmax(dim=1)}
    if number in bound:
        plain = draw(torch.zeros(2000, 30).masked_fill(~legal, MASKED_LOGIT).log_softmax(dim=1))
        assert torch.equal(plain, bound[number])


def test_draw_inverts_the_cumulative_distribution(monkeypatch):
    log_probs = torch.tensor([[0.25, 0.0, 0.5, 0.25]]).log().clamp(min=MASKED_LOGIT)
    for number, action in ((0.0, 0), (0.2, 0), (0.3, 2), (0.7, 2), (0.8, 3), (LARGEST, 3)):
        monkeypatch.setattr(torch, "rand", Uniform(number))
        assert draw(log_probs).tolist() == [action]


def test_draw_takes_actions_as_often_as_they_are_probable():
    torch.manual_seed(0)
    logits = (torch.randn(1, 12) * 2).masked_fill(torch.arange(12) % 4 == 1, MASKED_LOGIT)
    log_probs = logits.log_softmax(dim=1)
    count = 200_000
    seen = draw(log_probs.expand(count, 12)).bincount(minlength=12).double()
    expected = log_probs[0].double().exp() * count
    assert (seen[expected == 0] == 0).all()
    legal = expected > 0
    chi_square = ((seen - expected)[legal] ** 2 / expected[legal]).sum()
    assert chi_square < 26.1  # its 99.9th percentile for 8 degrees of freedom


@pytest.mark.parametrize("policy", POLICIES)
def test_forward_draws_what_the_distribution_says(policy):
    model = make_model(policy)
    model.policy.set_training_mode(False)
    torch.nn.init.normal_(model.policy.action_net.bias)
    observation = model.env.reset()
    observation = model.env.step(observation["action_mask"].argmax(axis=1))[0]
    one = {name: torch.as_tensor(values[:1]) for name, values in observation.items()}
    many = {name: values.expand(20_000, *values.shape[1:]) for name, values in one.items()}
    with torch.no_grad():
        actions, values, log_prob = model.policy(many)
        distribution = model.policy.get_distribution(one).distribution
        assert torch.allclose(values, model.policy.predict_values(one), atol=1e-5)
    frequency = actions.bincount(minlength=5) / 20_000
    assert torch.allclose(frequency, distribution.probs[0], atol=0.02)
    assert torch.allclose(log_prob, distribution.log_prob(actions), atol=1e-5)
    assert 0 in distribution.probs


def test_deterministic_actions_are_the_most_probable():
    model = make_model("attention")
    tensors = obs_as_tensor(model.env.reset(), model.device)
    torch.nn.init.normal_(model.policy.action_net.bias)
    with torch.no_grad():
        actions, _, log_prob = model.policy(tensors, deterministic=True)
        distribution = model.policy.get_distribution(tensors).distribution
    assert torch.equal(actions, distribution.probs.argmax(dim=1))
    assert torch.allclose(log_prob, distribution.probs.max(dim=1).values.log())


def test_pointer_head_is_used_where_actions_have_features():
    table = ActionTable(
        features=np.eye(5, 3, dtype=np.float32),
        value=np.arange(5),
        relation=np.abs(np.arange(5) - np.arange(-1, 5)[:, None]),
    )
    model = make_model("attention", policy_kwargs={"actions": table})
    assert isinstance(model.policy.action_net, PointerHead)
    decayed, others = model.policy.optimizer.param_groups
    assert id(model.policy.action_net.query.weight) in {id(p) for p in decayed["params"]}
    assert id(model.policy.action_net.bias) in {id(p) for p in others["params"]}
    model.learn(80)
