"""Makes the opponents and the scale of novelty, as a data file with a hash.

    python -m creative_envs.tactics.opponents.generate --out FILE

* Two populations, for training and validation: tactics of the training book mutated, crossed and
  mirrored, and tactics made from nothing; of each doctrine the better half of many, and some
  evolved further against one another.
* Evolved opponents for scoring: best responses, of each doctrine, to the equilibrium of the
  held-out book and of those evolved before, on maps no split uses.
* Descriptors of the training book, over many briefs, and how far apart good tactics lie.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.descriptors import descriptors
from creative_envs.tactics.game import nash
from creative_envs.tactics.matches import own_payoffs, payoffs, play
from creative_envs.tactics.novelty import NoveltyScale, folded, nearest_mean
from creative_envs.tactics.opponents.book import held_out_book, training_book
from creative_envs.tactics.opponents.doctrine import DOCTRINES, doctrines_of
from creative_envs.tactics.opponents.evolution import evolve
from creative_envs.tactics.opponents.league import EVOLVED_EACH, digest
from creative_envs.tactics.opponents.variation import (
    crossed,
    mirrored,
    mutated,
    random_tactic,
)
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.terrain.ground import Fields, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.units.table import UnitTable, load_units
from creative_envs.tactics.vocabulary import LEAST_BUDGET, MOST_BUDGET

BUDGET: Final = 160
TRAINING_MAPS, SCORING_MAPS = 901, 902
"""Seeds of the maps opponents are tried on; no split uses them."""
POPULATIONS: Final = {"train": (96, 32, 1), "valid": (24, 8, 2)}
"""Generated and further evolved opponents of each doctrine, and the seed, by split."""
_CANDIDATES: Final = 4
"""Tactics generated for each that is kept."""
_FROM_NOTHING: Final = 0.4
"""Share of them made from nothing."""
_GENERATIONS: Final = 12
_SCORING_GENERATIONS: Final = 40
_SCORING_SEED: Final = 3
_NOVELTY_SEED: Final = 4
_BRIEFS: Final = 48
"""Battles' settings a known tactic's descriptors are means over."""
_COPIED_QUANTILE: Final = 0.9


def generate() -> dict[str, NDArray[Any]]:
    """All arrays of the file, always the same for the same unit table and engine."""
    units = load_units()
    training, scoring = (
        stacked([generate_map(kind, seed) for kind in MAP_KINDS])
        for seed in (TRAINING_MAPS, SCORING_MAPS)
    )
    arrays: dict[str, NDArray[Any]] = {
        split: _population(*sizes, training, units) for split, sizes in POPULATIONS.items()
    }
    arrays["evolved"] = _evolved(scoring, units)
    return arrays | _novelty(arrays["train"], training, units)


def _population(
    generated: int, evolved: int, seed: int, fields: Fields, units: UnitTable
) -> Tactics:
    """Opponents of each doctrine, shape (4, generated + evolved, 12, 7)."""
    rng = np.random.default_rng(seed)
    cost, book = units.records["cost"].copy(), training_book()
    kept = []
    for doctrine in range(len(DOCTRINES)):
        pool = _candidates(doctrine, _CANDIDATES * generated, rng, units)
        worth = payoffs(pool, book, BUDGET, fields, units.records).mean(axis=1)
        better = pool[np.argsort(-worth, kind="stable")[: len(pool) // 2]]
        members = list(better[rng.choice(len(better), generated, replace=False)])
        for _ in range(evolved):
            rivals = better[rng.choice(len(better), 6, replace=False)]
            parents = better[rng.choice(len(better), 8, replace=False)]
            fitness = _restricted(doctrine, rivals, np.full(6, 1 / 6), fields, units)
            found, _ = evolve(parents, fitness, _GENERATIONS, rng, cost)
            known = {member.tobytes() for member in members}
            members.append(next(one for one in found if one.tobytes() not in known))
        kept.append(np.stack(members))
    return np.stack(kept)


def _candidates(doctrine: int, count: int, rng: np.random.Generator, units: UnitTable) -> Tactics:
    """So many different tactics of a doctrine: from nothing, or from the training book."""
    cost, book = units.records["cost"].copy(), training_book()
    found: dict[bytes, Tactics] = {}
    while len(found) < count:
        if rng.random() < _FROM_NOTHING:
            tactic = random_tactic(rng, cost)
        else:
            one, other = book[rng.integers(len(book), size=2)]
            tactic = one if rng.random() < 0.5 else crossed(one, other, rng, cost)
            for _ in range(rng.integers(1, 4)):
                tactic = mutated(tactic, rng, cost)
        if doctrines_of(tactic[None], units)[0] == doctrine:
            found[tactic.tobytes()] = tactic
    return mirrored(np.stack(list(found.values())), rng)


def _restricted(
    doctrine: int, rivals: Tactics, weights: NDArray[np.float64], fields: Fields, units: UnitTable
) -> Any:
    """Fitness: the mean margin over rivals, and less than any other outside the doctrine."""

    def fitness(tactics: Tactics) -> NDArray[np.float64]:
        margins = payoffs(tactics, rivals, BUDGET, fields, units.records) @ weights
        return np.asarray(margins - 2.0 * (doctrines_of(tactics, units) != doctrine))

    return fitness


def _evolved(fields: Fields, units: UnitTable) -> Tactics:
    """Opponents for scoring, shape (4, 3, 12, 7)."""
    rng, cost = np.random.default_rng(_SCORING_SEED), units.records["cost"].copy()
    tactics = held_out_book()
    found: list[list[Tactics]] = [[] for _ in DOCTRINES]
    for _ in range(EVOLVED_EACH):
        mixture = nash(own_payoffs(tactics, BUDGET, fields, units.records))
        for doctrine, of_doctrine in enumerate(found):
            fitness = _restricted(doctrine, tactics, mixture, fields, units)
            parents = _candidates(doctrine, 8, rng, units)
            of_doctrine.append(evolve(parents, fitness, _SCORING_GENERATIONS, rng, cost)[0][0])
        tactics = np.concatenate([held_out_book(), *(np.stack(few) for few in found)])
    return np.stack([np.stack(few) for few in found])


def _novelty(population: Tactics, fields: Fields, units: UnitTable) -> dict[str, NDArray[Any]]:
    """Known tactics and the scale of distances; see `creative_envs.tactics.novelty`."""
    rng = np.random.default_rng(_NOVELTY_SEED)
    book, good = training_book(), population.reshape(-1, *population.shape[2:])
    each = np.stack([_described(book, good, fields, units, rng) for _ in range(_BRIEFS)])
    known = each.mean(axis=0)
    others = _described(good, good, fields, units, rng)
    spread = folded(others).std(axis=0)
    scale = NoveltyScale(known, spread, 0.0, 1.0)
    itself = np.concatenate(
        [
            scale.distances(each[:, one], known[None, one : one + 1])[:, 0]
            for one in range(len(book))
        ]
    )
    new = np.median(nearest_mean(scale.distances(others, known[None])))
    limits = np.array([np.quantile(itself, _COPIED_QUANTILE), new])
    return {"known": known, "spread": spread, "novelty_limits": limits}


def _described(
    tactics: Tactics,
    population: Tactics,
    fields: Fields,
    units: UnitTable,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Descriptors of tactics (n, 12, 7), each in a setting drawn for it, shape (n, 6)."""
    count = len(tactics)
    opponents = population[rng.integers(len(population), size=(count, 8))]
    field = rng.integers(len(fields.terrain), size=count)
    budget = rng.integers(LEAST_BUDGET, MOST_BUDGET + 1, size=count)
    matches = play(tactics, opponents, field, budget, fields, units.records)
    return descriptors(tactics, matches.outcomes, len(matches.outcomes.ticks) // count)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the opponents of the tactics domain.")
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    given = parser.parse_args(arguments)
    arrays = generate()
    np.savez_compressed(given.out, allow_pickle=False, **arrays)
    for name, array in sorted(arrays.items()):
        print(f"{name:16s} {array.dtype} {array.shape}")
    print(f"SHA-256 of the arrays: {digest(arrays)}")


if __name__ == "__main__":
    main()
