"""Two encoders of works in progress: a causal transformer, and a multi-layer perceptron.

Each encodes a batch of observations one by one (`forward`, the reference), a batch of whole works
at all their steps at once (`all_steps`, for updates), and observations that follow one another
(`sampled`, for sampling). All three give the same numbers.
"""

from __future__ import annotations

from typing import Final

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from agents.attention.cache import SamplingCache
from agents.attention.embedding import TokenEmbedding
from agents.attention.trunk import TRUNK_SIZES, CausalTrunk, WorkShape, written
from creative_envs.core.action_table import ActionTable

LENGTH_GROUPS: Final = 8
"""Works of a batch are encoded in so many groups of similar length, each padded to its longest."""
SMALLEST_GROUP: Final = 16
MLP_WIDTHS: Final = {"nano": 64, "small": 256, "base": 512}

Observation = dict[str, Tensor]


class WorkFeatures(BaseFeaturesExtractor):
    """An encoder of works in progress to states (n, d)."""

    def all_steps(self, tokens: Tensor, brief: Tensor, works: Tensor | None) -> Tensor:
        """Encodes whole works.

        Args:
            tokens: Shape (n, T, F).
            brief: Shape (n, B).
            works: Earlier works of the episode, shape (n, K - 1, 1 + M), where there are any.

        Returns:
            Shape (n, T + 1, d): row t is the state after t tokens.
        """
        raise NotImplementedError

    def sampled(self, observations: Observation) -> Tensor:
        """Encodes observations that probably follow those of the last call; without gradients."""
        return self(observations)

    def forget(self) -> None:
        """Drops what `sampled` remembers, as parameters have changed."""


class AttentionFeatures(WorkFeatures):
    """The causal trunk's state after the last token of each work."""

    def __init__(
        self, observation_space: spaces.Dict, size: str, actions: ActionTable | None = None
    ) -> None:
        """Builds a trunk of a size named in `TRUNK_SIZES` for the observations of a domain."""
        super().__init__(observation_space, TRUNK_SIZES[size].width)
        self.trunk = CausalTrunk(work_shape(observation_space, actions), TRUNK_SIZES[size])
        self.cache = SamplingCache(self.trunk)

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

    def all_steps(self, tokens: Tensor, brief: Tensor, works: Tensor | None) -> Tensor:
        """One causal pass."""
        return self.trunk(tokens, brief, works)

    def sampled(self, observations: Observation) -> Tensor:
        """Reads from the cache of keys and values, and encodes what it lacks."""
        return self.cache.read_out(observations)

    def forget(self) -> None:
        """Empties the cache."""
        self.cache.forget()

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


class MlpFeatures(WorkFeatures):
    """Two hidden layers over the one-hot tokens of all positions and the brief, laid end to end.

    The first layer is computed as a sum of the weight rows the one-hot vector selects.
    """

    def __init__(
        self, observation_space: spaces.Dict, size: str, actions: ActionTable | None = None
    ) -> None:
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
        context = self._context(observations["brief"], observations.get("works"))
        return self.hidden(self.tokens.flat(observations["tokens"]) + context)

    def all_steps(self, tokens: Tensor, brief: Tensor, works: Tensor | None) -> Tensor:
        """The first layer's sum, grown token by token; then the hidden layers of every step."""
        first = self.tokens.prefixes(tokens) + self._context(brief, works)[:, None]
        return self.hidden(first)

    def _context(self, brief: Tensor, works: Tensor | None) -> Tensor:
        first = self.brief(brief)
        return first if self.works is None else first + self.works(works.flatten(1))


def work_shape(observation_space: spaces.Dict, actions: ActionTable | None = None) -> WorkShape:
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
        actions=actions,
    )
