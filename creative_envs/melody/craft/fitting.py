"""Fits a craft model to human windows, without ever judging a window by models that saw it.

The n-gram models and discriminators would find the windows they were fitted to more typical than
any new work could be, and the tables of typicality would then be too strict. So the human range
is measured by cross-fitting: the tune families are dealt into folds, and each fold is measured by
models fitted to the others. The published model's own n-grams and discriminators are then fitted
to everything.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.errors import EmptyCorpus
from creative_envs.core.typicality import Typicality
from creative_envs.melody.adversaries.controls import random_legal
from creative_envs.melody.craft.discriminator import (
    N_HEADS,
    Discriminators,
    join_heads,
    no_discriminators,
    split_heads,
    train_heads,
)
from creative_envs.melody.craft.encoding import encoding_room
from creative_envs.melody.craft.expectation import fit_expectation
from creative_envs.melody.craft.feature_names import N_FEATURES
from creative_envs.melody.craft.features import features
from creative_envs.melody.craft.kernel import (
    N_TERMS,
    CraftArrays,
    craft_kernel,
    encode_works,
    raw_log_craft,
)
from creative_envs.melody.craft.negatives import ordinary_negatives
from creative_envs.melody.craft.ngram import BackoffTable
from creative_envs.melody.events import Events
from creative_envs.melody.fitted import mlp
from creative_envs.melody.vocabulary import METRES

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

FEWEST_WINDOWS: Final = 60
"""Fewer human windows say too little of the human range."""
FOLDS: Final = 4
ELITE_SHARE: Final = 0.5
"""Share of the negatives' weight given to works found by optimising earlier models."""
_RANDOM_WORKS: Final = 2000
_ANY_SCALE: Final = np.array([1.0, 2.0])
_SMALLEST: Final = 1e-9


class CraftFitter:
    """The steps of a fit, each of which uses the results of those before."""

    def __init__(
        self, windows: Any, family: ArrayLike | None = None, folds: int = FOLDS, seed: int = 0
    ) -> None:
        """Deals the windows into folds, and fits the n-gram models and the tables of typicality.

        Args:
            windows: human works of one size (`corpus.windows.Windows`).
            family: (n,) family of each window; windows of one family share a fold. The tune each
                was cut from by default.
            folds: how many folds.
            seed: seed of everything random.

        Raises:
            EmptyCorpus: too few windows.
        """
        self.works, self.bars = Events.of(windows), int(windows.bars)
        n = len(self.works.length)
        if n < FEWEST_WINDOWS:
            raise EmptyCorpus(
                f"craft needs at least {FEWEST_WINDOWS} human windows of {self.bars} bars to be "
                f"fitted to, got {n}: use a larger corpus"
            )
        self.rng = np.random.default_rng(seed)
        families, family_of = np.unique(
            windows.tune if family is None else np.asarray(family), return_inverse=True
        )
        self.fold = (self.rng.permutation(len(families)) % folds)[family_of]
        self.folds = [k for k in range(folds) if (self.fold == k).any()]
        self.metre = self.works.metre.astype(np.int64)
        self.table = fit_expectation(self.works)
        self.fold_tables = [fit_expectation(self._outside(k)) for k in self.folds]
        human = np.empty((n, N_FEATURES), np.float32)
        for k, table in zip(self.folds, self.fold_tables, strict=True):
            human[self.fold == k] = features(self._inside(k), self.bars, table)
        self.typicality = Typicality.fit(human, self.metre, len(METRES)).arrays

    def _inside(self, fold: int) -> Events:
        return self.works.take(self.fold == fold)

    def _outside(self, fold: int) -> Events:
        return self.works.take(self.fold != fold) if len(self.folds) > 1 else self.works

    def _encode(self, works: Events, table: BackoffTable) -> mlp.Sparse:
        n, room = len(works.length), encoding_room(self.bars)
        x = mlp.Sparse(
            np.zeros(n + 1, np.int64), np.zeros(n * room, np.int32), np.zeros(n * room, np.float32)
        )
        encode_works(works, self.bars, table, self.typicality, *x)
        entries = x.offset[-1]
        return mlp.Sparse(x.offset, x.place[:entries].copy(), x.value[:entries].copy())

    def arrays(self, elites: Events | None = None, discriminate: bool = True) -> CraftArrays:
        """Fits the discriminators, then the published scale.

        Args:
            elites: works found by optimising earlier models, to be told from human ones too.
            discriminate: whether to have discriminators at all.
        """
        if discriminate:
            discriminators, of_folds = self._discriminators(elites)
        else:
            discriminators, of_folds = no_discriminators(), [no_discriminators()] * len(self.folds)
        return self._scaled(discriminators, of_folds)

    def arrays_with(self, given: Discriminators, held_out: Events) -> CraftArrays:
        """Uses discriminators fitted to works of another size, calibrated anew.

        Args:
            given: the discriminators.
            held_out: human works of this size from families that they were not fitted to.
        """
        x = self._encode(held_out, self.table)
        log_odds = np.stack([head.logits(x) for head in split_heads(given)], axis=1)
        metre = held_out.metre.astype(np.int64)
        calibrated = join_heads(split_heads(given), log_odds, metre, len(METRES))
        return self._scaled(calibrated, [calibrated] * len(self.folds))

    def _scaled(
        self, discriminators: Discriminators, of_folds: list[Discriminators]
    ) -> CraftArrays:
        """The model with its published scale."""
        model = CraftArrays(self.table, self.typicality, discriminators, _ANY_SCALE)
        human = np.concatenate(
            [
                self._raw_log(self._inside(k), model._replace(table=table, discriminators=networks))
                for k, table, networks in zip(self.folds, self.fold_tables, of_folds, strict=True)
            ]
        )
        like = self.works.take(self.rng.integers(0, len(self.fold), _RANDOM_WORKS))
        random = self._raw_log(random_legal(like.metre, like.mode, self.bars, self.rng), model)
        return model._replace(scale=published_scale(human, random))

    def _raw_log(self, works: Events, model: CraftArrays) -> NDArray[np.float64]:
        craft = np.empty(len(works.length), np.float32)
        terms = np.empty((len(works.length), N_TERMS), np.float32)
        craft_kernel(*works, self.bars, model, craft, terms)
        logs = np.log(np.maximum(terms, _SMALLEST))
        return np.array([raw_log_craft(row) for row in logs])

    def _discriminators(self, elites: Events | None) -> tuple[Discriminators, list[Discriminators]]:
        """The published discriminators, and those fitted without each fold."""
        parts, weight, fold, human = self._samples(elites)
        x = mlp.Sparse.join(parts)
        log_odds = np.empty((len(self.fold), N_HEADS), np.float32)
        of_folds = []
        for k, own in zip(self.folds, parts, strict=False):
            heads = train_heads(x, human, weight, np.flatnonzero(fold != k), self.rng)
            log_odds[self.fold == k] = np.stack([h.logits(own) for h in heads], axis=1)
            of_folds.append(heads)
        heads = train_heads(x, human, weight, np.arange(x.rows), self.rng)
        n_metres = len(METRES)
        return join_heads(heads, log_odds, self.metre, n_metres), [
            join_heads(heads, log_odds, self.metre, n_metres) for heads in of_folds
        ]

    def _samples(
        self, elites: Events | None
    ) -> tuple[list[mlp.Sparse], Float32, Int64, NDArray[np.bool_]]:
        """Encodings, weights, folds and classes of the human windows by fold, then of negatives.

        Elites belong to no fold (-1): they are nobody's variants.
        """
        parts, folds = [], []
        for k, table in zip(self.folds, self.fold_tables, strict=True):
            parts.append(self._encode(self._inside(k), table))
            folds.append(np.full(parts[-1].rows, k))
        n_human = sum(part.rows for part in parts)
        for k, table in zip(self.folds, self.fold_tables, strict=True):
            works = ordinary_negatives(self._inside(k), self._outside(k), self.bars, self.rng)
            parts.append(self._encode(works, table))
            folds.append(np.full(parts[-1].rows, k))
        fold = np.concatenate(folds)
        weight = np.ones(len(fold), np.float32)
        n_negative = len(fold) - n_human
        if elites is not None and len(elites.length):
            parts.append(self._encode(elites, self.table))
            n = parts[-1].rows
            share = ELITE_SHARE / (1 - ELITE_SHARE)
            weight = np.concatenate([weight, np.full(n, share * n_negative / n, np.float32)])
            fold = np.concatenate([fold, np.full(n, -1)])
        human = np.arange(len(weight)) < n_human
        weight[human] *= weight[~human].sum() / n_human
        return parts, weight / weight.mean(), fold, human


def published_scale(human: NDArray[np.float64], random: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distances from perfect craft at which `kernel.published` has its two fixed values.

    Args:
        human: (n,) log of the raw craft of human windows.
        random: (m,) the same of random legal works.

    Returns:
        Negative medians of the two, shape (2,).
    """
    distance = max(-float(np.median(human)), 1e-3)
    return np.array([distance, max(-float(np.median(random)), 2 * distance)])
