"""TuneBook: columns, selection, and files that are what they say."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from creative_envs.core.errors import CorruptData
from creative_envs.melody.corpus import tunes
from creative_envs.melody.corpus.binding import bind
from creative_envs.melody.corpus.tunes import TuneBook, load_default
from creative_envs.melody.vocabulary import METRES, MODES, REST
from tests.melody.corpus.notation import admitted


@pytest.fixture(name="book")
def small_book() -> TuneBook:
    return bind(
        [
            replace(admitted("C16|D16|E16|F16|", title="Held"), id="1"),
            replace(admitted("G4|G4A4B4d4|g16|z8 G8|D12|", key="G", title="Upbeat"), id="2"),
            replace(
                admitted("A12|c12|e12|A12|", key="Am", metre="3/4", title="Sl\xe1inte"), id="3"
            ),
        ]
    )


def tune_of(book: TuneBook, index: int) -> tuple[list[int], list[int], list[int]]:
    events = slice(book.offset[index], book.offset[index + 1])
    bars = slice(book.bar_offset[index], book.bar_offset[index + 1])
    return book.pitch[events].tolist(), book.ticks[events].tolist(), book.bar_line[bars].tolist()


def test_columns(book: TuneBook) -> None:
    assert len(book) == 3
    assert tune_of(book, 0) == ([0, 2, 4, 5], [192] * 4, [0, 192, 384, 576, 768])
    pitch, ticks, bar_lines = tune_of(book, 1)
    assert pitch == [0, 0, 2, 4, 7, 12, REST, 0, -5]
    assert ticks == [48, 48, 48, 48, 48, 192, 96, 96, 144]
    assert bar_lines == [0, 48, 240, 432, 624, 816]
    assert book.pickup.tolist() == [0, 48, 0]
    assert book.upbeat[book.bar_offset[2] - 1] == 48
    assert [METRES[metre] for metre in book.metre] == ["4/4", "4/4", "3/4"]
    assert [MODES[mode] for mode in book.mode] == ["major", "major", "minor"]
    assert book.tonic.tolist() == [0, 7, 9]
    assert book.title.tolist() == ["Held", "Upbeat", "Sl\xe1inte"]


def test_arrays_are_read_only(book: TuneBook) -> None:
    with pytest.raises(ValueError, match="read-only"):
        book.pitch[0] = 1


def test_tunes_with_the_same_notes_are_bound_once() -> None:
    assert len(bind([admitted("C16|D16|E16|F16|"), admitted("C16|D16|E16|F16|")])) == 1


def test_select_by_mask_and_by_index(book: TuneBook) -> None:
    picked = book.select(np.array([2, 0]))
    assert tune_of(picked, 0) == tune_of(book, 2)
    assert tune_of(picked, 1) == tune_of(book, 0)
    assert picked.title.tolist() == ["Sl\xe1inte", "Held"]
    assert book.select(np.array([True, False, True])).id.tolist() == ["1", "3"]
    assert book.select(np.arange(3)).sha256 == book.sha256
    assert len(book.select(np.zeros(3, bool))) == 0


def test_saved_book_is_loaded_as_it_was(book: TuneBook, tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    book.save(first)
    loaded = TuneBook.load(first)
    loaded.save(second)
    assert loaded.sha256 == book.sha256
    assert first.read_bytes() == second.read_bytes()
    assert tune_of(loaded, 1) == tune_of(book, 1)


@pytest.mark.parametrize("column", ["pitch", "ticks", "family", "split", "title", "upbeat"])
def test_hash_depends_on_every_column(book: TuneBook, column: str) -> None:
    changed = getattr(book, column).copy()
    changed[-1] = "x" if column == "title" else changed[-1] + 1
    assert replace(book, **{column: changed}).sha256 != book.sha256


def test_hash_ignores_how_wide_text_is_stored(book: TuneBook) -> None:
    assert replace(book, title=book.title.astype("<U99")).sha256 == book.sha256


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 broken"])
def test_damaged_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(CorruptData, match=r"bad\.npz"):
        TuneBook.load(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CorruptData, match=r"none\.npz"):
        TuneBook.load(tmp_path / "none.npz")


@pytest.mark.parametrize("position", range(5, 100, 5))
def test_file_damaged_anywhere_is_refused_or_has_another_hash(
    book: TuneBook, tmp_path: Path, position: int
) -> None:
    path = tmp_path / "damaged.npz"
    book.save(path)
    content = bytearray(path.read_bytes())
    content[len(content) * position // 100] ^= 0xFF
    path.write_bytes(content)
    try:
        loaded = TuneBook.load(path)
    except CorruptData:
        return
    assert loaded.sha256 == book.sha256  # a byte that holds no content, such as a date


@pytest.mark.parametrize(
    "change",
    [
        {"pitch": np.zeros(3, np.int16)},
        {"metre": np.zeros(2, np.int8)},
        {"ticks": np.zeros(3, np.int16)},
        {"offset": np.array([0, 9, 4, 17], np.int32)},
        {"title": np.zeros(3, np.int8)},
    ],
)
def test_columns_that_do_not_fit_together(
    book: TuneBook, tmp_path: Path, change: dict[str, np.ndarray]
) -> None:
    path = tmp_path / "odd.npz"
    replace(book, **change).save(path)
    with pytest.raises(CorruptData):
        TuneBook.load(path)


def test_missing_column(book: TuneBook, tmp_path: Path) -> None:
    path, cut = tmp_path / "whole.npz", tmp_path / "cut.npz"
    book.save(path)
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(cut, "w") as part:
        for name in whole.namelist():
            if name != "family.npy":
                part.writestr(name, whole.read(name))
    with pytest.raises(CorruptData, match="family"):
        TuneBook.load(cut)


def test_shipped_book_has_the_recorded_hash() -> None:
    book = load_default()
    assert book.sha256 == tunes.SHIPPED_CORPUS_SHA256
    assert set(book.collection.tolist()) == {"oneill", "ryan", "aird"}
    assert len(np.unique(book.id)) > 0.95 * len(book)


def test_shipped_book_with_another_hash_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunes, "SHIPPED_CORPUS_SHA256", "0" * 64)
    with pytest.raises(CorruptData, match="reinstall"):
        load_default.__wrapped__()
