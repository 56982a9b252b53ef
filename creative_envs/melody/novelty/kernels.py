"""Kernels that compare works with the reference library; `novelty` says what they mean.

Intervals are coded in five bits: 1 .. 31 for -15 .. 15 semitones (larger ones clipped) between
successive sounding notes, 0 for "no interval here" (padding, or the seam between two tunes). So
four intervals are a 20-bit number and twelve a 60-bit one, and both identify them exactly.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.corpus.raw import TICKS_PER_SIXTEENTH
from creative_envs.melody.vocabulary import REST

INTERVAL_BITS: Final = 5
WIDEST_INTERVAL: Final = 15
INTERVAL_ZERO: Final = WIDEST_INTERVAL + 1
"""Code of a repeated note."""
LARGEST_CODE: Final = (1 << INTERVAL_BITS) - 1

GRAM: Final = 4
"""Intervals in the units whose sets are compared (n = 4 retrieved variants of a tune best)."""
RUN: Final = 12
"""Shortest run of intervals shared with a tune that is looked for."""
LONGEST_PERIOD: Final = 4
"""A stretch of `RUN` intervals that only repeats at most this many is common stock, not a theme."""
BAR_NOTES: Final = 4
"""Notes from which a bar has enough content to have been copied."""

START_FLOOR: Final = 12
START_SHARE: Final = 0.35
"""Originality falls from 1 where the shared run is this long: the larger of a floor and a share."""
FULL_FLOOR: Final = 20
FULL_SHARE: Final = 0.6
"""... and is 0 where it is this long; a work of at least 12 intervals that is shared as a whole has
originality 0, unless it only repeats a short figure."""

DISGUISE: Final = 0.25
"""Distance between what is scored 0 (a thinly disguised copy) and 1 (a new human tune).

Eight-bar copies with a tenth of their notes ornamented lie at a median of .55, three quarters of
the new human tunes beyond .80: ``python -m creative_envs.melody.novelty.report`` measures both.
"""

EMPTY: Final = -1
"""Free slot of a hash table; keys are never negative."""

_GRAM_MASK = (1 << (GRAM * INTERVAL_BITS)) - 1
_RUN_MASK = (1 << (RUN * INTERVAL_BITS)) - 1
# Hashes wrap around, which only unsigned arithmetic may do in compiled code.
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_HASH_SEED = np.uint64(0x9E37)
_HASH_SHIFT = np.uint64(31)
_KEY_BITS = np.uint64((1 << 62) - 1)


class LibraryArrays(NamedTuple):
    """The reference library as the kernels read it."""

    gram_start: NDArray[np.int32]
    """(2**20 + 1,) where the entries of each gram begin in ``gram_window``."""
    gram_window: NDArray[np.integer[Any]]
    """(entries,) ranks of the windows that hold a gram; uint16 if all ranks fit, else int32."""
    size_start: NDArray[np.int32]
    """(largest set + 2,): windows of s different grams have ranks size_start[s] .. [s + 1] - 1."""
    window_of_rank: NDArray[np.int32]
    """(windows,) index of the window of each rank."""
    tune_intervals: NDArray[np.uint8]
    """(intervals,) codes of all tunes, with a 0 before, between and after them."""
    run_key: NDArray[np.int64]
    """(slots,) hash table of the stretches of `RUN` intervals."""
    run_start: NDArray[np.int32]
    """(slots, 2) first and end of the slot's entries in ``run_place``."""
    run_place: NDArray[np.int32]
    """(stretches,) where each begins in ``tune_intervals``."""
    bar_key: NDArray[np.int64]
    """(slots,) hash table of the library's bars."""


@njit(cache=True, nogil=True, error_model="numpy")
def score_works(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
    earlier: NDArray[np.float32],
    library: LibraryArrays,
    bars: int,
    new_distance: float,
    novelty: NDArray[np.float32],
    terms: NDArray[np.float32],
    nearest: NDArray[np.int32],
) -> None:
    """Scores works; writes ``novelty`` (n,), ``terms`` (n, 5) and ``nearest`` (n,).

    See `novelty.ReferenceLibrary.score`, which allocates what is written here.
    """
    n_events = pitch.shape[1]
    n_slots = 64
    while n_slots < 4 * n_events:
        n_slots *= 2
    codes = np.empty(n_events, np.uint8)
    own_codes = np.empty(n_events, np.uint8)
    grams = np.empty(n_events, np.int64)
    own_grams = np.empty(n_events, np.int64)
    gram_set = np.empty(n_slots, np.int64)
    own_set = np.empty(n_slots, np.int64)
    shared = np.empty(len(library.window_of_rank), np.uint8)
    bar_line = np.empty(bars + 1, np.int64)
    bar_keys = np.empty(bars, np.int64)
    for work in range(len(length)):
        novelty[work] = 0.0
        terms[work] = 0.0
        nearest[work] = -1
        n_codes = encode_intervals(pitch[work], length[work], codes)
        n_grams = _distinct_grams(codes, n_codes, gram_set, grams)
        if n_grams == 0:
            continue
        similarity, nearest[work] = _nearest_window(grams[:n_grams], library, shared)
        own_similarity = _nearest_own(
            earlier[work], gram_set, n_grams, own_codes, own_set, own_grams
        )
        run = _longest_run(codes, n_codes, library)
        original = originality(run, n_codes)
        distance = 1.0 - max(similarity, own_similarity)
        scaled = 1.0 - (new_distance - distance) / DISGUISE
        novelty[work] = min(1.0, max(0.0, scaled)) * original
        terms[work, 0] = 1.0 - similarity
        terms[work, 1] = 1.0 - own_similarity
        terms[work, 2] = run
        terms[work, 3] = original
        events = slice(0, length[work])
        terms[work, 4] = _copied_bars(
            pitch[work, events], duration[work, events], library.bar_key, bar_line, bar_keys
        )


@njit(cache=True, nogil=True, error_model="numpy")
def originality(run: int, n_intervals: int) -> float:
    """1 for a work of its own, 0 for a copy: what the longest shared run leaves, in [0, 1]."""
    full = min(max(FULL_FLOOR, FULL_SHARE * n_intervals), n_intervals)
    start = min(max(START_FLOOR, START_SHARE * n_intervals), full - 1.0)
    return min(1.0, max(0.0, (full - run) / (full - start)))


@njit(cache=True, nogil=True, error_model="numpy")
def encode_intervals(pitch: NDArray[np.int8], length: int, codes: NDArray[np.uint8]) -> int:
    """Writes the interval codes of one work, pads with 0; returns how many there are."""
    count = -1
    previous = 0
    for event in range(length):
        if pitch[event] == REST:
            continue
        height = int(pitch[event])
        if count >= 0:
            interval = min(WIDEST_INTERVAL, max(-WIDEST_INTERVAL, height - previous))
            codes[count] = interval + INTERVAL_ZERO
        previous = height
        count += 1
    count = max(0, count)
    codes[count:] = 0
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def decode_intervals(memory: NDArray[np.float32], codes: NDArray[np.uint8]) -> int:
    """Reads interval codes back from a work's memory; returns how many there are."""
    count = 0
    while count < len(codes) - 1:
        code = int(np.rint(memory[count] * LARGEST_CODE))
        if code == 0:
            break
        codes[count] = code
        count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def bar_contents(
    pitch: NDArray[Any],
    duration: NDArray[Any],
    unit: int,
    bar_line: NDArray[Any],
    keys: NDArray[np.int64],
) -> int:
    """Hashes what each bar with at least `BAR_NOTES` notes holds, whatever its transposition.

    A bar's content is the notes that start in it: onset in the bar, duration, and interval from
    the note before it in the bar. Different contents share a key once in about 10**18 pairs.

    Args:
        pitch: Events of one melody, shape (events,).
        duration: Their durations, shape (events,).
        unit: Ticks in a unit of ``duration``.
        bar_line: Ticks from the start to each bar line, increasing, shape (bars + 1,).
        keys: Written, shape (bars,) at least.

    Returns:
        How many keys were written.
    """
    found = 0
    bar = 0
    notes = 0
    key = 0
    onset = 0
    previous = 0
    for event in range(len(pitch)):
        while bar < len(bar_line) - 1 and onset >= bar_line[bar + 1]:
            found += notes >= BAR_NOTES
            bar += 1
            notes = 0
        if bar == len(bar_line) - 1:
            break
        length = int(duration[event]) * unit
        if pitch[event] != REST and onset >= bar_line[bar]:
            height = int(pitch[event])
            if notes == 0:
                key = 0
                previous = height
            key = _mix(key, onset - bar_line[bar])
            key = _mix(key, length)
            key = _mix(key, height - previous)
            keys[found] = key
            previous = height
            notes += 1
        onset += length
    return found + (notes >= BAR_NOTES)


@njit(cache=True, nogil=True, error_model="numpy")
def insert_all(table: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Puts keys into a hash table with free slots left; returns the slot of each."""
    slots = np.empty(len(keys), np.int64)
    for index in range(len(keys)):
        slots[index] = _slot(table, keys[index])
        table[slots[index]] = keys[index]
    return slots


@njit(cache=True, nogil=True, error_model="numpy")
def _slot(table: NDArray[np.int64], key: int) -> int:
    """Where a key is, or would be put, in an open-addressing table of a power of two slots."""
    mask = len(table) - 1
    slot = int((np.uint64(key) * _HASH_FACTOR) >> _HASH_SHIFT) & mask
    while table[slot] != EMPTY and table[slot] != key:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True, nogil=True, error_model="numpy")
def _mix(key: int, value: int) -> int:
    """Chains a value onto a hash of 62 bits."""
    mixed = (np.uint64(key) ^ (np.uint64(value) + _HASH_SEED)) * _HASH_FACTOR
    return int((mixed ^ (mixed >> _HASH_SHIFT)) & _KEY_BITS)


@njit(cache=True, nogil=True, error_model="numpy")
def is_periodic(run_key: int) -> bool:
    """Whether a stretch of `RUN` intervals repeats a cell of at most `LONGEST_PERIOD`."""
    for period in range(1, LONGEST_PERIOD + 1):
        shift = INTERVAL_BITS * period
        if (run_key >> shift) == (run_key & (_RUN_MASK >> shift)):
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _distinct_grams(
    codes: NDArray[np.uint8], n_codes: int, gram_set: NDArray[np.int64], grams: NDArray[np.int64]
) -> int:
    """Collects the different grams of a work as a hash set and as a list; returns how many."""
    gram_set[:] = EMPTY
    found = 0
    gram = 0
    for index in range(n_codes):
        gram = ((gram << INTERVAL_BITS) | codes[index]) & _GRAM_MASK
        if index < GRAM - 1:
            continue
        slot = _slot(gram_set, gram)
        if gram_set[slot] == EMPTY:
            gram_set[slot] = gram
            grams[found] = gram
            found += 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _jaccard(gram_set: NDArray[np.int64], n_grams: int, others: NDArray[np.int64]) -> float:
    """Jaccard similarity of a set of grams (hashed, of known size) and a list of distinct ones."""
    common = 0
    for gram in others:
        common += gram_set[_slot(gram_set, gram)] != EMPTY
    return common / (n_grams + len(others) - common)


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest_window(
    grams: NDArray[np.int64], library: LibraryArrays, shared: NDArray[np.uint8]
) -> tuple[float, int]:
    """Largest Jaccard similarity to any window, and that window (-1 if none shares a gram).

    Ranks are sorted by set size: among windows of one size the most shared grams win, which
    leaves one division per size. Ties go to the smaller set, then to the lower window index.
    """
    shared[:] = 0
    for gram in grams:
        for posting in range(library.gram_start[gram], library.gram_start[gram + 1]):
            shared[library.gram_window[posting]] += np.uint8(1)
    best = 0.0
    best_size = 0
    best_shared = np.uint8(0)
    for size in range(len(library.size_start) - 1):
        most = np.uint8(0)
        for count in shared[library.size_start[size] : library.size_start[size + 1]]:
            most = max(most, count)
        similarity = most / (len(grams) + size - most)
        if similarity > best:
            best = similarity
            best_size = size
            best_shared = most
    if best == 0.0:
        return 0.0, -1
    rank = library.size_start[best_size]
    while shared[rank] != best_shared:
        rank += 1
    return best, library.window_of_rank[rank]


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest_own(
    earlier: NDArray[np.float32],
    gram_set: NDArray[np.int64],
    n_grams: int,
    own_codes: NDArray[np.uint8],
    own_set: NDArray[np.int64],
    own_grams: NDArray[np.int64],
) -> float:
    """Largest Jaccard similarity to an earlier work of the episode (K - 1, 1 + M), 0 if none."""
    best = 0.0
    for slot in range(len(earlier)):
        if earlier[slot, 0] > 0.5:
            n_own = decode_intervals(earlier[slot, 1:], own_codes)
            n_own = _distinct_grams(own_codes, n_own, own_set, own_grams)
            best = max(best, _jaccard(gram_set, n_grams, own_grams[:n_own]))
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _copied_bars(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    known: NDArray[np.int64],
    bar_line: NDArray[np.int64],
    bar_keys: NDArray[np.int64],
) -> float:
    """Share of a work's bars whose content is known; the work fills its bars exactly."""
    bars = len(bar_keys)
    bar_ticks = TICKS_PER_SIXTEENTH * duration.sum() // bars
    for bar in range(bars + 1):
        bar_line[bar] = bar * bar_ticks
    copied = 0
    for bar in range(bar_contents(pitch, duration, TICKS_PER_SIXTEENTH, bar_line, bar_keys)):
        copied += known[_slot(known, bar_keys[bar])] != EMPTY
    return copied / bars


@njit(cache=True, nogil=True, error_model="numpy")
def _longest_run(codes: NDArray[np.uint8], n_codes: int, library: LibraryArrays) -> int:
    """Most successive intervals shared with one tune; 0 below `RUN`.

    Runs made of common stock alone (see `is_periodic`) do not count, but may be part of one.
    """
    tunes = library.tune_intervals
    longest = 0
    key = 0
    before_was_sought = False
    for last in range(n_codes):
        key = ((key << INTERVAL_BITS) | codes[last]) & _RUN_MASK
        first = last - RUN + 1
        if first < 0:
            continue
        if is_periodic(key):
            before_was_sought = False
            continue
        slot = _slot(library.run_key, key)
        if library.run_key[slot] != EMPTY:
            for entry in range(library.run_start[slot, 0], library.run_start[slot, 1]):
                place = library.run_place[entry]
                if before_was_sought and tunes[place - 1] == codes[first - 1]:
                    continue
                before = 0
                while before < first and tunes[place - before - 1] == codes[first - before - 1]:
                    before += 1
                after = RUN
                while first + after < n_codes and tunes[place + after] == codes[first + after]:
                    after += 1
                longest = max(longest, before + after)
        before_was_sought = True
    return longest
