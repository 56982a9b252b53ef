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
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from agents.network import TRUNK_SIZES, CausalTrunk, TokenEmbedding, WorkShape

ACTOR_GAIN: Final = 0.01
"""Gain of the actor's initial weights: a new policy is all but uniform over the legal actions."""
CRITIC_GAIN: Final = 1.0
MASKED_LOGIT: Final = -1e8
"""Low enough for a probability of exactly 0, finite so that its gradient is 0 rather than NaN."""
ADAM_EPSILON: Final = 1e-5
LENGTH_GROUPS: Final = 8
"""Works of a batch are encoded in so many groups of similar length, each padded to its longest."""
SMALLEST_GROUP: Final = 16
MLP_WIDTHS: Final = {"nano": 64, "small": 256, "base": 512}

Observation = dict[str, Tensor]


class AttentionFeatures(BaseFeaturesExtractor):
    """The causal trunk's state after the last token of each work."""

    def __init__(self, observation_space: spaces.Dict, size: str) -> None:
        """Builds a trunk of a size named in `TRUNK_SIZES` for the observations of a domain."""
        super().__init__(observation_space, TRUNK_SIZES[size].width)
        self.trunk = CausalTrunk(work_shape(observation_space), TRUNK_SIZES[size])

    def forward(self, observations: Observation) -> Tensor:
        """Encodes a batch of observations to (n, d), each work up to its own length."""
        length = written(observations["tokens"])
        count = len(length)
        groups = max(1, min(LENGTH_GROUPS, count // SMALLEST_GROUP))
        order = length.argsort(stable=True)
        states = [self._encode(observations, length, rows) for rows in order.chunk(groups)]
        place = torch.empty_like(order)
        place[order] = torch.arange(count, device=order.device)
        return torch.cat(states)[place]

    def _encode(self, observations: Observation, length: Tensor, rows: Tensor) -> Tensor:
        """Encodes the chosen rows, ordered by length, together."""
        longest = int(length[rows[-1]])
        works = observations.get("works")
        return self.trunk.read_out(
            observations["tokens"][rows, :longest],
            observations["brief"][rows],
            length[rows],
            None if works is None else works[rows],
        )


class MlpFeatures(BaseFeaturesExtractor):
    """Two hidden layers over the one-hot tokens of all positions and the brief, laid end to end.

    The first layer is computed as a sum of the weight rows the one-hot vector selects.
    """

    def __init__(self, observation_space: spaces.Dict, size: str) -> None:
        """Builds the layers, as wide as `MLP_WIDTHS` says for the size."""
        width = MLP_WIDTHS[size]
        super().__init__(observation_space, width)
        shape = work_shape(observation_space)
        self.tokens = TokenEmbedding(shape.token_sizes, width, positions=shape.max_length)
        self.brief = nn.Linear(shape.brief_size, width)
        flat_works = shape.earlier_works * shape.memory_size
        self.works = nn.Linear(flat_works, width, bias=False) if flat_works else None
        self.hidden = nn.Sequential(nn.Tanh(), nn.Linear(width, width), nn.Tanh())

    def forward(self, observations: Observation) -> Tensor:
        """Encodes a batch of observations to (n, d)."""
        first = self.tokens.flat(observations["tokens"]) + self.brief(observations["brief"])
        if self.works is not None:
            first = first + self.works(observations["works"].flatten(1))
        return self.hidden(first)


class MaskedPolicy(ActorCriticPolicy):
    """Actor and critic over shared features of a work; illegal actions have probability 0.

    Subclasses name their features in ``features_type``.

    Args:
        observation_space: Of a creative environment.
        action_space: Its Discrete space.
        lr_schedule: Learning rate by remaining progress.
        size: "nano", "small" or "base".
        weight_decay: AdamW's, on weight matrices (not on biases, norms and embeddings).
        use_sde: Must be False; SB3's algorithms pass it.
    """

    features_type: ClassVar[type[BaseFeaturesExtractor]]

    def __init__(
        self,
        observation_space: spaces.Dict,
        action_space: spaces.Discrete,
        lr_schedule: Schedule,
        size: str = "nano",
        weight_decay: float = 0.01,
        use_sde: bool = False,
    ) -> None:
        self.size = size
        self.weight_decay = weight_decay
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch=[],
            ortho_init=False,
            use_sde=use_sde,
            features_extractor_class=self.features_type,
            features_extractor_kwargs={"size": size},
            optimizer_class=torch.optim.AdamW,
            optimizer_kwargs={"eps": ADAM_EPSILON},
        )

    def forward(
        self, obs: Observation, deterministic: bool = False
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Chooses actions: (n,) actions, (n, 1) values, (n,) log-probabilities."""
        features = self.features_extractor(obs)
        distribution = self._distribution(features, obs["action_mask"])
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, self.value_net(features), distribution.log_prob(actions)

    def evaluate_actions(self, obs: Observation, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values (n, 1), log-probabilities (n,) of the actions, and entropies (n,)."""
        features = self.features_extractor(obs)
        distribution = self._distribution(features, obs["action_mask"])
        return self.value_net(features), distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Observation) -> Distribution:
        """The distribution over actions, all of it on legal ones."""
        return self._distribution(self.features_extractor(obs), obs["action_mask"])

    def predict_values(self, obs: Observation) -> Tensor:
        """The critic's estimates, shape (n, 1)."""
        return self.value_net(self.features_extractor(obs))

    def _distribution(self, features: Tensor, mask: Tensor) -> Distribution:
        logits = self.action_net(features).masked_fill(mask == 0, MASKED_LOGIT)
        return self.action_dist.proba_distribution(action_logits=logits)

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        for head, gain in ((self.action_net, ACTOR_GAIN), (self.value_net, CRITIC_GAIN)):
            nn.init.orthogonal_(head.weight, gain)
            nn.init.zeros_(head.bias)
        self.optimizer = self.optimizer_class(
            parameter_groups(self.modules(), self.weight_decay),
            lr=lr_schedule(1),
            **self.optimizer_kwargs,
        )

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {
            "observation_space": self.observation_space,
            "action_space": self.action_space,
            "lr_schedule": self._dummy_schedule,
            "size": self.size,
            "weight_decay": self.weight_decay,
        }


class AttentionPolicy(MaskedPolicy):
    """A causal transformer over the tokens of the work, behind the brief and earlier works."""

    features_type = AttentionFeatures


class MlpPolicy(MaskedPolicy):
    """A multi-layer perceptron over one-hot tokens: the plain alternative to attention."""

    features_type = MlpFeatures


POLICIES: Final[dict[str, type[MaskedPolicy]]] = {"attention": AttentionPolicy, "mlp": MlpPolicy}


def work_shape(observation_space: spaces.Dict) -> WorkShape:
    """Reads the sizes of a domain's observations off their space."""
    tokens, brief = observation_space["tokens"], observation_space["brief"]
    earlier = observation_space.spaces.get("works")
    earlier_works, memory_size = (0, 0) if earlier is None else earlier.shape
    return WorkShape(
        token_sizes=tuple(int(highest) + 1 for highest in tokens.high[0]),
        max_length=tokens.shape[0],
        brief_size=brief.shape[0],
        earlier_works=earlier_works,
        memory_size=memory_size,
    )


def written(tokens: Tensor) -> Tensor:
    """How many tokens of each work (n, L, F) are written, shape (n,)."""
    return (tokens[:, :, 0] >= 0).sum(dim=1)


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
