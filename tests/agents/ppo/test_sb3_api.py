"""CausalPPO behind Stable-Baselines3's interface."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback, EvalCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.utils import obs_as_tensor

from agents.policy import POLICIES, CausalAttentionPolicy
from agents.ppo.algorithm import CausalPPO
from creative_envs.core.action_table import ActionTable
from tests.agents.necklaces import NECKLACES, necklace_envs, same_arrays
from tests.agents.ppo.streams import make_learner


class Moments(BaseCallback):
    """Notes when it is called; stops after so many steps."""

    def __init__(self, stop_after=10**9):
        super().__init__()
        self.moments, self.stop_after = [], stop_after

    def _on_rollout_start(self):
        self.moments.append("start")

    def _on_rollout_end(self):
        self.moments.append("end")

    def _on_step(self):
        assert self.locals["actions"].shape == (4,)
        return self.n_calls < self.stop_after


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("deterministic", [True, False])
def test_predict_chooses_legal_actions(policy, deterministic):
    model = make_learner(policy=policy)
    observation = model.env.reset()
    for _ in range(12):
        actions, state = model.predict(observation, deterministic=deterministic)
        assert state is None
        assert observation["action_mask"][np.arange(4), actions].all()
        single = {name: values[0] for name, values in observation.items()}
        action, _ = model.predict(single, deterministic=deterministic)
        assert action.shape == () and single["action_mask"][action]
        observation = model.env.step(actions)[0]


def test_evaluate_policy_in_a_vector_and_in_a_scalar_environment():
    model = make_learner()
    for env in (necklace_envs(3), gym.make(NECKLACES)):
        mean, deviation = evaluate_policy(model, env, n_eval_episodes=6, warn=False)
        assert 0 <= mean <= 1.5 and deviation >= 0


def test_learns_from_a_scalar_environment():
    env = gym.make(NECKLACES)
    model = CausalPPO(CausalAttentionPolicy, env, n_steps=20, batch_size=10, device="cpu")
    before = {name: values.clone() for name, values in model.policy.state_dict().items()}
    model.learn(40)
    assert not same_arrays(before, model.policy.state_dict())


def test_callbacks_are_called_and_can_stop():
    callback = Moments()
    make_learner().learn(240, callback)
    assert callback.moments == ["start", "end"] * 3
    stopping = Moments(stop_after=25)
    model = make_learner().learn(240, stopping)
    assert model.num_timesteps == 100
    assert stopping.moments == ["start", "end", "start"]


def test_evaluation_in_between_changes_what_is_learned_by_no_more_than_rounding():
    parameters = []
    for callback in (None, EvalCallback(necklace_envs(2), eval_freq=7, verbose=0)):
        model = make_learner(learning_rate=1e-2)
        model.learn(160, callback)
        parameters.append(model.policy.state_dict())
    for name, values in parameters[0].items():
        assert torch.allclose(values, parameters[1][name], atol=1e-3), name


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("head", ["flat", "pointer"])
def test_save_and_load_keep_everything_learning_needs(policy, head, tmp_path):
    table = ActionTable(
        features=np.eye(5, 3, dtype=np.float32),
        value=np.arange(5),
        relation=np.abs(np.arange(5) - np.arange(-1, 5)[:, None]),
    )
    model = make_learner(
        policy=policy,
        works=3,
        clip_range=lambda left: 0.3 * left,
        precision="bfloat16",
        policy_kwargs={"actions": table if head == "pointer" else None, "weight_decay": 0.1},
    )
    model.learn(160)
    model.save(tmp_path / "model")
    loaded = CausalPPO.load(tmp_path / "model", necklace_envs(4, works=3), device="cpu")
    assert same_arrays(model.policy.state_dict(), loaded.policy.state_dict())
    assert loaded.precision == "bfloat16" and loaded.clip_range(0.5) == pytest.approx(0.15)
    assert loaded.policy.optimizer.param_groups[0]["weight_decay"] == 0.1
    observation = obs_as_tensor(model.env.reset(), model.device)
    with torch.no_grad():
        assert torch.equal(
            model.policy.get_distribution(observation).distribution.probs,
            loaded.policy.get_distribution(observation).distribution.probs,
        )
    for learner in (model, loaded):
        learner.set_random_seed(3)
        learner._last_obs = None
        learner.learn(160)
    assert loaded._n_updates == model._n_updates
    assert same_arrays(model.policy.state_dict(), loaded.policy.state_dict())


def test_prior_is_not_saved_and_can_be_given_when_loading(tmp_path):
    prior = make_learner(seed=5).policy
    model = make_learner(prior=prior, prior_coef=0.5)
    model.save(tmp_path / "model")
    assert CausalPPO.load(tmp_path / "model").prior is None
    loaded = CausalPPO.load(tmp_path / "model", necklace_envs(), prior=prior)
    assert loaded.prior is prior and loaded.prior_coef == 0.5
    loaded.learn(80)


def test_ppo_reads_what_causal_ppo_saved(tmp_path):
    """The per-step reference continues from the same files."""
    model = make_learner().learn(80)
    model.policy.save(str(tmp_path / "policy"))
    policy = CausalAttentionPolicy.load(str(tmp_path / "policy"))
    reference = make_learner(PPO)
    reference.policy.load_state_dict(policy.state_dict())
    reference.learn(80)


def test_another_environment_can_be_set():
    model = make_learner()
    model.learn(80)
    model.set_env(necklace_envs(4))
    model.learn(80)
    with pytest.raises(ValueError, match="Observation spaces do not match"):
        model.set_env(necklace_envs(4, beads=7))


def test_learning_can_go_on():
    model = make_learner()
    model.learn(80)
    model.learn(80, reset_num_timesteps=False)
    assert model.num_timesteps == 160
