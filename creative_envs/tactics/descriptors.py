"""Where a tactic lies in the space of kinds: six numbers, four of them of how it fought.

What it does is measured over all battles of its score, a dozen or so. Over eight, the share of
damage from afar, the spread, the forwardness and the lean to one flank are reliable to .88 and
more, where the time of first contact or the length of a battle are not.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.battle.engine import Outcomes
from creative_envs.tactics.battle.tally import FORWARD, LEAN, SAMPLES, SPREAD
from creative_envs.tactics.squads import Tactics, counted
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    N_TYPES,
    ROUTE,
    ROUTES,
    ROWS,
    STANCE,
    STANCES,
)

DESCRIPTOR_NAMES: Final = (
    "ranged_share",
    "asymmetry",
    "spread",
    "forwardness",
    "army_mix",
    "order_mix",
)
"""Share of the damage dealt that came from afar; mean row, 1/2 the middle; mean distance from the
mean row, 1 a quarter of the field; mean own column, 1 the far edge; entropies of types and of
stances with routes, 1 all equally often."""
ASYMMETRY: Final = 1
_MILLI: Final = 1000.0


def descriptors(tactics: Tactics, outcomes: Outcomes, battles: int) -> NDArray[np.float32]:
    """Descriptors of tactics (n, 12, 7) that fought so many battles each as the left side, (n, 6).

    Args:
        tactics: What took part of each.
        outcomes: Of n x battles battles.
        battles: How many each.
    """
    count = len(tactics)
    dealt = outcomes.dealt[:, 0].reshape(count, battles, 2).sum(axis=1)
    shape = outcomes.shape[:, 0].reshape(count, battles, 4)
    mean = (
        shape[:, :, :SAMPLES].sum(axis=1) / np.maximum(shape[:, :, SAMPLES].sum(axis=1), 1)[:, None]
    )
    mean /= _MILLI
    found = np.stack(
        [
            dealt[:, 1] / np.maximum(dealt.sum(axis=1), 1),
            0.5 + mean[:, LEAN] / (ROWS - 1),
            mean[:, SPREAD] / (ROWS / 4),
            mean[:, FORWARD] / (COLUMNS - 1),
            _evenness(counted(tactics)),
            _evenness(_order_counts(tactics)),
        ],
        axis=1,
    )
    return np.asarray(np.clip(found, 0, 1), dtype=np.float32)


def _order_counts(tactics: Tactics) -> NDArray[np.int64]:
    """Squads with each stance and route, shape (n, 12)."""
    orders = tactics[:, :, STANCE] * len(ROUTES) + tactics[:, :, ROUTE]
    every = np.arange(len(STANCES) * len(ROUTES))
    used = tactics[:, :, STANCE] >= 0
    return np.asarray(((orders[:, :, None] == every) & used[:, :, None]).sum(axis=1))


def _evenness(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Entropy of counts (n, m) over that of `N_TYPES` equal ones, shape (n,)."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    logs = np.log(np.where(shares > 0, shares, 1))
    return np.asarray(-(shares * logs).sum(axis=1) / np.log(N_TYPES))
