"""What observations hold that does not change while a work grows, a terrain say, row by row."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from agents.attention.embedding import EMBEDDING_SCALE, spread
from agents.attention.moments import Context


class StaticEntry(NamedTuple):
    """An entry of observations whose rows are elements of the prefix.

    Attributes:
        name: In observations.
        rows: M, how many there are.
        size: P, the numbers of each, in [0, 1].
    """

    name: str
    rows: int
    size: int


class StaticRows(nn.Module):
    """Rows of an entry as elements: a linear map of their numbers, and of each its place.

    Args:
        entry: Which one.
        width: Of the elements.
    """

    def __init__(self, entry: StaticEntry, width: int) -> None:
        super().__init__()
        self.entry = entry.name
        self.embedding = nn.Linear(entry.size, width)
        self.place = nn.Parameter(torch.randn(entry.rows, width) * EMBEDDING_SCALE)

    def forward(self, context: Context) -> Tensor:
        """Embeds the entry (n, M, P) of a context to (n, M, d)."""
        return self.embedding(spread(context[self.entry])) + self.place
