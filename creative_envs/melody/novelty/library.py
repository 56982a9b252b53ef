"""Novelty of a melody: how far it lies from known tunes and from the episode's earlier works.

Three questions are asked of a work, all of them blind to transposition:

* How much of its melodic material is in any one reference work? The distance to a reference is
  1 - Jaccard similarity of the sets of interval 4-grams; it found variants of a tune better than
  eight other measures, edit distance included, at a hundredth of the cost. The references are
  8-bar windows of human tunes, works of the same size as the agent's own.
* Does it quote a tune at length? The longest run of successive intervals shared exactly with one
  whole tune, from any place of it, lowers `originality` from 1 to 0.
* Does it repeat one of the agent's earlier works of the episode? The same distance, to each.

    novelty = clip((smallest distance - a) / (b - a), 0, 1) x originality

where b is the distance that three quarters of new human tunes exceed and a, .25 below it, that of
thinly disguised copies: to be stranger than a human composer gains nothing (else randomness would
be rewarded).
A work of fewer than 5 sounding notes has no material to be new, and novelty 0.

Copied bars are reported, and not punished: human tunes share bars, too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import EmptyCorpus, InvalidArgument
from creative_envs.melody.corpus.tunes import TRAIN, VALID, TuneBook
from creative_envs.melody.corpus.tunes import load_default as load_book
from creative_envs.melody.corpus.windows import Windows, cut_windows
from creative_envs.melody.descriptors import N_DESCRIPTORS, descriptors, scale
from creative_envs.melody.novelty import kernels
from creative_envs.melody.novelty.indexing import (
    index_bars,
    index_grams,
    index_runs,
    interval_codes,
    sounding_tunes,
)
from creative_envs.melody.novelty.kernels import LibraryArrays, score_works
from creative_envs.melody.vocabulary import EVENTS_PER_BAR

TERM_NAMES: Final = (
    "library_distance",
    "own_distance",
    "longest_run",
    "originality",
    "copied_bars",
)
"""The columns of `Novelty.terms`.

library_distance: distance to the nearest reference window, in [0, 1].
own_distance: distance to the nearest earlier work of the episode, in [0, 1]; 1 if there is none.
longest_run: intervals shared in a row with one library tune; a count, 0 where it is below 12.
originality: what that run leaves, in [0, 1]; a factor of the novelty.
copied_bars: share of the work's bars that occur in a library tune note for note, perhaps
    transposed, in [0, 1]; bars of fewer than 4 notes are nobody's.
"""

NEW_QUANTILE: Final = 0.25
"""Share of new human tunes that are scored less than 1 by their distance."""
NEW_DISTANCE: Final = 0.8
"""Distance scored 1 where too few new tunes are at hand to measure it."""
FEWEST_HELD_OUT: Final = 40
"""Windows from which it is measured."""

_MOST_GRAMS = 255


@dataclass(frozen=True)
class Novelty:
    """What `ReferenceLibrary.score` gives for n works."""

    novelty: NDArray[np.float32]
    """(n,) in [0, 1]."""
    terms: NDArray[np.float32]
    """(n, 5) the columns named by `TERM_NAMES`."""
    nearest: NDArray[np.int32]
    """(n,) index of the nearest reference window, -1 where none shares a 4-gram."""


@dataclass(frozen=True)
class ReferenceLibrary:
    """A frozen set of human works and the tunes they come from, indexed for comparison."""

    arrays: LibraryArrays
    """What the kernels read; pass it to `kernels.score_works` to skip this class."""
    bars: int
    """Bars of the reference windows, and of the works to be scored."""
    new_distance: float
    """Distance from which a work is as new as human works are, in [.25, 1]."""
    title: NDArray[np.str_]
    """(windows,) title of the tune each window was cut from."""
    collection: NDArray[np.str_]
    """(windows,) collection it is printed in."""
    tune_source: NDArray[np.str_]
    """(tunes,) title and collection of each tune that has a note, in the order of the arrays."""
    sha256: str
    """Digest of everything that can influence a score."""

    @classmethod
    def build(
        cls, windows: Windows, book: TuneBook, held_out: Windows | None = None
    ) -> ReferenceLibrary:
        """Indexes reference windows and the tunes they were cut from.

        Args:
            windows: The reference works, ``windows.tune`` being indices into ``book``.
            book: The tunes among which long quotations and copied bars are looked for.
            held_out: New human works, of other tune families, whose distances set the scale of
                novelty; None or fewer than `FEWEST_HELD_OUT` for the scale of the shipped corpus.

        Raises:
            EmptyCorpus: There is no window.
            InvalidArgument: The windows are so long that one may have over 255 different 4-grams.
        """
        if len(windows) == 0:
            raise EmptyCorpus(
                "a reference library needs at least one window; "
                "give longer or more tunes, or ask for works of fewer bars"
            )
        if windows.pitch.shape[1] > _MOST_GRAMS:
            raise InvalidArgument(
                f"works of {windows.bars} bars are too long to compare; ask for at most "
                f"{_MOST_GRAMS // EVENTS_PER_BAR} bars"
            )
        arrays = LibraryArrays(
            *index_grams(windows),
            *index_runs(book),
            index_bars(book),
        )
        sounding = sounding_tunes(book).tolist()
        digest = hashlib.sha256()
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        library = cls(
            arrays=arrays,
            bars=windows.bars,
            new_distance=NEW_DISTANCE,
            title=np.asarray(book.title)[windows.tune],
            collection=np.asarray(book.collection)[windows.tune],
            tune_source=np.array([_source(book.title[t], book.collection[t]) for t in sounding]),
            sha256="",
        )
        new_distance = library._distance_of_new_works(held_out)
        digest.update(f"{windows.bars} {new_distance!r}".encode())
        return replace(library, new_distance=new_distance, sha256=digest.hexdigest())

    def _distance_of_new_works(self, held_out: Windows | None) -> float:
        """The distance that new human works exceed with few exceptions, at least `DISGUISE`."""
        if held_out is None or len(held_out) < FEWEST_HELD_OUT:
            return NEW_DISTANCE
        scored = self.score(held_out.pitch, held_out.duration, held_out.length)
        return max(float(np.quantile(scored.terms[:, 0], NEW_QUANTILE)), kernels.DISGUISE)

    def __len__(self) -> int:
        """The number of reference windows."""
        return len(self.title)

    def score(
        self,
        pitch: NDArray[np.int8],
        duration: NDArray[np.int8],
        length: NDArray[np.int32],
        earlier: NDArray[np.float32] | None = None,
    ) -> Novelty:
        """Scores finished works.

        Args:
            pitch: Semitones above the tonic or `REST`, shape (n, E).
            duration: Sixteenths, shape (n, E); a work fills ``self.bars`` bars.
            length: Events of each work, shape (n,).
            earlier: The episode's earlier works, shape (n, K - 1, 1 + M): a flag that is 1 where
                there is one, then its `memory`. None where there is none at all.

        Returns:
            Novelty, its terms and the nearest reference of each work.
        """
        n = len(length)
        if earlier is None:
            earlier = np.zeros((n, 0, 1 + memory_size(pitch.shape[1])), np.float32)
        novelty = np.empty(n, np.float32)
        terms = np.empty((n, len(TERM_NAMES)), np.float32)
        nearest = np.empty(n, np.int32)
        score_works(
            pitch,
            duration,
            length,
            earlier,
            self.arrays,
            self.bars,
            self.new_distance,
            novelty,
            terms,
            nearest,
        )
        return Novelty(novelty, terms, nearest)

    def source(self, window: int) -> str:
        """Names the tune a reference window was cut from, as in ``'Miss McLeod (ryans)'``."""
        return _source(self.title[window], self.collection[window])


def _source(title: str, collection: str) -> str:
    return f"{title} ({collection})"


@lru_cache(maxsize=4)
def load_default(bars: int = 8) -> ReferenceLibrary:
    """The library of the shipped corpus: its training split, scaled on its validation split."""
    book = load_book()
    train = book.select(book.split == TRAIN)
    held_out = cut_windows(book.select(book.split == VALID), bars=bars)
    return ReferenceLibrary.build(cut_windows(train, bars=bars), train, held_out)


def memory_size(n_events: int) -> int:
    """M, the length of a work's `memory`, for works of at most ``n_events`` events."""
    return n_events - 1 + N_DESCRIPTORS


def memory(
    pitch: NDArray[np.int8], duration: NDArray[np.int8], length: NDArray[np.int32]
) -> NDArray[np.float32]:
    """What must be known of a work to compare a later one with it.

    Args:
        pitch: Semitones above the tonic or `REST`, shape (n, E).
        duration: Sixteenths, shape (n, E).
        length: Events of each work, shape (n,).

    Returns:
        Shape (n, E - 1 + 6), in [0, 1]: the interval codes of `novelty.kernels` over 31 (0 where
        the intervals have ended), from which the distance is exactly recovered, and the scaled
        descriptors.
    """
    intervals = interval_codes(pitch, length)[:, :-1] / np.float32(kernels.LARGEST_CODE)
    described = scale(descriptors(pitch, duration, length))
    return np.concatenate((intervals, described), axis=1, dtype=np.float32)
