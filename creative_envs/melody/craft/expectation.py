"""How expected each note is: what the n-gram models see of a work, and what they say of it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.craft.ngram import (
    DEGREES,
    INTERVAL_LIMIT,
    INTERVALS,
    N_ORDERS,
    RHYTHM,
    VOCABULARY_SIZES,
    BackoffTable,
    UInt64,
    context_key,
    fit_table,
    information,
)
from creative_envs.melody.craft.notes import (
    BAR,
    DURATION_SYMBOL,
    LONGEST,
    MAJOR_THIRD,
    REST_SYMBOL,
    Int8,
    Int64,
    Notes,
    new_notes,
    read_notes,
)
from creative_envs.melody.events import Events
from creative_envs.melody.vocabulary import REST

Float64 = NDArray[np.float64]

_DEGREE_ORDERS = 4
_VOCABULARY = np.array(VOCABULARY_SIZES)


@njit(cache=True, nogil=True, error_model="numpy")
def interval_symbol(interval: int) -> int:
    """Symbol 0..24 of an interval."""
    return max(-INTERVAL_LIMIT, min(INTERVAL_LIMIT, interval)) + INTERVAL_LIMIT


@njit(cache=True, nogil=True, error_model="numpy")
def see_intervals(
    notes: Notes, n: int, mode: int, contexts: UInt64, symbols: Int64, orders: Int64
) -> int:
    """What the interval model sees: the degree left and the mode's third, then earlier intervals.

    Args:
        notes: the notes of the work.
        n: how many.
        mode: index into MODES.
        contexts: (E, N_ORDERS) filled with a key for each order.
        symbols: (E,) filled.
        orders: (E,) filled with the longest order there is a context for.

    Returns:
        Rows filled: n - 1.
    """
    third = MAJOR_THIRD[mode]
    history = 0
    for i in range(1, n):
        row = i - 1
        here = third << 4 | notes.degree[i - 1]
        contexts[row, 0] = context_key(INTERVALS, 0, 0)
        for order in range(1, N_ORDERS):
            past = history & ((1 << 5 * (order - 1)) - 1)
            contexts[row, order] = context_key(INTERVALS, order, past << 5 | here)
        symbols[row] = interval_symbol(notes.interval[i])
        orders[row] = min(N_ORDERS - 1, i)
        history = (history << 5 | symbols[row]) & 0xFFFFF
    return max(n - 1, 0)


@njit(cache=True, nogil=True, error_model="numpy")
def see_rhythm(
    pitch: Int8,
    duration: Int8,
    length: int,
    metre: int,
    contexts: UInt64,
    symbols: Int64,
    orders: Int64,
) -> int:
    """What the duration model sees: metre and place in the bar, then earlier durations."""
    history = 0
    time = 0
    for row in range(length):
        here = metre << 4 | time % BAR[metre]
        contexts[row, 0] = context_key(RHYTHM, 0, 0)
        for order in range(1, N_ORDERS):
            past = history & ((1 << 4 * (order - 1)) - 1)
            contexts[row, order] = context_key(RHYTHM, order, past << 6 | here)
        d = int(duration[row])
        symbols[row] = REST_SYMBOL if pitch[row] == REST else DURATION_SYMBOL[min(d, LONGEST)]
        orders[row] = min(N_ORDERS - 1, 1 + row)
        history = (history << 4 | symbols[row]) & 0xFFFF
        time += d
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def see_degrees(
    notes: Notes, n: int, mode: int, contexts: UInt64, symbols: Int64, orders: Int64
) -> int:
    """What the degree model sees: strength, length and the mode's third, then earlier degrees."""
    third = MAJOR_THIRD[mode]
    history = 0
    for row in range(n):
        here = (third << 3 | notes.strength[row]) << 2 | notes.symbol[row] >> 1
        contexts[row, 0] = context_key(DEGREES, 0, 0)
        for order in range(1, _DEGREE_ORDERS):
            past = history & ((1 << 4 * (order - 1)) - 1)
            contexts[row, order] = context_key(DEGREES, order, past << 6 | here)
        symbols[row] = notes.degree[row]
        orders[row] = min(_DEGREE_ORDERS - 1, 1 + row)
        history = (history << 4 | symbols[row]) & 0xFF
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def information_of(
    model: int,
    rows: int,
    contexts: UInt64,
    symbols: Int64,
    orders: Int64,
    table: BackoffTable,
    bits: Float64,
) -> None:
    """Information content, in bits, of each row one of the `see_` functions filled."""
    size = _VOCABULARY[model]
    for row in range(rows):
        bits[row] = information(contexts[row], orders[row], symbols[row], size, table)


@njit(cache=True, nogil=True, error_model="numpy")
def _observe(
    works: Events, notes: Notes, contexts: UInt64, symbols: Int64, orders: Int64, filled: Int64
) -> None:
    """Fills (3, total, ...) blocks with all that the models see in a batch of works."""
    for w in range(works.length.shape[0]):
        pitch, duration = works.pitch[w], works.duration[w]
        length, metre, mode = works.length[w], works.metre[w], works.mode[w]
        n = read_notes(pitch, duration, length, metre, notes)
        a, b, c = filled[INTERVALS], filled[RHYTHM], filled[DEGREES]
        filled[INTERVALS] += see_intervals(
            notes, n, mode, contexts[INTERVALS, a:], symbols[INTERVALS, a:], orders[INTERVALS, a:]
        )
        filled[RHYTHM] += see_rhythm(
            pitch,
            duration,
            length,
            metre,
            contexts[RHYTHM, b:],
            symbols[RHYTHM, b:],
            orders[RHYTHM, b:],
        )
        filled[DEGREES] += see_degrees(
            notes, n, mode, contexts[DEGREES, c:], symbols[DEGREES, c:], orders[DEGREES, c:]
        )


def fit_expectation(works: Events) -> BackoffTable:
    """Fits the three models to a batch of works."""
    total = int(works.length.sum())
    contexts = np.zeros((3, total, N_ORDERS), np.uint64)
    symbols, orders = np.zeros((3, total), np.int64), np.zeros((3, total), np.int64)
    filled = np.zeros(3, np.int64)
    _observe(works, new_notes(works.pitch.shape[1]), contexts, symbols, orders, filled)
    return fit_table(
        [(contexts[m, :rows], symbols[m, :rows], orders[m, :rows]) for m, rows in enumerate(filled)]
    )
