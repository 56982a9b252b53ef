"""Build the tune collection that ships with the package, or a local one from more sources.

    python -m creative_envs.melody.corpus.build                                  # the shipped file
    python -m creative_envs.melody.corpus.build --collections essen --out essen.npz

It reads ABC files that come with the pip package music21 (`pip install creative-envs[corpus]`),
without importing it, and prints what was found, kept and left out. See data/PROVENANCE.md.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from creative_envs.core.errors import CreativeEnvsError, EmptyCorpus, MalformedTune
from creative_envs.core.streams import BROKEN_PIPE, flush, silence, words_of
from creative_envs.melody.corpus.abc import read_abc
from creative_envs.melody.corpus.admission import Tune, admit
from creative_envs.melody.corpus.binding import bind
from creative_envs.melody.corpus.fingerprint import SHIPPED_CORPUS_SHA256
from creative_envs.melody.corpus.tunes import SPLITS, TuneBook
from creative_envs.melody.corpus.windows import FATES, Fate, cut_with_fates
from creative_envs.melody.vocabulary import METRES, MODES

FOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "oneill": "oneills1850",
        "ryan": "ryansMammoth",
        "aird": "airdsAirs",
        "essen": "essenFolksong",
        "nottingham": "nottingham-dataset",
        "misc": "miscFolk",
    }
)
"""Folder of music21's corpus that holds each collection."""
SHIPPED_COLLECTIONS: Final = ("oneill", "ryan", "aird")
"""Public-domain tune books; the others are for local use, under their own terms."""
SHIPPED_FILE: Final = Path(__file__).parents[1] / "data" / "tunes.npz"


@dataclass(frozen=True)
class Gleaning:
    """What one collection yielded.

    Attributes:
        found: Tunes in its files, readable or not.
        tunes: Those that are usable.
        left_out: Number of the others, by reason.
    """

    found: int
    tunes: tuple[Tune, ...]
    left_out: Mapping[str, int]

    @property
    def corrected(self) -> int:
        """How many of the usable tunes had their declared key corrected."""
        return sum(tune.key_corrected for tune in self.tunes)


def corpus_folder() -> Path:
    """Folder of the corpus that comes with music21, found without importing it.

    Raises:
        EmptyCorpus: music21 is not installed.
    """
    spec = find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise EmptyCorpus("music21 is not installed; run: pip install 'creative-envs[corpus]'")
    return Path(spec.submodule_search_locations[0]) / "corpus"


def glean(collection: str) -> Gleaning:
    """Read all ABC files of a collection and keep the usable tunes, in the order of the files.

    Raises:
        EmptyCorpus: music21 is not installed or lacks the collection.
    """
    folder = corpus_folder() / FOLDERS[collection]
    paths = sorted(folder.rglob("*.abc"), key=lambda path: path.name)
    if not paths:
        raise EmptyCorpus(f"no ABC files in {folder}; install music21 with its corpus")
    tunes: list[Tune] = []
    left_out: Counter[str] = Counter()
    for path in tqdm(paths, desc=collection, unit="file", disable=None, leave=False):
        try:
            raw_tunes, faults = read_abc(path)
        except MalformedTune:
            left_out["malformed"] += 1
            continue
        left_out["malformed"] += len(faults)
        for raw in raw_tunes:
            tune = admit(raw, collection)
            if isinstance(tune, Tune):
                tunes.append(tune)
            else:
                left_out[tune] += 1
    return Gleaning(len(tunes) + left_out.total(), tuple(tunes), +left_out)


def build(collections: Sequence[str]) -> tuple[TuneBook, Mapping[str, Gleaning]]:
    """Make a book of these collections, and say what each yielded."""
    gleanings = {name: glean(name) for name in collections}
    return bind([tune for gleaning in gleanings.values() for tune in gleaning.tunes]), gleanings


def describe(book: TuneBook, gleanings: Mapping[str, Gleaning]) -> str:
    """The tables `main` prints: tunes by collection, metre, mode, split; families; windows."""
    reasons = sorted({reason for gleaning in gleanings.values() for reason in gleaning.left_out})
    lines = [_row("tunes", gleanings)]
    lines.append(_row("found", [gleaning.found for gleaning in gleanings.values()]))
    for reason in reasons:
        counts = [gleaning.left_out.get(reason, 0) for gleaning in gleanings.values()]
        lines.append(_row(f"- {reason}", counts))
    usable = [len(gleaning.tunes) for gleaning in gleanings.values()]
    kept = [int((book.collection == name).sum()) for name in gleanings]
    same = [before - after for before, after in zip(usable, kept, strict=True)]
    lines.append(_row("- same notes as another", same))
    lines.append(_row("kept", kept))
    lines.append(_row("key corrected", [g.corrected for g in gleanings.values()]))
    lines.append("")
    lines.append(_tally("metre", METRES, book.metre))
    lines.append(_tally("mode", MODES, book.mode))
    lines.append(_tally("split", SPLITS, book.split))
    sizes = np.sort(np.bincount(book.family))[::-1]
    singles = int((sizes == 1).sum())
    lines.append(f"families: {len(sizes)}, of one tune {singles}, largest {sizes[:5]}")
    lines.append("")
    lines.extend(_describe_windows(book))
    return "\n".join(lines)


def _describe_windows(book: TuneBook) -> list[str]:
    windows, fates = cut_with_fates(book)
    lines = [f"windows of {windows.bars} bars: {len(windows)} candidates"]
    for fate, meaning in FATES.items():
        count = int((fates == fate).sum())
        lines.append(f"  {meaning:<48}{count:>7}  {count / max(1, len(windows)):6.1%}")
    kept = windows[fates == Fate.KEPT]
    lines.append(_tally("  metre", METRES, kept.metre))
    lines.append(_tally("  mode", MODES, kept.mode))
    lines.append(_tally("  split", SPLITS, book.split[kept.tune]))
    lines.append(f"  all notes in the mode: {kept.in_mode().mean():.1%}")
    events = np.quantile(kept.length, (0, 0.5, 1)).astype(int)
    lines.append(f"  events (fewest, median, most): {events}")
    return lines


def _row(label: str, cells: Sequence[object] | Mapping[str, object]) -> str:
    return f"{label:<50}" + "".join(f"{cell!s:>12}" for cell in cells)


def _tally(label: str, names: Sequence[str], values: NDArray[np.int8]) -> str:
    counts = np.bincount(values, minlength=len(names))
    return f"{label}: " + ", ".join(f"{name} {n}" for name, n in zip(names, counts, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, describe and write a tune collection.

    Returns:
        The exit code: 0; 2 for a user's mistake or a file that cannot be written, told in a line;
        130 for Ctrl-C, 141 where whoever read the output has gone.
    """
    try:
        _run(arguments)
        flush()
    except BrokenPipeError:
        silence()
        return BROKEN_PIPE
    except (CreativeEnvsError, OSError) as error:
        told = words_of(error) if isinstance(error, OSError) else error
        print(f"build: error: {told}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing has been written.", file=sys.stderr)
        return 130
    return 0


def _run(arguments: Sequence[str] | None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m creative_envs.melody.corpus.build", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("--collections", nargs="+", choices=FOLDERS, default=SHIPPED_COLLECTIONS)
    parser.add_argument("--out", type=Path, help="file to write (needed for other collections)")
    options = parser.parse_args(arguments)
    is_shipped = tuple(options.collections) == SHIPPED_COLLECTIONS
    if not is_shipped and options.out is None:
        parser.error("other collections are for local use: name a file with --out")
    out: Path = options.out or SHIPPED_FILE

    book, gleanings = build(options.collections)
    print(describe(book, gleanings))
    book.save(out)
    print(f"\n{out}: {out.stat().st_size / 1000:.0f} kB, SHA-256 of the content {book.sha256}")
    if is_shipped and book.sha256 != SHIPPED_CORPUS_SHA256:
        print("This is not the hash in creative_envs/melody/corpus/fingerprint.py; if the change")
        print("is meant, record it there and raise the version of the melody environments.")


if __name__ == "__main__":
    sys.exit(main())
