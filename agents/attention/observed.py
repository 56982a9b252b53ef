"""Actions known by features that observations tell: nothing here knows an action by its number."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from agents.attention.embedding import spread
from agents.attention.moments import Context, Moments
from creative_envs.core.action_table import ObservedFeatures

MEAN_SQUARE: Final = 4 / 3
"""Of numbers spread evenly over -2 .. 2."""
HASH_BASE: Final = 6_364_136_223_846_793_005
"""Factor of a polynomial hash modulo 2 ** 64 (Knuth's, of a linear congruential generator)."""


class FeatureReader(nn.Module):
    """Reads features of actions off observations, Q = 2 P of each: see `lifted`. Learns nothing.

    Args:
        observed: Where they are found.
    """

    def __init__(self, observed: ObservedFeatures) -> None:
        super().__init__()
        self.entry = observed.entry
        self.size = 2 * observed.shape[1]
        self.near = observed.neighbours.shape[1]
        after_all = torch.full((1, self.near), -1)
        neighbours = torch.cat([torch.as_tensor(observed.neighbours), after_all])
        self.register_buffer("gather", torch.as_tensor(observed.gather), persistent=False)
        self.register_buffer("columns", torch.tensor(observed.columns), persistent=False)
        self.register_buffer("neighbours", neighbours, persistent=False)

    def actions(self, tokens: Tensor) -> Tensor:
        """The actions that wrote tokens (n, T, F), -1 where none is written; shape (n, T)."""
        spelt = (tokens.long() * self.columns).sum(dim=2)
        return spelt.where(tokens[:, :, 0] >= 0, -1)

    def neighbours_of(self, actions: Tensor, row: Tensor, length: Tensor) -> Tensor:
        """What was written in the places that bear on the next one.

        Args:
            actions: Of whole works, shape (n, T).
            row: Of which works, any shape.
            length: After how many tokens, of a shape that fits.

        Returns:
            Actions, -1 for none, with a last axis of R.
        """
        place = self.neighbours[length]
        return actions[row[..., None], place.clamp(min=0)].where(place >= 0, -1)

    def forward(self, entry: Tensor, row: Tensor, actions: Tensor) -> Tensor:
        """Features of single actions.

        Args:
            entry: The entry of n observations, shape (n, ...).
            row: In which of them, of a shape that fits the actions'.
            actions: -1 for none, whose features are 0.

        Returns:
            With a last axis of Q.
        """
        place = self.gather[actions.clamp(min=0)]
        found = lifted(entry.flatten(1)[row[..., None], place])
        return found.masked_fill(actions[..., None] < 0, 0)

    def all(self, entry: Tensor) -> Tensor:
        """Features of all actions in each of n observations, shape (n, A, Q)."""
        flat = entry.flatten(1)
        places = torch.cat([self.gather, self.gather + flat.shape[1]], dim=1)
        found = lifted(flat).index_select(1, places.flatten())  # faster than indexing by a matrix
        return found.view(len(entry), *places.shape)


class ObservedEmbedding(nn.Module):
    """Tokens as linear maps of the features of their actions, and of their next one's neighbours.

    Args:
        observed: Where features are found.
        width: Of the embedding.
    """

    def __init__(self, observed: ObservedFeatures, width: int) -> None:
        super().__init__()
        self.read = FeatureReader(observed)
        self.embedding = nn.Linear((1 + self.read.near) * self.read.size, width, bias=False)

    def of_all(self, context: Context) -> Tensor:
        """Embeds all tokens of a context to (n, T, d)."""
        tokens = context["tokens"]
        row = torch.arange(len(tokens), device=tokens.device)[:, None]
        length = torch.arange(tokens.shape[1], device=tokens.device) + 1
        return self.of_last(Moments(context, row, length))

    def of_last(self, moments: Moments) -> Tensor:
        """Embeds the last token at each moment to (m, d)."""
        context, row, length = moments
        actions = self.read.actions(context["tokens"])
        own = actions[row, (length - 1).clamp(min=0)]
        near = self.read.neighbours_of(actions, row, length)
        known = torch.cat([own[..., None], near], dim=-1)
        features = self.read(context[self.read.entry], row[..., None], known)
        return self.embedding(features.flatten(-2))


def lifted(features: Tensor) -> Tensor:
    """Features (..., P) on the scale of networks, and behind them their squares: (..., 2 P).

    With its squares known, how far an action is from something in mind is linear in its features.
    """
    centred = spread(features)
    return torch.cat([centred, centred.square() - MEAN_SQUARE], dim=-1)


class Distinct(NamedTuple):
    """Rows without their repetitions: row i of n is ``rows[which[i]]``."""

    rows: Tensor
    which: Tensor


def distinct(values: Tensor) -> Distinct:
    """The distinct rows of single-precision numbers (n, ...); some may be there twice.

    Rows are told apart by a hash of their bits, which is exact whatever the order of sums. Should
    two share it after all, every row counts as distinct.
    """
    flat = values.flatten(1)
    if torch.equal(flat, flat[:1].expand_as(flat)):
        return Distinct(values[:1], torch.zeros_like(flat[:, 0], dtype=torch.long))
    bits = flat.contiguous().view(torch.int32).long()
    factors = torch.full_like(bits[0], HASH_BASE).cumprod(dim=0)
    hashes, which = (bits * factors).sum(dim=1).unique(return_inverse=True)
    every = torch.arange(len(values), device=values.device)
    rows = values[torch.empty_like(hashes).scatter_(0, which, every)]
    return Distinct(rows, which) if torch.equal(rows[which], values) else Distinct(values, every)


def grouped_product(queries: Tensor, which: Tensor, keys: Tensor) -> Tensor:
    """Products of each query (m, d) with the keys of its group, (m, A).

    Groups are padded to the largest: less memory than keys for every query, and no loop.

    Args:
        queries: Shape (m, d).
        which: The group of each, shape (m,).
        keys: Of the groups, shape (U, A, d).
    """
    if len(keys) == 1:
        return queries @ keys[0].T
    order = which.argsort(stable=True)
    count = which.bincount(minlength=len(keys))
    first = count.cumsum(0) - count
    place = torch.empty_like(which)
    place[order] = torch.arange(len(which), device=which.device) - first[which[order]]
    padded = queries.new_zeros(len(keys), int(count.max()), queries.shape[1])
    padded = padded.index_put((which, place), queries)
    return (padded @ keys.transpose(1, 2))[which, place]
