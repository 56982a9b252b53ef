"""Decisions of works as a policy met them: what it saw, what was legal, and what it chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agents.attention.moments import Context
from agents.callbacks import Work
from agents.evaluation import earlier_works, stack
from creative_envs.core.retrace import trace
from creative_envs.core.task import Task


@dataclass(frozen=True)
class Decisions:
    """n decisions, of one work or of several.

    Attributes:
        context: What was observed at each: "tokens" (n, T, F), -1 beyond those written, "brief"
            (n, B) and so on.
        step: How many tokens were written, shape (n,).
        action: The one chosen, shape (n,).
        legal: The actions it was chosen among, shape (n, A).
        work: Of which of the works it is, shape (n,).
    """

    context: Context
    step: Tensor
    action: Tensor
    legal: Tensor
    work: NDArray[np.int64]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.step)

    def chosen(self, rows: NDArray[np.int64]) -> Decisions:
        """The named decisions, with no more room for tokens than they need."""
        index = torch.as_tensor(rows, device=self.step.device)
        step = self.step[index]
        context = {name: values[index] for name, values in self.context.items()}
        context["tokens"] = context["tokens"][:, : max(1, int(step.max()))]
        return Decisions(context, step, self.action[index], self.legal[index], self.work[rows])


def decisions_of(
    task: Task, works: Sequence[Work], per_episode: int = 1, device: torch.device | str = "cpu"
) -> Decisions:
    """All decisions of works, in order.

    Args:
        task: What they were made with.
        works: As in ``info["work"]``; every ``per_episode`` of them in a row are an episode.
        per_episode: K, how many works an episode has.
        device: Where the tensors shall lie.

    Raises:
        InvalidWork: A work the rules cannot make.
    """
    tokens, length, brief = stack(list(works))
    made = trace(task, tokens, length, brief)
    work, step = np.nonzero(made.actions >= 0)
    seen = np.where(np.arange(tokens.shape[1])[:, None] < step[:, None, None], tokens[work], -1)
    shared = {"brief": brief, **task.context(brief)}
    if per_episode > 1:
        shared["works"] = earlier_works(task, per_episode, tokens, length, brief)
    context = {name: torch.as_tensor(values[work]) for name, values in shared.items()}
    context["tokens"] = torch.as_tensor(seen)
    return Decisions(
        context={name: values.to(device) for name, values in context.items()},
        step=torch.as_tensor(step, device=device),
        action=torch.as_tensor(made.actions[work, step], device=device),
        legal=torch.as_tensor(made.mask[work, step] != 0, device=device),
        work=work,
    )
