"""What a finished run recorded: its table, and how its works improved while it trained."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agents.study.plan import PlannedRun

WINDOW: Final = 0.05
"""Share of a budget, at its end, whose rollouts the training reward is averaged over."""
CLOCKS: Final = {
    "timesteps": "transitions",
    "cpu_seconds": "CPU seconds",
    "seconds": "wall-clock seconds",
}
"""By what learning is measured, and the words for it."""

History = Sequence[Mapping[str, float]]
"""One entry a rollout: the clocks, and mean scores of its works."""


@dataclass(frozen=True)
class RunRecord:
    """Of one seed.

    Attributes:
        table: Measures of sampled works by maker, as in ``evaluation.json``.
        history: Of the training.
    """

    table: Mapping[str, Mapping[str, float]]
    history: History

    @classmethod
    def read(cls, run: PlannedRun) -> RunRecord:
        """Reads a finished run.

        Raises:
            CheckpointError: Its last checkpoint is missing or damaged.
        """
        from agents.checkpoint import Snapshot, latest
        from agents.errors import CheckpointError
        from agents.runs import RunFolder

        folder = RunFolder(run.path)
        checkpoint = latest(folder.checkpoints)
        if checkpoint is None:
            raise CheckpointError(f"{run.path} has a table but no checkpoint: remove the folder")
        table = json.loads(folder.evaluation.read_text(encoding="utf-8"))
        return cls(table, Snapshot.read(checkpoint).state["history"])

    def spent(self, clock: str, unknown: float = math.nan) -> float:
        """What the whole training took by a clock; ``unknown`` where that was not recorded."""
        known = self.history and all(clock in entry for entry in self.history)
        return self.history[-1][clock] if known else unknown


def shared_budget(records: Sequence[RunRecord], clock: str) -> float:
    """The largest budget every run reached; NaN where one did not record the clock."""
    ends = [record.spent(clock) for record in records]
    return math.nan if any(map(math.isnan, ends)) else min(ends)


def training_reward(history: History, clock: str, budget: float) -> float:
    """Mean reward of the works made in the last rollouts before a budget was used up.

    Args:
        history: Of a run that recorded the clock.
        clock: A key of `CLOCKS`.
        budget: In its unit.

    Returns:
        The mean over the last `WINDOW` of the budget, or the last rollout's where that holds
        none; NaN where the run had finished no work by then.
    """
    within = [entry for entry in history if entry[clock] <= budget]
    if not within:
        return math.nan
    recent = [entry for entry in within if entry[clock] > (1 - WINDOW) * budget] or within[-1:]
    return sum(entry["reward"] for entry in recent) / len(recent)
