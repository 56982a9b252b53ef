"""All features of one work, in one kernel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.craft.expectation import (
    information_of,
    see_degrees,
    see_intervals,
    see_rhythm,
)
from creative_envs.melody.craft.feature_names import (
    DEGREE_INFORMATION,
    DEGREE_INFORMATION_SPREAD,
    DURATION_INFORMATION,
    DURATION_INFORMATION_SPREAD,
    INTERVAL_INFORMATION,
    INTERVAL_INFORMATION_PEAK,
    INTERVAL_INFORMATION_SPREAD,
    LEAST_SURPRISING_BAR,
    MOST_SURPRISING_BAR,
    N_FEATURES,
)
from creative_envs.melody.craft.form_features import (
    FormScratch,
    bar_features,
    new_form_scratch,
    repetition_features,
)
from creative_envs.melody.craft.ngram import (
    DEGREES,
    INTERVALS,
    N_ORDERS,
    RHYTHM,
    BackoffTable,
    UInt64,
)
from creative_envs.melody.craft.notes import BAR, Int8, Int64, Notes, new_notes, read_notes
from creative_envs.melody.craft.pitch_features import (
    contour_features,
    motion_features,
    range_features,
    tonality_features,
)
from creative_envs.melody.craft.time_features import (
    cadence_features,
    metre_features,
    rhythm_features,
)
from creative_envs.melody.events import Events

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_COUNTS = 256


class Scratch(NamedTuple):
    """Everything the features of one work need beside it; made once for many works."""

    notes: Notes
    form: FormScratch
    contexts: UInt64
    symbols: Int64
    orders: Int64
    bits: Float64
    """(3, E) information content of each interval, duration and degree."""
    counts: Int64
    moments: Float64
    heights: Float64
    weights: Float64


@njit(cache=True, nogil=True, error_model="numpy")
def new_scratch(n_events: int, bars: int) -> Scratch:
    """Working space for works of at most `n_events` events in `bars` bars."""
    return Scratch(
        notes=new_notes(n_events),
        form=new_form_scratch(n_events, bars),
        contexts=np.zeros((n_events, N_ORDERS), np.uint64),
        symbols=np.zeros(n_events, np.int64),
        orders=np.zeros(n_events, np.int64),
        bits=np.zeros((3, n_events), np.float64),
        counts=np.zeros(_COUNTS, np.int64),
        moments=np.zeros(6),
        heights=np.zeros(bars),
        weights=np.zeros(bars),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_spread_peak(bits: Float64, m: int) -> tuple[float, float, float]:
    """Mean, standard deviation and fourth-power mean of the first m values; zeros if none."""
    if m == 0:
        return 0.0, 0.0, 0.0
    total, square, fourth = 0.0, 0.0, 0.0
    for i in range(m):
        x = bits[i]
        total += x
        square += x * x
        fourth += x * x * x * x
    mean = total / m
    spread = np.sqrt(max(square / m - mean * mean, 0.0))
    return mean, spread, np.sqrt(np.sqrt(fourth / m))


@njit(cache=True, nogil=True, error_model="numpy")
def _surprise_of_bars(notes: Notes, n: int, bars: int, scratch: Scratch, out: Float32) -> None:
    """Mean interval information of the most and of the least surprising bar."""
    scratch.heights[:] = 0.0
    scratch.weights[:] = 0.0
    for i in range(1, n):
        scratch.heights[notes.bar[i]] += scratch.bits[INTERVALS, i - 1]
        scratch.weights[notes.bar[i]] += 1.0
    most, least = 0.0, 20.0
    for bar in range(bars):
        if scratch.weights[bar] > 0:
            mean = scratch.heights[bar] / scratch.weights[bar]
            most, least = max(most, mean), min(least, mean)
    out[MOST_SURPRISING_BAR] = most
    out[LEAST_SURPRISING_BAR] = least


@njit(cache=True, nogil=True, error_model="numpy")
def statistics_features(
    pitch: Int8,
    duration: Int8,
    length: int,
    metre: int,
    mode: int,
    bars: int,
    n: int,
    table: BackoffTable,
    scratch: Scratch,
    out: Float32,
) -> None:
    """How expected the work is, and how evenly so."""
    notes, contexts, symbols, orders = (
        scratch.notes,
        scratch.contexts,
        scratch.symbols,
        scratch.orders,
    )
    rows = see_intervals(notes, n, mode, contexts, symbols, orders)
    bits = scratch.bits[INTERVALS]
    information_of(INTERVALS, rows, contexts, symbols, orders, table, bits)
    mean, spread, peak = _mean_spread_peak(bits, rows)
    out[INTERVAL_INFORMATION] = mean
    out[INTERVAL_INFORMATION_SPREAD] = spread
    out[INTERVAL_INFORMATION_PEAK] = peak
    _surprise_of_bars(notes, n, bars, scratch, out)
    rows = see_rhythm(pitch, duration, length, metre, contexts, symbols, orders)
    bits = scratch.bits[RHYTHM]
    information_of(RHYTHM, rows, contexts, symbols, orders, table, bits)
    mean, spread, _ = _mean_spread_peak(bits, rows)
    out[DURATION_INFORMATION] = mean
    out[DURATION_INFORMATION_SPREAD] = spread
    rows = see_degrees(notes, n, mode, contexts, symbols, orders)
    bits = scratch.bits[DEGREES]
    information_of(DEGREES, rows, contexts, symbols, orders, table, bits)
    mean, spread, _ = _mean_spread_peak(bits, rows)
    out[DEGREE_INFORMATION] = mean
    out[DEGREE_INFORMATION_SPREAD] = spread


@njit(cache=True, nogil=True, error_model="numpy")
def work_features(
    pitch: Int8,
    duration: Int8,
    length: int,
    metre: int,
    mode: int,
    bars: int,
    table: BackoffTable,
    scratch: Scratch,
    out: Float32,
) -> int:
    """Features of one work.

    Args:
        pitch: (E,) event pitches.
        duration: (E,) event durations.
        length: events.
        metre: index into METRES.
        mode: index into MODES.
        bars: bars of the work.
        table: n-gram models.
        scratch: working space; `scratch.notes` holds the work's notes afterwards.
        out: (N_FEATURES,) filled; all 0 for a work without notes.

    Returns:
        How many notes sound.
    """
    notes = scratch.notes
    n = read_notes(pitch, duration, length, metre, notes)
    if n == 0:
        out[:] = 0.0
        return 0
    time = bars * BAR[metre]
    statistics_features(pitch, duration, length, metre, mode, bars, n, table, scratch, out)
    tonality_features(notes, n, mode, scratch.counts, out)
    motion_features(notes, n, scratch.counts, scratch.moments, out)
    range_features(notes, n, scratch.counts, out)
    contour_features(notes, n, bars, time, scratch.heights, scratch.weights, scratch.moments, out)
    cadence_features(notes, n, time, out)
    metre_features(notes, n, metre, bars, scratch.moments, out)
    rhythm_features(notes, n, bars, time, scratch.counts, out)
    repetition_features(notes, n, scratch.form, out)
    bar_features(notes, n, metre, bars, scratch.form, out)
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _batch_features(
    works: Events, bars: int, table: BackoffTable, scratch: Scratch, out: Float32
) -> None:
    for w in range(works.length.shape[0]):
        work_features(
            works.pitch[w],
            works.duration[w],
            works.length[w],
            works.metre[w],
            works.mode[w],
            bars,
            table,
            scratch,
            out[w],
        )


def features(works: Events, bars: int, table: BackoffTable) -> Float32:
    """Features (n, N_FEATURES) of a batch of works of `bars` bars each."""
    out = np.zeros((len(works.length), N_FEATURES), np.float32)
    _batch_features(works, bars, table, new_scratch(works.pitch.shape[1], bars), out)
    return out
