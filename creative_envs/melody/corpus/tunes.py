"""TuneBook: a collection of usable tunes in columns, and the one that ships with the package."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from creative_envs.core.errors import CorruptData, reason_of
from creative_envs.core.files import write_atomically
from creative_envs.core.reading import read_plain
from creative_envs.melody.corpus.fingerprint import SHIPPED_CORPUS_SHA256

TRAIN: Final = 0
VALID: Final = 1
TEST: Final = 2
SPLITS: Final = ("train", "valid", "test")

_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Every file is written with the same date, so that equal books are equal files."""
_MOST_BYTES: Final = 2**28
"""Of a stored book; a hundred thousand tunes take less."""

Text = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class TuneBook:
    """n tunes in columns; arrays are read-only.

    Events of tune i are `offset[i]:offset[i + 1]`, its bar lines `bar_offset[i]:bar_offset[i + 1]`.

    Attributes:
        pitch: int8 (events,), semitones above the tonic, or `vocabulary.REST`.
        ticks: int16 (events,), durations, 12 ticks to the sixteenth.
        offset: int32 (n + 1,).
        bar_line: int32 (bars,), ticks from the tune's start to each bar line, including its start
            and the end of its last bar. Two that are a bar's length apart enclose a complete bar.
        upbeat: int16 (bars,), ticks before each bar line that are an upbeat to what follows; those
            before the last bar line are not written, only counted.
        bar_offset: int32 (n + 1,).
        metre: int8 (n,), index into `vocabulary.METRES`.
        mode: int8 (n,), index into `vocabulary.MODES`.
        tonic: int8 (n,), pitch class 0..11 of the tonic; MIDI pitch is 60 + tonic + pitch.
        pickup: int32 (n,), ticks before the first complete bar.
        family: int32 (n,), tunes of one family are variants of each other.
        split: int8 (n,), TRAIN, VALID or TEST; a family is never in two.
        collection: str (n,), where the tune is from.
        title: str (n,).
        id: str (n,), file and number within the collection.
    """

    pitch: NDArray[np.int8]
    ticks: NDArray[np.int16]
    offset: NDArray[np.int32]
    bar_line: NDArray[np.int32]
    upbeat: NDArray[np.int16]
    bar_offset: NDArray[np.int32]
    metre: NDArray[np.int8]
    mode: NDArray[np.int8]
    tonic: NDArray[np.int8]
    pickup: NDArray[np.int32]
    family: NDArray[np.int32]
    split: NDArray[np.int8]
    collection: Text
    title: Text
    id: Text

    def __post_init__(self) -> None:
        for column in self._columns().values():
            column.flags.writeable = False

    def __len__(self) -> int:
        return len(self.metre)

    def select(self, which: NDArray[np.bool_] | NDArray[np.integer[Any]]) -> TuneBook:
        """The book of the tunes a boolean mask (n,) or an index array picks, in that order."""
        rows = np.arange(len(self))[which]
        events, offset = _gather(self.offset, rows)
        bars, bar_offset = _gather(self.bar_offset, rows)
        by_tune = {
            name: column[rows]
            for name, column in self._columns().items()
            if name not in _JAGGED_COLUMNS
        }
        return TuneBook(
            pitch=self.pitch[events],
            ticks=self.ticks[events],
            offset=offset,
            bar_line=self.bar_line[bars],
            upbeat=self.upbeat[bars],
            bar_offset=bar_offset,
            **by_tune,
        )

    @cached_property
    def sha256(self) -> str:
        """Hash of the content, the same on every machine: hexadecimal SHA-256."""
        digest = hashlib.sha256()
        for name, column in self._columns().items():
            is_text = column.dtype.kind == "U"
            content = "\0".join(column).encode() if is_text else _little_endian(column).tobytes()
            digest.update(f"{name} {len(column)} {len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write an npz file, whole or not at all, the same for the same content and zlib.

        Raises:
            OSError: It could not be written; the message says what to do.
        """
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            for name, column in self._columns().items():
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, _little_endian(column), allow_pickle=False)
                entry = zipfile.ZipInfo(f"{name}.npy", _ZIP_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, buffer.getvalue(), compresslevel=9)
        write_atomically(path, written.getvalue())

    @classmethod
    def load(cls, path: Path) -> TuneBook:
        """Read a book that `save` wrote.

        Raises:
            CorruptData: The file is missing, damaged or not a tune book.
        """
        try:
            with NpzFile(io.BytesIO(read_plain(path, _MOST_BYTES))) as columns:
                book = cls(**{field.name: columns[field.name] for field in fields(cls)})
            book._check()
        except Exception as error:  # damaged zip files raise errors of a dozen types
            raise CorruptData(
                f"{path} is not a readable tune book ({reason_of(error)}); rebuild it, or "
                "reinstall the package if it came with it"
            ) from error
        return book

    def _columns(self) -> Mapping[str, NDArray[Any]]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def _check(self) -> None:
        """Raise ValueError unless the columns fit together."""
        tunes = len(self)
        for name, column in self._columns().items():
            expected = _DTYPES[name]
            right_kind = column.dtype == expected if expected else column.dtype.kind == "U"
            if column.ndim != 1 or not right_kind:
                raise ValueError(f"column {name} has dtype {column.dtype} and shape {column.shape}")
            if name not in _JAGGED_COLUMNS and len(column) != tunes:
                raise ValueError(f"column {name} has {len(column)} rows for {tunes} tunes")
        for offset, values in ((self.offset, self.pitch), (self.bar_offset, self.bar_line)):
            ends_fit = len(offset) == tunes + 1 and offset[0] == 0 and offset[-1] == len(values)
            if not ends_fit or np.any(np.diff(offset) < 0):
                raise ValueError("offsets do not fit the events")
        if len(self.ticks) != len(self.pitch) or len(self.upbeat) != len(self.bar_line):
            raise ValueError("columns of events or of bar lines differ in length")


_JAGGED_COLUMNS: Final = frozenset({"pitch", "ticks", "offset", "bar_line", "upbeat", "bar_offset"})
_DTYPES: Final[Mapping[str, type | None]] = {
    "pitch": np.int8,
    "ticks": np.int16,
    "offset": np.int32,
    "bar_line": np.int32,
    "upbeat": np.int16,
    "bar_offset": np.int32,
    "metre": np.int8,
    "mode": np.int8,
    "tonic": np.int8,
    "pickup": np.int32,
    "family": np.int32,
    "split": np.int8,
    "collection": None,
    "title": None,
    "id": None,
}
"""Type of each column; None for text."""


def offsets(lengths: Iterable[int]) -> NDArray[np.int32]:
    """Where each of several stretches laid end to end begins, and where the last ends."""
    return np.cumsum([0, *lengths], dtype=np.int32)


def _gather(
    offset: NDArray[np.int32], rows: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Indices of the elements of the chosen rows, and the offsets of those rows."""
    stretches = [np.arange(offset[row], offset[row + 1], dtype=np.int32) for row in rows]
    elements = np.concatenate([np.empty(0, np.int32), *stretches])
    return elements, offsets(len(stretch) for stretch in stretches)


def _little_endian(column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(column.dtype.newbyteorder("<"))


@lru_cache(maxsize=1)
def load_default() -> TuneBook:
    """The collection that ships with the package: old Irish, Scottish and American dance tunes.

    Raises:
        CorruptData: The file is damaged or is not the one this version was made with.
    """
    resource = files("creative_envs.melody") / "data" / "tunes.npz"
    with as_file(resource) as path:
        book = TuneBook.load(path)
        if book.sha256 != SHIPPED_CORPUS_SHA256:
            raise CorruptData(
                f"{path} does not have the content this version was made with (SHA-256 "
                f"{book.sha256}, expected {SHIPPED_CORPUS_SHA256}); reinstall the package"
            )
    return book
