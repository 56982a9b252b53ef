"""A toy domain one can look at: beads in a row above the quarters of a map."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.explain.explanation import Decision, Explanation
from tests.agents.fields import BLOCKS, FieldTask

BEAD, MAP_SIDE = 16, 24
GREY = 30
MAP_TOP = 40
SHARED = (2, 3)
"""Tokens that share a place."""


class ShownTask(FieldTask):
    """Bead t is drawn at (2 + 18 t, 4), the last of six nowhere; the map's blocks below."""

    def brief_names(self):
        return "novelty weight", "colour"

    def places(self, work):
        boxes = np.array([[2 + 18 * t, 4, 2 + 18 * t + BEAD, 4 + BEAD] for t in range(6)])
        boxes[SHARED[1]] = boxes[SHARED[0]]
        boxes[5] = 0
        rows = np.array(
            [[MAP_SIDE * b, MAP_TOP, MAP_SIDE * (b + 1), MAP_TOP + MAP_SIDE] for b in range(BLOCKS)]
        )
        return {"tokens": boxes[: work["length"]].astype(np.int64), "map": rows.astype(np.int64)}

    def render(self, work, mode):
        image = np.full((72, 112, 3), (200, 60, 60), np.uint8)
        for left, top, right, bottom in self.places(work)["tokens"]:
            image[top:bottom, left:right] = GREY
        return image


WORK: dict[str, Any] = {
    "tokens": np.arange(6, dtype=np.int16)[:, None] % 5,
    "length": 6,
    "brief": np.array([0.5, 0.25], np.float32),
}


def decision(step: int, blocks: int = 2, heads: int = 3, **changes: Any) -> Decision:
    """Token t speaks for by t + 1 hundredths of a nat, every second against."""
    tokens = 0.01 * (1 + np.arange(step)) * (-1.0) ** np.arange(step)
    weights = np.random.default_rng(step).random((blocks, heads, 2 + BLOCKS + step))
    given: dict[str, Any] = {
        "step": step,
        "action": 1,
        "probability": 0.25,
        "tokens": tokens,
        "brief": np.array([0.3, -0.1]),
        "rows": {"map": np.zeros(BLOCKS)},
        "attention": weights / weights.sum(axis=2, keepdims=True),
        "error": 0.001,
    }
    return Decision(**given | changes)


def explanation(*steps: int, **changes: Any) -> Explanation:
    return Explanation(WORK, tuple(decision(step, **changes) for step in steps or range(6)))
