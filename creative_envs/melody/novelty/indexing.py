"""The reference library as the kernels read it: where each 4-gram, run and bar occurs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.corpus.tunes import TuneBook
from creative_envs.melody.corpus.windows import Windows
from creative_envs.melody.novelty import kernels
from creative_envs.melody.vocabulary import REST

_TABLE_LOAD: Final = 0.6


def interval_codes(pitch: NDArray[np.int8], length: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Interval codes of each work, shape (n, E), padded with 0."""
    codes = np.empty(pitch.shape, np.uint8)
    for row, events, n in zip(codes, pitch, length, strict=True):
        kernels.encode_intervals(events, n, row)
    return codes


def stretches(codes: NDArray[np.uint8], size: int) -> NDArray[np.int64]:
    """Packs every ``size`` successive codes into one number; those with a 0 among them get -1.

    Args:
        codes: Interval codes, shape (..., E).
        size: Codes in a stretch.

    Returns:
        Shape (..., E - size + 1).
    """
    count = codes.shape[-1] - size + 1
    packed = np.zeros((*codes.shape[:-1], max(0, count)), np.int64)
    whole = np.ones(packed.shape, np.bool_)
    for offset in range(size):
        column = codes[..., offset : offset + max(0, count)]
        packed = packed << kernels.INTERVAL_BITS | column
        whole &= column > 0
    return np.where(whole, packed, -1)


def index_grams(
    windows: Windows,
) -> tuple[NDArray[np.int32], NDArray[np.integer[Any]], NDArray[np.int32], NDArray[np.int32]]:
    """The first four of `LibraryArrays`: which windows hold each gram, windows ranked by size."""
    grams = stretches(interval_codes(windows.pitch, windows.length), kernels.GRAM)
    window, place = np.nonzero(grams >= 0)
    n_grams = 1 << (kernels.GRAM * kernels.INTERVAL_BITS)
    window, gram = np.divmod(np.unique(window * n_grams + grams[window, place]), n_grams)
    size = np.bincount(window, minlength=len(windows))
    window_of_rank = np.argsort(size, kind="stable")
    rank_of_window = np.argsort(window_of_rank)
    by_gram = np.lexsort((rank_of_window[window], gram))
    rank_type = np.uint16 if len(windows) <= 1 << 16 else np.int32
    return (
        _starts(gram, n_grams),
        rank_of_window[window][by_gram].astype(rank_type),
        _starts(size, int(size.max()) + 1),
        window_of_rank.astype(np.int32),
    )


def _starts(values: NDArray[np.int64], n_values: int) -> NDArray[np.int32]:
    """Where each value's entries begin once the values are sorted, shape (n_values + 1,)."""
    counts = np.bincount(values, minlength=n_values)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int32)


def sounding_tunes(book: TuneBook) -> NDArray[np.int64]:
    """Indices of the tunes that have a note: those `LibraryArrays.tune_intervals` holds, in order.

    Every 0 there but the last begins one of them.
    """
    tune = np.repeat(np.arange(len(book.offset) - 1), np.diff(book.offset))
    return np.unique(tune[book.pitch != REST])


def index_runs(
    book: TuneBook,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """The next four: intervals of all tunes, and where each uncommon `RUN` of them occurs."""
    sounding = book.pitch != REST
    height = book.pitch[sounding].astype(np.int64)
    widest = kernels.WIDEST_INTERVAL
    codes = np.clip(np.diff(height, prepend=0), -widest, widest) + kernels.INTERVAL_ZERO
    tune = np.repeat(np.arange(len(book.offset) - 1), np.diff(book.offset))[sounding]
    codes[np.diff(tune, prepend=-1) != 0] = 0
    intervals = np.concatenate((codes, [0])).astype(np.uint8)
    stretch = stretches(intervals, kernels.RUN)
    place = np.flatnonzero((stretch >= 0) & ~periodic(stretch))
    place = place[np.argsort(stretch[place], kind="stable")]
    keys, first, count = np.unique(stretch[place], return_index=True, return_counts=True)
    table = _empty_table(len(keys))
    slots = kernels.insert_all(table, keys)
    bounds = np.zeros((len(table), 2), np.int32)
    bounds[slots] = np.stack((first, first + count), axis=1)
    return intervals, table, bounds, place.astype(np.int32)


def periodic(stretch: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which stretches of `RUN` intervals only repeat a short cell."""
    return np.fromiter((kernels.is_periodic(key) for key in stretch), np.bool_, len(stretch))


def index_bars(book: TuneBook) -> NDArray[np.int64]:
    """The last one: hash table of the bars of all tunes."""
    keys = np.empty(len(book.bar_line), np.int64)
    found = 0
    for tune in range(len(book)):
        events = slice(*book.offset[tune : tune + 2])
        lines = slice(*book.bar_offset[tune : tune + 2])
        found += kernels.bar_contents(
            book.pitch[events], book.ticks[events], 1, book.bar_line[lines], keys[found:]
        )
    distinct = np.unique(keys[:found])
    table = _empty_table(len(distinct))
    kernels.insert_all(table, distinct)
    return table


def _empty_table(n_keys: int) -> NDArray[np.int64]:
    """A hash table with room for so many keys: a power of two slots."""
    slots = 1 << int(np.ceil(np.log2(n_keys / _TABLE_LOAD + 2)))
    return np.full(slots, kernels.EMPTY, np.int64)
