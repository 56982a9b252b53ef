"""A tune as a file reader hands it over, before anything is decided about its use."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from creative_envs.core.errors import MalformedTune
from creative_envs.core.reading import read_plain
from creative_envs.melody.vocabulary import REST

TICKS_PER_SIXTEENTH: Final = 12
"""Resolution of a tune: triplets down to triplet thirty-seconds are whole numbers of ticks."""
TICKS_PER_WHOLE: Final = 16 * TICKS_PER_SIXTEENTH
MAX_EVENT_TICKS: Final = 2**15 - 1
"""Longest single note or rest (about 170 bars of 4/4); more is taken for damage."""
MAX_TUNE_EVENTS: Final = 50_000
"""Most notes and rests of one tune; more is taken for damage."""
MAX_TUNE_TICKS: Final = 4096 * TICKS_PER_WHOLE
"""Longest tune (4096 bars of 4/4); more is taken for damage."""
MAX_FILE_BYTES: Final = 32 * 2**20
"""Larger files are refused: no collection of tunes is that long."""

CHORDS: Final = "chords"
VOICES: Final = "several voices"
KEY_CHANGE: Final = "change of key"
METRE_CHANGE: Final = "change of metre"
OFF_TICK: Final = "durations finer than the tick"


@dataclass(frozen=True)
class RawTune:
    """One melody as written.

    Attributes:
        source: Name of the file it was read from.
        number: Its number or track within the file.
        title: First title, possibly empty.
        tonic: Pitch class 0..11 of the declared tonic, or None where none is declared.
        mode: Declared mode in lower case ("major", "dorian", "phrygian", ...), or None.
        metre: Numerator and denominator, or None for free metre.
        pitch: MIDI pitch of each event, `REST` for a rest; ties are merged.
        ticks: Duration of each event in ticks, TICKS_PER_SIXTEENTH to the sixteenth.
        bar_lines: Ticks from the start at which a bar line stands, ascending, without 0.
        remarks: What may make the tune unusable: CHORDS, VOICES, KEY_CHANGE, ...
    """

    source: str
    number: str
    title: str
    tonic: int | None
    mode: str | None
    metre: tuple[int, int] | None
    pitch: tuple[int, ...]
    ticks: tuple[int, ...]
    bar_lines: tuple[int, ...]
    remarks: frozenset[str] = field(default=frozenset())


def merge_rests(events: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join neighbouring rests of a list of (pitch, ticks) into one."""
    merged: list[tuple[int, int]] = []
    for pitch, ticks in events:
        if pitch == REST and merged and merged[-1][0] == REST:
            merged[-1] = (REST, merged[-1][1] + ticks)
        else:
            merged.append((pitch, ticks))
    return merged


def require_plausible(events: list[tuple[int, int]]) -> None:
    """Refuse a list of (pitch, ticks) that is too long for a tune.

    Raises:
        MalformedTune: One of the MAX_... limits above is exceeded.
    """
    if len(events) > MAX_TUNE_EVENTS:
        raise MalformedTune(f"more than {MAX_TUNE_EVENTS} notes")
    if any(ticks > MAX_EVENT_TICKS for _, ticks in events):
        raise MalformedTune("a note or rest lasts hundreds of bars")
    if sum(ticks for _, ticks in events) > MAX_TUNE_TICKS:
        raise MalformedTune("it is thousands of bars long")


def read_limited(path: Path) -> bytes:
    """Content of a file of at most MAX_FILE_BYTES.

    Raises:
        MalformedTune: The file is larger, cannot be read, or is a folder, pipe or device, which may
            never end.
    """
    try:
        return read_plain(path, MAX_FILE_BYTES)
    except OSError as error:
        raise MalformedTune(f"{path.name}: {error.strerror or error}") from error
