"""How CausalPPO behaves: what it learns, when it stops, and what it refuses."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from agents.errors import ConfigError, RatioMismatch, UnfitEnvironment
from agents.features import AttentionFeatures
from agents.policy import POLICIES, CausalAttentionPolicy, MaskedPolicy
from agents.ppo.algorithm import RATIO_TOLERANCE, CausalPPO, check_ratio
from agents.ppo.works import WorkLayout
from agents.vec_env import SB3VecEnv
from tests.agents.necklaces import necklace_envs, same_arrays
from tests.agents.ppo.streams import collect, make_learner, scramble


class DropoutFeatures(AttentionFeatures):
    """Drops a tenth of every state, but only while learning."""

    def all_steps(self, context):
        return nn.functional.dropout(super().all_steps(context), 0.1, self.training)


class DropoutPolicy(MaskedPolicy):
    features_type = DropoutFeatures


class RewritingEnvs(SB3VecEnv):
    """Necklaces whose first bead changes as later ones are added."""

    def step_wait(self):
        observation, *rest = super().step_wait()
        first, length = (
            observation["tokens"][:, 0, 0],
            (observation["tokens"] >= 0).sum(axis=(1, 2)),
        )
        observation["tokens"][:, 0, 0] = np.where(first >= 0, (first + length) % 5, first)
        return observation, *rest


def mean_return(model, count=64):
    """Mean return of sampled episodes."""
    env = necklace_envs(count)
    env.seed(100)
    observation, total = env.reset(), np.zeros(count)
    for _ in range(6):
        actions, _ = model.predict(observation)
        observation, reward, *_ = env.step(actions)
        total += reward
    return total.mean()


@pytest.mark.parametrize("policy", POLICIES)
def test_learns_the_toy_domain(policy):
    model = make_learner(
        policy=policy, num_envs=32, batch_size=128, n_epochs=4, learning_rate=5e-3, gamma=1.0
    )
    before = mean_return(model)
    model.learn(32 * 20 * 12)
    assert before < 0.65
    assert mean_return(model) > before + 0.2


def test_training_is_a_function_of_the_seed():
    parameters = []
    for seed in (1, 1, 2):
        model = make_learner(seed=seed)
        model.learn(160)
        parameters.append(model.policy.state_dict())
    assert same_arrays(parameters[0], parameters[1])
    assert not same_arrays(parameters[0], parameters[2])


def test_every_epoch_takes_a_step_per_minibatch_until_the_policy_has_moved_too_far():
    steps = []
    for target_kl in (None, 1e-6, 1e9):
        model = make_learner(target_kl=target_kl, n_epochs=5, batch_size=40, learning_rate=1e-2)
        taken = []
        model.policy.optimizer.register_step_post_hook(lambda *_, taken=taken: taken.append(1))
        model.learn(80)
        steps.append((len(taken), model._n_updates))
    assert steps == [(10, 5), (1, 1), (10, 5)]


def test_learning_rate_follows_its_schedule():
    model = make_learner(learning_rate=lambda left: 0.1 * left)
    seen = []
    model.policy.optimizer.register_step_post_hook(
        lambda optimiser, *_: seen.append(optimiser.param_groups[0]["lr"])
    )
    model.learn(160)
    assert seen == pytest.approx([0.05] * (len(seen) // 2) + [0.0] * (len(seen) // 2))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_dropout_is_refused(precision):
    env = necklace_envs()
    model = CausalPPO(
        DropoutPolicy, env, n_steps=20, batch_size=40, precision=precision, device="cpu"
    )
    scramble(model.policy)
    with pytest.raises(RatioMismatch, match="dropout"):
        model.learn(80)


def test_an_environment_that_rewrites_works_is_refused():
    native = necklace_envs().env
    model = CausalPPO(
        CausalAttentionPolicy, RewritingEnvs(native), n_steps=20, batch_size=40, device="cpu"
    )
    scramble(model.policy)
    with pytest.raises(RatioMismatch, match="append"):
        model.learn(80)


@pytest.mark.parametrize("error", [2e-4, float("nan"), float("inf")])
def test_ratio_check_refuses(error):
    with pytest.raises(RatioMismatch):
        check_ratio(error, RATIO_TOLERANCE["float32"])


def test_ratio_check_lets_rounding_pass():
    check_ratio(9e-5, RATIO_TOLERANCE["float32"])


def test_other_environments_are_refused():
    with pytest.raises(UnfitEnvironment, match="tokens, brief, action_mask is missing"):
        CausalPPO(CausalAttentionPolicy, "CartPole-v1", device="cpu")


def test_other_policies_are_refused():
    with pytest.raises(ConfigError, match="MaskedPolicy"):
        CausalPPO("MultiInputPolicy", necklace_envs(), device="cpu")


@pytest.mark.parametrize("policy", POLICIES)
def test_bfloat16_runs_and_leaves_parameters_in_single_precision(policy):
    model = make_learner(policy=policy, works=3, precision="bfloat16", n_epochs=2)
    scramble(model.policy)
    before = copy.deepcopy(model.policy.state_dict())
    model.learn(240)
    after = model.policy.state_dict()
    assert not same_arrays(before, after)
    assert all(torch.isfinite(v).all() and v.dtype == before[k].dtype for k, v in after.items())


def test_bfloat16_gradient_is_close_to_that_of_single_precision():
    gradients = []
    for precision in ("float32", "bfloat16"):
        model = make_learner(precision=precision, n_epochs=1, batch_size=80, max_grad_norm=1e9)
        scramble(model.policy)
        torch.manual_seed(0)
        collect(model)
        model.train()
        gradients.append(torch.cat([p.grad.flatten() for p in model.policy.parameters()]))
    assert nn.functional.cosine_similarity(*gradients, dim=0) > 0.99
    assert not torch.equal(*gradients)


def divergence(policy, prior, rollout):
    """Mean KL(policy || prior) over a rollout."""
    (batch,) = WorkLayout.of_rollout(rollout, torch.device("cpu")).in_order(1000)
    with torch.no_grad():
        ours, theirs = (made.evaluate_works(batch)[1] for made in (policy, prior))
    return (ours.exp() * (ours - theirs)).sum(dim=1).mean().item()


def test_a_prior_holds_the_policy_back_and_is_not_changed():
    found = {}
    for coefficient in (0.0, 1.0, 10.0):
        model = make_learner(num_envs=16, learning_rate=1e-3, batch_size=160, n_epochs=4)
        model.prior, model.prior_coef = copy.deepcopy(model.policy), coefficient
        before = copy.deepcopy(model.prior.state_dict())
        model.learn(16 * 20 * 8)
        assert same_arrays(before, model.prior.state_dict())
        assert all(parameter.grad is None for parameter in model.prior.parameters())
        found[coefficient] = divergence(model.policy, model.prior, model.rollout_buffer)
    assert found[10.0] < found[1.0] < 0.5 * found[0.0]


def test_divergence_from_the_prior_has_its_weight_in_the_loss():
    model = make_learner(batch_size=80)
    collect(model)
    model.prior = copy.deepcopy(model.policy)
    scramble(model.prior)
    losses = []
    for model.prior_coef in (0.0, 2.0):
        layout = WorkLayout.of_rollout(model.rollout_buffer, model.device)
        model._consult(layout)
        (batch,) = layout.minibatches(80)
        loss, figures = model._loss(batch, 0.2)
        losses.append(loss.item())
    expected = divergence(model.policy, model.prior, model.rollout_buffer)
    assert expected > 0.01
    assert figures["prior_kl"].item() == pytest.approx(expected, rel=1e-4)
    assert losses[1] - losses[0] == pytest.approx(2 * expected, rel=1e-3)
