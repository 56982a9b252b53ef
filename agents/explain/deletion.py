"""The deletion test: do the tokens an explanation points at matter more to a choice than others?

Tokens are deleted in the order of a ranking and the log-probability of the chosen action is watched
(Samek et al. 2017). An attribution is signed, and its promise is signed as well: deleting what
spoke for a choice lowers its log-probability, deleting what spoke against it raises it. So signed
attributions are judged by the mean *drop*. Their absolute values, like weights of attention, say
how much a token matters and not which way: they are judged by the mean *change*, up or down. Either
is set beside tokens chosen at random, and beside the latest ones, which are hard to beat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from agents.explain.attribution import Attributions
from agents.explain.decisions import Decisions
from agents.explain.presence import Neutral, PresentPolicy
from agents.explain.weights import deciding_rows, rolled_out
from agents.policy import MaskedPolicy
from creative_envs.benchmark.statistics import INTERVAL, RESAMPLES, RESAMPLING_SEED, Estimate

DELETED: Final = (1, 3)
"""Numbers of tokens that are deleted."""
FEWEST_BEFORE: Final = 6
"""Tokens a decision must have before it to be tested."""
RANDOM: Final = "random"
RANDOM_DRAWS: Final = 16
"""Random choices of tokens that are averaged for each decision."""
TOGETHER: Final = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Deletions:
    """What n decisions lose by deletions.

    Attributes:
        drop: By ranking, how far the log-probability of the chosen action falls, in nats, with
            each number of `DELETED` tokens gone, shape (n, 2); below 0 where it rises. At random,
            the mean over several choices.
        change: The same whichever way it goes.
        work: Of which work each decision is, shape (n,).
    """

    drop: dict[str, Floats]
    change: dict[str, Floats]
    work: NDArray[np.int64]

    def ratio(self, name: str, measure: str = "drop", deleted: int = 0) -> Estimate:
        """A ranking's mean over that at random, with an interval by resampling works.

        Args:
            name: Of the ranking.
            measure: "drop" or "change".
            deleted: Which of `DELETED`.
        """
        by_name: dict[str, Floats] = getattr(self, measure)
        ours, random = by_name[name][:, deleted], by_name[RANDOM][:, deleted]
        _, work = np.unique(self.work, return_inverse=True)
        sums = np.stack([np.bincount(work, weights=values) for values in (ours, random)])
        rng = np.random.default_rng(RESAMPLING_SEED)
        drawn = sums[:, rng.integers(sums.shape[1], size=(RESAMPLES, sums.shape[1]))].sum(axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = np.nanpercentile(drawn[0] / drawn[1], INTERVAL)
            return Estimate(float(ours.sum() / random.sum()), float(low), float(high))


def pooled(parts: Sequence[Deletions]) -> Deletions:
    """Deletions of several runs as one sample, in which no two runs share a work."""
    first = np.cumsum([0, *(part.work.max() + 1 for part in parts[:-1])])
    names = [name for name in parts[0].drop if all(name in part.drop for part in parts)]
    return Deletions(
        {name: np.concatenate([part.drop[name] for part in parts]) for name in names},
        {name: np.concatenate([part.change[name] for part in parts]) for name in names},
        np.concatenate([part.work + start for part, start in zip(parts, first, strict=True)]),
    )


def rankings(policy: MaskedPolicy, decisions: Decisions, found: Attributions) -> dict[str, Floats]:
    """Scores of earlier tokens by each ranking but the random one, each of shape (n, T).

    "attention" is the last block's, its heads averaged; a policy without attention has neither
    that nor "rollout".
    """
    signed = found.groups["tokens"]
    step = decisions.step.cpu().numpy()
    scores = {"ig": signed, "|ig|": np.abs(signed)}
    weights = deciding_rows(policy, decisions)
    if weights[0].size:
        looked = [rows[-1].mean(axis=0) for rows in weights]
        for name, rows in (("attention", looked), ("rollout", rolled_out(policy, decisions))):
            scores[name] = np.zeros(signed.shape)
            for row, shares in enumerate(rows):
                scores[name][row, : step[row]] = shares[len(shares) - step[row] :]
    scores["latest"] = np.broadcast_to(np.arange(signed.shape[1], dtype=float), signed.shape)
    return scores


def delete(
    policy: MaskedPolicy,
    decisions: Decisions,
    neutral: Neutral,
    scores: Mapping[str, Floats],
    seed: int = 0,
    spared: int = 0,
) -> Deletions:
    """Deletes the tokens each ranking scores highest, and random ones.

    Args:
        policy: Whose decisions they are.
        decisions: n of them, each after as many tokens as are deleted and spared, or more.
        neutral: As for attributions.
        scores: Of tokens by name of the ranking, each of shape (n, T).
        seed: Decides the random choices.
        spared: How many of the latest tokens no ranking may delete.
    """
    rng = np.random.default_rng(seed)
    shape = decisions.context["tokens"].shape[:2]
    orders = {name: [_order(values, decisions, spared)] for name, values in scores.items()}
    orders[RANDOM] = [_order(rng.random(shape), decisions, spared) for _ in range(RANDOM_DRAWS)]
    drops = {name: np.zeros((len(many), shape[0], len(DELETED))) for name, many in orders.items()}
    for first in range(0, shape[0], TOGETHER):
        rows = np.arange(first, min(first + TOGETHER, shape[0]))
        present = PresentPolicy(policy, decisions.chosen(rows), neutral)
        whole = _log_prob(present, rows, None)
        for name, many in orders.items():
            for draw, order in enumerate(many):
                for place, count in enumerate(DELETED):
                    left = _log_prob(present, rows, order[rows, :count])
                    drops[name][draw, rows, place] = whole - left
    drop = {name: values.mean(axis=0) for name, values in drops.items()}
    change = {name: np.abs(values).mean(axis=0) for name, values in drops.items()}
    return Deletions(drop, change, decisions.work)


def _order(scores: Floats, decisions: Decisions, spared: int) -> NDArray[np.int64]:
    """Tokens by score, the highest first, shape (n, T); those spared or not written at the end."""
    allowed = np.arange(scores.shape[1]) < decisions.step.cpu().numpy()[:, None] - spared
    return np.argsort(np.where(allowed, -scores, np.inf), axis=1, kind="stable")


@torch.no_grad()
def _log_prob(
    present: PresentPolicy, rows: NDArray[np.int64], deleted: NDArray[np.int64] | None
) -> Floats:
    """Log-probabilities (m,) with the tokens (m, k) gone."""
    presence = torch.ones(len(rows), present.size, device=present.policy.device)
    if deleted is not None:
        gone = torch.as_tensor(deleted, device=presence.device)
        presence.scatter_(1, gone + present.groups["tokens"].start, 0)
    which = torch.arange(len(rows), device=presence.device)
    return np.asarray(present(presence, which).double().cpu().numpy())
