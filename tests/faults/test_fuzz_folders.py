"""Corpus and picture folders with damaged files: usable ones are taken, others are named."""

from __future__ import annotations

import functools
import io
import os
import warnings
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from creative_envs.core.errors import CorruptData, EmptyCorpus, MalformedTune, UnusablePictures
from creative_envs.melody.corpus.abc import read_abc
from creative_envs.melody.corpus.admission import admit
from creative_envs.melody.corpus.folder import from_folder
from creative_envs.melody.corpus.midi import read_midi
from creative_envs.melody.corpus.tunes import TuneBook
from creative_envs.patches.library.pictures import from_folder as library_from_folder
from creative_envs.patches.library.reading import LONGEST_SIDE, read_picture
from tests.faults.mutations import damaged_bytes, examples, on_disk
from tests.melody.corpus.notation import abc
from tests.melody.corpus.test_folder import random_music
from tests.test_bad_input import write_pictures, write_tunes

SOURCE = abc(
    "[M:3/4](3CDE F2 |:G>A {b}c2:| [1 z4 :|2 (d-d)!trill!e |]\nw: la la\n" + random_music(1)
)


def midi_bytes() -> bytes:
    track = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=3, denominator=4)])
    track.append(mido.MetaMessage("key_signature", key="Dm"))
    for step in range(48):
        track.append(mido.Message("note_on", note=60 + step * 7 % 12, velocity=64, time=0))
        track.append(mido.Message("note_off", note=60 + step * 7 % 12, time=120))
    buffer = io.BytesIO()
    mido.MidiFile(tracks=[track]).save(file=buffer)
    return buffer.getvalue()


@given(damaged_bytes(SOURCE.encode()))
@examples(80)
def test_abc(content: bytes) -> None:
    with on_disk("tune.abc", content) as path:
        try:
            tunes, faults = read_abc(path)
        except MalformedTune as error:
            faults, tunes = [error], []
        for fault in faults:
            assert "tune.abc" in str(fault)
            assert len(str(fault).splitlines()) == 1
        for tune in tunes:
            admit(tune, "folder")


@given(damaged_bytes(midi_bytes()))
@examples(80)
def test_midi(content: bytes) -> None:
    with on_disk("tune.mid", content) as path:
        try:
            tune = read_midi(path)
        except MalformedTune as error:
            assert "tune.mid" in str(error)
            assert len(str(error).splitlines()) == 1
            return
        admit(tune, "folder")


@pytest.fixture(scope="module", name="tunes")
def folder_of_good_tunes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tunes(tmp_path_factory.mktemp("good") / "tunes")


def strange_entries(folder: Path) -> list[str]:
    """Puts what is no tune among tunes; returns the names a warning must hold."""
    (folder / "empty.abc").write_bytes(b"")
    (folder / "utf16.abc").write_bytes(SOURCE.encode("utf-16"))
    (folder / "noise.mid").write_bytes(bytes(range(256)) * 4)
    (folder / "folder.abc").mkdir()
    (folder / "folder.mid").mkdir()
    (folder / "loop.abc").symlink_to(folder / "loop.abc")
    (folder / "around").symlink_to(folder)
    (folder / "nowhere.mid").symlink_to(folder / "missing")
    os.mkfifo(folder / "pipe.abc")
    (folder / "endless.mid").symlink_to("/dev/zero")
    return ["noise.mid", "loop.abc", "nowhere.mid", "pipe.abc", "endless.mid"]


def test_a_corpus_among_strange_entries_is_the_same(tunes: Path, tmp_path: Path) -> None:
    folder = write_tunes(tmp_path / "tunes")
    names = strange_entries(folder)
    with pytest.warns(UserWarning, match="skipped") as told:
        book = from_folder(folder)
    for name in names:
        assert name in str(told[0].message)
    assert book.sha256 == from_folder(tunes).sha256


def test_a_name_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    folder = write_tunes(tmp_path / "tunes")
    odd = os.fsdecode(b"caf\xe9.abc")
    (folder / odd).write_text(abc(random_music(900, 16), title=""))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        book = from_folder(folder)
    assert len(book) == 61
    book.save(tmp_path / "book.npz")
    assert TuneBook.load(tmp_path / "book.npz").sha256 == book.sha256


def test_a_folder_of_nothing_but_strange_entries(tmp_path: Path) -> None:
    names = strange_entries(tmp_path)
    with pytest.warns(UserWarning, match="skipped"), pytest.raises(EmptyCorpus, match="0 usable"):
        from_folder(tmp_path)
    assert names


@functools.cache
def book_bytes() -> bytes:
    with on_disk("book.npz") as path:
        folder = write_tunes(path.parent / "tunes", bars=8)
        from_folder(folder).save(path)
        return path.read_bytes()


@given(st.data())
@examples(40)
def test_tune_books_with_damaged_bytes(data: st.DataObject) -> None:
    with on_disk("book.npz", data.draw(damaged_bytes(book_bytes()))) as path:
        try:
            book = TuneBook.load(path)
        except CorruptData as error:
            assert str(path) in str(error)
            assert len(str(error).splitlines()) == 1
            return
        assert len(book.sha256) == 64


def picture(
    kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: Any
) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 256, (*size[::-1], 4), np.uint8)
    image = Image.fromarray(pixels, "RGBA").convert("RGB")
    if mode in ("I;16", "I"):
        image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    elif mode == "RGBA":
        image = Image.fromarray(pixels, "RGBA")
    elif mode != "RGB":
        image = image.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


KINDS = {
    "png": lambda: picture("PNG"),
    "jpeg": lambda: picture("JPEG"),
    "one pixel": lambda: picture("PNG", size=(1, 1)),
    "cmyk": lambda: picture("JPEG", "CMYK"),
    "16 bits": lambda: picture("PNG", "I;16"),
    "grey": lambda: picture("JPEG", "L"),
    "bits": lambda: picture("BMP", "1"),
    "palette": lambda: picture("PNG", "P", transparency=3),
    "transparent": lambda: picture("WEBP", "RGBA", lossless=True),
    "animated": lambda: picture(
        "GIF",
        "P",
        save_all=True,
        append_images=[Image.new("RGB", (40, 30), "navy")],
        transparency=0,
    ),
    "thin": lambda: picture("PNG", size=(2000, 1)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_pictures_are_read(kind: str) -> None:
    with on_disk("picture.png", KINDS[kind]()) as path:
        pixels = read_picture(path)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3 and pixels.shape[2] == 3
    assert 1 <= max(pixels.shape[:2]) <= LONGEST_SIDE


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@examples(15)
def test_pictures_with_damaged_bytes(kind: str, data: st.DataObject) -> None:
    with on_disk("picture.png", data.draw(damaged_bytes(KINDS[kind]()))) as path:
        try:
            pixels = read_picture(path)
        except UnusablePictures as error:
            assert str(path) in str(error)
            assert len(str(error).splitlines()) == 1
            return
        assert pixels.shape[2] == 3


def test_a_library_among_strange_entries_is_the_same(tmp_path: Path) -> None:
    plain, mixed = tmp_path / "plain", tmp_path / "mixed"
    for folder in (plain, mixed):
        folder.mkdir()
        write_pictures(folder)
    (mixed / "empty.png").write_bytes(b"")
    (mixed / "cut.jpg").write_bytes(picture("JPEG")[:300])
    (mixed / "folder.png").mkdir()
    (mixed / "loop.png").symlink_to(mixed / "loop.png")
    os.mkfifo(mixed / "pipe.png")
    (mixed / "around").symlink_to(mixed)
    (mixed / "endless.gif").symlink_to("/dev/zero")
    (mixed / os.fsdecode(b"caf\xe9.png")).write_bytes(picture("PNG")[:99])
    with pytest.warns(UserWarning, match="skipped 3 unreadable") as told:
        library = library_from_folder(mixed, patches=12)
    assert "cut.jpg" in str(told[0].message)
    assert library.sha256 == library_from_folder(plain, patches=12).sha256
