"""A corpus of one's own: every ABC and MIDI file in a folder."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from creative_envs.core.errors import EmptyCorpus, MalformedTune
from creative_envs.melody.corpus.abc import read_abc
from creative_envs.melody.corpus.admission import Tune, admit
from creative_envs.melody.corpus.binding import bind
from creative_envs.melody.corpus.midi import read_midi
from creative_envs.melody.corpus.raw import RawTune
from creative_envs.melody.corpus.tunes import SPLITS, TuneBook
from creative_envs.melody.vocabulary import METRES, MODES

MIN_TUNES: Final = 50
"""Fewest tunes that can serve as a reference and be split into train, valid and test."""
_ABC_SUFFIXES: Final = (".abc",)
_MIDI_SUFFIXES: Final = (".mid", ".midi")
_USABLE: Final = (
    f"Usable are melodies of a single voice in {', '.join(METRES)} or 2/2, in one key "
    f"({', '.join(MODES)}), with at least four complete bars, as .abc, .mid or .midi files."
)


def from_folder(path: str | os.PathLike[str]) -> TuneBook:
    """Make a book of all ABC and MIDI files in a folder and the folders within it.

    Files and tunes that cannot be read are skipped, with one warning that names them all.
    Families and splits are found as for the collection that ships with the package.

    Raises:
        EmptyCorpus: There is no such folder, or it holds fewer than MIN_TUNES usable tunes or none
            for one of the splits; the message counts what was left out and says what is usable.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise EmptyCorpus(f"{folder} is not a folder; name one that holds .abc or .mid files")
    tunes: list[Tune] = []
    left_out: Counter[str] = Counter()
    faults: list[str] = []
    for file in sorted(folder.rglob("*")):
        for raw in _read(file, faults):
            source = _as_text(file.relative_to(folder).as_posix())
            named = replace(raw, source=source, title=_as_text(raw.title))
            outcome = admit(named, collection=_as_text(folder.name))
            if isinstance(outcome, Tune):
                tunes.append(outcome)
            else:
                left_out[outcome] += 1
    if faults:
        listing = "\n  ".join(faults)
        warnings.warn(f"skipped what cannot be read in {folder}:\n  {listing}", stacklevel=2)
    left_out["unreadable"] = len(faults)
    _require_enough(len(tunes), folder, +left_out)
    book = bind(tunes)
    _require_enough(len(book), folder, left_out + Counter({"duplicate": len(tunes) - len(book)}))
    for split, name in enumerate(SPLITS):
        if not (book.split == split).any():
            raise EmptyCorpus(
                f"none of the {len(book)} tunes in {folder} fell to {name}: they are variants of "
                f"{len(set(book.family.tolist()))} different tunes, too few to split; add others"
            )
    return book


def _read(file: Path, faults: list[str]) -> list[RawTune]:
    """The tunes of a file (none if it is of another kind); adds to `faults` what went wrong."""
    suffix = file.suffix.lower()
    try:
        if suffix in _ABC_SUFFIXES:
            tunes, tune_faults = read_abc(file)
            faults.extend(str(fault) for fault in tune_faults)
            return tunes
        if suffix in _MIDI_SUFFIXES:
            return [read_midi(file)]
    except MalformedTune as fault:
        faults.append(str(fault))
    return []


def _as_text(name: str) -> str:
    """A name that no encoding fits, as old archives leave them, with marks for what is no text."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _require_enough(usable: int, folder: Path, left_out: Mapping[str, int]) -> None:
    if usable >= MIN_TUNES:
        return
    reasons = "; ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))
    raise EmptyCorpus(
        f"{folder} holds {usable} usable tunes, {MIN_TUNES} are needed"
        f"{f' (left out: {reasons})' if reasons else ''}. {_USABLE}"
    )
