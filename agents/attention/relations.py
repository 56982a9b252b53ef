"""How a token relates to the one before it, looked up in the table of a domain."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from creative_envs.core.action_table import ActionTable


class Relations(nn.Module):
    """Numbers of the relations between tokens that follow each other, by their first column.

    Args:
        table: The domain's.
    """

    def __init__(self, table: ActionTable) -> None:
        super().__init__()
        self.count = table.relations
        self.register_buffer("ids", torch.as_tensor(table.relation), persistent=False)

    def among(self, column: Tensor) -> Tensor:
        """The relation of each value of a column (n, T) to the one before it, shape (n, T)."""
        before = torch.nn.functional.pad(column[:, :-1], (1, 0), value=-1)
        return self.between(before, column)

    def between(self, before: Tensor, value: Tensor) -> Tensor:
        """The relation of values to those before them, -1 for none; shapes are equal."""
        return self.ids[before.long() + 1, value.long().clamp(min=0)]

    def to_all(self, before: Tensor) -> Tensor:
        """The relations of all V values to the one before, (n,) to (n, V)."""
        return self.ids[before.long() + 1]
