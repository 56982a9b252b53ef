"""The craft model: fitted to human windows, and asked for scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.typicality import TypicalityArrays
from creative_envs.melody.corpus.tunes import TRAIN, VALID
from creative_envs.melody.corpus.tunes import load_default as load_tunes
from creative_envs.melody.corpus.windows import Windows, cut_windows
from creative_envs.melody.craft.discriminator import Discriminators
from creative_envs.melody.craft.fitting import CraftFitter
from creative_envs.melody.craft.kernel import N_TERMS, CraftArrays, craft_kernel
from creative_envs.melody.craft.ngram import build_table, table_entries
from creative_envs.melody.events import Events
from creative_envs.melody.fitted.stored import Arrays, read_arrays

Float32 = NDArray[np.float32]

FILE_NAME: Final = "craft8.npz"
SHIPPED_BARS: Final = 8
_HALF_PRECISION: Final = ("w1", "b1", "w2", "b2")


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

    def to_arrays(self) -> Arrays:
        """Everything, as arrays to store."""
        keys, values = table_entries(self.arrays.table)
        discriminators = self.arrays.discriminators._asdict()
        for name in _HALF_PRECISION:
            discriminators[name] = discriminators[name].astype(np.float16)
        return {
            "keys": keys,
            "values": values,
            **self.arrays.typicality._asdict(),
            **{f"discriminator_{name}": array for name, array in discriminators.items()},
            "scale": self.arrays.scale,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, bars: int) -> Self:
        """The inverse of `to_arrays`."""
        discriminators = {
            name: arrays[f"discriminator_{name}"].astype(np.float32)
            for name in Discriminators._fields
        }
        model = CraftArrays(
            table=build_table(arrays["keys"], arrays["values"]),
            typicality=TypicalityArrays(**{n: arrays[n] for n in TypicalityArrays._fields}),
            discriminators=Discriminators(**discriminators),
            scale=arrays["scale"],
        )
        return cls(model, bars)

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


def human_windows(bars: int, split: int) -> tuple[Windows, NDArray[np.int32]]:
    """Windows of one split of the shipped tunes, and the tune family of each."""
    book = load_tunes()
    tunes = book.select(book.split == split)
    windows = cut_windows(tunes, bars)
    return windows, tunes.family[windows.tune]


@lru_cache(maxsize=4)
def load_default(bars: int = SHIPPED_BARS) -> CraftModel:
    """The craft model of the shipped tunes for works of `bars` bars, loaded once.

    For eight bars it is read from a data file. For other sizes it is fitted at first use, in a few
    seconds, with the discriminators of the eight-bar model calibrated to that size.

    Raises:
        CorruptData: the data file is damaged.
        EmptyCorpus: there are too few windows of that size.
    """
    shipped = CraftModel.from_arrays(read_arrays(FILE_NAME), SHIPPED_BARS)
    if bars == SHIPPED_BARS:
        return shipped
    windows, family = human_windows(bars, TRAIN)
    held_out, _ = human_windows(bars, VALID)
    fitter = CraftFitter(windows, family)
    return CraftModel(fitter.arrays_with(shipped.arrays.discriminators, Events.of(held_out)), bars)
