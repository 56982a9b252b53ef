"""The causal transformer over a work in progress.

A sequence is ``[earlier works ..., static rows ..., brief, token 0, token 1, ...]``, where static
rows are those of entries that do not change while a work grows, such as a terrain. Every element
sees itself and what stands before it, so the state at an element depends on that prefix alone: the
one at the brief decides the first action, the one at token t the action after it. An append-only
work can therefore be encoded once for all its steps (`CausalTrunk.forward`), or only where the next
action is wanted (`CausalTrunk.read_out`); both give the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from agents.attention.blocks import Block, TrunkSize
from agents.attention.embedding import EMBEDDING_SCALE, TokenEmbedding, spread
from agents.attention.moments import Context, Moments
from agents.attention.observed import ObservedEmbedding
from agents.attention.relations import Relations
from agents.attention.static import StaticEntry, StaticRows
from creative_envs.core.action_table import ActionTable, ObservedFeatures

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
        static: Entries that do not change while a work grows and whose rows are elements.
    """

    token_sizes: tuple[int, ...]
    max_length: int
    brief_size: int
    earlier_works: int = 0
    memory_size: int = 0
    actions: ActionTable | None = None
    static: tuple[StaticEntry, ...] = ()

    @property
    def observed(self) -> ObservedFeatures | None:
        """Where observations tell the features of actions, if they do."""
        features = None if self.actions is None else self.actions.features
        return features if isinstance(features, ObservedFeatures) else None

    @property
    def entries(self) -> tuple[str, ...]:
        """Names of the observation's entries that are encoded."""
        works = ("works",) if self.earlier_works else ()
        library = (self.observed.entry,) if self.observed else ()
        return ("tokens", "brief", *works, *library, *(entry.name for entry in self.static))


class CausalTrunk(nn.Module):
    """Encodes works in progress; see the module's head for the sequence it works on.

    Where observations tell the features of actions, tokens are known by those alone.
    """

    def __init__(self, shape: WorkShape, size: TrunkSize) -> None:
        super().__init__()
        self.width = size.width
        self.prefix = shape.earlier_works + sum(entry.rows for entry in shape.static) + 1
        self.total = self.prefix + shape.max_length
        self.entries = shape.entries
        self.token: TokenEmbedding | ObservedEmbedding
        if shape.observed:
            self.token = ObservedEmbedding(shape.observed, size.width)
        else:
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
        self.static = nn.ModuleList(StaticRows(entry, size.width) for entry in shape.static)
        blocks = [Block(size, self.prefix, shape.max_length) for _ in range(size.depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(size.width)

    def forward(self, context: Context) -> Tensor:
        """Encodes every element.

        Args:
            context: "tokens", integers of shape (n, T, F), T at most L; "brief" (n, B); in
                portfolios "works", the earlier ones of the episode, (n, K - 1, 1 + M); the entry
                that tells the features of actions, where there is one; and the static ones, each
                (n, rows, size).

        Returns:
            Shape (n, T + 1, d): row t is the state after t tokens.
        """
        states = self.embed(context)
        for block in self.blocks:
            states, _ = block(states)
        return self.norm(states[:, self.prefix - 1 :])

    def read_out(self, context: Context, length: Tensor) -> Tensor:
        """Encodes the state after the first ``length`` (n,) tokens of each work: (n, d).

        The last block, whose other rows nothing would read, runs for that element alone.
        """
        return self.read_at(self.embed(context), length + self.prefix - 1)

    def read_at(self, states: Tensor, position: Tensor) -> Tensor:
        """Encodes the element at ``position`` (n,) of embedded ones (n, prefix + T, d): (n, d)."""
        for block in self.blocks[:-1]:
            states, _ = block(states)
        state = self.blocks[-1].read_out(states, position)
        return self.norm(state[:, 0])

    def weights(self, states: Tensor) -> Tensor:
        """Where embedded elements (n, T, d) look, for each block: (n, blocks, heads, T, T)."""
        weights = []
        for block in self.blocks:
            weights.append(block.weights(states))
            states, _ = block(states)
        return torch.stack(weights, dim=1)

    def embed(self, context: Context) -> Tensor:
        """The elements as the first block reads them, shape (n, prefix + T, d)."""
        tokens = context["tokens"]
        written = self.token.of_all(context) + self.step[: tokens.shape[1]]
        if self.relations is not None:
            written = written + self.related[self.relations.among(tokens[:, :, 0])]
        return self.arrange(written, context)

    def arrange(self, written: Tensor, context: Context) -> Tensor:
        """Puts embedded tokens (n, T, d) behind the prefix; of the context reads all the rest."""
        brief = context["brief"]
        parts = [static(context) for static in self.static]
        parts += [self._asked_first(brief), self._conditioned(written, brief)]
        if self.earlier is not None:
            parts.insert(0, self.earlier(context["works"]))
        return torch.cat(parts, dim=1)

    def embed_last(self, moments: Moments) -> Tensor:
        """The newest element of each work, (m, 1, d): its last token, or the brief before any."""
        brief, length = moments.context["brief"][moments.row], moments.length
        token = self.token.of_last(moments) + self.step[(length - 1).clamp(min=0)]
        if self.relations is not None:
            before = moments._replace(length=length - 1).last
            token = token + self.related[self.relations.between(before, moments.last)]
        token = self._conditioned(token[:, None], brief)
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
