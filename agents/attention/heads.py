"""How a state becomes the logits of actions.

A flat head learns a weight vector per action. A pointer head (Vinyals et al., 2015) compares a
query made of the state with an embedding of each action, made of what actions have in common: what
is learned of one action holds for those like it. Where observations tell what actions are like, it
holds for actions never met.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from agents.attention.moments import Moments
from agents.attention.observed import FeatureReader, distinct, grouped_product
from agents.attention.relations import Relations
from creative_envs.core.action_table import ActionTable, ObservedFeatures

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

    def forward(self, states: Tensor, moments: Moments) -> Tensor:
        """Logits (n, A) of states (n, d), whatever else is known of their moments."""
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

    def forward(self, states: Tensor, moments: Moments) -> Tensor:
        """Logits (n, A) of states (n, d) at these moments."""
        query = self.query(states)
        related = (query @ self.related.T).gather(1, self.relations.to_all(moments.last))
        return query @ self.embedding(self.features).T + self.bias + related[:, self.value]


class ObservedPointerHead(nn.Module):
    """A pointer head that knows actions only by the features an observation tells of them.

    A query is compared with the features of every action. It is made of the state and, so that
    matching what stands beside an action is learned for all actions at once, of the features of
    the neighbours, each heeded as much as the state says.

    Args:
        width: Of the state.
        table: Where features are found, and how what actions write relates to the token before.
    """

    def __init__(self, width: int, table: ActionTable) -> None:
        super().__init__()
        self.read = FeatureReader(table.features)
        self.relations = Relations(table)
        self.query = nn.Linear(width, self.read.size)
        self.match = nn.Linear(self.read.near * self.read.size, self.read.size, bias=False)
        self.heed = nn.Linear(width, self.read.near)
        self.related = nn.Linear(width, table.relations)
        for linear in (self.query, self.related):
            nn.init.orthogonal_(linear.weight, ACTOR_GAIN)
            nn.init.zeros_(linear.bias)
        nn.init.zeros_(self.match.weight)
        nn.init.zeros_(self.heed.weight)
        nn.init.ones_(self.heed.bias)
        self.register_buffer("value", torch.as_tensor(table.value), persistent=False)

    def forward(self, states: Tensor, moments: Moments) -> Tensor:
        """Logits (n, A) of states (n, d) at these moments."""
        context, row, length = moments
        entry = context[self.read.entry]
        written = self.read.actions(context["tokens"])
        near = self.read.neighbours_of(written, row, length)
        beside = self.read(entry, row[:, None], near) * self.heed(states)[:, :, None]
        query = self.query(states) + self.match(beside.flatten(1))
        entries = distinct(entry)
        features = self.read.all(entries.rows)
        logits = grouped_product(query, entries.which[row], features)
        related = self.related(states).gather(1, self.relations.to_all(moments.last))
        return logits + related[:, self.value]


def make_head(width: int, actions: int, table: ActionTable | None) -> nn.Module:
    """The head for states (n, width) and so many actions: a pointer where a table is given."""
    if table is None:
        return FlatHead(width, actions)
    observed = isinstance(table.features, ObservedFeatures)
    return (ObservedPointerHead if observed else PointerHead)(width, table)
