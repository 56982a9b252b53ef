"""A corpus of the user's own files."""

from __future__ import annotations

import warnings
from pathlib import Path

import mido
import numpy as np
import pytest

from creative_envs.core.errors import EmptyCorpus
from creative_envs.melody.corpus.folder import MIN_TUNES, from_folder
from creative_envs.melody.corpus.tunes import load_default
from creative_envs.melody.corpus.windows import cut_windows
from tests.melody.corpus.notation import abc
from tests.melody.corpus.test_midi import save, track_of

ENOUGH = 80


def random_music(seed: int, bars: int = 8) -> str:
    rng = np.random.default_rng(seed)
    return "".join(
        "".join(f"{note}4" for note in rng.choice(list("CDEFGAB"), 4)) + "|" for _ in range(bars)
    )


@pytest.fixture(name="folder")
def folder_of_tunes(tmp_path: Path) -> Path:
    folder = tmp_path / "my tunes"
    (folder / "within").mkdir(parents=True)
    for i in range(ENOUGH):
        place = folder / "within" if i % 2 else folder
        (place / f"tune{i}.abc").write_text(abc(random_music(i), title=f"Number {i:05d}"))
    return folder


def test_folder_of_abc_and_midi_files(folder: Path) -> None:
    notes = [(4 * i, 4 * i + 4, 60 + (7 * i) % 12) for i in range(32)]
    save(folder / "UPPER.MID", track_of(notes), metas=(mido.MetaMessage("key_signature", key="C"),))
    (folder / "notes.txt").write_text("not music")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        book = from_folder(folder)
    assert len(book) == ENOUGH + 1
    assert set(book.collection.tolist()) == {"my tunes"}
    assert {"UPPER.MID#1", "tune0.abc#1", "within/tune1.abc#1"} <= set(book.id.tolist())
    assert set(book.split.tolist()) == {0, 1, 2}
    assert len(cut_windows(book)) == ENOUGH + 1


def test_same_folder_gives_the_same_book(folder: Path) -> None:
    assert from_folder(folder).sha256 == from_folder(str(folder)).sha256


def test_unreadable_files_are_named_in_one_warning(folder: Path) -> None:
    (folder / "bad.abc").write_text("no key here")
    (folder / "worse.mid").write_bytes(b"MThd broken")
    (folder / "mixed.abc").write_text(
        "X:1\nno key\n\n" + abc(random_music(999)).replace("X:1", "X:2")
    )
    (folder / "directory.abc").mkdir()
    with pytest.warns(UserWarning) as caught:
        book = from_folder(folder)
    assert len(caught) == 1
    message = str(caught[0].message)
    for name in ("bad.abc", "worse.mid", "mixed.abc, X:1", "directory.abc"):
        assert name in message
    assert len(book) == ENOUGH + 1


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(EmptyCorpus, match="not a folder"):
        from_folder(tmp_path / "none")
    file = tmp_path / "file.abc"
    file.write_text(abc(random_music(1)))
    with pytest.raises(EmptyCorpus, match="not a folder"):
        from_folder(file)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(EmptyCorpus, match=rf"0 usable tunes, {MIN_TUNES} are needed\. Usable are"):
        from_folder(tmp_path)


def test_folder_of_tunes_too_short(tmp_path: Path) -> None:
    for i in range(60):
        (tmp_path / f"{i}.abc").write_text(abc(random_music(i, bars=3)))
    with pytest.raises(EmptyCorpus, match="60 fewer than 4 complete bars in a row"):
        from_folder(tmp_path)


def test_copies_do_not_count(tmp_path: Path) -> None:
    for i in range(60):
        (tmp_path / f"{i}.abc").write_text(abc(random_music(0)))
    with pytest.raises(EmptyCorpus, match=r"1 usable tunes.*59 duplicate"):
        from_folder(tmp_path)


def test_one_family_cannot_be_split(tmp_path: Path) -> None:
    theme = random_music(0)
    for i in range(60):
        (tmp_path / f"{i}.abc").write_text(abc(theme + random_music(i + 1, bars=2)))
    with pytest.raises(EmptyCorpus, match="none of the 60 tunes"):
        from_folder(tmp_path)


def test_shipped_collection_is_not_touched(folder: Path) -> None:
    before = load_default().sha256
    from_folder(folder)
    assert load_default().sha256 == before
