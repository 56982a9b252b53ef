"""Features of form: what returns, how exactly, and at what distance."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.craft.feature_names import (
    BAR_LIKENESS_BEST,
    BAR_LIKENESS_HALF,
    BAR_LIKENESS_NEAR,
    DISTINCT_BAR_RHYTHMS,
    DISTINCT_BAR_SHAPES,
    DISTINCT_BARS,
    INTERVAL_PAIR_ENTROPY,
    OPENING_RETURNS,
    REPEATED_4,
    REPEATED_8,
    REPEATED_INTERVALS_3,
)
from creative_envs.melody.craft.measures import COUNT_LOG
from creative_envs.melody.craft.notes import BAR, MAX_BAR, Notes
from creative_envs.melody.vocabulary import REST

Float32 = NDArray[np.float32]
UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]

MAX_LAG: Final = 8
"""Bars are compared with those at most this many bars before."""
_TABLE: Final = 512
_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(55)
_NEVER: Final = -1


class FormScratch(NamedTuple):
    """Working space for one work of at most E events and B bars."""

    tokens: UInt64
    """(E,) one code for each note or interval."""
    grid: NDArray[np.int8]
    """(B * MAX_BAR,) pitch of the note that begins at each sixteenth, or REST."""
    likeness: Float32
    """(B, B) likeness of every two bars, in the lower triangle."""
    onsets: Int64
    """(B,) notes that begin in each bar."""
    hashes: UInt64
    """(3, B) hash of each bar's rhythm, content and shape."""
    slots: UInt64
    """(_TABLE,) hash table: the n-gram in each slot."""
    place: NDArray[np.int16]
    """(_TABLE,) where that n-gram was first met, or _NEVER."""
    times: NDArray[np.int16]
    """(_TABLE,) how often it was met."""
    covered: NDArray[np.int8]
    """(E,) whether each note lies in a repeated n-gram."""


@njit(cache=True, nogil=True, error_model="numpy")
def new_form_scratch(n_events: int, bars: int) -> FormScratch:
    """Working space for works of at most `n_events` events in `bars` bars."""
    return FormScratch(
        tokens=np.zeros(n_events + 1, np.uint64),
        grid=np.zeros(bars * MAX_BAR, np.int8),
        likeness=np.zeros((bars, bars), np.float32),
        onsets=np.zeros(bars, np.int64),
        hashes=np.zeros((3, bars), np.uint64),
        slots=np.zeros(_TABLE, np.uint64),
        place=np.full(_TABLE, _NEVER, np.int16),
        times=np.zeros(_TABLE, np.int16),
        covered=np.zeros(n_events + 1, np.int8),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _mix(code: np.uint64, token: np.uint64) -> np.uint64:
    """Adds a token to a running hash."""
    mixed = (code ^ token) * _PRIME
    return mixed ^ (mixed >> np.uint64(29))


@njit(cache=True, nogil=True, error_model="numpy")
def _slot(code: np.uint64, scratch: FormScratch) -> np.int64:
    """The slot of an n-gram in the hash table, claimed if it is new."""
    slot = np.int64((code * _PRIME) >> _SHIFT)
    while scratch.place[slot] != _NEVER and scratch.slots[slot] != code:
        slot = np.int64((slot + 1) & (_TABLE - 1))
    return slot


@njit(cache=True, nogil=True, error_model="numpy")
def repeated_share(m: int, order: int, scratch: FormScratch) -> float:
    """Share of the first m tokens inside an n-gram that was met before without overlap."""
    if m < order + 1:
        return 0.0
    scratch.place[:] = _NEVER
    scratch.covered[:m] = 0
    for i in range(m - order + 1):
        code = np.uint64(1)
        for k in range(order):
            code = _mix(code, scratch.tokens[i + k])
        slot = _slot(code, scratch)
        if scratch.place[slot] == _NEVER:
            scratch.slots[slot] = code
            scratch.place[slot] = i
        elif i >= scratch.place[slot] + order:
            scratch.covered[i : i + order] = 1
    total = 0
    for i in range(m):
        total += scratch.covered[i]
    return total / m


@njit(cache=True, nogil=True, error_model="numpy")
def _pair_entropy(m: int, scratch: FormScratch) -> float:
    """Entropy in bits of the pairs of successive tokens."""
    if m < 2:
        return 0.0
    scratch.place[:] = _NEVER
    for i in range(m - 1):
        code = _mix(_mix(np.uint64(1), scratch.tokens[i]), scratch.tokens[i + 1])
        slot = _slot(code, scratch)
        if scratch.place[slot] == _NEVER:
            scratch.slots[slot] = code
            scratch.place[slot] = i
            scratch.times[slot] = 0
        scratch.times[slot] += 1
    inner = 0.0
    for k, place in enumerate(scratch.place):
        if place != _NEVER:
            inner += COUNT_LOG[scratch.times[k]]
    return float(np.log2(m - 1) - inner / (m - 1))


@njit(cache=True, nogil=True, error_model="numpy")
def repetition_features(notes: Notes, n: int, scratch: FormScratch, out: Float32) -> None:
    """How much of the work repeats earlier n-grams of intervals, with and without rhythm."""
    m = n - 1
    for i in range(m):
        scratch.tokens[i] = np.uint64((notes.interval[i + 1] + 128) << 4 | notes.symbol[i + 1])
    out[REPEATED_4] = repeated_share(m, 4, scratch)
    out[REPEATED_8] = repeated_share(m, 8, scratch)
    for i in range(m):
        scratch.tokens[i] = np.uint64(notes.interval[i + 1] + 128)
    out[REPEATED_INTERVALS_3] = repeated_share(m, 3, scratch)
    out[INTERVAL_PAIR_ENTROPY] = _pair_entropy(m, scratch)


@njit(cache=True, nogil=True, error_model="numpy")
def _hash_bars(notes: Notes, n: int, bars: int, bar_length: int, scratch: FormScratch) -> None:
    """Hashes each bar's rhythm, content and shape (rhythm with direction of motion)."""
    scratch.hashes[:, :bars] = 1
    for i in range(n):
        bar = notes.bar[i]
        place = np.uint64(notes.onset[i] % bar_length)
        content = place << np.uint64(8) | np.uint64(notes.pitch[i] + 128)
        shape = place << np.uint64(2)
        if i > 0 and notes.bar[i - 1] == bar:
            shape |= np.uint64(1 + np.sign(notes.interval[i]))
        scratch.hashes[0, bar] = _mix(scratch.hashes[0, bar], place)
        scratch.hashes[1, bar] = _mix(scratch.hashes[1, bar], content)
        scratch.hashes[2, bar] = _mix(scratch.hashes[2, bar], shape)


@njit(cache=True, nogil=True, error_model="numpy")
def _distinct_share(hashes: UInt64, bars: int) -> float:
    distinct = 0
    for i in range(bars):
        new = True
        for j in range(i):
            if hashes[j] == hashes[i]:
                new = False
                break
        distinct += int(new)
    return distinct / bars


@njit(cache=True, nogil=True, error_model="numpy")
def _compare_bars(notes: Notes, n: int, bars: int, bar_length: int, scratch: FormScratch) -> None:
    """Fills `likeness`: shared (place, pitch) onsets of two bars over all their onsets."""
    scratch.grid[: bars * bar_length] = REST
    scratch.onsets[:bars] = 0
    for i in range(n):
        scratch.grid[notes.onset[i]] = notes.pitch[i]
        scratch.onsets[notes.bar[i]] += 1
    for a in range(bars):
        for b in range(max(0, a - MAX_LAG), a):
            shared = 0
            for place in range(bar_length):
                pitch = scratch.grid[a * bar_length + place]
                same = pitch == scratch.grid[b * bar_length + place]
                shared += int(same and pitch != REST)
            either = scratch.onsets[a] + scratch.onsets[b] - shared
            scratch.likeness[a, b] = shared / max(either, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def bar_features(
    notes: Notes, n: int, metre: int, bars: int, scratch: FormScratch, out: Float32
) -> None:
    """How many bars differ, and how alike bars at each distance are."""
    bar_length = BAR[metre]
    _hash_bars(notes, n, bars, bar_length, scratch)
    out[DISTINCT_BAR_RHYTHMS] = _distinct_share(scratch.hashes[0], bars)
    out[DISTINCT_BARS] = _distinct_share(scratch.hashes[1], bars)
    out[DISTINCT_BAR_SHAPES] = _distinct_share(scratch.hashes[2], bars)
    _compare_bars(notes, n, bars, bar_length, scratch)
    best, near, half, opening = 0.0, 0.0, 0.0, 0.0
    for lag in range(1, min(MAX_LAG, bars - 1) + 1):
        total = 0.0
        for bar in range(lag, bars):
            total += scratch.likeness[bar, bar - lag]
        mean = total / (bars - lag)
        best = max(best, mean)
        near += 0.5 * mean if lag <= 2 else 0.0
        half = mean if 2 * lag == bars else half
        opening = max(opening, scratch.likeness[lag, 0])
    out[BAR_LIKENESS_BEST] = best
    out[BAR_LIKENESS_NEAR] = near
    out[BAR_LIKENESS_HALF] = half
    out[OPENING_RETURNS] = opening
