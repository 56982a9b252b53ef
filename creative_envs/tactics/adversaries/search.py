"""Plain search over tactics: the yardstick beside learning.

Hill climbing tries tactics against the very opponents, on the very map, they are then scored with;
a trained policy is scored on briefs it meets for the first time. Multi-task MAP-Elites (Mouret and
Maguire, 2020) learns as a policy does, from training briefs alone: it keeps the best tactic for
each kind of brief, and answers an unseen brief with the elite of its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from creative_envs.tactics.brief import KINDS, Atlas, Briefs
from creative_envs.tactics.opponents.doctrine import DOCTRINES
from creative_envs.tactics.opponents.variation import crossed, mutated, random_tactic
from creative_envs.tactics.squads import Tactics
from creative_envs.tactics.vocabulary import OBJECTIVES

Judge = Callable[[Tactics, Briefs], NDArray[np.float64]]
"""From tactics (n, 12, 7) and as many briefs to a quality for each."""
_RANDOM_STARTS: Final = 8
"""Random tactics of which hill climbing takes the best to start from."""
_CROSSED: Final = 0.3
"""Share of MAP-Elites' children with two parents."""
_BATCH: Final = 64
"""Children MAP-Elites tries at once."""
_TRIALS: Final = 4
"""Briefs a child is tried on in a row."""


def climb_each(
    judge: Judge, briefs: Briefs, evaluations: int, seed: int, cost: NDArray[np.int64]
) -> Tactics:
    """Climbs from the best of a few random tactics, by single changes, for each brief apart.

    Args:
        judge: Scores tactics for briefs.
        briefs: Of n works.
        evaluations: Tactics tried for each brief.
        seed: Decides everything random.
        cost: Points by type, shape (8,).

    Returns:
        The best tactic found for each, shape (n, 12, 7).
    """
    rng, count = np.random.default_rng(seed), len(briefs.field)
    best: Tactics = np.stack([random_tactic(rng, cost) for _ in range(count)])
    worth = judge(best, briefs)
    for evaluation in range(1, evaluations):
        if evaluation < _RANDOM_STARTS:
            tried = np.stack([random_tactic(rng, cost) for _ in range(count)])
        else:
            tried = np.stack([mutated(tactic, rng, cost) for tactic in best])
        found = judge(tried, briefs)
        better = found >= worth
        best[better], worth[better] = tried[better], found[better]
    return best


class Elites(NamedTuple):
    """What MAP-Elites keeps, for each of 4 doctrines, 3 objectives and 6 kinds of maps.

    Attributes:
        tactics: Shape (4, 3, 6, 12, 7).
        worth: Mean quality each had when it was tried, shape (4, 3, 6).
    """

    tactics: Tactics
    worth: NDArray[np.float64]

    def answer(self, briefs: Briefs, atlas: Atlas) -> Tactics:
        """The elite of the kind each brief is of, shape (n, 12, 7)."""
        return np.asarray(self.tactics[*_niche(briefs, atlas)])


def map_elites(
    judge: Judge,
    draw: Callable[[NDArray[np.uint64]], Briefs],
    atlas: Atlas,
    evaluations: int,
    seed: int,
    cost: NDArray[np.int64],
) -> Elites:
    """Multi-task MAP-Elites over kinds of briefs.

    A child is tried on a few briefs of one kind, and replaces that kind's elite if it is better on
    average than the elite was.

    Args:
        judge: Scores tactics for briefs.
        draw: Draws briefs from keys.
        atlas: The maps they are of.
        evaluations: Tactics tried, each on one brief.
        seed: Decides everything random.
        cost: Points by type, shape (8,).
    """
    rng = np.random.default_rng(seed)
    shape = (len(DOCTRINES), len(OBJECTIVES), len(KINDS))
    first = random_tactic(rng, cost)
    elites: Tactics = np.broadcast_to(first, (*shape, *first.shape)).copy()
    worth = np.full(shape, -1.0)
    for _ in range(evaluations // (_BATCH * _TRIALS)):
        briefs = draw(rng.integers(2**63, size=_BATCH * _TRIALS).astype(np.uint64))
        briefs = _alike(briefs, atlas)
        niches = np.stack(_niche(briefs, atlas), axis=1)[::_TRIALS]
        children = np.stack([_child(elites, niche, rng, cost) for niche in niches])
        found = judge(np.repeat(children, _TRIALS, axis=0), briefs)
        for niche, child, mean in zip(
            niches, children, found.reshape(_BATCH, _TRIALS).mean(axis=1), strict=True
        ):
            at = tuple(niche)
            if mean > worth[at]:
                elites[at], worth[at] = child, mean
    return Elites(elites, worth)


def _alike(briefs: Briefs, atlas: Atlas) -> Briefs:
    """The briefs with those tried in a row made one kind: doctrine, objective and kind of map."""
    leader = np.arange(len(briefs.field)) // _TRIALS * _TRIALS
    kind = atlas.kind[briefs.field[leader]]
    number = atlas.number[briefs.field] % atlas.counts[kind]
    return briefs._replace(
        field=atlas.index[kind, number],
        objective=briefs.objective[leader],
        doctrine=briefs.doctrine[leader],
    )


def _niche(briefs: Briefs, atlas: Atlas) -> tuple[NDArray[np.int64], ...]:
    return briefs.doctrine, briefs.objective, atlas.kind[briefs.field]


def _child(
    elites: Tactics,
    niche: NDArray[np.int64],
    rng: np.random.Generator,
    cost: NDArray[np.int64],
) -> Tactics:
    """A changed elite, most often of the niche it is made for."""
    flat = elites.reshape(-1, *elites.shape[3:])
    stranger = flat[rng.integers(len(flat))]
    one = elites[tuple(niche)] if rng.random() < 0.5 else stranger
    if rng.random() < _CROSSED:
        one = crossed(one, flat[rng.integers(len(flat))], rng, cost)
    return mutated(one, rng, cost)
