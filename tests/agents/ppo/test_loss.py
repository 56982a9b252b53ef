"""CausalPPO's loss, gradient and step are those of Stable-Baselines3's PPO."""

import copy

import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger

from agents.policy import POLICIES
from agents.ppo.algorithm import CausalPPO
from tests.agents.ppo.streams import collect, make_learner, scramble

WHOLE = 80
"""Transitions of a rollout: as a batch size, one minibatch."""


class Recorder(Logger):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__(None, [])

    @property
    def figures(self):
        return dict(self.name_to_value)


def pair(policy="attention", works=1, **keywords):
    """CausalPPO and PPO with one policy and one rollout that another policy has sampled."""
    settings = {"batch_size": WHOLE, "n_epochs": 1, "ent_coef": 0.03, "learning_rate": 1e-3}
    learners = [
        make_learner(algorithm, policy, works, **(settings | keywords))
        for algorithm in (CausalPPO, PPO)
    ]
    sampler = make_learner(policy=policy, works=works)
    scramble(sampler.policy)
    buffer = collect(sampler)
    for learner in learners:
        learner.policy.load_state_dict(sampler.policy.state_dict())
        learner.rollout_buffer = copy.deepcopy(buffer)
        learner._current_progress_remaining = 1.0
        learner.set_logger(Recorder())
    return learners


def move(learners, amount=0.05):
    """Moves both policies alike, so that ratios differ from 1 and some are clipped."""
    for learner in learners:
        torch.manual_seed(5)
        with torch.no_grad():
            for parameter in learner.policy.parameters():
                parameter.add_(torch.randn_like(parameter) * amount)


def gradient(learner):
    return torch.cat([p.grad.flatten() for p in learner.policy.parameters()])


VARIANTS = {
    "plain": {},
    "value clipping": {"clip_range_vf": 0.05},
    "no normalisation": {"normalize_advantage": False},
    "other coefficients": {"ent_coef": 0.0, "vf_coef": 0.1, "clip_range": 0.05},
    "schedules": {"clip_range": lambda left: 0.1 * left, "clip_range_vf": lambda left: 0.1 * left},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("policy", "works"), [("attention", 1), ("attention", 3), ("mlp", 3)])
def test_loss_and_gradient_are_ppos(variant, policy, works, monkeypatch):
    monkeypatch.setattr("agents.ppo.algorithm.check_ratio", lambda *_: None)
    learners = pair(policy, works, **VARIANTS[variant], max_grad_norm=1e9)
    move(learners)
    for learner in learners:
        learner._current_progress_remaining = 0.5
        learner.train()
    causal, plain = learners
    assert gradient(plain).abs().max() > 1e-3
    assert (gradient(causal) - gradient(plain)).abs().max() < 1e-5
    logged = plain.logger.figures
    assert logged["train/clip_fraction"] > 0
    for name in (
        "loss",
        "policy_gradient_loss",
        "value_loss",
        "entropy_loss",
        "approx_kl",
        "clip_fraction",
        "clip_range",
        "explained_variance",
        "n_updates",
    ):
        figure = causal.logger.figures[f"train/{name}"]
        assert figure == pytest.approx(logged[f"train/{name}"], abs=1e-5), name


@pytest.mark.parametrize("policy", POLICIES)
def test_a_step_leaves_the_parameters_ppo_leaves(policy):
    learners = pair(policy, max_grad_norm=0.1)
    before = copy.deepcopy(learners[0].policy.state_dict())
    for learner in learners:
        learner.train()
    causal, plain = (learner.policy.state_dict() for learner in learners)
    assert max((causal[k] - before[k]).abs().max() for k in before) > 5e-4
    for name, values in causal.items():  # Adam's first step is a sign: rounding decides on zeros
        same = (values - plain[name]).abs() < 1e-5
        assert same.float().mean() > 0.99, name


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("works", [1, 3])
def test_first_minibatch_has_ratio_one(policy, works):
    learner = make_learner(policy=policy, works=works, learning_rate=0.0)
    scramble(learner.policy)
    for _ in range(3):  # later rollouts begin in the middle of works
        collect(learner)
        learner.set_logger(Recorder())
        learner.train()
        assert learner.logger.figures["train/ratio_error"] < 1e-5
        assert learner.logger.figures["train/approx_kl"] < 1e-6
