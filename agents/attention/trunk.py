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
from typing import ClassVar, Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from agents.attention.relations import Relations, last_value
from creative_envs.core.action_table import ActionTable

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
        actions: What actions have in common, where the domain tells and the policy shall know.
    """

    token_sizes: tuple[int, ...]
    max_length: int
    brief_size: int
    earlier_works: int = 0
    memory_size: int = 0
    actions: ActionTable | None = None


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
        rows = (tokens.long() + self.first_row + self._shift(length)).view(n, length * columns)
        return functional.embedding_bag(rows, self.table, mode="sum")

    def prefixes(self, tokens: Tensor) -> Tensor:
        """What `flat` gives for every prefix of works (n, T, F) of at most all positions.

        Returns:
            Shape (n, T + 1, d): row t is the sum with t tokens written and all others not.
        """
        n, length, columns = tokens.shape
        rows = (tokens.long() + self.first_row + self._shift(length)).view(n * length, columns)
        written = functional.embedding_bag(rows, self.table, mode="sum")
        written = written.view(n, length, self.table.shape[1])
        positions = len(self.table) // self.rows
        empty = self.table.view(positions, self.rows, -1)[:, self.first_row - 1].sum(dim=1)
        growth = (written - empty[:length]).cumsum(dim=1)
        return torch.cat([growth.new_zeros(n, 1, growth.shape[2]), growth], dim=1) + empty.sum(0)

    def _shift(self, length: int) -> Tensor:
        """First row of the table of each position, shape (T, 1)."""
        return torch.arange(length, device=self.first_row.device)[:, None] * self.rows


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
    the same written out takes three quarters of its time.
    """
    if query.device.type != "cpu":
        return functional.scaled_dot_product_attention(query, *read, attn_mask=bias)
    scores = query @ read.keys.transpose(2, 3) * query.shape[-1] ** -0.5 + bias
    return scores.softmax(dim=-1) @ read.values


class CausalTrunk(nn.Module):
    """Encodes works in progress; see the module's head for the sequence it works on."""

    reads: ClassVar = ("tokens", "brief", "works")
    """Entries of an observation that it encodes."""

    def __init__(self, shape: WorkShape, size: TrunkSize) -> None:
        super().__init__()
        self.width = size.width
        self.prefix = shape.earlier_works + 1
        self.total = self.prefix + shape.max_length
        self.token = TokenEmbedding(shape.token_sizes, size.width)
        self.step = nn.Parameter(torch.randn(shape.max_length, size.width) * EMBEDDING_SCALE)
        self.relations = Relations(shape.actions) if shape.actions else None
        if self.relations is not None:
            related = torch.randn(self.relations.count, size.width) * EMBEDDING_SCALE
            self.related = nn.Parameter(related)
        self.brief = nn.Linear(shape.brief_size, size.width)
        self.asked = nn.Linear(shape.brief_size, size.width)
        self.asking = nn.Linear(size.width, size.width)
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
        states = self.embed(tokens, brief, works)
        for block in self.blocks:
            states, _ = block(states)
        return self.norm(states[:, self.prefix - 1 :])

    def read_out(
        self, tokens: Tensor, brief: Tensor, length: Tensor, works: Tensor | None = None
    ) -> Tensor:
        """Encodes the state after the first ``length`` (n,) tokens of each work: (n, d).

        The last block, whose other rows nothing would read, runs for that element alone.
        """
        states = self.embed(tokens, brief, works)
        for block in self.blocks[:-1]:
            states, _ = block(states)
        state = self.blocks[-1].read_out(states, length + self.prefix - 1)
        return self.norm(state[:, 0])

    def embed(self, tokens: Tensor, brief: Tensor, works: Tensor | None = None) -> Tensor:
        """The elements as the first block reads them, shape (n, prefix + T, d)."""
        written = self.token(tokens) + self.step[: tokens.shape[1]]
        if self.relations is not None:
            written = written + self.related[self.relations.among(tokens[:, :, 0])]
        parts = [self._asked_first(brief), self._conditioned(written, brief)]
        if self.earlier is not None:
            parts.insert(0, self.earlier(works))
        return torch.cat(parts, dim=1)

    def embed_last(self, tokens: Tensor, brief: Tensor, length: Tensor) -> Tensor:
        """The newest element of each work, (n, 1, d): its last token, or the brief before any."""
        row = torch.arange(len(tokens), device=tokens.device)
        last = (length - 1).clamp(min=0)
        token = self.token(tokens[row, last][:, None]) + self.step[last][:, None]
        if self.relations is not None:
            values = last_value(tokens, length - 1), tokens[row, last, 0]
            token = token + self.related[self.relations.between(*values)][:, None]
        token = self._conditioned(token, brief)
        return torch.where((length > 0)[:, None, None], token, self._asked_first(brief))

    def _conditioned(self, written: Tensor, brief: Tensor) -> Tensor:
        """Adds to embedded tokens (n, T, d) what the brief (n, B) asks for just there.

        A product of both, as what is asked for at one place of a work is not what is asked for at
        another: entry 15 of a melody's brief, say, is the height of its fourth bar.
        """
        return written + self.asking(written) * self.asked(spread(brief))[:, None]

    def _asked_first(self, brief: Tensor) -> Tensor:
        """The element that stands for the brief (n, B), before any token: (n, 1, d)."""
        return self.brief(spread(brief))[:, None]


def spread(brief: Tensor) -> Tensor:
    """Briefs, whose entries vary by a quarter or so within [0, 1], on the scale of networks."""
    return 4 * brief - 2


def written(tokens: Tensor) -> Tensor:
    """How many tokens of each work (n, L, F) are written, shape (n,)."""
    return (tokens[:, :, 0] >= 0).sum(dim=1)
