"""Works laid out for causal passes: transitions of the same work share one encoding.

Tokens are only ever appended, so the last observation of a work holds all its earlier ones. The
transitions of an environment are cut into *segments* wherever a work begins or a rollout does; each
segment is encoded once, from its last observation, and every transition reads the state at its own
length. A segment whose work began in an earlier rollout still holds the whole prefix, and so is
exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.buffers import DictRolloutBuffer
from torch import Tensor

from agents.attention.moments import Context, Moments, chosen_works

MASK: Final = "action_mask"
"""The entry of an observation that is another at every step; the rest is a work's context."""
PASSES: Final = 4
"""A minibatch is encoded in at most so many passes, works of similar length together."""
SMALLEST_PASS: Final = 256
"""Fewest transitions worth a pass of their own."""


@dataclass(frozen=True)
class CausalPass:
    """Segments that are encoded together.

    Attributes:
        context: Each entry as of its segment's last observation; T tokens, as many as are needed.
        source: Which of the S x (T + 1) encoded states each transition reads, shape (m,).
    """

    context: Context
    source: Tensor


@dataclass(frozen=True)
class WorkBatch:
    """M transitions with what encodes them.

    Attributes:
        passes: Their causal passes, in the order of the transitions.
        rows: Which transitions of the layout these are, shape (M,).
        moments: Where each stands, in the context of the batch's segments.
        mask: Whether each action is legal, shape (M, A).
        actions: The actions taken, shape (M,).
        fields: Whatever else is known of each transition, by name, each of shape (M, ...).
    """

    passes: tuple[CausalPass, ...]
    rows: Tensor
    moments: Moments
    mask: Tensor
    actions: Tensor
    fields: Mapping[str, Tensor]


class WorkLayout:
    """Transitions of many segments on the device where learning takes place.

    Transitions are numbered segment by segment, in the order of time.

    Args:
        context: "tokens" (S, L, F), "brief" (S, B) and whatever else is observed and does not
            change while a work grows, each as of its segment's last transition.
        count: Transitions of each segment, shape (S,).
        length: Tokens written at each transition, shape (R,).
        mask: Legal actions at each, shape (R, A).
        actions: Actions taken at each, shape (R,).
        device: Where everything is moved, once.
        fields: Whatever else is known of each, by name, each of shape (R, ...).
    """

    def __init__(
        self,
        context: Mapping[str, NDArray[Any]],
        count: NDArray[np.int64],
        length: NDArray[np.int64],
        mask: NDArray[Any],
        actions: NDArray[np.int64],
        device: torch.device,
        fields: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        self._count, self._length = count, length
        self._first = count.cumsum() - count
        self._longest = length[self._first + count - 1]
        self._device = device
        self._context = {name: self._move(values) for name, values in context.items()}
        self._mask = self._move(mask != 0)
        self._actions = self._move(actions)
        self._fields = {name: self._move(values) for name, values in (fields or {}).items()}

    @classmethod
    def of_rollout(cls, buffer: DictRolloutBuffer, device: torch.device) -> WorkLayout:
        """Lays out a full rollout buffer, whose sampling values and targets become fields."""
        observations = buffer.observations
        length = (observations["tokens"][..., 0] >= 0).sum(axis=2).T
        begins = np.ones(length.shape, np.bool_)
        begins[:, 1:] = (length[:, 1:] <= length[:, :-1]) | (buffer.episode_starts.T[:, 1:] > 0)
        first = begins.ravel().nonzero()[0]
        count = np.diff(first, append=length.size)
        environment, step = np.divmod(first + count - 1, length.shape[1])

        def by_environment(values: NDArray[Any]) -> NDArray[Any]:
            return values.swapaxes(0, 1).reshape(length.size, *values.shape[2:])

        return cls(
            {k: values[step, environment] for k, values in observations.items() if k != MASK},
            count,
            length.ravel(),
            by_environment(observations[MASK]),
            by_environment(buffer.actions)[:, 0].astype(np.int64),
            device,
            {
                "old_values": by_environment(buffer.values),
                "old_log_prob": by_environment(buffer.log_probs),
                "advantages": by_environment(buffer.advantages),
                "returns": by_environment(buffer.returns),
            },
        )

    def __len__(self) -> int:
        """How many transitions there are."""
        return len(self._length)

    def minibatches(
        self, batch_size: int, rng: np.random.Generator | None = None
    ) -> Iterator[WorkBatch]:
        """Deals the segments out in random order, about ``batch_size`` transitions at a time.

        Every transition is in exactly one minibatch. Without a generator draws from NumPy's global
        one, as SB3's own buffers do.
        """
        permutation = np.random.permutation if rng is None else rng.permutation
        order = permutation(len(self._count))
        dealt = self._count[order].cumsum()
        batches = max(1, round(len(self) / batch_size))
        ends = np.searchsorted(dealt, len(self) * np.arange(1, batches) / batches)
        for segments in np.split(order, ends):
            if len(segments):
                yield self.batch(segments)

    def in_order(self, batch_size: int) -> Iterator[WorkBatch]:
        """All transitions, about ``batch_size`` at a time, without drawing anything."""
        segments = self._longest.argsort(kind="stable")
        for part in np.array_split(segments, -(-len(self) // batch_size)):
            if len(part):
                yield self.batch(part)

    def write(self, name: str, batch: WorkBatch, values: Tensor) -> None:
        """Sets a field of the transitions in a batch, for all batches made later."""
        if name not in self._fields:
            self._fields[name] = values.new_zeros(len(self), *values.shape[1:])
        self._fields[name][batch.rows] = values

    def batch(self, segments: NDArray[np.int64]) -> WorkBatch:
        """The transitions of the numbered segments, those of short works first."""
        segments = segments[self._longest[segments].argsort(kind="stable")]
        passes = int(np.clip(self._count[segments].sum() // SMALLEST_PASS, 1, PASSES))
        parts = np.array_split(np.arange(len(segments)), min(passes, len(segments)))
        chosen, transitions = self._move(segments), self._transitions(segments)
        context = {name: values[chosen] for name, values in self._context.items()}
        rows = self._move(transitions)
        row = np.repeat(np.arange(len(segments)), self._count[segments])
        moments = Moments(context, self._move(row), self._move(self._length[transitions]))
        return WorkBatch(
            passes=tuple(self._pass(context, segments, part) for part in parts),
            rows=rows,
            moments=moments,
            mask=self._mask.index_select(0, rows),
            actions=self._actions.index_select(0, rows),
            fields={name: values.index_select(0, rows) for name, values in self._fields.items()},
        )

    def _transitions(self, segments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the transitions in these segments, segment after segment."""
        count = self._count[segments]
        skipped = self._first[segments] - (count.cumsum() - count)
        return np.repeat(skipped, count) + np.arange(count.sum())

    def _pass(
        self, context: Context, segments: NDArray[np.int64], part: NDArray[np.int64]
    ) -> CausalPass:
        """The pass of a part, which has no gaps, of a batch's segments and their context."""
        segments = segments[part]
        longest = int(self._longest[segments].max())
        place = np.repeat(np.arange(len(segments)) * (longest + 1), self._count[segments])
        source = self._move(place + self._length[self._transitions(segments)])
        return CausalPass(chosen_works(context, slice(part[0], part[-1] + 1), longest), source)

    def _move(self, values: NDArray[Any]) -> Tensor:
        return torch.as_tensor(values, device=self._device)
