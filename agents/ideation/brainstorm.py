"""The divergent phase: many candidates for one brief, and of the good ones those that lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agents.agent import Agent
from agents.errors import ConfigError
from agents.ideation.workbench import (
    Draft,
    Drafts,
    Floats,
    Ints,
    Workbench,
    check_temperatures,
    check_weights,
)

TEMPERATURES: Final = (1.0, 1.3)
"""Candidates take them in turn. Heat trades good works for kinds of works: past 1.3, melodies lose
more, which differ enough at 1, than the others gain. Below 1, quality hardly gains."""


@dataclass(frozen=True)
class Brainstorm:
    """Candidates for one brief, and which of them are kept.

    Attributes:
        drafts: All n candidates.
        kept: Indices of those kept, the best first, each then the farthest from those before it;
            shape (k,).
        passes: Forward passes it took.
        temperatures: Each candidate's, shape (n,).
        weights: The novelty weight the policy was shown for each, shape (n,).
    """

    drafts: tuple[Draft, ...]
    kept: Ints
    passes: int
    temperatures: Floats
    weights: Floats

    @property
    def best(self) -> Draft:
        """The candidate of the highest quality."""
        return self.drafts[int(self.kept[0])]

    def selection(self) -> list[Draft]:
        """The drafts that are kept."""
        return [self.drafts[index] for index in self.kept]


def brainstorm(
    agent: Agent,
    brief: Any = None,
    count: int = 64,
    *,
    keep: int = 8,
    temperatures: Sequence[float] = TEMPERATURES,
    weights: Sequence[float] | None = None,
    floor: float = 0.8,
    seed: int = 0,
) -> Brainstorm:
    """Makes candidates for a brief, and keeps good ones that lie as far apart as can be.

    Candidates take the temperatures in turn, and the novelty weights with every round of them; all
    are scored at the brief's own weight. Those that are valid and have at least ``floor`` times
    the best quality pass the gate; if none is valid, all count as if they were.

    Args:
        agent: Of a trained run; of portfolios, it makes the first work of an episode.
        brief: As `Task.parse_brief` reads it; by default one that training never used.
        count: How many candidates.
        keep: How many to keep of them: fewer where fewer pass the gate, or all others are copies.
        temperatures: Each above 0.
        weights: Novelty weights the policy is shown, each in [0, 1]; by default the brief's own,
            and those at the ends of the range that the run was trained with.
        floor: In [0, 1].
        seed: Decides everything drawn.

    Raises:
        ConfigError: An argument out of range, a brief the environment cannot read, or several to
            keep in a domain that compares no works.
    """
    check_arguments(count, keep, floor)
    bench = Workbench(agent.config, agent.policy)
    briefs = bench.briefs(1, seed, brief)
    heat, shown = plan(bench, briefs, count, temperatures, weights)
    rng = np.random.default_rng(seed)
    made = bench.make(np.repeat(briefs, count, axis=0), rng, temperature=heat, weight=shown)
    drafts = tuple(bench.draft(made, index) for index in range(count))
    scores = made.finished.scores
    rows = passing(scores.quality, scores.valid, floor).nonzero()[0]
    apart = unlike(bench, made, rows) if keep > 1 else np.zeros((len(rows), len(rows)))
    kept = rows[select(scores.quality[rows], apart, keep)]
    return Brainstorm(drafts, kept, int(made.passes.sum()), heat, shown)


def plan(
    bench: Workbench,
    briefs: NDArray[np.float32],
    count: int,
    temperatures: Sequence[float] = TEMPERATURES,
    weights: Sequence[float] | None = None,
) -> tuple[Floats, Floats]:
    """Temperatures and shown weights of ``count`` candidates for each of n briefs, (n x count,)."""
    heat = np.atleast_1d(check_temperatures(temperatures))
    if weights is None:
        ends = np.tile(np.unique(bench.settings.weight_range), (len(briefs), 1))
        shown = np.concatenate([briefs[:, :1].astype(np.float64), ends], axis=1)
    else:
        shown = np.tile(np.atleast_1d(check_weights(weights)), (len(briefs), 1))
    if not heat.size or not shown.size:
        raise ConfigError("give at least one temperature, and one weight if any")
    turn = np.arange(count)
    of_brief = shown[:, turn // len(heat) % shown.shape[1]]
    return np.tile(heat[turn % len(heat)], len(briefs)), of_brief.ravel()


def passing(quality: ArrayLike, valid: NDArray[np.bool_], floor: float) -> NDArray[np.bool_]:
    """Which of n candidates are valid and have at least ``floor`` times the best quality, (n,).

    Where none is valid, all count as if they were: there is always a best.
    """
    values = np.asarray(quality)
    usable = valid if valid.any() else np.ones_like(valid)
    return np.asarray(usable & (values >= floor * values[usable].max()))


def select(value: ArrayLike, unlikeness: Floats, keep: int) -> Ints:
    """Farthest-point selection.

    The best comes first; then whichever is farthest from the nearest one chosen so far, and of
    equally far ones the best. The chosen lie at least half as far apart as any so many could
    (Gonzalez, 1985, "Clustering to minimize the maximum intercluster distance").

    Args:
        value: Of each candidate, shape (n,).
        unlikeness: Shape (n, n).
        keep: The most to choose; it ends earlier where only copies of chosen ones are left.

    Returns:
        Indices, shape (k,).
    """
    worth = np.asarray(value)
    chosen: list[int] = []
    nearest = np.full(len(worth), np.inf)
    while len(chosen) < min(keep, len(worth)):
        farthest = int(np.lexsort((worth, nearest))[-1])
        if nearest[farthest] <= 0:
            break
        chosen.append(farthest)
        nearest = np.minimum(nearest, unlikeness[farthest])
        nearest[farthest] = 0
    return np.array(chosen, np.int64)


def unlike(bench: Workbench, made: Drafts, rows: Ints) -> Floats:
    """How different the named drafts are from one another, shape (k, k).

    Raises:
        ConfigError: The domain compares no works.
    """
    works = made.finished
    try:
        return bench.task.unlikeness(works.tokens[rows], works.length[rows], works.brief[rows])
    except NotImplementedError as error:
        raise ConfigError(f"variety cannot be measured: {error}") from error


def check_arguments(count: int, keep: int, floor: float) -> None:
    """Raises `ConfigError` for a number out of range."""
    if count < 1:
        raise ConfigError(f"count must be at least 1, got {count!r}")
    if not 1 <= keep <= count:
        raise ConfigError(f"keep must be from 1 to count, which is {count}, got {keep!r}")
    if not 0 <= floor <= 1:
        raise ConfigError(f"floor is a share of the best quality, in [0, 1], got {floor!r}")
