"""How a state becomes the logits of actions.

A flat head learns a weight vector per action. A pointer head (Vinyals et al., 2015) compares a
query made of the state with an embedding of each action, made of what actions have in common: what
is learned of one action holds for those like it.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from agents.attention.relations import Relations
from creative_envs.core.action_table import ActionTable

ACTOR_GAIN: Final = 0.01
"""Gain of the actor's initial weights: a new policy is all but uniform over the legal actions."""
RELATION_SCALE: Final = 0.1
"""Standard deviation of freshly made embeddings of relations."""


class FlatHead(nn.Linear):
    """A linear map from the state (n, d) to a logit for each action (n, A)."""

    def __init__(self, width: int, actions: int) -> None:
        super().__init__(width, actions)
        nn.init.orthogonal_(self.weight, ACTOR_GAIN)
        nn.init.zeros_(self.bias)

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        """Logits (n, A) of states (n, d), whatever was written last (n,)."""
        return super().forward(states)


class PointerHead(nn.Module):
    """Dot product of a query with the embeddings of an action's features and of its relation.

    Args:
        width: Of the state.
        table: Features of actions, and how what they write relates to the token before.
    """

    def __init__(self, width: int, table: ActionTable) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.embedding = nn.Linear(table.features.shape[1], width, bias=False)
        self.related = nn.Parameter(torch.randn(table.relations, width) * RELATION_SCALE)
        self.bias = nn.Parameter(torch.zeros(len(table.features)))
        nn.init.orthogonal_(self.query.weight, ACTOR_GAIN)
        nn.init.zeros_(self.query.bias)
        self.relations = Relations(table)
        features = torch.as_tensor(table.features, dtype=torch.float32)
        self.register_buffer("features", features, persistent=False)
        self.register_buffer("value", torch.as_tensor(table.value), persistent=False)

    def forward(self, states: Tensor, last: Tensor) -> Tensor:
        """Logits (n, A) of states (n, d) after the tokens whose first columns are ``last`` (n,)."""
        query = self.query(states)
        related = (query @ self.related.T).gather(1, self.relations.to_all(last))
        return query @ self.embedding(self.features).T + self.bias + related[:, self.value]
