"""Which tunes are used: from a tune as written to one the environment can work with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from creative_envs.melody.corpus.keys import profile, settle_key
from creative_envs.melody.corpus.raw import (
    CHORDS,
    KEY_CHANGE,
    METRE_CHANGE,
    OFF_TICK,
    TICKS_PER_SIXTEENTH,
    VOICES,
    RawTune,
)
from creative_envs.melody.vocabulary import BAR_LENGTHS, METRES, MODES, REST

MIN_COMPLETE_BARS: Final = 4
"""Fewest complete bars in a row for a tune to be of use (the shortest work is this long)."""
_METRE_INDEX: Final = {
    **{tuple(int(part) for part in metre.split("/")): i for i, metre in enumerate(METRES)},
    (2, 2): METRES.index("4/4"),
}
_LOWEST_MIDI: Final = 36
_HIGHEST_MIDI: Final = 100
_LOWEST_CENTRE: Final = -5
_HIGHEST_CENTRE: Final = 19
"""Middles of a tune's range, semitones above the tonic, that are left as they are."""
_DISQUALIFYING: Final = (VOICES, CHORDS, METRE_CHANGE, KEY_CHANGE, OFF_TICK)


@dataclass(frozen=True)
class Tune:
    """A usable tune; the attributes are those of one row of a `TuneBook`."""

    collection: str
    id: str
    title: str
    pitch: tuple[int, ...]
    ticks: tuple[int, ...]
    bar_lines: tuple[int, ...]
    upbeats: tuple[int, ...]
    metre: int
    mode: int
    tonic: int
    pickup: int
    key_corrected: bool


def admit(raw: RawTune, collection: str) -> Tune | str:
    """Make a usable tune of one as written, or say why it is not usable.

    Rests at either end are cut off. Bar lines are regularised by `regular_bar_lines`. The key is
    corrected where the notes clearly contradict it (`keys.settle_key`).

    Returns:
        The tune, or the reason for leaving it out (short, the same for all tunes of its kind).
    """
    metre = _METRE_INDEX.get(raw.metre or ())
    if metre is None:
        return "metre other than " + ", ".join(METRES)
    if raw.tonic is None:
        return "no known key"
    if raw.mode is None or raw.mode not in MODES:
        return "mode other than " + ", ".join(MODES)
    for remark in _DISQUALIFYING:
        if remark in raw.remarks:
            return remark
    pitch, ticks, lead = _without_outer_rests(raw)
    sounding = [value for value in pitch if value != REST]
    if not sounding:
        return "no notes"
    if min(sounding) < _LOWEST_MIDI or max(sounding) > _HIGHEST_MIDI:
        return "pitches far outside a melody's range"
    bar_ticks = BAR_LENGTHS[metre] * TICKS_PER_SIXTEENTH
    written_lines = [line - lead for line in raw.bar_lines]
    bar_lines, upbeats = regular_bar_lines(written_lines, sum(ticks), bar_ticks)
    start, run = _first_and_longest_run(bar_lines, bar_ticks)
    if run < MIN_COMPLETE_BARS:
        return f"fewer than {MIN_COMPLETE_BARS} complete bars in a row"
    tonic, mode = settle_key(raw.tonic, raw.mode, sounding[-1], profile(pitch, ticks))
    zero = 60 + tonic + _octaves_from_register((min(sounding) + max(sounding)) / 2 - 60 - tonic)
    return Tune(
        collection=collection,
        id=f"{raw.source}#{raw.number}" if raw.number else raw.source,
        title=raw.title,
        pitch=tuple(REST if value == REST else value - zero for value in pitch),
        ticks=ticks,
        bar_lines=bar_lines,
        upbeats=upbeats,
        metre=metre,
        mode=MODES.index(mode),
        tonic=tonic,
        pickup=start,
        key_corrected=(tonic, mode) != (raw.tonic, raw.mode),
    )


def _octaves_from_register(centre: float) -> int:
    """Semitones, in whole octaves, by which a tune lies outside the usual register.

    Tunes for low or high instruments are moved into it: the brief's register is bounded.
    """
    if _LOWEST_CENTRE <= centre <= _HIGHEST_CENTRE:
        return 0
    outside = centre - (_LOWEST_CENTRE if centre < _LOWEST_CENTRE else _HIGHEST_CENTRE)
    octaves = math.ceil(abs(outside) / 12)
    return 12 * octaves if outside > 0 else -12 * octaves


def regular_bar_lines(
    bar_lines: list[int], end: int, bar_ticks: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Bar lines as a listener would count bars, and the upbeats before them.

    A repeat or double bar often stands within a bar, before an upbeat: it is no bar line, but the
    upbeat after it belongs to what follows. The last bar of a tune is short by the upbeat of its
    repetition: it is counted as complete, the missing upbeat with it. Where a bar line was
    forgotten, a stretch of several whole bars is divided.

    Args:
        bar_lines: Bar lines as written, in ticks, ascending.
        end: Length of the tune in ticks.
        bar_ticks: Length of a bar in ticks.

    Returns:
        The bar lines from 0 to the end of the last bar, which may lie after `end`; and for each
        the ticks before it that are an upbeat to what follows (0 for most).
    """
    lines, upbeats = [0], [0]
    written = sorted({line for line in bar_lines if 0 < line < end} | {end})
    upbeat = 0
    for line, following in zip(written, [*written[1:], None], strict=True):
        stretch = line - lines[-1]
        if following is not None and stretch < bar_ticks == following - lines[-1]:
            upbeat = following - line if 2 * (following - line) < bar_ticks else 0
            continue
        if following is None and bar_ticks < 2 * stretch < 2 * bar_ticks:
            upbeat = bar_ticks - stretch
        if stretch % bar_ticks == 0:
            divisions = range(lines[-1] + bar_ticks, line, bar_ticks)
            lines.extend(divisions)
            upbeats.extend([0] * len(divisions))
        at_end = following is None and upbeat > 0 and stretch < bar_ticks
        lines.append(line + upbeat if at_end else line)
        upbeats.append(upbeat)
        upbeat = 0
    return tuple(lines), tuple(upbeats)


def _without_outer_rests(raw: RawTune) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Pitches and ticks from the first note to the last, and the ticks of rest cut off before."""
    sounding = [i for i, pitch in enumerate(raw.pitch) if pitch != REST]
    if not sounding:
        return (), (), 0
    kept = slice(sounding[0], sounding[-1] + 1)
    return raw.pitch[kept], raw.ticks[kept], sum(raw.ticks[: sounding[0]])


def _first_and_longest_run(bar_lines: tuple[int, ...], bar_ticks: int) -> tuple[int, int]:
    """Ticks before the first complete bar, and the most complete bars in a row."""
    complete = np.diff(bar_lines) == bar_ticks
    if not complete.any():
        return 0, 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], complete, [0])).astype(int)))
    runs = edges[1::2] - edges[::2]
    return int(bar_lines[int(np.argmax(complete))]), int(runs.max())
