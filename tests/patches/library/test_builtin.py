"""The pictures that ship with the package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PIL import Image

from creative_envs.core.errors import CorruptData, UnusablePictures
from creative_envs.patches.library import builtin
from creative_envs.patches.library.build import LONGEST_SIDE, build, main
from creative_envs.patches.library.builtin import (
    SPLITS,
    SUFFIX,
    builtin_library,
    builtin_pictures,
)
from creative_envs.patches.library.fingerprints import PICTURE_SHA256, fingerprint

BUILTIN_SHA256 = "6b07014940ada81c2955acff57909708bea42464b6211dfdb9c5a3216207fbcb"
DATA = Path(str(files("creative_envs.patches") / "data"))


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    builtin_pictures.cache_clear()
    yield
    builtin_pictures.cache_clear()


def test_pictures_are_read_once_and_cannot_be_written_to() -> None:
    pictures = builtin_pictures()
    assert pictures is builtin_pictures()
    for pixels in pictures.values():
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3
        assert max(pixels.shape) == LONGEST_SIDE
        with pytest.raises(ValueError, match="read-only"):
            pixels[0, 0] = 0


def test_every_picture_is_in_one_split_and_has_a_stated_licence() -> None:
    names = [name for split in SPLITS.values() for name in split]
    assert sorted(names) == sorted(set(names)) == sorted(PICTURE_SHA256)
    assert sorted(names) == sorted(path.stem for path in DATA.glob(f"*{SUFFIX}"))
    stated = (DATA / "PROVENANCE.md").read_text(encoding="utf-8").splitlines()
    for split, members in SPLITS.items():
        for name in members:
            (row,) = (line for line in stated if line.startswith(f"| `{name}`"))
            assert "CC0" in row or "public domain" in row
            assert row.endswith(f"| {split} |")


def test_the_set_is_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 1_000_000


def test_the_library_is_what_it_was_and_shows_only_train_pictures() -> None:
    library = builtin_library()
    assert library.sha256 == BUILTIN_SHA256
    assert library.photographic
    assert {source.split(",")[0] for source in library.sources} <= set(SPLITS["train"])


@pytest.mark.usefixtures("fresh_cache")
def test_other_content_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = MappingProxyType({**PICTURE_SHA256, "brick": "0" * 64})
    monkeypatch.setattr(builtin, "PICTURE_SHA256", changed)
    with pytest.raises(CorruptData, match=r"brick.*expected 0000.*reinstall the package"):
        builtin_pictures()


@pytest.mark.usefixtures("fresh_cache")
@pytest.mark.parametrize("content", [None, b"", b"RIFF broken"])
def test_damaged_or_missing_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    (tmp_path / "data").mkdir()
    for path in DATA.glob(f"*{SUFFIX}"):
        (tmp_path / "data" / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(builtin, "files", lambda package: tmp_path)
    assert builtin_pictures()
    builtin_pictures.cache_clear()
    broken = tmp_path / "data" / f"coffee{SUFFIX}"
    broken.unlink() if content is None else broken.write_bytes(content)
    with pytest.raises(CorruptData, match=r"coffee.*cannot be read.*reinstall"):
        builtin_pictures()


def test_build_makes_pictures_that_read_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "from", tmp_path / "to"
    source.mkdir()
    target.mkdir()
    with pytest.raises(UnusablePictures, match="lacks astronaut; name the folder"):
        build(source, target)
    for number, name in enumerate(PICTURE_SHA256):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 400 + number, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(source / f"{name}.png")
    assert main([str(source), "--out", str(target)]) == 0
    printed = capsys.readouterr().out
    assert "not the hashes" in printed
    for name in PICTURE_SHA256:
        with Image.open(target / f"{name}{SUFFIX}") as image:
            pixels = np.array(image.convert("RGB"))
        assert pixels.shape[1] == LONGEST_SIDE
        assert fingerprint(pixels) in printed
