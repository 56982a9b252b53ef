"""The craft model: fitted to human windows, and asked for scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.melody.corpus.tunes import TRAIN, TuneBook
from creative_envs.melody.corpus.tunes import load_default as load_tunes
from creative_envs.melody.corpus.windows import Windows, cut_windows
from creative_envs.melody.craft.fitting import CraftFitter
from creative_envs.melody.craft.kernel import N_TERMS, CraftArrays, craft_kernel
from creative_envs.melody.events import Events

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class CraftModel:
    """How well a melody is made, as a plain set of arrays."""

    arrays: CraftArrays
    """What `craft_kernel` needs."""
    bars: int
    """Bars of the works it scores."""

    @classmethod
    def fit(
        cls,
        windows: Windows,
        family: ArrayLike | None = None,
        elites: Events | None = None,
        seed: int = 0,
    ) -> Self:
        """Fits a model to human windows; takes some ten seconds for a few thousand windows.

        Args:
            windows: human works of one size, at least `fitting.FEWEST_WINDOWS`.
            family: (n,) family of each window; variants of one tune belong to one family. The
                tune each window was cut from by default.
            elites: works found by optimising earlier models, to be told from human ones too.
            seed: seed of everything random.

        Raises:
            EmptyCorpus: too few windows.
        """
        return cls(CraftFitter(windows, family, seed=seed).arrays(elites), windows.bars)

    def score(
        self,
        pitch: ArrayLike,
        duration: ArrayLike,
        length: ArrayLike,
        metre: ArrayLike,
        mode: ArrayLike,
    ) -> tuple[Float32, Float32]:
        """Scores n works of `bars` bars; see `events.Events` for the arguments.

        Returns:
            craft (n,) and its terms (n, N_TERMS) in the order of TERM_NAMES, all in [0, 1].
        """
        lengths = np.ascontiguousarray(length, np.int32)
        craft = np.empty(len(lengths), np.float32)
        terms = np.empty((len(lengths), N_TERMS), np.float32)
        craft_kernel(
            np.ascontiguousarray(pitch, np.int8),
            np.ascontiguousarray(duration, np.int8),
            lengths,
            np.ascontiguousarray(metre, np.int8),
            np.ascontiguousarray(mode, np.int8),
            self.bars,
            self.arrays,
            craft,
            terms,
        )
        return craft, terms


def training_windows(bars: int, book: TuneBook | None = None) -> tuple[Windows, NDArray[np.int32]]:
    """Windows of the training tunes of a book (the shipped one by default), and their families."""
    book = book or load_tunes()
    train = book.select(book.split == TRAIN)
    windows = cut_windows(train, bars)
    return windows, train.family[windows.tune]


@lru_cache(maxsize=4)
def load_default(bars: int = 8) -> CraftModel:
    """The craft model of the shipped corpus for works of `bars` bars, loaded once."""
    windows, family = training_windows(bars)
    return CraftModel.fit(windows, family)
