"""Transformer blocks with a learned relative bias, for whole sequences and for one new element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

FEED_FORWARD_RATIO: Final = 2
"""Width of a block's hidden layer over the width of the trunk."""


@dataclass(frozen=True)
class TrunkSize:
    """Width d, number of blocks, and attention heads of a trunk."""

    width: int
    depth: int
    heads: int


class RelativeBias(nn.Module):
    """What attention adds for where things stand: per head, one number for each distance.

    Tokens are told apart by their distance from the query, the prefix (earlier works, static rows
    and brief) by identity. Later elements are masked.
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
        code = self.code[:total, :total].flatten()
        bias = self.table.index_select(1, code).view(-1, total, total)
        return bias.masked_fill(self.future[:total, :total], -torch.inf)

    def at(self, position: Tensor, total: int) -> Tensor:
        """The bias of queries at ``position`` (n,) on the first ``total`` elements.

        Returns:
            Shape (n, heads, 1, total).
        """
        bias = self.table[:, self.code[position, :total]]
        future = self.future[position, :total]
        return bias.masked_fill(future, -torch.inf).transpose(0, 1).unsqueeze(2)


class KeysValues(NamedTuple):
    """What attention of one block reads, each of shape (n, heads, T, d / heads)."""

    keys: Tensor
    values: Tensor


class Block(nn.Module):
    """A pre-LN transformer block (Xiong et al., 2020): attention, then a feed-forward layer."""

    def __init__(self, size: TrunkSize, prefix: int, max_length: int) -> None:
        super().__init__()
        width = size.width
        self.heads = size.heads
        self.head_width = width // size.heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.bias = RelativeBias(size.heads, prefix, max_length)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, FEED_FORWARD_RATIO * width),
            nn.GELU(),
            nn.Linear(FEED_FORWARD_RATIO * width, width),
        )

    def forward(self, states: Tensor) -> tuple[Tensor, KeysValues]:
        """Updates every element of (n, T, d); also returns what later elements would attend to."""
        query, *read = self._project(self.attention_norm(states))
        bias = self.bias(states.shape[1])
        return self._update(states, query, KeysValues(*read), bias), KeysValues(*read)

    def read_out(self, states: Tensor, position: Tensor) -> Tensor:
        """Updates only the element at ``position`` (n,) of each sequence (n, T, d): (n, 1, d)."""
        row = torch.arange(len(states), device=states.device)
        normed, width = self.attention_norm(states), states.shape[2]
        weight, bias = self.query_key_value.weight, self.query_key_value.bias
        query = functional.linear(normed[row, position][:, None], weight[:width], bias[:width])
        keys, values = functional.linear(normed, weight[width:], bias[width:]).chunk(2, dim=-1)
        return self._update(
            states[row, position][:, None],
            self._split(query),
            KeysValues(self._split(keys), self._split(values)),
            self.bias.at(position, states.shape[1]),
        )

    def weights(self, states: Tensor) -> Tensor:
        """Where each element of (n, T, d) looks: (n, heads, T, T), rows of which sum to 1."""
        query, keys, _ = self._project(self.attention_norm(states))
        scores = query @ keys.transpose(2, 3) * self.head_width**-0.5
        return (scores + self.bias(states.shape[1])).softmax(dim=-1)

    def append(self, state: Tensor, position: Tensor, bias: Tensor, cache: KeysValues) -> Tensor:
        """Updates one new element (n, 1, d) of each sequence, at ``position`` (n,).

        Args:
            state: The new elements.
            position: Where each stands.
            bias: Theirs, from `RelativeBias.at`.
            cache: Keys and values of the elements before; gains those of the new ones.
        """
        row = torch.arange(len(state), device=state.device)
        query, *new = self._project(self.attention_norm(state))
        for stored, fresh in zip(cache, new, strict=True):
            stored[row, :, position] = fresh[:, :, 0]
        total = bias.shape[-1]
        read = KeysValues(cache.keys[:, :, :total], cache.values[:, :, :total])
        return self._update(state, query, read, bias)

    def _project(self, normed: Tensor) -> list[Tensor]:
        """Queries, keys and values of normed elements (n, T, d), each (n, heads, T, d / heads)."""
        return [self._split(part) for part in self.query_key_value(normed).chunk(3, dim=-1)]

    def _update(self, states: Tensor, query: Tensor, read: KeysValues, bias: Tensor) -> Tensor:
        mixed = attention(query, read, bias)
        states = states + self.output(mixed.transpose(1, 2).flatten(2))
        return states + self.feed_forward(self.feed_forward_norm(states))

    def _split(self, states: Tensor) -> Tensor:
        """(n, T, d) to (n, heads, T, d / heads)."""
        return states.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def attention(query: Tensor, read: KeysValues, bias: Tensor) -> Tensor:
    """Scaled dot-product attention with an additive bias, (n, heads, T, d / heads).

    PyTorch's own has fast kernels for GPUs; on a CPU, where a bias that is learned rules them out,
    the same written out is faster.
    """
    if query.device.type != "cpu":
        return functional.scaled_dot_product_attention(query, *read, attn_mask=bias)
    scores = query @ read.keys.transpose(2, 3) * query.shape[-1] ** -0.5 + bias
    return scores.softmax(dim=-1) @ read.values
