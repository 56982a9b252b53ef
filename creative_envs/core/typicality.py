"""Two-sided typicality: how well a value lies inside the range of a set of reference works.

A feature ``x`` with reference distribution function ``F`` has the typicality
``min(1, F(x) / .15, (1 - F(x)) / .15)``: 1 anywhere in the central 70 % of the reference, less in
either tail. Exceeding the reference gains nothing, so an optimiser has no reason to. The tails go
on falling smoothly beyond the most extreme reference value, so a learner always sees which way to
go. The *joint* typicality asks the same of the whole vector: the normal scores of all features
(a Gaussian copula) must not lie further from the reference's centre than reference works do.

The kernels work on logarithms, since typicalities are combined by geometric means.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, NamedTuple, Self

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.errors import EmptyCorpus

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

N_QUANTILES: Final = 128
"""Points of the tabulated distribution of each feature."""
FULL_TAIL: Final = 0.15
"""Share of the reference in each tail whose typicality is below 1."""
JOINT_FULL_TAIL: Final = 0.3
"""Share of the reference (the most unusual vectors) whose joint typicality is below 1."""
MIN_LOG_TYPICALITY: Final = -9.0
"""Floor of a log-typicality, reached some five tail widths beyond the reference."""
MIN_CLASS_SIZE: Final = 150
"""A reference class with fewer works uses the tables of all classes together."""
SHRINKAGE: Final = 0.1
"""Weight of the diagonal in the covariance of normal scores."""

_SCORE_LIMIT: Final = 0.998
_SCORE_STEPS: Final = 1024
_MAX_SCORE: Final = 6.0


class TypicalityArrays(NamedTuple):
    """The arrays kernels need; C reference classes, F features, K quantiles."""

    quantiles: Float32
    """(C, F, K): values at the probabilities (k + .5) / K, ascending along the last axis."""
    scales: Float32
    """(C, F): how far beyond the extreme quantiles the typicality falls by the factor e."""
    normal_scores: Float32
    """(1025,): standard normal quantiles at equally spaced probabilities, clipped at +-2.9."""
    centre: Float32
    """(F,): mean of the reference's normal scores."""
    precision: Float32
    """(F, F): inverse of their shrunken covariance."""
    joint_quantiles: Float32
    """(K,): distribution of the squared distance from the centre, scaled by 1 / F."""
    joint_scale: Float32
    """(1,): tail width of that distribution."""


@njit(cache=True, nogil=True, error_model="numpy")
def _rank(x: float, quantiles: Float32, scale: float) -> tuple[float, float, float]:
    """Shares of the reference at or below and at or above x, as (lower, upper, overshoot).

    The overshoot is the signed distance beyond the table, in units of `scale`.
    """
    k = quantiles.shape[0]
    below, up_to = 0, 0
    for i in range(k):  # counting all is faster than a search: it is done many at a time
        below += int(quantiles[i] < x)
        up_to += int(quantiles[i] <= x)
    if below == k:
        return 1.0 - 0.5 / k, 0.5 / k, (x - quantiles[k - 1]) / scale
    if up_to == 0:
        return 0.5 / k, 1.0 - 0.5 / k, (x - quantiles[0]) / scale
    if below < up_to:
        return (up_to - 0.5) / k, (k - below - 0.5) / k, 0.0
    left = quantiles[below - 1]
    rank = (below - 0.5 + (x - left) / (quantiles[below] - left)) / k
    return rank, 1.0 - rank, 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def log_typicality(
    x: float, quantiles: Float32, scale: float, normal_scores: Float32
) -> tuple[float, float]:
    """Log-typicality of one value, and its normal score.

    Args:
        x: the value.
        quantiles: (K,) ascending reference values.
        scale: tail width.
        normal_scores: table of standard normal quantiles.

    Returns:
        (log_typicality in [MIN_LOG_TYPICALITY, 0], normal score in +-6).
    """
    lower, upper, overshoot = _rank(x, quantiles, scale)
    tail = min(lower, upper)
    log_value = 0.0 if tail >= FULL_TAIL else np.log(tail / FULL_TAIL)
    log_value = max(log_value - abs(overshoot), MIN_LOG_TYPICALITY)
    place = 0.5 * (lower + 1.0 - upper) * (normal_scores.shape[0] - 1)
    index = min(int(place), normal_scores.shape[0] - 2)
    score = normal_scores[index]
    score += (place - index) * (normal_scores[index + 1] - score)
    score = max(-_MAX_SCORE, min(_MAX_SCORE, score + 0.5 * overshoot))
    return log_value, score


@njit(cache=True, nogil=True, error_model="numpy")
def log_upper_tail(x: float, quantiles: Float32, scale: float, full_tail: float) -> float:
    """Log of ``min(1, P(X >= x) / full_tail)``, going on falling beyond the table."""
    _, upper, overshoot = _rank(x, quantiles, scale)
    log_value = 0.0 if upper >= full_tail else np.log(upper / full_tail)
    return max(log_value - max(overshoot, 0.0), MIN_LOG_TYPICALITY)


@njit(cache=True, nogil=True, error_model="numpy")
def joint_distance(scores: Float32, centre: Float32, precision: Float32, product: Float32) -> float:
    """Squared Mahalanobis distance of normal scores (F,) from the centre, divided by F.

    `scores` is overwritten by its deviation from the centre; `product` (F,) is scratch.
    """
    n = scores.shape[0]
    for i in range(n):
        scores[i] -= centre[i]
    product[:] = 0.0
    for i in range(n):
        for j in range(n):
            product[j] += precision[i, j] * scores[i]
    total = 0.0
    for i in range(n):
        total += product[i] * scores[i]
    return float(total / n)


@njit(cache=True, nogil=True, error_model="numpy")
def vector_log_typicality(
    x: Float32,
    reference_class: int,
    tables: TypicalityArrays,
    log_values: Float32,
    scores: Float32,
    product: Float32,
) -> float:
    """Log-typicality of every feature of one vector, and of the vector as a whole.

    Args:
        x: (F,) features.
        reference_class: which class's tables to use.
        tables: TypicalityArrays.
        log_values: (F,) float32, filled with the log-typicality of each feature.
        scores: (F,) float32, filled with the normal scores less the reference's mean.
        product: (F,) float32 scratch.

    Returns:
        The joint log-typicality.
    """
    for i in range(x.shape[0]):
        log_values[i], scores[i] = log_typicality(
            x[i],
            tables.quantiles[reference_class, i],
            tables.scales[reference_class, i],
            tables.normal_scores,
        )
    distance = joint_distance(scores, tables.centre, tables.precision, product)
    return log_upper_tail(distance, tables.joint_quantiles, tables.joint_scale[0], JOINT_FULL_TAIL)


@njit(cache=True, nogil=True, error_model="numpy")
def _batch_log_typicality(
    x: Float32,
    reference_class: Int64,
    tables: TypicalityArrays,
    log_values: Float32,
    joint: Float32,
) -> None:
    scores, product = np.empty(x.shape[1], np.float32), np.empty(x.shape[1], np.float32)
    for i in range(x.shape[0]):
        joint[i] = vector_log_typicality(
            x[i], reference_class[i], tables, log_values[i], scores, product
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _normal_scores(
    x: Float32,
    reference_class: Int64,
    quantiles: Float32,
    scales: Float32,
    normal_scores: Float32,
    out: Float32,
) -> None:
    for i in range(x.shape[0]):
        c = reference_class[i]
        for j in range(x.shape[1]):
            out[i, j] = log_typicality(x[i, j], quantiles[c, j], scales[c, j], normal_scores)[1]


@njit(cache=True, nogil=True, error_model="numpy")
def _distances(scores: Float32, centre: Float32, precision: Float32, out: Float32) -> None:
    row, product = np.empty(scores.shape[1], np.float32), np.empty(scores.shape[1], np.float32)
    for i in range(scores.shape[0]):
        row[:] = scores[i]
        out[i] = joint_distance(row, centre, precision, product)


def quantile_table(values: ArrayLike, n_quantiles: int = N_QUANTILES) -> Float32:
    """Tabulate the distribution of each column.

    Args:
        values: (n, F) reference values.
        n_quantiles: K, points of the table.

    Returns:
        (F, K) values at the probabilities (k + .5) / K, always values that occur (so that ties,
        such as a feature most works have at zero, remain ties).
    """
    probabilities = (np.arange(n_quantiles) + 0.5) / n_quantiles
    columns = np.asarray(values, np.float32)
    table = np.quantile(columns, probabilities, axis=0, method="closest_observation")
    return np.ascontiguousarray(table.T.astype(np.float32))


def tail_scales(quantiles: Float32) -> Float32:
    """Width (F,) of the tails of (F, K) tables: a quarter of the 5 to 95 % range."""
    last = quantiles.shape[1] - 1
    spread = quantiles[:, round(0.95 * last)] - quantiles[:, round(0.05 * last)]
    whole = quantiles[:, -1] - quantiles[:, 0]
    spread = np.where(spread > 0, spread, whole)
    magnitude = np.abs(quantiles).max(axis=1)
    spread = np.where(spread > 0, spread, np.maximum(magnitude, 1e-3))
    return (spread / 4).astype(np.float32)


def reference_tables(
    values: Float32, reference_class: Int64, n_classes: int, n_quantiles: int = N_QUANTILES
) -> tuple[Float32, Float32]:
    """Tables of each class: quantiles (C, F, K) and tail widths (C, F) of values (n, F)."""
    pooled = quantile_table(values, n_quantiles)
    members = [values[reference_class == c] for c in range(n_classes)]
    tables = [
        quantile_table(m, n_quantiles) if len(m) >= MIN_CLASS_SIZE else pooled for m in members
    ]
    return np.stack(tables), np.stack([tail_scales(table) for table in tables])


def _normal_score_table() -> Float32:
    probabilities = np.clip(np.linspace(0, 1, _SCORE_STEPS + 1), 1 - _SCORE_LIMIT, _SCORE_LIMIT)
    normal = NormalDist()
    return np.array([normal.inv_cdf(float(p)) for p in probabilities], np.float32)


@dataclass(frozen=True)
class Typicality:
    """The fitted typicality of a reference set."""

    arrays: TypicalityArrays

    @classmethod
    def fit(
        cls,
        features: ArrayLike,
        reference_class: ArrayLike | None = None,
        n_classes: int = 1,
        n_quantiles: int = N_QUANTILES,
    ) -> Self:
        """Tabulate a reference set.

        Args:
            features: (n, F) finite features of the reference works.
            reference_class: (n,) class of each work in 0..n_classes-1 (one class by default);
                a class of fewer than MIN_CLASS_SIZE works uses the tables of all works.
            n_classes: C.
            n_quantiles: K.

        Raises:
            EmptyCorpus: fewer than two works to calibrate on.
        """
        x = np.ascontiguousarray(features, np.float32)
        if x.ndim != 2 or len(x) < 2:
            raise EmptyCorpus(f"typicality needs at least 2 reference works, got {len(x)}")
        classes = np.asarray(
            np.zeros(len(x)) if reference_class is None else reference_class, np.int64
        )
        quantiles, scales = reference_tables(x, classes, n_classes, n_quantiles)
        normal_scores = _normal_score_table()
        scores = np.empty_like(x)
        _normal_scores(x, classes, quantiles, scales, normal_scores, scores)
        centre = scores.mean(axis=0)
        covariance = np.atleast_2d(np.cov(scores.T.astype(np.float64)))
        diagonal = np.diag(np.maximum(np.diag(covariance), 1e-2))
        shrunken = (1 - SHRINKAGE) * covariance + SHRINKAGE * diagonal
        precision = np.linalg.inv(shrunken).astype(np.float32)
        distances = np.empty(len(x), np.float32)
        _distances(scores, centre, precision, distances)
        joint = quantile_table(distances[:, None], n_quantiles)
        arrays = TypicalityArrays(
            quantiles=quantiles,
            scales=scales,
            normal_scores=normal_scores,
            centre=centre,
            precision=precision,
            joint_quantiles=joint[0],
            joint_scale=tail_scales(joint),
        )
        return cls(arrays)

    def log_score(
        self, features: ArrayLike, reference_class: ArrayLike | None = None
    ) -> tuple[Float32, Float32]:
        """Log-typicality of every feature (n, F), and of every whole vector (n,)."""
        x = np.ascontiguousarray(features, np.float32)
        classes = np.asarray(
            np.zeros(len(x)) if reference_class is None else reference_class, np.int64
        )
        log_values, joint = np.empty_like(x), np.empty(len(x), np.float32)
        _batch_log_typicality(x, classes, self.arrays, log_values, joint)
        return log_values, joint
