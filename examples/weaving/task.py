"""Weave design, written against the task protocol: all that an environment needs to know."""

from __future__ import annotations

import hashlib
from typing import ClassVar

import numpy as np

from creative_envs.core.action_table import ActionTable
from creative_envs.core.artefacts import read_work
from creative_envs.core.env import CreativeEnv
from creative_envs.core.errors import InvalidArgument
from creative_envs.core.insight import Likeness
from creative_envs.core.randomness import counter_uniforms
from creative_envs.core.task import Scores, Task, check_brief
from creative_envs.core.vector import CreativeVectorEnv
from creative_envs.core.words import read_numbers, refuse_unknown_words
from examples.weaving import cloth
from examples.weaving.artefact import Weave
from examples.weaving.cloth import CELLS, LEGAL, LONGEST, PICKS, SIZE


class WeaveTask(Task):
    """Design a weave of the warp share and the mean float that a brief asks for, pick by pick.

    Args:
        split: Whose weaves briefs are taken from; novelty always is against those of "train".
    """

    name = "weave design"
    term_names = ("warp_float", "weft_float", "longest_float", "take_up", "order")
    descriptor_names = ("warp_share", "float")
    render_modes = ("ansi",)
    keeps_sense_for_other_briefs = True

    def __init__(self, split: str = "train") -> None:
        if split not in cloth.SPLITS:
            raise InvalidArgument(f"split is one of {cloth.SPLITS}, got {split!r}")
        self.book = cloth.handbook()
        self.own, self.held_out = self.book.weaves[split], self.book.weaves["test"]
        self.known = self.book.weaves["train"].reshape(-1, CELLS)
        self.n_actions, self.max_length, self.token_sizes = len(PICKS), SIZE, (2,) * SIZE
        self.brief_size, self.memory_size = 3, CELLS

    # The rules: an action is a pick, and a thread that has floated long enough must be bound.

    def draw_briefs(self, keys):
        drawn = counter_uniforms(keys, 1)[:, 0] * len(self.own)
        return briefs_of(self.own[drawn.astype(int)])

    def begin(self, rows, brief, mask, scratch):
        mask[rows] = LEGAL

    def advance(self, actions, active, tokens, length, brief, mask, scratch, finished):
        rows = active.nonzero()[0]
        tokens[rows, length[rows]] = PICKS[actions[rows]]
        length[rows] += 1
        finished[rows] = length[rows] == SIZE
        last = tokens[rows[:, None], (length[rows, None] - 1 - np.arange(LONGEST)) % SIZE]
        stay_up, stay_down = (last == 1).all(axis=1), (last == 0).all(axis=1)
        mask[rows] = LEGAL & ~(stay_up @ (PICKS == 1).T) & ~(stay_down @ (PICKS == 0).T)

    # The scores: two-sided craft, adherence with long tails, novelty in units of the held-out.

    def score(self, tokens, length, brief, earlier):
        up, works = tokens.astype(np.int64), self.memory(tokens, length, brief)
        terms, found = self.book.typicality.log_score(cloth.features(up))[0], cloth.described(up)
        missed = np.maximum(np.abs(found - brief[:, 1:]) - 0.02, 0) / 0.08
        nearest = cloth.distances(works, self.known).min(axis=1)
        for row, other in zip(*earlier[:, :, 0].nonzero(), strict=True):
            apart = cloth.distances(works[row, None], earlier[row, other, None, 1:])
            nearest[row] = min(nearest[row], apart[0, 0])
        return Scores(
            craft=np.exp(terms.mean(axis=1)),
            adherence=(1 / (1 + missed**2)).prod(axis=1),
            novelty=np.minimum(nearest / self.book.unit, 1).astype(np.float32),
            valid=cloth.hangs_together(up),
            terms=np.exp(terms),
            descriptor=found,
        )

    def memory(self, tokens, length, brief):
        return tokens.reshape(-1, CELLS).astype(np.float32)

    # Works for people: to save, to look at, to ask for in words, to learn from.

    @classmethod
    def artefact(cls, work, **arguments):
        tokens, length, _ = read_work(work, (2,) * SIZE, 3)
        return Weave(tuple(map(tuple, tokens[:length].tolist())))

    def render(self, work, mode):
        return str(self.artefact_of(work))

    def parse_brief(self, brief):
        if not isinstance(brief, dict):
            return check_brief(brief, self.brief_size)
        refuse_unknown_words(brief, self.descriptor_names)
        share = read_numbers("warp_share", brief.get("warp_share", 0.5), 0, 1)
        mean = read_numbers("float", brief.get("float", 2), 1, 5)
        return np.concatenate([np.zeros(1, np.float32), share, (mean - 1) / 4])

    def describe_brief(self, brief):
        return {"warp_share": round(float(brief[1]), 3), "float": round(1 + 4 * float(brief[2]), 3)}

    def action_table(self):
        relation = np.array([[0, 0], [1, 2], [2, 1]])  # of the first end to itself a pick before
        return ActionTable(PICKS.astype(np.float32), PICKS[:, 0].astype(np.int64), relation)

    def demonstrations(self, count):
        up = self.own[:count]
        actions = np.packbits(up.astype(np.uint8), axis=2)[:, :, 0].astype(np.int64)
        return actions, np.full(len(up), SIZE, np.int32), briefs_of(up)

    # The benchmark: held-out works as the yardstick, and two views of what is alike.

    def reference_works(self, count):
        up = self.held_out[:count]
        return up.astype(np.int16), np.full(len(up), SIZE, np.int32), briefs_of(up)

    def reference_sha256(self):
        return hashlib.sha256(self.known.tobytes() + self.held_out.tobytes()).hexdigest()

    def unlikeness(self, tokens, length, brief):
        works = self.memory(tokens, length, brief)
        return np.minimum(cloth.distances(works, works) / self.book.unit, 1)

    def nearest_references(self, tokens, length, brief):
        apart = cloth.distances(self.memory(tokens, length, brief), self.known) / self.book.unit
        return [Likeness(self.book.names[row.argmin()], min(row.min(), 1.0)) for row in apart]

    def kinship(self, tokens, length, brief):
        works = self.memory(tokens, length, brief)
        return cloth.shared_blocks(works, works)

    def kinship_to_references(self, tokens, length, brief):
        return cloth.shared_blocks(self.memory(tokens, length, brief), self.known).max(axis=1)


def briefs_of(up):
    """The briefs that weaves fulfil, (n, 3)."""
    return np.concatenate([np.zeros((len(up), 1), np.float32), cloth.described(up)], axis=1)


class WeaveEnv(CreativeEnv):
    """Design a weave; `works=8` makes a portfolio of eight."""

    task_type = WeaveTask
    metadata: ClassVar = {"render_modes": list(WeaveTask.render_modes), "render_fps": 4}


class WeaveVectorEnv(CreativeVectorEnv):
    """Native vector form of `WeaveEnv`."""

    task_type = WeaveTask
