"""A domain of somebody else's: bead necklaces, written against the task protocol alone.

A necklace has 6 beads of 5 colours; no bead may repeat the one before it (a mask). It is well made
when colours are used evenly, keeps to its brief when its first bead has the colour asked for, and
is new when it differs from the episode's earlier necklaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from creative_envs.core.env import CreativeEnv
from creative_envs.core.randomness import counter_uniforms
from creative_envs.core.task import Scores, Task
from creative_envs.core.vector import CreativeVectorEnv

BEADS, COLOURS = 6, 5


@dataclass(frozen=True)
class Necklace:
    beads: tuple[int, ...]
    media: ClassVar[tuple[str, ...]] = (".txt",)

    def save(self, path):
        Path(path).write_text(" ".join(map(str, self.beads)))
        return Path(path)


class NecklaceTask(Task):
    name = "necklaces"
    term_names = ("evenness", "first_bead")
    descriptor_names = ("mean_colour",)
    render_modes = ("ansi",)
    has_potential = True

    def __init__(self, beads: int = BEADS, split: str = "train") -> None:
        self.n_actions, self.max_length, self.token_sizes = COLOURS, beads, (COLOURS,)
        self.brief_size, self.memory_size = 2, beads

    def draw_briefs(self, keys):
        colour = np.floor(counter_uniforms(keys, 1) * COLOURS) / (COLOURS - 1)
        return np.concatenate([np.zeros_like(colour), colour], axis=1).astype(np.float32)

    def begin(self, rows, brief, mask, scratch):
        mask[rows] = 1

    def advance(self, actions, active, tokens, length, brief, mask, scratch, finished):
        rows = active.nonzero()[0]
        tokens[rows, length[rows], 0] = actions[rows]
        length[rows] += 1
        mask[rows] = 1
        mask[rows, actions[rows]] = 0
        finished[rows] = length[rows] == self.max_length

    def score(self, tokens, length, brief, earlier):
        beads = tokens[:, :, 0]
        evenness = np.array([len(set(row.tolist())) / COLOURS for row in beads])
        first = 1 - np.abs(beads[:, 0] / (COLOURS - 1) - brief[:, 1])
        novelty = np.ones(len(beads))
        for other in range(earlier.shape[1]):
            differs = (np.rint(earlier[:, other, 1:] * COLOURS) - 1 != beads).mean(axis=1)
            novelty = np.where(earlier[:, other, 0] > 0, np.minimum(novelty, differs), novelty)
        return Scores(
            craft=evenness.astype(np.float32),
            adherence=first.astype(np.float32),
            novelty=novelty.astype(np.float32),
            valid=np.ones(len(beads), bool),
            terms=np.stack([evenness, first], axis=1).astype(np.float32),
            descriptor=(beads.mean(axis=1, keepdims=True) / COLOURS).astype(np.float32),
        )

    def memory(self, tokens, length, brief):
        return ((tokens[:, :, 0] + 1) / COLOURS).astype(np.float32)

    def potential(self, tokens, length, brief, scratch):
        used = [len({b for b in row.tolist() if b >= 0}) / COLOURS for row in tokens[:, :, 0]]
        return np.array(used) * 0.5

    def demonstrations(self, count):
        """All colours in turn from the one asked for, and again: the best there is."""
        first = np.arange(min(count, 8 * COLOURS)) % COLOURS
        actions = (first[:, None] + np.arange(self.max_length)) % COLOURS
        brief = np.stack([np.zeros(len(first)), first / (COLOURS - 1)], axis=1)
        length = np.full(len(first), self.max_length, np.int32)
        return actions.astype(np.int64), length, brief.astype(np.float32)

    @classmethod
    def artefact(cls, work, **arguments):
        return Necklace(tuple(work["tokens"][: work["length"], 0].tolist()))

    def render(self, work, mode):
        return "-".join(map(str, self.artefact_of(work).beads))


class NecklaceEnv(CreativeEnv):
    task_type = NecklaceTask
    metadata: ClassVar = {"render_modes": ["ansi"], "render_fps": 4}


class NecklaceVectorEnv(CreativeVectorEnv):
    task_type = NecklaceTask
