"""The causal transformer over a work in progress.

A sequence is ``[earlier works ..., brief, token 0, token 1, ...]``. Every element sees itself and
what stands before it, so the state at an element depends on that prefix alone: the one at the
brief decides the first action, the one at token t the action after it. An append-only work can
therefore be encoded once for all its steps (`CausalTrunk.forward`), or only where the next action
is wanted (`CausalTrunk.read_out`); both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

EMBEDDING_SCALE: Final = 0.1
"""Standard deviation of freshly made embeddings: small beside the unit scale of LayerNorm."""
FEED_FORWARD_RATIO: Final = 2
"""Width of a block's hidden layer over the width of the trunk."""


@dataclass(frozen=True)
class TrunkSize:
    """Width d, number of blocks, and attention heads of a trunk."""

    width: int
    depth: int
    heads: int


TRUNK_SIZES: Final = {
    "nano": TrunkSize(48, 2, 4),
    "small": TrunkSize(128, 3, 4),
    "base": TrunkSize(256, 4, 8),
}


@dataclass(frozen=True)
class WorkShape:
    """The sizes of the observations of a domain.

    Attributes:
        token_sizes: Per token column, how many values it takes (-1 beside them: not written).
        max_length: L, the most tokens of a work.
        brief_size: B.
        earlier_works: K - 1, how many earlier works of the episode are observed.
        memory_size: 1 + M, the length of the vector that stands for an earlier work.
    """

    token_sizes: tuple[int, ...]
    max_length: int
    brief_size: int
    earlier_works: int = 0
    memory_size: int = 0


class TokenEmbedding(nn.Module):
    """Sum of one embedding per token column: a linear map of the columns' one-hot vectors."""

    def __init__(self, token_sizes: Sequence[int], width: int, positions: int = 1) -> None:
        """Makes the tables, with a row more per column for "not written".

        Args:
            token_sizes: Values per column.
            width: Of the embedding.
            positions: Separate tables for each of so many positions (1: shared by all).
        """
        super().__init__()
        sizes = torch.tensor([size + 1 for size in token_sizes])
        self.rows = int(sizes.sum())
        first = torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)[:-1]])
        self.register_buffer("first_row", first + 1, persistent=False)
        self.table = nn.Parameter(torch.randn(positions * self.rows, width) * EMBEDDING_SCALE)

    def forward(self, tokens: Tensor) -> Tensor:
        """Embeds tokens (n, T, F) of any integer type to (n, T, d)."""
        n, length, columns = tokens.shape
        rows = (tokens.long() + self.first_row).view(n * length, columns)
        summed = functional.embedding_bag(rows, self.table, mode="sum")
        return summed.view(n, length, self.table.shape[1])

    def flat(self, tokens: Tensor) -> Tensor:
        """Embeds whole works (n, T, F) to their sum over T, with a table for each position."""
        n, length, columns = tokens.shape
        shift = torch.arange(length, device=tokens.device)[:, None] * self.rows
        rows = (tokens.long() + self.first_row + shift).view(n, length * columns)
        return functional.embedding_bag(rows, self.table, mode="sum")


class RelativeBias(nn.Module):
    """What attention adds for where things stand: per head, one number for each distance.

    Tokens are told apart by their distance from the query, the prefix (earlier works and brief) by
    identity. Later elements are masked.
    """

    def __init__(self, heads: int, prefix: int, max_length: int) -> None:
        super().__init__()
        total = prefix + max_length
        query = torch.arange(total)[:, None]
        key = torch.arange(total)[None, :]
        code = torch.where(key < prefix, key, prefix + (query - key).clamp(min=0))
        self.register_buffer("code", code, persistent=False)
        self.register_buffer("future", key > query, persistent=False)
        self.table = nn.Parameter(torch.zeros(heads, total))

    def forward(self, total: int) -> Tensor:
        """The bias among the first ``total`` elements, shape (heads, total, total)."""
        bias = self.table[:, self.code[:total, :total]]
        return bias.masked_fill(self.future[:total, :total], -torch.inf)


class Block(nn.Module):
    """A pre-LN transformer block (Xiong et al., 2020): attention, then a feed-forward layer."""

    def __init__(self, size: TrunkSize, prefix: int, max_length: int) -> None:
        super().__init__()
        width = size.width
        self.heads = size.heads
        self.attention_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, width)
        self.bias = RelativeBias(size.heads, prefix, max_length)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, FEED_FORWARD_RATIO * width),
            nn.GELU(),
            nn.Linear(FEED_FORWARD_RATIO * width, width),
        )

    def forward(self, states: Tensor) -> Tensor:
        """Updates every element of (n, T, d)."""
        normed = self.attention_norm(states)
        bias = self.bias(states.shape[1])
        states = states + self._attend(normed, normed, bias)
        return states + self.feed_forward(self.feed_forward_norm(states))

    def read_out(self, states: Tensor, position: Tensor) -> Tensor:
        """Updates only the element at ``position`` (n,) of each sequence (n, T, d): (n, 1, d)."""
        normed = self.attention_norm(states)
        row = torch.arange(len(states), device=states.device)
        bias = self.bias(states.shape[1])[:, position].transpose(0, 1).unsqueeze(2)
        state = states[row, position].unsqueeze(1)
        state = state + self._attend(normed[row, position].unsqueeze(1), normed, bias)
        return state + self.feed_forward(self.feed_forward_norm(state))

    def _attend(self, queries: Tensor, keys: Tensor, bias: Tensor) -> Tensor:
        query = self._split(self.query(queries))
        key, value = self.key_value(keys).chunk(2, dim=-1)
        mixed = functional.scaled_dot_product_attention(
            query, self._split(key), self._split(value), attn_mask=bias
        )
        return self.output(mixed.transpose(1, 2).flatten(2))

    def _split(self, states: Tensor) -> Tensor:
        """(n, T, d) to (n, heads, T, d / heads)."""
        return states.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class CausalTrunk(nn.Module):
    """Encodes works in progress; see the module's head for the sequence it works on."""

    def __init__(self, shape: WorkShape, size: TrunkSize) -> None:
        super().__init__()
        self.width = size.width
        self.prefix = shape.earlier_works + 1
        self.token = TokenEmbedding(shape.token_sizes, size.width)
        self.step = nn.Parameter(torch.randn(shape.max_length, size.width) * EMBEDDING_SCALE)
        self.brief = nn.Linear(shape.brief_size, size.width)
        self.earlier = nn.Linear(shape.memory_size, size.width) if shape.earlier_works else None
        blocks = [Block(size, self.prefix, shape.max_length) for _ in range(size.depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(size.width)

    def forward(self, tokens: Tensor, brief: Tensor, works: Tensor | None = None) -> Tensor:
        """Encodes every element.

        Args:
            tokens: Integers, shape (n, T, F), T at most L.
            brief: Shape (n, B).
            works: Earlier works of the episode, shape (n, K - 1, 1 + M), where there are any.

        Returns:
            Shape (n, T + 1, d): row t is the state after t tokens.
        """
        states = self._embed(tokens, brief, works)
        for block in self.blocks:
            states = block(states)
        return self.norm(states[:, self.prefix - 1 :])

    def read_out(
        self, tokens: Tensor, brief: Tensor, length: Tensor, works: Tensor | None = None
    ) -> Tensor:
        """Encodes the state after the first ``length`` (n,) tokens of each work: (n, d).

        The last block, whose other rows nothing would read, runs for that element alone.
        """
        states = self._embed(tokens, brief, works)
        for block in self.blocks[:-1]:
            states = block(states)
        state = self.blocks[-1].read_out(states, length + self.prefix - 1)
        return self.norm(state[:, 0])

    def _embed(self, tokens: Tensor, brief: Tensor, works: Tensor | None) -> Tensor:
        parts = [self.brief(brief)[:, None], self.token(tokens) + self.step[: tokens.shape[1]]]
        if self.earlier is not None:
            parts.insert(0, self.earlier(works))
        return torch.cat(parts, dim=1)
