"""How a state becomes the logits of actions.

A flat head learns a weight vector per action. A pointer head (Vinyals et al., 2015) compares a
query made of the state with an embedding of each action, made of features the actions share: what
is learned of one action holds for those like it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

ACTOR_GAIN: Final = 0.01
"""Gain of the actor's initial weights: a new policy is all but uniform over the legal actions."""


class FlatHead(nn.Linear):
    """A linear map from the state (n, d) to a logit for each action (n, A)."""

    def __init__(self, width: int, actions: int) -> None:
        super().__init__(width, actions)
        nn.init.orthogonal_(self.weight, ACTOR_GAIN)
        nn.init.zeros_(self.bias)


class PointerHead(nn.Module):
    """Scaled dot product of a query with each action's embedding, plus a bias for each action.

    Args:
        width: Of the state.
        features: What is known of each action, shape (A, P).
    """

    def __init__(self, width: int, features: NDArray[np.float32]) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.embedding = nn.Linear(features.shape[1], width, bias=False)
        self.bias = nn.Parameter(torch.zeros(len(features)))
        nn.init.orthogonal_(self.query.weight, ACTOR_GAIN)
        nn.init.zeros_(self.query.bias)
        self.register_buffer("features", torch.as_tensor(features, dtype=torch.float32))

    def forward(self, states: Tensor) -> Tensor:
        """Logits (n, A) of states (n, d)."""
        actions = self.embedding(self.features)
        return self.query(states) @ actions.T + self.bias
