"""Matches: a tactic against opponents, from both sides, and the margin it wins by.

The margin of a battle is

    w_value (value left - the enemy's) / budget + w_zones (zone-ticks held - the enemy's) / all
        + w_camp (squad-ticks in the enemy's camp - theirs in ours) / all

with weights by objective, in [-1, 1]. Every pairing is fought twice, each side moving first once,
which on mirror-symmetric maps is to exchange the sides; so the margin of one tactic over another is
exactly minus that of the other over the one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.tactics.battle.engine import Outcomes, Pairings, fight
from creative_envs.tactics.battle.tally import MOST_IN_CAMP, N_ZONES
from creative_envs.tactics.squads import Tactics, muster
from creative_envs.tactics.terrain.ground import Fields, Ground
from creative_envs.tactics.units.table import Units, UnitTable
from creative_envs.tactics.vocabulary import MAX_TICKS

OBJECTIVE_WEIGHTS: Final = np.array([[0.6, 0.4, 0.0], [0.2, 0.8, 0.0], [0.2, 0.2, 0.6]])
"""What counts, by objective (annihilate, hold, break-through): value, zones, camp."""
STEEPNESS: Final = 7.0
"""Of quality over the margin: a margin of .2 is worth .80."""
BOTH: Final = (0, 1)
"""Each pairing is fought with either side moving first."""


class Terms(NamedTuple):
    """For and against a tactic, in [-1, 1], shape (..., 3): value, zones, camp."""

    parts: NDArray[np.float64]

    def margins(self, objective: NDArray[np.int64]) -> NDArray[np.float64]:
        """Margins by objective (n,) of parts (n, ..., 3), shape (n, ...)."""
        weights = OBJECTIVE_WEIGHTS[objective]
        weights = weights.reshape(len(weights), *[1] * (self.parts.ndim - 2), 3)
        return np.asarray((self.parts * weights).sum(axis=-1))


class Matches(NamedTuple):
    """n tactics against k opponents each, each pairing fought twice."""

    terms: Terms
    """Parts of shape (n, k, 2, 3)."""
    outcomes: Outcomes
    """Of the n x k x 2 battles in this order; the tactic is the left side in all."""


def play(
    tactics: Tactics,
    opponents: Tactics,
    field: NDArray[np.int64],
    budget: NDArray[np.int64],
    fields: Fields,
    units: Units,
    firsts: Sequence[int] = BOTH,
) -> Matches:
    """Matches tactics with opponents.

    Args:
        tactics: Shape (n, 12, 7); as much of each as the budget allows takes the field.
        opponents: Of each, shape (n, k, 12, 7); the same.
        field: Index of the map of each, shape (n,).
        budget: Points of each side, shape (n,).
        fields: Maps.
        units: The unit table.
        firsts: Sides that move first, one after another: 0 the tactic's, 1 the opponent's.
    """
    count, each = opponents.shape[:2]
    sides = len(firsts)
    left, right = _fielded(tactics, opponents, field, budget, fields.terrain, units["cost"].copy())
    pairings = Pairings(
        field=np.repeat(field, each * sides),
        left=np.repeat(left, each * sides, axis=0),
        right=np.repeat(right.reshape(-1, *right.shape[2:]), sides, axis=0),
        first=np.tile(np.array(firsts), count * each),
    )
    outcomes = fight(pairings, fields, units)
    value = outcomes.value / (1000.0 * np.repeat(budget, each * sides)[:, None])
    zones = outcomes.zones / (MAX_TICKS * N_ZONES)
    camp = outcomes.camp / (MAX_TICKS * MOST_IN_CAMP)
    parts = np.stack([part[:, 0] - part[:, 1] for part in (value, zones, camp)], axis=-1)
    return Matches(Terms(parts.reshape(count, each, sides, 3)), outcomes)


def quality_of(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quality of margins, in (0, 1): 1/2 for an even fight."""
    return np.asarray(1.0 / (1.0 + np.exp(-STEEPNESS * margins)))


def payoffs(
    tactics: Tactics,
    others: Tactics,
    budget: int,
    fields: Fields,
    units: Units,
    firsts: Sequence[int] = BOTH,
) -> NDArray[np.float64]:
    """Mean margins of tactics (n) over others (m) on all maps and for all objectives, (n, m).

    Args:
        tactics: Shape (n, 12, 7).
        others: Shape (m, 12, 7).
        budget: Points of both sides.
        fields: The maps.
        units: The unit table.
        firsts: As for `play`; one side alone is half the work, where many maps even it out.
    """
    one, other = np.divmod(np.arange(len(tactics) * len(others)), len(others))
    margins = _mean_margins(tactics[one], others[other], budget, fields, units, firsts)
    return margins.reshape(len(tactics), len(others))


def own_payoffs(
    tactics: Tactics, budget: int, fields: Fields, units: Units, firsts: Sequence[int] = BOTH
) -> NDArray[np.float64]:
    """`payoffs` of tactics (n) over one another, antisymmetric: each pairing is played once."""
    one, other = np.triu_indices(len(tactics), 1)
    table = np.zeros((len(tactics), len(tactics)))
    table[one, other] = _mean_margins(tactics[one], tactics[other], budget, fields, units, firsts)
    return table - table.T


def _mean_margins(
    tactics: Tactics,
    others: Tactics,
    budget: int,
    fields: Fields,
    units: Units,
    firsts: Sequence[int],
) -> NDArray[np.float64]:
    """Mean margin of each tactic (n) over the other one in its place (n), shape (n,)."""
    weights, total = OBJECTIVE_WEIGHTS.mean(axis=0), np.zeros(len(tactics))
    points = np.full(len(tactics), budget)
    for field in range(len(fields.terrain)):
        where = np.full(len(tactics), field)
        played = play(tactics, others[:, None], where, points, fields, units, firsts)
        total += (played.terms.parts * weights).sum(axis=-1).mean(axis=(1, 2))
    return total / len(fields.terrain)


def fielded(tactics: Tactics, budget: int, ground: Ground, units: UnitTable) -> Tactics:
    """What of tactics (n, 12, 7) takes the field for a budget on one map."""
    there, points = np.zeros(len(tactics), np.int64), np.full(len(tactics), budget)
    cost = units.records["cost"].copy()
    return _fielded(tactics, tactics[:, :0, None], there, points, ground.cells[None], cost)[0]


@njit(cache=True, nogil=True, error_model="numpy")
def _fielded(
    tactics: Tactics,
    opponents: Tactics,
    field: NDArray[np.int64],
    budget: NDArray[np.int64],
    terrain: NDArray[np.int8],
    cost: NDArray[np.int64],
) -> tuple[Tactics, Tactics]:
    """What takes the field of tactics (n, 12, 7) and of the opponents (n, k, 12, 7) of each."""
    left, right = np.empty_like(tactics), np.empty(opponents.shape, np.int16)
    for row in range(len(tactics)):
        muster(tactics[row], budget[row], terrain[field[row]], cost, left[row])
        for other in range(opponents.shape[1]):
            ground = terrain[field[row]]
            muster(opponents[row, other], budget[row], ground, cost, right[row, other])
    return left, right
