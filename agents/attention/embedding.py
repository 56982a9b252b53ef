"""Token rows as vectors: one table for each column, looked up and summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from agents.attention.moments import Context, Moments

EMBEDDING_SCALE: Final = 0.1
"""Standard deviation of freshly made embeddings: small beside the unit scale of LayerNorm."""


def spread(observed: Tensor) -> Tensor:
    """Numbers that vary by a quarter or so within [0, 1], on the scale of networks."""
    return 4 * observed - 2


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

    def of_all(self, context: Context) -> Tensor:
        """Embeds all tokens of a context to (n, T, d)."""
        return self(context["tokens"])

    def of_last(self, moments: Moments) -> Tensor:
        """Embeds the last token at each moment to (m, d)."""
        last = (moments.length - 1).clamp(min=0)
        return self(moments.context["tokens"][moments.row, last][:, None])[:, 0]

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
