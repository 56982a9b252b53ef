"""Moments of works in progress: what a state was made from, for those who read more than it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

Context = Mapping[str, Tensor]
"""Entries of the observations of n works that are encoded, the work's own tokens among them."""


class Moments(NamedTuple):
    """Where each of m states stands.

    Attributes:
        context: What is observed of n works: "tokens" (n, L, F), "brief" (n, B) and so on. Tokens
            beyond a moment may be written already.
        row: Which of the works each state is of, shape (m,).
        length: After how many of its tokens, shape (m,).
    """

    context: Context
    row: Tensor
    length: Tensor

    @classmethod
    def of(cls, observation: Context) -> Moments:
        """The present of each work observed."""
        tokens = observation["tokens"]
        return cls(observation, torch.arange(len(tokens), device=tokens.device), written(tokens))

    @property
    def last(self) -> Tensor:
        """First column of the last token of each, -1 where nothing is written; shape (m,)."""
        before = self.context["tokens"][self.row, (self.length - 1).clamp(min=0), 0]
        return torch.where(self.length > 0, before, -1)


def chosen_works(context: Context, rows: Tensor | slice, longest: int | None = None) -> Context:
    """The named works of a context, and of their tokens the first ``longest`` (all if None)."""
    chosen = {name: values[rows] for name, values in context.items()}
    return {**chosen, "tokens": chosen["tokens"][:, :longest]}


def written(tokens: Tensor) -> Tensor:
    """How many tokens of each work (n, L, F) are written, shape (n,)."""
    return (tokens[:, :, 0] >= 0).sum(dim=1)
