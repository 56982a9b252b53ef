"""Human works: windows of a few bars cut from tunes and projected onto what actions can write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.melody.corpus.raw import TICKS_PER_SIXTEENTH
from creative_envs.melody.corpus.tunes import TuneBook
from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    DURATIONS,
    EVENTS_PER_BAR,
    MODE_DEGREES,
    PITCH_SPAN,
    REST,
)

_IS_DURATION: Final = np.isin(np.arange(max(DURATIONS) + 1), DURATIONS)
"""Whether an action can write this many sixteenths."""
_IN_MODE: Final = np.array([np.isin(np.arange(12), degrees) for degrees in MODE_DEGREES])
"""bool (modes, 12): whether a mode uses this pitch class above the tonic."""


class Fate(IntEnum):
    """What became of a candidate window."""

    KEPT = 0
    OFF_GRID = 1
    DURATION = 2
    TOO_MANY_EVENTS = 3
    STARTS_WITH_REST = 4
    RANGE = 5
    DUPLICATE = 6


FATES: Final[Mapping[Fate, str]] = {
    Fate.KEPT: "kept",
    Fate.OFF_GRID: "off the sixteenth grid (triplets, thirty-seconds)",
    Fate.DURATION: "a duration no action can write",
    Fate.TOO_MANY_EVENTS: "too many notes",
    Fate.STARTS_WITH_REST: "starts with a rest",
    Fate.RANGE: "range above two octaves",
    Fate.DUPLICATE: "repeats another window of its tune",
}


@dataclass(frozen=True, eq=False)
class Windows:
    """n works of `bars` bars, as event arrays.

    Attributes:
        pitch: int8 (n, E), semitones above the tonic, `vocabulary.REST` for rests and padding.
        duration: int8 (n, E), sixteenths, 0 as padding.
        length: int32 (n,), number of events.
        metre: int8 (n,), index into `vocabulary.METRES`.
        mode: int8 (n,), index into `vocabulary.MODES`.
        tune: int32 (n,), index of the tune each window was cut from.
        bars: Bars in each window; E is EVENTS_PER_BAR times that.
    """

    pitch: NDArray[np.int8]
    duration: NDArray[np.int8]
    length: NDArray[np.int32]
    metre: NDArray[np.int8]
    mode: NDArray[np.int8]
    tune: NDArray[np.int32]
    bars: int

    def __len__(self) -> int:
        return len(self.length)

    def __getitem__(
        self, which: int | slice | NDArray[np.bool_] | NDArray[np.integer[Any]]
    ) -> Windows:
        """The windows an index, slice, boolean mask or index array picks (always as a batch)."""
        rows = np.atleast_1d(np.arange(len(self))[which])
        return Windows(
            pitch=self.pitch[rows],
            duration=self.duration[rows],
            length=self.length[rows],
            metre=self.metre[rows],
            mode=self.mode[rows],
            tune=self.tune[rows],
            bars=self.bars,
        )

    def in_mode(self) -> NDArray[np.bool_]:
        """Whether every note of a window is a degree of its mode: bool (n,)."""
        fits = _IN_MODE[self.mode[:, None], self.pitch % 12]
        return np.asarray((fits | (self.pitch == REST)).all(axis=1))


def cut_windows(book: TuneBook, bars: int = 8, stride_bars: int = 4) -> Windows:
    """Cut every tune into windows of complete bars and keep those that actions can write.

    Windows start on bar lines after the pickup, every `stride_bars` bars of each unbroken run of
    complete bars. A note that sounds across an edge of the window is cut there. Where a section
    ends with the window, the upbeat to the next section is left out and the last note is held in
    its place (or a rest stands there, where no action writes the longer note).

    Left out are windows with onsets off the sixteenth grid or durations outside DURATIONS, with
    more than EVENTS_PER_BAR events a bar or a range of more than two octaves, and windows that
    begin with a rest. Of equal windows of one tune the first is kept. Notes outside the mode do
    not matter here: see `Windows.in_mode`.
    """
    windows, fates = cut_with_fates(book, bars, stride_bars)
    return windows[fates == Fate.KEPT]


def cut_with_fates(
    book: TuneBook, bars: int = 8, stride_bars: int = 4
) -> tuple[Windows, NDArray[np.int8]]:
    """All candidate windows, in the order of the tunes, and the `Fate` of each: int8 (n,).

    The events of a candidate that is not KEPT or a DUPLICATE mean nothing.
    """
    tune, first_bar = _candidates(book, bars, stride_bars)
    candidates = Windows(
        pitch=np.full((len(tune), bars * EVENTS_PER_BAR), REST, np.int8),
        duration=np.zeros((len(tune), bars * EVENTS_PER_BAR), np.int8),
        length=np.zeros(len(tune), np.int32),
        metre=book.metre[tune],
        mode=book.mode[tune],
        tune=tune,
        bars=bars,
    )
    fates = np.zeros(len(tune), np.int8)
    _project_all(
        book.pitch,
        book.ticks.astype(np.int64),
        book.offset,
        book.bar_line,
        book.upbeat,
        tune,
        first_bar,
        bars,
        _IS_DURATION,
        candidates.pitch,
        candidates.duration,
        candidates.length,
        fates,
    )
    fates[_repeats(candidates) & (fates == Fate.KEPT)] = Fate.DUPLICATE
    return candidates, fates


def _candidates(
    book: TuneBook, bars: int, stride_bars: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Tune of every stretch of `bars` complete bars to consider, and its first bar line's index."""
    bar_ticks = np.array(BAR_LENGTHS) * TICKS_PER_SIXTEENTH
    tunes: list[int] = []
    starts: list[int] = []
    for tune in range(len(book)):
        begin, end = book.bar_offset[tune], book.bar_offset[tune + 1]
        complete = np.diff(book.bar_line[begin:end]) == bar_ticks[book.metre[tune]]
        run = 0
        for bar, is_complete in enumerate(complete):
            run = run + 1 if is_complete else 0
            if run >= bars and (run - bars) % stride_bars == 0:
                tunes.append(tune)
                starts.append(int(begin) + bar + 1 - bars)
    return np.array(tunes, np.int32), np.array(starts, np.int64)


def _repeats(windows: Windows) -> NDArray[np.bool_]:
    """Whether a window equals an earlier one of the same tune: bool (n,)."""
    rows = np.concatenate([windows.tune[:, None], windows.pitch, windows.duration], axis=1)
    repeated = np.ones(len(windows), np.bool_)
    repeated[np.unique(rows, axis=0, return_index=True)[1]] = False
    return repeated


@njit(cache=True, nogil=True, error_model="numpy")
def _project_all(
    pitch: NDArray[np.int8],
    ticks: NDArray[np.int64],
    offset: NDArray[np.int32],
    bar_line: NDArray[np.int32],
    upbeat: NDArray[np.int16],
    tune: NDArray[np.int32],
    first_bar: NDArray[np.int64],
    bars: int,
    is_duration: NDArray[np.bool_],
    out_pitch: NDArray[np.int8],
    out_duration: NDArray[np.int8],
    out_length: NDArray[np.int32],
    out_fate: NDArray[np.int8],
) -> None:
    """Project each candidate window; see `cut_windows` for the rules."""
    for i in range(len(tune)):
        begin, end = offset[tune[i]], offset[tune[i] + 1]
        last_bar = first_bar[i] + bars
        out_fate[i], out_length[i] = _project(
            pitch[begin:end],
            ticks[begin:end],
            bar_line[first_bar[i]],
            bar_line[last_bar] - upbeat[last_bar],
            bar_line[last_bar],
            is_duration,
            out_pitch[i],
            out_duration[i],
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _project(
    pitch: NDArray[np.int8],
    ticks: NDArray[np.int64],
    start: int,
    held_from: int,
    end: int,
    is_duration: NDArray[np.bool_],
    out_pitch: NDArray[np.int8],
    out_duration: NDArray[np.int8],
) -> tuple[int, int]:
    """Write the events of one tune between two ticks; from `held_from` on the last is held.

    Returns:
        The `Fate` of the window and its number of events.
    """
    # Not a literal: for one, Numba compiles all kernels that take it a second time.
    written = int(np.int64(0))
    lowest, highest = 127, -127
    longest = len(is_duration) - 1
    onset = 0
    for event in range(len(pitch)):
        begin = max(onset, start)
        onset += ticks[event]
        stop = min(onset, held_from)
        if stop <= begin:
            continue
        if (begin - start) % TICKS_PER_SIXTEENTH or (stop - start) % TICKS_PER_SIXTEENTH:
            return Fate.OFF_GRID, 0
        duration = (stop - begin) // TICKS_PER_SIXTEENTH
        if duration > longest or not is_duration[duration]:
            return Fate.DURATION, 0
        if written == len(out_pitch):
            return Fate.TOO_MANY_EVENTS, 0
        out_pitch[written] = pitch[event]
        out_duration[written] = duration
        written += 1
        if pitch[event] != REST:
            lowest, highest = min(lowest, pitch[event]), max(highest, pitch[event])
    if out_pitch[0] == REST:
        return Fate.STARTS_WITH_REST, 0
    if highest - lowest >= PITCH_SPAN:
        return Fate.RANGE, 0
    if (end - held_from) % TICKS_PER_SIXTEENTH:
        return Fate.OFF_GRID, 0
    remaining = (end - held_from) // TICKS_PER_SIXTEENTH
    return _hold(remaining, written, is_duration, out_pitch, out_duration)


@njit(cache=True, nogil=True, error_model="numpy")
def _hold(
    remaining: int,
    written: int,
    is_duration: NDArray[np.bool_],
    out_pitch: NDArray[np.int8],
    out_duration: NDArray[np.int8],
) -> tuple[int, int]:
    """Fill the remaining sixteenths by lengthening the last event, or else by a rest."""
    if remaining == 0:
        return Fate.KEPT, written
    held = out_duration[written - 1] + remaining
    if held < len(is_duration) and is_duration[held]:
        out_duration[written - 1] = held
        return Fate.KEPT, written
    if out_pitch[written - 1] == REST or not is_duration[remaining]:
        return Fate.DURATION, 0
    if written == len(out_pitch):
        return Fate.TOO_MANY_EVENTS, 0
    out_pitch[written] = REST
    out_duration[written] = remaining
    return Fate.KEPT, written + 1
