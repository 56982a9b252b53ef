"""Balancing: changes the numbers of a unit table until no tactic dominates.

    python -m creative_envs.tactics.units.balancing --out FILE

A table is judged by the game the book's tactics, and challengers evolved against it now and then,
play: how many of them its equilibrium plays, how much beats in circles, and how far apart their
mean margins lie; and shooters who never move must not win. Hill climbing on that; of the tables on
the way, the one is kept that stood best against challengers, and on maps, it was not fitted to.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from creative_envs.tactics.adversaries.hacks import all_hold, whole_book
from creative_envs.tactics.game import cycle_share, effective_size, nash
from creative_envs.tactics.matches import own_payoffs, payoffs
from creative_envs.tactics.opponents.book import training_book
from creative_envs.tactics.opponents.doctrine import DOCTRINES, MISSILE
from creative_envs.tactics.opponents.oracle import double_oracle
from creative_envs.tactics.squads import Tactics, counted
from creative_envs.tactics.terrain.ground import Fields, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.units.starting_table import TYPES, starting_table
from creative_envs.tactics.units.table import Units, UnitTable
from creative_envs.tactics.vocabulary import N_TYPES

BUDGET: Final = 160
MAP_SEEDS, FRESH_SEEDS = (900, 903), (904, 905)
"""Of the maps of each kind it is done on, and of those on which tables on the way are compared; no
split uses them."""
FIRSTS: Final = (0,)
"""Battles are fought with the same side first: ten maps even that out."""
CHALLENGE_EVERY: Final = 200
"""Steps after which challengers are evolved anew."""
ROUNDS: Final = 12
"""Best responses evolved in a row, to the book and the challengers so far."""
CHALLENGERS: Final = 16
"""So many of the last ones stay."""
GENERATIONS: Final = 20
QUICK_ROUNDS: Final = 2000
"""Of regret matching, in the search."""
MOST_HOLDING: Final = -0.15
"""Mean margin that armies which never move may win."""
_RANGES: Final = {
    "strength": (200, 520),
    "melee": (6, 38),
    "ranged": (5, 30),
    "speed": (7, 24),
    "ammunition": (2, 24),
    "cost": (11, 26),
}
"""What a step may make of each stat."""
_MULTIPLIERS: Final = (40, 220)
_FACTORS: Final = (0.8, 0.88, 0.93, 1.07, 1.14, 1.25)


class Verdict(NamedTuple):
    """How balanced a table is.

    Attributes:
        effective: Effective size of the equilibrium.
        cycles: Share of circular triples.
        spread: Standard deviation of the tactics' mean margins.
        types: Effective number of types in the equilibrium's armies, by price.
        holding: Mean margin over the book of the best of its missile armies told to hold.
    """

    effective: float
    cycles: float
    spread: float
    types: float
    holding: float

    @property
    def score(self) -> float:
        """One number to climb."""
        variety = np.log(self.effective) + 0.5 * np.log(self.types)
        passive = max(self.holding - MOST_HOLDING, 0.0)
        return float(variety + 6.0 * self.cycles - 2.5 * self.spread - 5.0 * passive)


def judge(tactics: Tactics, fields: Fields, units: Units) -> Verdict:
    """Judges a table by the game these tactics (n, 12, 7) play with it."""
    payoff = own_payoffs(tactics, BUDGET, fields, units, FIRSTS)
    mixture = nash(payoff, QUICK_ROUNDS)
    spread = float(payoff.mean(axis=1).std())
    bought = mixture @ (counted(tactics) * units["cost"])
    types = effective_size(bought / bought.sum())
    book, still = tactics[: len(whole_book())], all_hold()[_missile_armies()]
    holding = payoffs(still, book, BUDGET, fields, units, FIRSTS).mean(axis=1).max()
    return Verdict(effective_size(mixture), cycle_share(payoff), spread, types, float(holding))


def _missile_armies() -> list[int]:
    """Where the book's missile armies are among the sixteen tactics."""
    each = len(training_book()) // len(DOCTRINES)
    first = [half + MISSILE * each for half in (0, len(training_book()))]
    return [start + number for start in first for number in range(each)]


def balance(steps: int, seed: int) -> UnitTable:
    """Climbs for so many steps; the same seed gives the same table."""
    rng = np.random.default_rng(seed)
    fields, fresh = (
        stacked([generate_map(kind, map_seed) for kind in MAP_KINDS for map_seed in seeds])
        for seeds in (MAP_SEEDS, FRESH_SEEDS)
    )
    book = whole_book()
    units = starting_table().records
    tactics, best = book, judge(book, fields, units)
    kept, kept_score = units, -np.inf
    for step in range(steps + 1):
        if step % CHALLENGE_EVERY == 0:
            run = double_oracle(tactics, BUDGET, fields, units, ROUNDS, GENERATIONS, rng, FIRSTS)
            tactics = np.concatenate([book, run.tactics[len(book) :][-CHALLENGERS:]])
            best, unfitted = judge(tactics, fields, units), judge(tactics, fresh, units)
            print(f"{step:6d}  {_words(unfitted)}", flush=True)
            if unfitted.score > kept_score:
                kept, kept_score = units, unfitted.score
        tried = units.copy()
        for _ in range(rng.integers(1, 4)):
            _change(tried, rng)
        verdict = judge(tactics, fields, tried)
        if verdict.score >= best.score:
            units, best = tried, verdict
    return _as_table(kept)


def _change(units: Units, rng: np.random.Generator) -> None:
    """One number of the table, in place, by a few per cent."""
    factor = rng.choice(_FACTORS)
    if rng.random() < 0.5:
        table = units[("melee_against", "ranged_against")[rng.integers(2)]]
        one, other = rng.integers(N_TYPES, size=2)
        table[one, other] = np.clip(round(table[one, other] * factor), *_MULTIPLIERS)
        return
    stat, kind = str(rng.choice(list(_RANGES))), rng.integers(N_TYPES)
    column = units[stat]
    if column[kind] == 0:  # who cannot shoot does not learn to
        return
    moved = round(column[kind] * factor)
    if moved == column[kind]:
        moved += 1 if factor > 1 else -1
    column[kind] = np.clip(moved, *_RANGES[stat])


def _as_table(units: Units) -> UnitTable:
    names = [name for name in units.dtype.names or () if not name.endswith("_against")]
    against: list[Any] = [units[f"{how}_against"].tolist() for how in ("melee", "ranged")]
    return UnitTable(
        "balanced",
        TYPES,
        {name: tuple(units[name].tolist()) for name in names},
        *(tuple(tuple(row) for row in table) for table in against),
    )


def _words(verdict: Verdict) -> str:
    return (
        f"score {verdict.score:6.3f}  equilibrium plays {verdict.effective:5.2f}  "
        f"of {verdict.types:4.2f} types  cycles {verdict.cycles:.3f}  spread {verdict.spread:.3f}  "
        f"holding {verdict.holding:.2f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Balance the unit table of tactics.")
    parser.add_argument("--out", type=Path, required=True, help="file to write the table to")
    parser.add_argument("--steps", type=int, default=200, help="changes to try (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="decides everything random")
    given = parser.parse_args(arguments)
    balance(given.steps, given.seed).save(given.out)


if __name__ == "__main__":
    main()
