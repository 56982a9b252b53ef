"""Interpolated n-gram models of intervals, durations and degrees, as one back-off hash table.

Three models tell how expected each event of a melody is, given what came before:

* the **interval** to a note, given the degree it leaves, the mode's third, and up to four earlier
  intervals;
* the **duration** of an event, given metre, exact position in the bar and up to four earlier
  durations;
* the **degree** of a note, given metrical strength, its length class, the mode's third and up to
  two earlier degrees.

Orders are interpolated by Witten and Bell's method C: in a context seen n times with t different
symbols, ``P(s | context) = (count(s) + t P(s | shorter context)) / (n + t)``. Written as
back-off, every seen (context, symbol) has its final log-probability in the table, and every seen
context has the weight t / (n + t) by which an unseen symbol's shorter-context probability is
multiplied: most notes need one to three look-ups.

Source: I. H. Witten and T. C. Bell, "The zero-frequency problem", IEEE Trans. Inf. Theory 37
(1991); for melody, D. Conklin and I. H. Witten, "Multiple viewpoint systems" (1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

UInt64 = NDArray[np.uint64]
Float32 = NDArray[np.float32]

INTERVAL_LIMIT: Final = 12
"""Intervals are clipped to an octave up or down."""
N_ORDERS: Final = 6
"""Contexts of a symbol: order 0 (none) up to five items."""
VOCABULARY_SIZES: Final = (25, 9, 12)
"""Symbols of the interval, duration (the ninth is a rest) and degree models."""
INTERVALS, RHYTHM, DEGREES = range(3)

CONTEXT_ONLY: Final = 31
"""Symbol field of the entry that holds a context's back-off weight."""
_SYMBOL_BITS: Final = 5
_EMPTY: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_PRUNED_FROM_ORDER: Final = 3
_LOAD: Final = 0.5


class BackoffTable(NamedTuple):
    """Open-addressing hash table (linear probing) of log2-probabilities and back-off weights."""

    keys: UInt64
    """(S,) entries `context | symbol`, S a power of two."""
    values: Float32
    """(S,) log2 of a probability, or of a back-off weight where the symbol is CONTEXT_ONLY."""


@njit(cache=True, nogil=True, error_model="numpy")
def context_key(model: int, order: int, items: int) -> np.uint64:
    """Packs a context exactly: 2 bits model, 3 bits order, then up to 54 bits of items."""
    packed = (np.uint64(items) << np.uint64(3)) | np.uint64(order)
    return ((packed << np.uint64(2)) | np.uint64(model)) << np.uint64(_SYMBOL_BITS)


@njit(cache=True, nogil=True, error_model="numpy")
def _find(key: np.uint64, table: BackoffTable) -> np.int64:
    """Slot of a key, or -1."""
    mask = np.uint64(table.keys.shape[0] - 1)
    slot = ((key * _MULTIPLIER) >> np.uint64(32)) & mask
    while True:
        held = table.keys[slot]
        if held == key:
            return np.int64(slot)
        if held == _EMPTY:
            return np.int64(-1)
        slot = (slot + np.uint64(1)) & mask


@njit(cache=True, nogil=True, error_model="numpy")
def information(
    contexts: UInt64, order: int, symbol: int, vocabulary_size: int, table: BackoffTable
) -> float:
    """Information content of a symbol, -log2 P(symbol | context), in bits.

    Args:
        contexts: (N_ORDERS,) keys of the context, one for each order.
        order: the longest order that has a context here.
        symbol: the symbol met.
        vocabulary_size: symbols there are; an unseen one is uniform at last.
        table: the fitted table.
    """
    bits = 0.0
    for k in range(order, -1, -1):
        slot = _find(contexts[k] | np.uint64(symbol), table)
        if slot >= 0:
            return float(bits - table.values[slot])
        slot = _find(contexts[k] | np.uint64(CONTEXT_ONLY), table)
        if slot >= 0:
            bits -= table.values[slot]
    return float(bits + np.log2(vocabulary_size))


@njit(cache=True, nogil=True, error_model="numpy")
def _insert(keys: UInt64, values: Float32, table: BackoffTable) -> None:
    mask = np.uint64(table.keys.shape[0] - 1)
    for i in range(keys.shape[0]):
        slot = ((keys[i] * _MULTIPLIER) >> np.uint64(32)) & mask
        while table.keys[slot] != _EMPTY:
            slot = (slot + np.uint64(1)) & mask
        table.keys[slot] = keys[i]
        table.values[slot] = values[i]


def build_table(keys: UInt64, values: Float32) -> BackoffTable:
    """Puts distinct entries (in this order, so that equal entries give equal tables) in a table."""
    size = 1 << int(np.ceil(np.log2(max(len(keys), 8) / _LOAD)))
    table = BackoffTable(np.full(size, _EMPTY), np.zeros(size, np.float32))
    _insert(keys, values, table)
    return table


def table_entries(table: BackoffTable) -> tuple[UInt64, Float32]:
    """The entries of a table sorted by key: its compact, reproducible form."""
    filled = np.flatnonzero(table.keys != _EMPTY)
    filled = filled[np.argsort(table.keys[filled])]
    return table.keys[filled], table.values[filled]


def witten_bell(
    contexts: UInt64,
    symbols: NDArray[np.int64],
    orders: NDArray[np.int64],
    vocabulary_size: int,
    minimum_count: int = 2,
) -> tuple[UInt64, Float32]:
    """Estimates one model from its observed (context, symbol) pairs.

    Args:
        contexts: (N, N_ORDERS) context keys; columns beyond a row's order are ignored.
        symbols: (N,) symbols met.
        orders: (N,) longest order each row has a context for.
        vocabulary_size: symbols there are.
        minimum_count: contexts of order 3 and more met fewer times are left out.

    Returns:
        Keys and values of the entries, both (M,).
    """
    all_keys: list[UInt64] = []
    all_values: list[Float32] = []
    lower = np.full(len(symbols), 1.0 / vocabulary_size)
    for order in range(N_ORDERS):
        rows = np.flatnonzero(orders >= order)
        if len(rows) == 0:
            break
        context, context_of = np.unique(contexts[rows, order], return_inverse=True)
        n = np.bincount(context_of)
        full, first, full_of, counts = np.unique(
            contexts[rows, order] | symbols[rows].astype(np.uint64),
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        owner = context_of[first]
        types = np.bincount(owner, minlength=len(context))
        weight = types / (n + types)
        probability = counts / (n + types)[owner] + weight[owner] * lower[rows[first]]
        kept = n >= (minimum_count if order >= _PRUNED_FROM_ORDER else 1)
        all_keys += [full[kept[owner]], (context | np.uint64(CONTEXT_ONLY))[kept]]
        all_values += [
            np.log2(probability[kept[owner]]).astype(np.float32),
            np.log2(weight[kept]).astype(np.float32),
        ]
        lower[rows] = np.where(kept[context_of], probability[full_of], lower[rows])
    return np.concatenate(all_keys), np.concatenate(all_values)


def fit_table(
    models: Sequence[tuple[UInt64, NDArray[np.int64], NDArray[np.int64]]],
) -> BackoffTable:
    """Fits the three models from their (contexts, symbols, orders) and tabulates them together."""
    estimates = [
        witten_bell(contexts, symbols, orders, size)
        for (contexts, symbols, orders), size in zip(models, VOCABULARY_SIZES, strict=True)
    ]
    keys = np.concatenate([keys for keys, _ in estimates])
    values = np.concatenate([values for _, values in estimates])
    order = np.argsort(keys)
    return build_table(keys[order], values[order])
