"""What plain networks read of a work in progress: one-hot tokens and everything else observed.

Raw token ids are a poor input: 7 is not more than 3 (see `creative_envs.OneHotTokens`). Here the
first layer over one-hot tokens is computed as the sum of the weight rows that they select, so that
rollout and replay buffers hold the tokens themselves, which are 15 times smaller.
"""

from __future__ import annotations

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

TOKENS = "tokens"


class OneHotFeatures(BaseFeaturesExtractor):
    """One hidden layer of tanh units over all that `creative_envs.OneHotTokens` lays end to end.

    Args:
        observation_space: Of a creative environment.
        width: Units.
    """

    rows: Tensor

    def __init__(self, observation_space: spaces.Dict, width: int = 256) -> None:
        super().__init__(observation_space, width)
        tokens = observation_space[TOKENS]
        assert isinstance(tokens, spaces.Box)
        length, columns = tokens.shape
        sizes = tokens.high[0].astype(np.int64) + 1
        first = np.cumsum(sizes) - sizes
        rows = np.arange(length)[:, None] * sizes.sum() + first
        # Row 0 stands for what is not written yet and adds nothing.
        self.register_buffer("rows", torch.as_tensor(1 + rows.ravel()), persistent=False)
        self.table = nn.EmbeddingBag(
            1 + length * int(sizes.sum()), width, mode="sum", padding_idx=0
        )
        nn.init.normal_(self.table.weight, std=(length * columns) ** -0.5)
        self.others = [name for name in observation_space.spaces if name != TOKENS]
        shapes = [observation_space[name].shape or () for name in self.others]
        self.rest = nn.Linear(sum(int(np.prod(shape)) for shape in shapes), width)

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """Encodes a batch of observations to (n, width)."""
        tokens = observations[TOKENS].flatten(1).long()
        rows = torch.where(tokens < 0, 0, tokens + self.rows)
        rest = torch.cat([observations[name].flatten(1) for name in self.others], dim=1)
        return torch.tanh(self.table(rows) + self.rest(rest))
