"""Double oracle (McMahan et al., 2003): is there a tactic outside the book that beats them all?

Each round evolves a best response to the equilibrium of all tactics so far, and adds it. If the
game has one dominant tactic this finds it, and the equilibrium shrinks to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.game import SUPPORT, nash
from creative_envs.tactics.matches import BOTH, own_payoffs, payoffs
from creative_envs.tactics.opponents.evolution import evolve
from creative_envs.tactics.opponents.variation import mutated
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.terrain.ground import Fields
from creative_envs.tactics.units.table import Units

SURVIVORS: Final = 16
"""Parents of each search."""


class OracleRun(NamedTuple):
    """What a double oracle came to.

    Attributes:
        tactics: All tactics in the end, shape (n, 12, 7): those given, then one a round.
        payoff: Their mean margins, shape (n, n).
        gains: What each round's best response won against the equilibrium before it.
        mixture: The last equilibrium, shape (n,).
    """

    tactics: Tactics
    payoff: NDArray[np.float64]
    gains: tuple[float, ...]
    mixture: NDArray[np.float64]


def double_oracle(
    tactics: Tactics,
    budget: int,
    fields: Fields,
    units: Units,
    rounds: int,
    generations: int,
    rng: np.random.Generator,
    firsts: Sequence[int] = BOTH,
) -> OracleRun:
    """Runs so many rounds from the given tactics.

    Args:
        tactics: To begin with, shape (n, 12, 7).
        budget: Points of both sides.
        fields: Maps payoffs are means over, and objectives too.
        units: The unit table.
        rounds: Best responses to add.
        generations: Of each search for one.
        rng: Decides everything random.
        firsts: As for `matches.payoffs`.
    """
    cost = units["cost"].copy()
    payoff, gains = own_payoffs(tactics, budget, fields, units, firsts), []
    mixture = nash(payoff)
    for _ in range(rounds):
        played = mixture > SUPPORT
        faced, weights = tactics[played], mixture[played] / mixture[played].sum()

        def fitness(
            tried: Tactics, faced: Tactics = faced, weights: NDArray[np.float64] = weights
        ) -> NDArray[np.float64]:
            return np.asarray(payoffs(tried, faced, budget, fields, units, firsts) @ weights)

        parents = _parents(tactics, payoff @ mixture, rng, cost)
        found, worth = evolve(parents, fitness, generations, rng, cost)
        gains.append(float(worth[0]))
        row = payoffs(found[:1], tactics, budget, fields, units, firsts)
        payoff = np.block([[payoff, -row.T], [row, np.zeros((1, 1))]])
        tactics = np.concatenate([tactics, found[:1]])
        mixture = nash(payoff)
    return OracleRun(tactics, payoff, tuple(gains), mixture)


def _parents(
    tactics: Tactics,
    worth: NDArray[np.float64],
    rng: np.random.Generator,
    cost: NDArray[np.int64],
) -> Tactics:
    """The best half of a first generation by what they win now, the other half changed ones."""
    best = tactics[np.argsort(-worth, kind="stable")[: SURVIVORS // 2]]
    chosen = tactics[rng.integers(len(tactics), size=SURVIVORS - len(best))]
    return np.concatenate([best, np.stack([mutated(one, rng, cost) for one in chosen])])
