"""Sampling with a memory: keys and values of works in progress, so that a step costs one element.

The cache is addressed by content. Each row remembers which work it has encoded and under which
parameters; an observation that continues that work by one token is answered from memory, anything
else (another work, a resumed run, parameters that changed) is encoded anew. So the answers equal
`CausalTrunk.read_out` whatever is asked; the cache decides only how fast they come.
"""

from __future__ import annotations

import torch
from torch import Tensor

from agents.attention.blocks import KeysValues
from agents.attention.moments import Context, Moments, chosen_works
from agents.attention.trunk import CausalTrunk


class SamplingCache:
    """What a trunk has encoded of n works in progress, a row for each.

    Args:
        trunk: Whose keys and values these are.
    """

    def __init__(self, trunk: CausalTrunk) -> None:
        self.trunk = trunk
        self._weights = list(trunk.parameters())
        self._versions: tuple[torch.device, int] | None = None
        self._last_layer = torch.zeros(0)
        self._blocks: list[KeysValues] = []
        self._seen: dict[str, Tensor] = {}
        self._length = torch.zeros(0, dtype=torch.long)

    @torch.inference_mode(False)  # keys made in that mode could not be added to outside of it
    @torch.no_grad()
    def read_out(self, observation: Context) -> Tensor:
        """Encodes the state after the last token of each work, (n, d), without gradients."""
        trunk = self.trunk
        context = {name: observation[name] for name in trunk.entries}
        moments = Moments.of(context)
        length = moments.length
        position = length + trunk.prefix - 1
        self._encode_missing(context, length, position)
        total = int(position.max()) + 1
        state = trunk.embed_last(moments)
        for block, cache in zip(trunk.blocks, self._blocks, strict=True):
            state = block.append(state, position, block.bias.at(position, total), cache)
        self._seen = {name: values.clone() for name, values in context.items()}
        self._length = length
        return trunk.norm(state[:, 0])

    def forget(self) -> None:
        """Encodes everything anew in the next call, as parameters have changed.

        Most changes are noticed without this: see `_parameters_changed`.
        """
        self._versions = None

    def _parameters_changed(self) -> bool:
        """Whether parameters are others than in the last call.

        PyTorch counts changes in place, but not those of fused optimisers and of ``.data``. All
        that learns moves the last layer, so that is compared as well.
        """
        norm = self.trunk.norm
        before = self._versions, self._last_layer
        self._versions = norm.weight.device, sum(weight._version for weight in self._weights)
        self._last_layer = torch.cat([norm.weight, norm.bias])
        return before[0] != self._versions or not torch.equal(before[1], self._last_layer)

    def _encode_missing(self, context: Context, length: Tensor, position: Tensor) -> None:
        """Encodes the works of which more than the last element is new."""
        missing = position > 0
        afresh = self._parameters_changed() or len(self._length) != len(length)
        if not afresh:
            missing &= ~self._continues(context, length)
        self._length = length[:0]  # a call that is interrupted leaves nothing to continue from
        if afresh:
            self._allocate(len(length))
        rows = missing.nonzero()[:, 0]
        if len(rows):
            self._encode(context, length, rows)

    def _allocate(self, rows: int) -> None:
        trunk, weight = self.trunk, self.trunk.norm.weight
        self._blocks = [
            KeysValues(*weight.new_zeros(2, rows, block.heads, trunk.total, block.head_width))
            for block in trunk.blocks
        ]

    def _continues(self, context: Context, length: Tensor) -> Tensor:
        """Whether each work is the one its row has encoded, one token longer, shape (n,)."""
        same = length == self._length + 1
        before = torch.arange(context["tokens"].shape[1], device=length.device)
        added = before >= self._length[:, None]
        same &= ((context["tokens"] == self._seen["tokens"]).all(dim=2) | added).all(dim=1)
        for name in self._seen.keys() - {"tokens"}:
            same &= (context[name] == self._seen[name]).flatten(1).all(dim=1)
        return same

    def _encode(self, context: Context, length: Tensor, rows: Tensor) -> None:
        """Fills the named rows with all elements of their works."""
        longest = int(length[rows].max())
        states = self.trunk.embed(chosen_works(context, rows, longest))
        for block, cache in zip(self.trunk.blocks, self._blocks, strict=True):
            states, read = block(states)
            for stored, fresh in zip(cache, read, strict=True):
                stored[rows, :, : fresh.shape[2]] = fresh
