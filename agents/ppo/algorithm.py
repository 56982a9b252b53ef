"""Stable-Baselines3's PPO with one causal pass per work instead of one encoding per transition."""

from __future__ import annotations

import warnings
from collections import defaultdict
from typing import Any, Final, Literal

import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.utils import explained_variance
from torch import Tensor, nn
from torch.nn import functional

from agents.errors import ConfigError, RatioMismatch, UnfitEnvironment
from agents.policy import MaskedPolicy
from agents.ppo.works import WorkBatch, WorkLayout

NEEDED: Final = ("tokens", "brief", "action_mask")
RATIO_TOLERANCE: Final = {"float32": 1e-4, "bfloat16": 0.1}
"""How far the first minibatch's probability ratios may be from 1: the rounding of a precision.

On melodies float32 was seen to be 1e-6 off. bfloat16 is up to 0.06 off float32, and a GPU may round
as differently for batches of other shapes; dropout of a tenth is 0.29 off in the mean.
"""
STOP_FACTOR: Final = 1.5
"""An update ends beyond so many times ``target_kl``, as in SB3."""

Precision = Literal["float32", "bfloat16"]


class CausalPPO(PPO):
    """PPO for works in progress; used as `stable_baselines3.PPO` is.

    The loss, its minibatch statistics and the schedules are PPO's. What differs is how transitions
    are dealt into minibatches (whole works, so about ``batch_size`` transitions each) and encoded
    (`MaskedPolicy.evaluate_works`). The first minibatch of every update proves that both see the
    policy that sampled: its probability ratios must be 1.

    SB3's own `save` and `load` work, but use pickle: load nothing with them that somebody else may
    have written. `agents.load` reads the runs of ``train_agent.py`` without executing anything. A
    prior is not saved: pass it to `load` again, as ``prior=...``.

    Args:
        policy: A `MaskedPolicy`, such as `CausalAttentionPolicy`.
        env: Of creative environments: observations with "tokens", "brief" and "action_mask".
        prior: A policy to stay close to, whose parameters are never changed.
        prior_coef: Weight of the divergence KL(policy || prior) in the loss.
        precision: "bfloat16" computes updates under autocast, for GPUs.
        **keywords: PPO's.

    Raises:
        UnfitEnvironment: The observations are not a creative environment's.
        ConfigError: The policy is not a `MaskedPolicy`.
        RatioMismatch: While learning, if the update sees another policy than the one that sampled.
    """

    policy: MaskedPolicy

    def __init__(
        self,
        policy: type[MaskedPolicy],
        env: Any,
        *,
        prior: MaskedPolicy | None = None,
        prior_coef: float = 0.0,
        precision: Precision = "float32",
        **keywords: Any,
    ) -> None:
        self.prior, self.prior_coef, self.precision = prior, prior_coef, precision
        with warnings.catch_warnings():
            # Minibatches here are of whole works, never truncated.
            warnings.filterwarnings("ignore", "You have specified a mini-batch size", UserWarning)
            super().__init__(policy, env, **keywords)

    def train(self) -> None:
        """Updates the policy from the rollout buffer."""
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        clip_range = self.clip_range(self._current_progress_remaining)
        rollout = WorkLayout.of_rollout(self.rollout_buffer, self.device)
        self._consult(rollout)
        records: dict[str, list[Tensor]] = defaultdict(list)
        for _ in range(self.n_epochs):
            kept = all(
                self._learn_from(batch, clip_range, records)
                for batch in rollout.minibatches(self.batch_size)
            )
            self._n_updates += 1
            if not kept:
                break
        self._log(records, clip_range)

    def _setup_model(self) -> None:
        space = self.observation_space
        names = space.spaces.keys() if isinstance(space, spaces.Dict) else ()
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise UnfitEnvironment(
                f"CausalPPO learns from creative environments, whose observations are a Dict with "
                f"{', '.join(NEEDED)}; here {', '.join(missing)} is missing. Do not wrap them in "
                "anything that flattens observations, or use stable_baselines3.PPO."
            )
        if not issubclass(self.policy_class, MaskedPolicy):
            raise ConfigError(
                "CausalPPO learns with a MaskedPolicy, such as CausalAttentionPolicy, not with "
                f"{self.policy_class.__name__}: pass one, or use stable_baselines3.PPO."
            )
        super()._setup_model()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "prior"]

    def _evaluate(self, policy: MaskedPolicy, batch: WorkBatch) -> tuple[Tensor, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            values, log_probs = policy.evaluate_works(batch)
        return values.float(), log_probs.float()

    @torch.no_grad()
    def _consult(self, rollout: WorkLayout) -> None:
        """Adds to a rollout what is computed once for all its epochs.

        Under autocast, that is the probability of each action: sampling, which runs in float32,
        rounds otherwise than the update. With a prior, its log-probabilities of all actions.
        """
        if self.precision == "float32" and self.prior is None:
            return
        for batch in rollout.in_order(self.batch_size):
            if self.precision == "bfloat16":
                _, log_probs = self._evaluate(self.policy, batch)
                rollout.write("old_log_prob", batch, chosen(log_probs, batch.actions))
            if self.prior is not None:
                rollout.write("prior", batch, self._evaluate(self.prior, batch)[1])

    def _learn_from(
        self, batch: WorkBatch, clip_range: float, records: dict[str, list[Tensor]]
    ) -> bool:
        """One step of the optimiser; False, and no step, where the policy has moved too far."""
        loss, figures = self._loss(batch, clip_range)
        if not records:
            check_ratio(figures["ratio_error"].item(), RATIO_TOLERANCE[self.precision])
        for name, figure in figures.items():
            records[name].append(figure.detach())
        if self.target_kl is not None and figures["approx_kl"] > STOP_FACTOR * self.target_kl:
            return False
        self.policy.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
        self.policy.optimizer.step()
        return True

    def _loss(self, batch: WorkBatch, clip_range: float) -> tuple[Tensor, dict[str, Tensor]]:
        values, log_probs = self._evaluate(self.policy, batch)
        log_ratio = chosen(log_probs, batch.actions) - batch.fields["old_log_prob"]
        ratio = log_ratio.exp()
        advantages = batch.fields["advantages"]
        if self.normalize_advantage and len(advantages) > 1:
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        clipped = ratio.clamp(1 - clip_range, 1 + clip_range)
        policy_loss = -torch.min(advantages * ratio, advantages * clipped).mean()
        if self.clip_range_vf is not None:
            limit = self.clip_range_vf(self._current_progress_remaining)
            old = batch.fields["old_values"]
            values = old + (values - old).clamp(-limit, limit)
        value_loss = functional.mse_loss(values, batch.fields["returns"])
        probabilities = log_probs.softmax(dim=1)  # as exp, without its slow path at -1e8
        entropy = -(probabilities * log_probs).sum(dim=1).mean()
        loss = policy_loss - self.ent_coef * entropy + self.vf_coef * value_loss
        figures = {
            "policy_gradient_loss": policy_loss,
            "value_loss": value_loss,
            "entropy_loss": -entropy,
            "approx_kl": (ratio - 1 - log_ratio).mean(),
            "clip_fraction": ((ratio - 1).abs() > clip_range).float().mean(),
            "ratio_error": (ratio - 1).abs().max(),
        }
        if self.prior is not None:
            divergence = (probabilities * (log_probs - batch.fields["prior"])).sum(dim=1).mean()
            loss = loss + self.prior_coef * divergence
            figures["prior_kl"] = divergence
        return loss, figures | {"loss": loss}

    def _log(self, records: dict[str, list[Tensor]], clip_range: float) -> None:
        for name, values in records.items():
            self.logger.record(f"train/{name}", torch.stack(values).mean().item())
        buffer = self.rollout_buffer
        variance = explained_variance(buffer.values.flatten(), buffer.returns.flatten())
        self.logger.record("train/explained_variance", variance)
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/clip_range", clip_range)


def chosen(log_probs: Tensor, actions: Tensor) -> Tensor:
    """Log-probabilities (n,) of the actions (n,) taken, of those of all actions (n, A)."""
    return log_probs.gather(1, actions[:, None])[:, 0]


def check_ratio(error: float, tolerance: float) -> None:
    """Raises `RatioMismatch` unless the update sees the policy its actions were sampled from."""
    if not error <= tolerance:
        raise RatioMismatch(
            f"The first minibatch's probability ratios are up to {error:.2g} from 1. The policy "
            "must give the same probabilities when sampling and when learning (no dropout, no "
            "batch norm), and environments must only append tokens to a work, none between two "
            "actions."
        )
