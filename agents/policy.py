"""Policies for Stable-Baselines3's PPO that read works in progress and know their action mask.

The mask is read from ``observation["action_mask"]``, so that sampling and updating see the same
distribution and plain `PPO` never proposes an illegal action. The networks have no dropout: it
would make PPO's probability ratio differ from 1 before any update. Weight decay regularises.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

import torch
from gymnasium import spaces
from stable_baselines3.common.distributions import Distribution
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from agents.attention.heads import make_head
from agents.attention.heat import Heat
from agents.attention.moments import Moments
from agents.features import AttentionFeatures, MlpFeatures, Observation, WorkFeatures
from agents.ppo.works import WorkBatch
from creative_envs.core.action_table import ActionTable

CRITIC_GAIN: Final = 1.0
MASKED_LOGIT: Final = -1e8
"""Low enough for a probability of exactly 0, finite so that its gradient is 0 rather than NaN."""
ADAM_EPSILON: Final = 1e-5


class NoOptimizer:
    """Takes an optimiser's place in a policy that only samples.

    Making one of PyTorch's imports its compiler, which takes longer than to sample a few works.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        """Takes what an optimiser takes, and keeps none of it."""


class MaskedPolicy(ActorCriticPolicy):
    """Actor and critic over shared features of a work; illegal actions have probability 0.

    Subclasses name their features in ``features_type``. `evaluate_actions` encodes transitions one
    by one, as any SB3 algorithm asks for; `evaluate_works` encodes each work once.

    Args:
        observation_space: Of a creative environment.
        action_space: Its Discrete space.
        lr_schedule: Learning rate by remaining progress.
        size: "nano", "small" or "base".
        weight_decay: AdamW's, on weight matrices (not on biases, norms and embeddings).
        actions: What actions have in common, for a pointer head; None for a flat one.
        static: Entries that do not change while a work grows and are read row by row, such as a
            terrain; see `Task.prefix_entries`.
        cached: Whether sampling remembers works in progress; else it encodes them at every step.
        learns: Whether it gets an optimiser; without one it can only sample.
        use_sde: Must be False; SB3's algorithms pass it.
    """

    features_type: ClassVar[type[WorkFeatures]]
    features_extractor: WorkFeatures

    def __init__(
        self,
        observation_space: spaces.Dict,
        action_space: spaces.Discrete,
        lr_schedule: Schedule,
        size: str = "nano",
        weight_decay: float = 0.01,
        actions: ActionTable | None = None,
        static: tuple[str, ...] = (),
        cached: bool = True,
        learns: bool = True,
        use_sde: bool = False,
    ) -> None:
        self.size = size
        self.weight_decay = weight_decay
        self.actions = actions
        self.static = tuple(static)
        self.cached = cached
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch=[],
            ortho_init=False,
            use_sde=use_sde,
            features_extractor_class=self.features_type,
            features_extractor_kwargs={"size": size, "actions": actions, "static": self.static},
            optimizer_class=torch.optim.AdamW if learns else NoOptimizer,
            optimizer_kwargs={"eps": ADAM_EPSILON, "fused": True},
        )

    def forward(
        self, obs: Observation, deterministic: bool = False
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Chooses actions: (n,) actions, (n, 1) values, (n,) log-probabilities."""
        features = self._features(obs)
        log_probs = self._log_probs(features, obs)
        actions = log_probs.argmax(dim=1) if deterministic else draw(log_probs)
        log_prob = log_probs.gather(1, actions[:, None])[:, 0]
        return actions, self.value_net(features), log_prob

    def evaluate_actions(self, obs: Observation, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values (n, 1), log-probabilities (n,) of the actions, and entropies (n,)."""
        features = self.features_extractor(obs)
        distribution = self._distribution(features, obs)
        return self.value_net(features), distribution.log_prob(actions), distribution.entropy()

    def encode_works(self, batch: WorkBatch) -> Tensor:
        """The states (M, d) of transitions of whole works, each work in one pass."""
        states = []
        for part in batch.passes:
            encoded = self.features_extractor.all_steps(part.context)
            states.append(encoded.flatten(0, 1).index_select(0, part.source))
        return torch.cat(states)

    def evaluate_works(self, batch: WorkBatch) -> tuple[Tensor, Tensor]:
        """Judges transitions of whole works, each work in one pass.

        Returns:
            Values, shape (M,), and log-probabilities of all actions, shape (M, A).
        """
        features = self.encode_works(batch)
        return self.value_net(features)[:, 0], self._masked(features, batch.moments, batch.mask)

    def get_distribution(self, obs: Observation) -> Distribution:
        """The distribution over actions, all of it on legal ones."""
        return self._distribution(self._features(obs), obs)

    def predict_values(self, obs: Observation) -> Tensor:
        """The critic's estimates, shape (n, 1)."""
        return self.value_net(self._features(obs))

    def tempered(self, logits: Tensor, moments: Moments) -> Tensor:
        """Logits (m, A) at the temperature of their moments; see `Heat`."""
        return logits if self.heat is None else logits / self.heat(moments)[:, None]

    def _features(self, obs: Observation) -> Tensor:
        if self.cached and not torch.is_grad_enabled():
            return self.features_extractor.sampled(obs)
        return self.features_extractor(obs)

    def _distribution(self, features: Tensor, obs: Observation) -> Distribution:
        return self.action_dist.proba_distribution(action_logits=self._log_probs(features, obs))

    def _log_probs(self, features: Tensor, obs: Observation) -> Tensor:
        return self._masked(features, Moments.of(obs), obs["action_mask"] != 0)

    def _masked(self, features: Tensor, moments: Moments, legal: Tensor) -> Tensor:
        logits = self.tempered(self.action_net(features, moments), moments)
        return logits.masked_fill(~legal, MASKED_LOGIT).log_softmax(dim=1)

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        self.action_net = make_head(self.features_dim, int(self.action_space.n), self.actions)
        self.heat = Heat() if "works" in self.observation_space.spaces else None
        nn.init.orthogonal_(self.value_net.weight, CRITIC_GAIN)
        nn.init.zeros_(self.value_net.bias)
        if self.optimizer_class is NoOptimizer:
            return
        self.optimizer = self.optimizer_class(
            parameter_groups(self.modules(), self.weight_decay),
            lr=lr_schedule(1),
            **self.optimizer_kwargs,
        )
        self.optimizer.register_step_post_hook(lambda *_: self.features_extractor.forget())

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {
            "observation_space": self.observation_space,
            "action_space": self.action_space,
            "lr_schedule": self._dummy_schedule,
            "size": self.size,
            "weight_decay": self.weight_decay,
            "actions": self.actions,
            "static": self.static,
            "cached": self.cached,
        }


class CausalAttentionPolicy(MaskedPolicy):
    """A causal transformer over a work's tokens, behind earlier works, static rows and brief."""

    features_type = AttentionFeatures


class MlpPolicy(MaskedPolicy):
    """A multi-layer perceptron over one-hot tokens: the plain alternative to attention."""

    features_type = MlpFeatures


POLICIES: Final[dict[str, type[MaskedPolicy]]] = {
    "attention": CausalAttentionPolicy,
    "mlp": MlpPolicy,
}


def draw(log_probs: Tensor) -> Tensor:
    """Draws an action (n,) from each row of log-probabilities (n, A).

    Inverts the cumulative distribution in double precision, where a single-precision uniform number
    never reaches the total: an action of probability 0 is never drawn. Faster than
    `torch.multinomial`.
    """
    cumulative = log_probs.double().exp().cumsum(dim=1)
    uniform = torch.rand(len(log_probs), 1, device=log_probs.device)
    return torch.searchsorted(cumulative, uniform * cumulative[:, -1:], right=True)[:, 0]


def parameter_groups(modules: Iterable[nn.Module], weight_decay: float) -> list[dict[str, Any]]:
    """Splits parameters into those AdamW decays (weights of linear layers) and the others."""
    decayed: dict[int, nn.Parameter] = {}
    others: dict[int, nn.Parameter] = {}
    for module in modules:
        for name, parameter in module.named_parameters(recurse=False):
            is_weight = isinstance(module, nn.Linear) and name == "weight"
            (decayed if is_weight else others)[id(parameter)] = parameter
    return [
        {"params": list(decayed.values()), "weight_decay": weight_decay},
        {"params": list(others.values()), "weight_decay": 0.0},
    ]
