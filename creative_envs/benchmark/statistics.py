"""What a few seeds allow one to say: interquartile means, bootstrap intervals, improvement.

The estimators of Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical
precipice", for as many seeds as one can afford. With five of them a percentile interval is
narrower than its 95 % promise; it shows how far apart seeds are, and is no test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES: Final = 4_000
RESAMPLING_SEED: Final = 0
"""Fixed, so that the same values always get the same interval."""
INTERVAL: Final = (2.5, 97.5)
"""Percentiles of the resampled statistic: the ends of a 95 % interval."""
TRIMMED: Final = 0.25
"""Share of the values the interquartile mean leaves out at either end."""

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From values (..., n) to one number for each set of n, shape (...)."""


@dataclass(frozen=True)
class Estimate:
    """A statistic of a sample and the ends of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def interquartile_mean(values: ArrayLike) -> Floats:
    """Mean of the middle half of n values: the largest and smallest quarter, rounded down, go.

    Of four or more values no single one can move it at will; of fewer it is the mean.

    Args:
        values: Shape (..., n), n at least 1.

    Returns:
        Shape (...).
    """
    ordered = np.sort(np.asarray(values, np.float64), axis=-1)
    count = ordered.shape[-1]
    left_out = int(TRIMMED * count)
    return np.asarray(ordered[..., left_out : count - left_out].mean(axis=-1))


def estimate(
    values: ArrayLike | Sequence[ArrayLike], statistic: Statistic = interquartile_mean
) -> Estimate:
    """A statistic over seeds with its interval by the percentile bootstrap.

    Args:
        values: Of n seeds, shape (n,); or several rows of such, one a task, shape (rows, n): then
            the statistic is of all of them, and seeds are resampled within each row (stratified).
        statistic: Of the pooled values.
    """
    rows = np.atleast_2d(np.asarray(values, np.float64))
    drawn = _resampled(rows, np.random.default_rng(RESAMPLING_SEED))
    low, high = np.percentile(statistic(_pooled(drawn)), INTERVAL)
    return Estimate(float(statistic(rows.ravel())), float(low), float(high))


def band(values: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Interquartile means of a curve's points over seeds, and the ends of their intervals.

    Args:
        values: Shape (points, n). One drawing of seeds serves all points.

    Returns:
        Three arrays (points,): mean, low, high.
    """
    curve = np.asarray(values, np.float64)
    rng = np.random.default_rng(RESAMPLING_SEED)
    picks = rng.integers(curve.shape[1], size=(RESAMPLES, curve.shape[1]))
    ends = [np.percentile(interquartile_mean(point[picks]), INTERVAL) for point in curve]
    low, high = np.array(ends).reshape(-1, 2).T
    return interquartile_mean(curve), low, high


def probability_of_improvement(first: ArrayLike, second: ArrayLike) -> Floats:
    """Probability that a value of the first sample exceeds one of the second; ties count half.

    The Mann-Whitney statistic over all pairs.

    Args:
        first: Shape (..., n).
        second: Shape (..., m).

    Returns:
        Shape (...), in [0, 1].
    """
    ours = np.asarray(first, np.float64)[..., :, None]
    theirs = np.asarray(second, np.float64)[..., None, :]
    return np.asarray(((ours > theirs) + 0.5 * (ours == theirs)).mean(axis=(-2, -1)))


def estimate_improvement(first: ArrayLike, second: ArrayLike) -> Estimate:
    """Probability of improvement of the first sample over the second, with its interval.

    Args:
        first: Of n seeds, shape (n,), or (rows, n): then the mean over rows, resampled in each.
        second: Of m seeds, shape (m,) or (rows, m).
    """
    rng = np.random.default_rng(RESAMPLING_SEED)
    ours, theirs = (np.atleast_2d(np.asarray(v, np.float64)) for v in (first, second))
    drawn = probability_of_improvement(_resampled(ours, rng), _resampled(theirs, rng)).mean(axis=-1)
    low, high = np.percentile(drawn, INTERVAL)
    value = probability_of_improvement(ours, theirs).mean()
    return Estimate(float(value), float(low), float(high))


def _resampled(rows: Floats, rng: np.random.Generator) -> Floats:
    """Rows (rows, n) drawn anew with replacement, each within itself: (resamples, rows, n)."""
    count = rows.shape[1]
    picks = rng.integers(count, size=(RESAMPLES, len(rows), count))
    return np.take_along_axis(rows[None], picks, axis=2)


def _pooled(drawn: Floats) -> Floats:
    return drawn.reshape(len(drawn), -1)
