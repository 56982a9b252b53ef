"""Audits the battles tactics are scored by: ``python -m creative_envs.tactics.audit``.

Whether the engine keeps Lanchester's laws and is exact; the game the book's tactics play with each
other, and whether a double oracle finds one that ends it; how much army, placement and orders
matter; whether tricks pay. Every line with a bound says whether it is kept. Takes some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.adversaries.hacks import HACKS, whole_book
from creative_envs.tactics.audit.determinism import BATTLES, hashes
from creative_envs.tactics.audit.lanchester import (
    CORRIDOR_BAND,
    RANGED_BAND,
    corridor_exponent,
    ranged_exponent,
)
from creative_envs.tactics.audit.leverage import leverage, specialisation
from creative_envs.tactics.brief import Briefs
from creative_envs.tactics.game import SUPPORT, cycle_share, effective_size, exploitability, nash
from creative_envs.tactics.matches import own_payoffs, payoffs
from creative_envs.tactics.opponents.book import HELD_OUT_NAMES, TRAINING_NAMES
from creative_envs.tactics.opponents.oracle import double_oracle
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.task import TacticTask
from creative_envs.tactics.terrain.ground import Fields, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.units.table import UnitTable, load_units

BUDGET: Final = 160
BOOK_SEEDS, ORACLE_SEEDS, FRESH_SEEDS = (910, 911), (912, 913), (914, 915, 916, 917)
"""Of the maps of each kind: for the book, for the oracle's searches, and to measure what its best
responses win on maps they were not evolved on. No split uses them."""
ROUNDS: Final = 30
GENERATIONS: Final = 30
LAST_ROUNDS: Final = 8
"""The end: equilibria of tactics that are nearly as good change from round to round."""
BRIEFS: Final = 96
WANTED_EFFECTIVE, WANTED_GAIN = 5.0, 0.05
WANTED_LEVERAGE: Final = {"army": 0.08, "placement": 0.05, "orders": 0.08}
_SEED: Final = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the audit; 1 if a bound is not kept."""
    parser = argparse.ArgumentParser(prog="python -m creative_envs.tactics.audit")
    parser.description = (__doc__ or "").partition("\n\n")[2]
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"of the double oracle (default: {ROUNDS})"
    )
    given = parser.parse_args(arguments)
    units = load_units()
    book_fields, oracle_fields, fresh_fields = (
        stacked([generate_map(kind, seed) for kind in MAP_KINDS for seed in seeds])
        for seeds in (BOOK_SEEDS, ORACLE_SEEDS, FRESH_SEEDS)
    )
    kept = [
        *_laws(units),
        *_exactness(book_fields, units),
        _book(book_fields, units),
        *_oracle(given.rounds, oracle_fields, fresh_fields, units),
        *_scoring(),
    ]
    print(f"\n{sum(kept)} of {len(kept)} bounds kept")
    return int(not all(kept))


def _laws(units: UnitTable) -> list[bool]:
    """Lanchester's laws."""
    print("Lanchester: N^p - M^p = S^p, fitted")
    ranged, corridor = ranged_exponent(units), corridor_exponent(units)
    return [
        _line(f"ranged, open field: p = {ranged:.2f}", *RANGED_BAND, ranged),
        _line(f"melee, corridor:    p = {corridor:.2f}", *CORRIDOR_BAND, corridor),
    ]


def _exactness(fields: Fields, units: UnitTable) -> list[bool]:
    """Hashes and antisymmetry."""
    print(f"\nHash of {BATTLES} battles")
    found = hashes(fields, units)
    for how, digest in found.items():
        print(f"  {how:16s} {digest[:16]}")
    same = len(set(found.values()))
    table = payoffs(whole_book(), whole_book(), BUDGET, fields, units.records)
    off = float(np.abs(table + table.T).max())
    return [
        _line(f"different hashes: {same}", 1, 1, same),
        _line(f"largest |margin(a, b) + margin(b, a)| in the book: {off:g}", 0, 0, off),
    ]


def _book(fields: Fields, units: UnitTable) -> bool:
    """The game of the book."""
    table = payoffs(whole_book(), whole_book(), BUDGET, fields, units.records)
    mixture = nash(table)
    print(f"\nThe book's mean margins, {len(fields.terrain)} maps and all objectives, per cent")
    names = [*TRAINING_NAMES, *HELD_OUT_NAMES]
    print(" " * 24 + "".join(f"{number:4d}" for number in range(1, len(names) + 1)) + " mean  Nash")
    for number, (name, row) in enumerate(zip(names, table, strict=True)):
        cells = "".join(f"{100 * cell:4.0f}" for cell in row)
        share = f"{100 * mixture[number]:5.0f}"
        print(f"  {number + 1:2d} {name:18s} {cells}{100 * row.mean():5.0f} {share}")
    _game("book", table, mixture)
    return _line(
        f"exploitability of the equilibrium: {exploitability(table, mixture):.4f}",
        -1,
        0.005,
        exploitability(table, mixture),
    )


def _game(name: str, table: NDArray[np.float64], mixture: NDArray[np.float64]) -> None:
    print(
        f"  {name}: the equilibrium plays {(mixture > SUPPORT).sum()} tactics, effective size "
        f"{effective_size(mixture):.1f}; {100 * cycle_share(table):.1f} % of triples are cycles"
    )


def _oracle(rounds: int, fields: Fields, fresh: Fields, units: UnitTable) -> list[bool]:
    """The double oracle."""
    rng, book = np.random.default_rng(_SEED), whole_book()
    maps = len(fields.terrain), len(fresh.terrain)
    print(f"\nDouble oracle, {rounds} rounds of best responses evolved on {maps[0]} maps")
    run = double_oracle(book, BUDGET, fields, units.records, rounds, GENERATIONS, rng)
    unseen = own_payoffs(run.tactics, BUDGET, fresh, units.records)
    table = (maps[0] * run.payoff + maps[1] * unseen) / sum(maps)
    gains, sizes = [], []
    for row in range(len(book), len(run.tactics)):
        gains.append(exploitability(unseen[row : row + 1, :row], nash(unseen[:row, :row])))
        sizes.append(effective_size(nash(table[: row + 1, : row + 1])))
    print(f"  gain on those maps:           {_numbers(run.gains)}")
    print(f"  gain on {maps[1]} maps never searched: {_numbers(gains)}")
    print(f"  effective size, on all {sum(maps)}:    {_numbers(sizes)}")
    _game("in the end, on all", table, nash(table))
    gain, size = (float(np.mean(values[-LAST_ROUNDS:])) for values in (gains, sizes))
    last = f"mean of the last {LAST_ROUNDS} rounds"
    return [
        _line(f"rounds: {rounds}", 10, np.inf, rounds),
        _line(
            f"effective size of the equilibrium, {last}: {size:.1f}", WANTED_EFFECTIVE, np.inf, size
        ),
        _line(f"gain on maps never searched, {last}: {gain:.3f}", -1, WANTED_GAIN, gain),
    ]


def _scoring() -> list[bool]:
    """Leverage, specialisation and hacks, for briefs and opponents held out."""
    task = TacticTask(split="test")
    rng, book = np.random.default_rng(_SEED), whole_book()
    asked = task.decoded(task.draw_briefs(np.arange(BRIEFS, dtype=np.uint64)))
    quality = np.stack([_for_all(task, tactic, asked) for tactic in book])
    print(f"\nQuality for {BRIEFS} briefs, held-out opponents and maps")
    special = specialisation(quality)
    print(f"  best tactic of the book for all briefs: {special.constant:.3f}")
    print(f"  the best chosen for each brief:         {special.chosen:.3f}")
    print(f"  the former is the best for {100 * special.share:.0f} % of briefs; ", end="")
    print(f"{special.different} of {len(book)} tactics are the best for some")
    drawn = leverage(task.quality, book[rng.integers(len(book), size=BRIEFS)], asked, rng)
    kept = [
        _line(f"leverage of {part}: {drawn[part]:.3f}", least, np.inf, drawn[part])
        for part, least in WANTED_LEVERAGE.items()
    ]
    limit = float(np.quantile(quality, 0.25))
    print(f"  the book's quality: 25th percentile {limit:.3f}, median {np.median(quality):.3f}")
    for name, make in HACKS.items():
        worth = max(float(_for_all(task, tactic, asked).mean()) for tactic in make())
        kept.append(_line(f"best {name}: {worth:.3f}", -1, limit, worth))
    return kept


def _for_all(task: TacticTask, tactic: Tactics, asked: Briefs) -> NDArray[np.float64]:
    """Quality of one tactic for each brief."""
    return task.quality(np.repeat(tactic[None], len(asked.field), axis=0), asked)


def _line(text: str, low: float, high: float, value: float) -> bool:
    """Prints a figure and whether it keeps to its bounds."""
    kept = bool(low <= value <= high)
    if np.isinf(high):
        wanted = f"at least {low:g}"
    elif low == -1:
        wanted = f"at most {high:.3g}"
    else:
        wanted = f"{low:g} to {high:g}" if low < high else f"{low:g}"
    print(f"  {text:72s} {'kept' if kept else 'MISSED'} ({wanted})")
    return kept


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:5.2f}" for value in values)


if __name__ == "__main__":
    raise SystemExit(main())
