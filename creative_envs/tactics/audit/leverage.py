"""How much each part of a tactic matters, and whether what is best changes with the brief."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.brief import Briefs
from creative_envs.tactics.opponents.variation import ORDER_SIZES
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.vocabulary import (
    COLUMN,
    DEPLOY_COLUMNS,
    N_TYPES,
    ROW,
    ROWS,
    STANCE,
    TYPE,
)

Judge = Callable[[Tactics, Briefs], NDArray[np.float64]]
REPEATS: Final = 12
"""Times a part of a tactic is drawn anew for each brief."""


def leverage(
    judge: Judge, tactics: Tactics, briefs: Briefs, rng: np.random.Generator
) -> dict[str, float]:
    """Standard deviation of quality when one part is drawn anew and the rest stays.

    Args:
        judge: Scores tactics (n, 12, 7) for as many briefs.
        tactics: One for each brief, shape (n, 12, 7).
        briefs: n of them.
        rng: Decides what is drawn.

    Returns:
        For army, placement and orders: the root of the mean variance within a tactic and brief.
    """
    many = Briefs(*(np.repeat(part, REPEATS) for part in briefs))
    found = {}
    for name, draw in _PARTS.items():
        drawn = np.repeat(tactics, REPEATS, axis=0)
        for tactic in drawn:
            draw(tactic, rng)
        quality = judge(drawn, many).reshape(-1, REPEATS)
        found[name] = float(np.sqrt(quality.var(axis=1, ddof=1).mean()))
    return found


class Specialisation(NamedTuple):
    """What knowing the brief is worth to somebody who chooses from given tactics.

    Attributes:
        constant: Mean quality of the best single tactic.
        chosen: Mean quality if the best is chosen for each brief.
        share: Share of briefs for which the best single tactic is the best.
        different: How many tactics are the best for some brief.
    """

    constant: float
    chosen: float
    share: float
    different: int


def specialisation(quality: NDArray[np.float64]) -> Specialisation:
    """Compares one tactic for all briefs with one for each.

    Args:
        quality: Of m tactics for n briefs, shape (m, n).
    """
    best, single = quality.argmax(axis=0), int(quality.mean(axis=1).argmax())
    return Specialisation(
        constant=float(quality[single].mean()),
        chosen=float(quality.max(axis=0).mean()),
        share=float((best == single).mean()),
        different=len(np.unique(best)),
    )


def _army(tactic: Tactics, rng: np.random.Generator) -> None:
    used = tactic[:, TYPE] >= 0
    tactic[used, TYPE] = rng.integers(N_TYPES, size=used.sum())


def _placement(tactic: Tactics, rng: np.random.Generator) -> None:
    used = tactic[:, TYPE] >= 0
    cells = rng.choice(ROWS * DEPLOY_COLUMNS, used.sum(), replace=False)
    tactic[used, COLUMN], tactic[used, ROW] = cells % DEPLOY_COLUMNS, cells // DEPLOY_COLUMNS


def _orders(tactic: Tactics, rng: np.random.Generator) -> None:
    used = tactic[:, TYPE] >= 0
    tactic[used, STANCE:] = rng.integers(ORDER_SIZES, size=(used.sum(), len(ORDER_SIZES)))


_PARTS: Final[Mapping[str, Callable[[Tactics, np.random.Generator], None]]] = {
    "army": _army,
    "placement": _placement,
    "orders": _orders,
}
