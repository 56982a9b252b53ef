"""What can be had without learning: ``python -m creative_envs.tactics.audit.baselines``.

For the same briefs, maps and opponents that trained agents are judged by (the test split): agents
that act at random, each tactic of the book for all briefs, multi-task MAP-Elites trained on
training briefs, and hill climbing on each brief itself. The two searches fight the same number of
battles.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.sampling import sample_legal
from creative_envs.tactics.adversaries.hacks import whole_book
from creative_envs.tactics.adversaries.search import climb_each, map_elites
from creative_envs.tactics.brief import Briefs, draw_briefs
from creative_envs.tactics.env import TacticVectorEnv
from creative_envs.tactics.opponents.book import HELD_OUT_NAMES, TRAINING_NAMES
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.task import TacticTask

BATTLES: Final = 500_000
"""About what a training run of the preset fights."""
BRIEFS: Final = 256
BEST_OF_BOOK: Final = 3
_SEED: Final = 1_000_003


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the comparison."""
    parser = argparse.ArgumentParser(prog="python -m creative_envs.tactics.audit.baselines")
    parser.description = (__doc__ or "").partition("\n\n")[2]
    for name, value, what in (
        ("battles", BATTLES, "that each search fights"),
        ("briefs", BRIEFS, "of the test split"),
        ("seeds", 5, "of the searches and of the random agent"),
    ):
        text = f"{what} (default: {value:,})"
        parser.add_argument(f"--{name}", type=int, default=value, metavar="N", help=text)
    given = parser.parse_args(arguments)
    print(f"Quality for {given.briefs} unseen briefs: mean of {given.seeds} seeds, [least, most]\n")
    trained, task = TacticTask(), TacticTask(split="test")
    rows: dict[str, list[float]] = {}
    for seed in range(given.seeds):
        asked = task.decoded(task.draw_briefs(_keys(given.briefs, seed)))
        for name, quality in _book(task, asked).items():
            rows.setdefault(name, []).append(quality)
        rows.setdefault("random legal actions", []).append(_random(given.briefs, seed))
        elites = _elites(trained, task, asked, given.battles, seed)
        rows.setdefault("MAP-Elites on training briefs", []).append(elites)
        climbed = _climbed(task, asked, given.battles, seed)
        rows.setdefault("hill climbing on each brief", []).append(climbed)
    for name, values in _worth_showing(rows).items():
        print(f"{name:36s} {np.mean(values):.3f} [{min(values):.3f}, {max(values):.3f}]")


def _keys(count: int, seed: int) -> NDArray[np.uint64]:
    return np.random.default_rng([_SEED, seed]).integers(2**63, size=count).astype(np.uint64)


def _book(task: TacticTask, asked: Briefs) -> dict[str, float]:
    names = [*TRAINING_NAMES, *HELD_OUT_NAMES]
    return {
        f"book: {name}": float(_for_all(task, tactic, asked).mean())
        for name, tactic in zip(names, whole_book(), strict=True)
    }


def _for_all(task: TacticTask, tactic: Tactics, asked: Briefs) -> NDArray[np.float64]:
    return task.quality(np.repeat(tactic[None], len(asked.field), axis=0), asked)


def _random(count: int, seed: int) -> float:
    """Mean quality of works made by legal actions at random."""
    env, rng = TacticVectorEnv(count, split="test"), np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed)
    ended, quality = np.zeros(count, np.bool_), np.zeros(count)
    while not ended.all():
        observation, _, over, _, info = env.step(sample_legal(observation["action_mask"], rng))
        if "work" in info:
            new = over & ~ended
            quality[new] = info["work"]["quality"][new]
            ended |= over
    return float(quality.mean())


def _battles_each(task: TacticTask) -> int:
    """Battles by which a tactic is judged for one brief."""
    return 2 * int(task.reference.league.tactics.shape[2])


def _elites(trained: TacticTask, task: TacticTask, asked: Briefs, battles: int, seed: int) -> float:
    atlas, parties = trained.reference.atlas, trained.reference.league.parties
    cost = trained.reference.units.records["cost"].copy()
    elites = map_elites(
        trained.quality,
        lambda keys: draw_briefs(keys, atlas, parties),
        atlas,
        battles // _battles_each(trained),
        seed,
        cost,
    )
    return float(task.quality(elites.answer(asked, task.reference.atlas), asked).mean())


def _climbed(task: TacticTask, asked: Briefs, battles: int, seed: int) -> float:
    each = battles // (_battles_each(task) * len(asked.field))
    cost = task.reference.units.records["cost"].copy()
    found = climb_each(task.quality, asked, max(each, 1), seed, cost)
    return float(task.quality(found, asked).mean())


def _worth_showing(rows: dict[str, list[float]]) -> dict[str, list[float]]:
    """Everything but the worse tactics of the book, the best last."""
    book = [name for name in rows if name.startswith("book")]
    book.sort(key=lambda name: -float(np.mean(rows[name])))
    shown = {name: values for name, values in rows.items() if name not in book[BEST_OF_BOOK:]}
    return dict(sorted(shown.items(), key=lambda row: float(np.mean(row[1]))))


if __name__ == "__main__":
    main()
