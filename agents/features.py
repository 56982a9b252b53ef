"""Two encoders of works in progress: a causal transformer, and a multi-layer perceptron.

Each encodes a batch of observations one by one (`forward`, the reference), a batch of whole works
at all their steps at once (`all_steps`, for updates), and observations that follow one another
(`sampled`, for sampling). All three give the same numbers. Entries named as static, a terrain say,
do not change while a work grows; both encoders read them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from agents.attention.cache import SamplingCache
from agents.attention.embedding import TokenEmbedding
from agents.attention.moments import Context, chosen_works, written
from agents.attention.static import StaticEntry
from agents.attention.trunk import TRUNK_SIZES, CausalTrunk, WorkShape
from agents.errors import UnfitEnvironment
from creative_envs.core.action_table import ActionTable, ObservedFeatures

LENGTH_GROUPS: Final = 8
"""Works of a batch are encoded in so many groups of similar length, each padded to its longest."""
SMALLEST_GROUP: Final = 16
MLP_WIDTHS: Final = {"nano": 64, "small": 256, "base": 512}

Observation = dict[str, Tensor]


class WorkFeatures(BaseFeaturesExtractor):
    """An encoder of works in progress to states (n, d)."""

    def all_steps(self, context: Context) -> Tensor:
        """Encodes whole works.

        Args:
            context: What is observed of them, as `CausalTrunk` takes it.

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
        self,
        observation_space: spaces.Dict,
        size: str,
        actions: ActionTable | None = None,
        static: tuple[str, ...] = (),
    ) -> None:
        """Builds a trunk of a size named in `TRUNK_SIZES` for the observations of a domain."""
        super().__init__(observation_space, TRUNK_SIZES[size].width)
        shape = work_shape(observation_space, actions, static)
        self.trunk = CausalTrunk(shape, TRUNK_SIZES[size])
        self.cache = SamplingCache(self.trunk)

    def forward(self, observations: Observation) -> Tensor:
        """Encodes a batch of observations to (n, d), each work up to its own length."""
        context = {name: observations[name] for name in self.trunk.entries}
        length = written(context["tokens"])
        count = len(length)
        groups = max(1, min(LENGTH_GROUPS, count // SMALLEST_GROUP))
        order = length.argsort(stable=True)
        states = [self._encode(context, length, rows) for rows in order.chunk(groups)]
        place = torch.empty_like(order)
        place[order] = torch.arange(count, device=order.device)
        return torch.cat(states)[place]

    def all_steps(self, context: Context) -> Tensor:
        """One causal pass."""
        return self.trunk(context)

    def sampled(self, observations: Observation) -> Tensor:
        """Reads from the cache of keys and values, and encodes what it lacks."""
        return self.cache.read_out(observations)

    def forget(self) -> None:
        """Empties the cache."""
        self.cache.forget()

    def _encode(self, context: Context, length: Tensor, rows: Tensor) -> Tensor:
        """Encodes the chosen rows, ordered by length, together."""
        longest = int(length[rows[-1]])
        return self.trunk.read_out(chosen_works(context, rows, longest), length[rows])


class MlpFeatures(WorkFeatures):
    """Two hidden layers over the one-hot tokens of all positions and the brief, laid end to end.

    The first layer is computed as a sum of the weight rows the one-hot vector selects. Static
    entries are laid behind, row by row. Features of actions that observations tell are for the
    head alone to read.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        size: str,
        actions: ActionTable | None = None,
        static: tuple[str, ...] = (),
    ) -> None:
        """Builds the layers, as wide as `MLP_WIDTHS` says for the size."""
        width = MLP_WIDTHS[size]
        super().__init__(observation_space, width)
        shape = work_shape(observation_space, actions, static)
        self.tokens = TokenEmbedding(shape.token_sizes, width, positions=shape.max_length)
        self.brief = nn.Linear(shape.brief_size, width)
        flat_works = shape.earlier_works * shape.memory_size
        self.works = nn.Linear(flat_works, width, bias=False) if flat_works else None
        self.entries = static
        self.static = nn.ModuleList(
            nn.Linear(entry.rows * entry.size, width, bias=False) for entry in shape.static
        )
        self.hidden = nn.Sequential(nn.Tanh(), nn.Linear(width, width), nn.Tanh())

    def forward(self, observations: Observation) -> Tensor:
        """Encodes a batch of observations to (n, d)."""
        return self.hidden(self.tokens.flat(observations["tokens"]) + self.asked(observations))

    def all_steps(self, context: Context) -> Tensor:
        """The first layer's sum, grown token by token; then the hidden layers of every step."""
        return self.hidden(self.tokens.prefixes(context["tokens"]) + self.asked(context)[:, None])

    def asked(self, context: Context) -> Tensor:
        """What the first layer sums of all but tokens, (n, d): the same at all steps of a work."""
        first = self.brief(context["brief"])
        if self.works is not None:
            first = first + self.works(context["works"].flatten(1))
        for name, linear in zip(self.entries, self.static, strict=True):
            first = first + linear(context[name].flatten(1))
        return first


def work_shape(
    observation_space: spaces.Dict,
    actions: ActionTable | None = None,
    static: tuple[str, ...] = (),
) -> WorkShape:
    """Reads the sizes of a domain's observations off their space.

    Args:
        observation_space: Of a creative environment.
        actions: What actions have in common, where the policy shall know.
        static: Entries whose rows are elements of the prefix; see `Task.prefix_entries`.

    Raises:
        UnfitEnvironment: The table looks for features that the observations do not have, or an
            entry named as static is missing or no table of numbers in [0, 1].
    """
    tokens, brief = observation_space["tokens"], observation_space["brief"]
    earlier = observation_space.spaces.get("works")
    earlier_works, memory_size = (0, 0) if earlier is None else earlier.shape
    shape = WorkShape(
        token_sizes=tuple(int(highest) + 1 for highest in tokens.high[0]),
        max_length=tokens.shape[0],
        brief_size=brief.shape[0],
        earlier_works=earlier_works,
        memory_size=memory_size,
        actions=actions,
        static=tuple(_static_entry(observation_space, name) for name in static),
    )
    if shape.observed is not None:
        _require_features(observation_space, shape.observed)
    return shape


def _static_entry(space: spaces.Dict, name: str) -> StaticEntry:
    entry = space.spaces.get(name)
    fits = (
        isinstance(entry, spaces.Box)
        and entry.dtype == np.float32
        and len(entry.shape) == 2
        and entry.low.min() >= 0
        and entry.high.max() <= 1
    )
    if not fits:
        raise UnfitEnvironment(
            f"Policies are to read the rows of {name!r}, which must be an entry of the "
            f"observations, a Box (M, P) of float32 in [0, 1]. Observations are {space}."
        )
    return StaticEntry(name, *entry.shape)


def _require_features(space: spaces.Dict, observed: ObservedFeatures) -> None:
    entry = space.spaces.get(observed.entry)
    fits = (
        entry is not None
        and entry.dtype == np.float32
        and observed.gather.max() < np.prod(entry.shape)
        and (len(observed.neighbours), len(observed.columns)) == space["tokens"].shape
    )
    if not fits:
        raise UnfitEnvironment(
            f"The action table reads features off {observed.entry!r}, which must be an entry of "
            "the observations, of float32 and large enough; its neighbours need a row for each of "
            f"the L tokens, its columns a number for each of F. Observations are {space}."
        )
