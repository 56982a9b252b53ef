"""All that a corpus lends to scoring: its windows by split, briefs, craft model and library."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from creative_envs.core.arguments import shown
from creative_envs.core.errors import EmptyCorpus
from creative_envs.core.files import from_home
from creative_envs.melody.brief import (
    HIGHEST_CENTRE,
    LOWEST_CENTRE,
    Briefs,
    extract_briefs,
)
from creative_envs.melody.corpus.folder import from_folder
from creative_envs.melody.corpus.tunes import SPLITS, TuneBook, load_default
from creative_envs.melody.corpus.windows import Windows, cut_windows
from creative_envs.melody.craft import CraftModel
from creative_envs.melody.craft import load_default as load_default_craft
from creative_envs.melody.craft.model import FILE_NAME as CRAFT_FILE
from creative_envs.melody.events import Events
from creative_envs.melody.fitted.fingerprints import SHA256
from creative_envs.melody.novelty import ReferenceLibrary

Split = Literal["train", "valid", "test"]
DEFAULT_CORPUS: Final = "default"
DEFAULT_BARS: Final = 8
_FEWEST_WINDOWS: Final = 100
_SHORTER: Final = (4, 8)


@dataclass(frozen=True)
class Reference:
    """What melodies of one length are measured against.

    Attributes:
        windows: Windows of human tunes by split; no tune family is in two splits.
        briefs: The brief each window fulfils, by split.
        craft: The quality model; it has seen only the train split.
        library: What novelty is measured against: the train split.
        sha256: Digest of the data all of the above is computed from.
    """

    windows: Mapping[str, Windows]
    briefs: Mapping[str, Briefs]
    craft: CraftModel
    library: ReferenceLibrary
    sha256: str


@lru_cache(maxsize=8)
def load_reference(corpus: str = DEFAULT_CORPUS, bars: int = DEFAULT_BARS) -> Reference:
    """Loads (or builds, for a corpus of the user's) the reference; cached in the process.

    Args:
        corpus: "default", a folder of ABC and MIDI files, or a tune book built from them (.npz).
        bars: Length of the works.

    Raises:
        EmptyCorpus: There is no such folder, or too few usable windows in it.
        CorruptData: A shipped file is not what it was.
    """
    book = _load_book(corpus)
    books = {split: book.select(book.split == index) for index, split in enumerate(SPLITS)}
    windows = {split: _askable(cut_windows(part, bars=bars)) for split, part in books.items()}
    _require_windows(windows, book, corpus, bars)
    train, tunes = windows["train"], books["train"]
    if corpus == DEFAULT_CORPUS:
        craft = load_default_craft(bars)
    else:
        craft = CraftModel.fit(train, tunes.family[train.tune])
    return Reference(
        windows=windows,
        briefs={split: extract_briefs(*Events.of(w)) for split, w in windows.items()},
        craft=craft,
        library=ReferenceLibrary.build(train, tunes, windows["valid"]),
        sha256=_digest(book, corpus, bars),
    )


def _digest(book: TuneBook, corpus: str, bars: int) -> str:
    """Hash of what a reference is computed from.

    Not of what comes out: fitted numbers may differ between machines in their last bits.
    """
    shipped = SHA256[CRAFT_FILE] if corpus == DEFAULT_CORPUS else ""
    return hashlib.sha256(f"{book.sha256} {bars} {shipped}".encode()).hexdigest()


def _require_windows(
    windows: Mapping[str, Windows], book: TuneBook, corpus: str, bars: int
) -> None:
    """Raises `EmptyCorpus` unless there is enough to learn from and every split has a brief."""
    for split in SPLITS:
        found, needed = len(windows[split]), _FEWEST_WINDOWS if split == "train" else 1
        if found < needed:
            advice = "add tunes"
            if found:
                advice += f" (about {-(-len(book) * needed // found)} like these will do)"
            if shorter := ", ".join(str(length) for length in _SHORTER if length < bars):
                advice += f", or make shorter works (bars={shorter})"
            raise EmptyCorpus(
                f"{corpus}: only {found} windows of {bars} bars in the {split} split, {needed} "
                f"needed: {advice}."
            )


def _askable(windows: Windows) -> Windows:
    """The windows whose register a brief can ask for."""
    centre = extract_briefs(*Events.of(windows)).centre
    return windows[(centre >= LOWEST_CENTRE) & (centre <= HIGHEST_CENTRE)]


def _load_book(corpus: str) -> TuneBook:
    if corpus == DEFAULT_CORPUS:
        return load_default()
    path = from_home(corpus)
    try:
        return TuneBook.load(path) if path.suffix == ".npz" else from_folder(path)
    except OSError as error:
        raise EmptyCorpus(f"corpus {shown(corpus)} cannot be read: {error.strerror}") from error
