"""A toy domain whose observations tell what its actions are like: mosaics of coloured tiles.

A library has 5 patches, each with a colour on its top, right, bottom and left; a tile is a patch
under one of 4 quarter turns. Tiles fill a grid of 4 columns in reading order, as many rows as the
brief asks for; a tile may not follow itself (a mask). A mosaic is well made where tiles that touch
have equal colours there. Which library an episode has, the brief tells by a number in no order.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from agents.vec_env import SB3VecEnv
from creative_envs.core.action_table import ActionTable, ObservedFeatures
from creative_envs.core.env import CreativeEnv
from creative_envs.core.randomness import counter_uniforms
from creative_envs.core.task import Scores, Task
from creative_envs.core.vector import CreativeVectorEnv
from tests.toy_domain import Necklace

MOSAICS = "tests.agents.mosaics:toy/Mosaics-v0"
PATCHES, TURNS, SIDES, WIDTH, HEIGHT = 5, 4, 4, 4, 4
TOP, RIGHT, BOTTOM, LEFT = range(SIDES)
PALETTE = np.array([[0.9, 0.2, 0.1], [0.2, 0.7, 0.3], [0.1, 0.3, 0.9], [0.8, 0.8, 0.4]], np.float32)
TEST_SEED = 1000


def make_library(seed: int) -> np.ndarray:
    """Colours of the sides of patches, shape (5, 12), in [0, 1]."""
    colours = np.random.default_rng(seed).integers(0, len(PALETTE), (PATCHES, SIDES))
    return PALETTE[colours].reshape(PATCHES, -1)


class MosaicTask(Task):
    name = "mosaics"
    term_names = ("seams",)
    descriptor_names = ("first",)
    has_potential = True

    def __init__(self, libraries: int = 4, split: str = "train") -> None:
        first = TEST_SEED if split == "test" else 0
        self.libraries = np.stack([make_library(first + number) for number in range(libraries)])
        self.n_actions, self.max_length = PATCHES * TURNS, WIDTH * HEIGHT
        self.token_sizes = (PATCHES, TURNS)
        self.brief_size, self.memory_size = 3, 2

    def draw_briefs(self, keys):
        return counter_uniforms(keys, self.brief_size).astype(np.float32)

    def context_spaces(self):
        return {"library": gym.spaces.Box(0, 1, self.libraries.shape[1:], np.float32)}

    def context(self, brief):
        return {"library": self.libraries[self._library(brief)]}

    def action_table(self):
        return ActionTable(
            features=ObservedFeatures("library", gather(), (TURNS, 1), neighbours()),
            value=np.arange(self.n_actions) // TURNS,
            relation=np.where(
                np.arange(-1, PATCHES)[:, None] < 0, 0, 1 + np.eye(PATCHES + 1, PATCHES, -1)
            ).astype(np.int64),
        )

    def begin(self, rows, brief, mask, scratch):
        mask[rows] = 1

    def advance(self, actions, active, tokens, length, brief, mask, scratch, finished):
        rows = active.nonzero()[0]
        tokens[rows, length[rows]] = np.stack(np.divmod(actions[rows], TURNS), axis=1)
        length[rows] += 1
        mask[rows] = 1
        mask[rows, actions[rows]] = 0
        finished[rows] = length[rows] == self._cells(brief[rows])

    def score(self, tokens, length, brief, earlier):
        seams = self._matching(tokens, brief) / self._seams(brief)
        return Scores(
            craft=seams.astype(np.float32),
            adherence=np.ones(len(tokens), np.float32),
            novelty=np.ones(len(tokens), np.float32),
            valid=np.ones(len(tokens), bool),
            terms=seams[:, None].astype(np.float32),
            descriptor=(tokens[:, :1, 0] / PATCHES).astype(np.float32),
        )

    def memory(self, tokens, length, brief):
        return (tokens[:, 0] / (PATCHES, TURNS)).astype(np.float32)

    def potential(self, tokens, length, brief, scratch):
        return self._matching(tokens, brief) / self._seams(brief)

    def demonstrations(self, count):
        """Mosaics laid by the side to the left alone, whatever is above."""
        keys = np.arange(min(count, 48), dtype=np.uint64)
        brief = self.draw_briefs(keys)
        sides = self._sides(brief)
        actions = np.full((len(brief), self.max_length), -1, np.int64)
        length = self._cells(brief)
        for row in range(len(brief)):
            last = -1
            for cell in range(length[row]):
                fits = np.full(self.n_actions, last < 0)
                if last >= 0:
                    fits = (sides[row, :, LEFT] == sides[row, last, RIGHT]).all(axis=1)
                fits &= np.arange(self.n_actions) != last
                last = int(fits.argmax()) if fits.any() else (last + 1) % self.n_actions
                actions[row, cell] = last
        return actions, length.astype(np.int32), brief

    @classmethod
    def artefact(cls, work):
        return Necklace(tuple(work["tokens"][: work["length"]].ravel().tolist()))

    def _library(self, brief):
        """Digits in no order that networks could learn: held-out libraries share no number."""
        return (brief[:, 1] * 1e4).astype(np.int64) % len(self.libraries)

    def _cells(self, brief):
        return WIDTH * np.minimum(2 + (brief[:, 2] * (HEIGHT - 1)).astype(np.int64), HEIGHT)

    def _seams(self, brief):
        rows = self._cells(brief) // WIDTH
        return rows * (WIDTH - 1) + (rows - 1) * WIDTH

    def _sides(self, brief):
        """Colours of the sides of all tiles, shape (n, 20, 4, 3)."""
        flat = self.context(brief)["library"].reshape(len(brief), -1)
        return flat[:, gather()].reshape(len(brief), self.n_actions, SIDES, -1)

    def _matching(self, tokens, brief):
        """Seams between tiles of equal colours, shape (n,)."""
        action = np.where(tokens[:, :, 0] < 0, -1, tokens[:, :, 0] * TURNS + tokens[:, :, 1])
        sides, row = self._sides(brief), np.arange(len(tokens))[:, None]
        count = np.zeros(len(tokens), np.int64)
        for column, mine, theirs in ((0, LEFT, RIGHT), (1, TOP, BOTTOM)):
            place = neighbours()[:, column]
            other = np.where(place >= 0, action[:, place], -1)
            same = (sides[row, action, mine] == sides[row, other, theirs]).all(axis=2)
            count += (same & (action >= 0) & (other >= 0)).sum(axis=1)
        return count


def gather() -> np.ndarray:
    """Where the sides of every tile stand in a library laid out flat, shape (20, 12)."""
    places = np.arange(PATCHES * SIDES * 3).reshape(PATCHES, SIDES, 3)
    turned = [np.roll(places, -turn, axis=1) for turn in range(TURNS)]
    return np.stack(turned, axis=1).reshape(PATCHES * TURNS, -1)


def neighbours() -> np.ndarray:
    """The cells to the left and above, shape (16, 2)."""
    cell = np.arange(WIDTH * HEIGHT)
    left = np.where(cell % WIDTH > 0, cell - 1, -1)
    return np.stack([left, np.maximum(cell - WIDTH, -1)], axis=1)


class MosaicEnv(CreativeEnv):
    task_type = MosaicTask


class MosaicVectorEnv(CreativeVectorEnv):
    task_type = MosaicTask


if "toy/Mosaics-v0" not in gym.registry:
    gym.register("toy/Mosaics-v0", entry_point=MosaicEnv, vector_entry_point=MosaicVectorEnv)


def mosaic_envs(num_envs: int = 4, **keywords: Any) -> SB3VecEnv:
    return SB3VecEnv.make(MOSAICS, num_envs, **keywords)
