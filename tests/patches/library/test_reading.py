"""Reading picture files of every kind, and refusing the rest by name."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.errors import UnusablePictures
from creative_envs.patches.library.reading import LONGEST_SIDE, read_picture


def picture(height: int = 24, width: int = 40) -> NDArray[np.uint8]:
    """A smooth picture none of whose transforms looks like it."""
    y, x = np.mgrid[:height, :width]
    planes = (255 * x / max(width - 1, 1), 255 * y / max(height - 1, 1), 60 + 0 * x)
    return np.stack(planes, axis=2).astype(np.uint8)


def save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp"])
def test_files_without_loss(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    read = read_picture(save(tmp_path / f"a.{suffix}", Image.fromarray(picture()), **options))
    assert read.dtype == np.uint8
    assert np.array_equal(read, picture())


@pytest.mark.parametrize(
    ("suffix", "mode"), [("jpg", "RGB"), ("jpg", "L"), ("jpg", "CMYK"), ("webp", "RGB")]
)
def test_files_with_loss(tmp_path: Path, suffix: str, mode: str) -> None:
    image = Image.fromarray(picture()).convert(mode)
    read = read_picture(str(save(tmp_path / f"a.{suffix}", image, quality=95)))
    expected = np.array(image.convert("RGB"), int)
    assert read.shape == expected.shape
    assert np.abs(read - expected).mean() < 6


def test_first_frame_of_a_gif(tmp_path: Path) -> None:
    red, blue = (Image.new("RGB", (16, 16), colour) for colour in ("#ff0000", "#0000ff"))
    path = save(tmp_path / "a.gif", red, save_all=True, append_images=[blue])
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == 2
    assert (read_picture(path) == (255, 0, 0)).all()


def test_palette_and_grey(tmp_path: Path) -> None:
    paletted = Image.fromarray(picture()).quantize(16)
    expected = np.array(paletted.convert("RGB"))
    assert np.array_equal(read_picture(save(tmp_path / "p.png", paletted)), expected)
    grey = Image.fromarray(picture()[..., 0])
    read = read_picture(save(tmp_path / "l.png", grey))
    assert np.array_equal(read, np.repeat(picture()[..., :1], 3, axis=2))
    bits = Image.fromarray(picture()[..., 0] > 100)
    assert set(np.unique(read_picture(save(tmp_path / "1.png", bits)))) == {0, 255}


def test_what_is_transparent_shows_white(tmp_path: Path) -> None:
    alpha = np.zeros((8, 8, 4), np.uint8)
    alpha[:] = (200, 0, 0, 255)
    alpha[:4, :, 3] = 0
    alpha[7, :, 3] = 128
    read = read_picture(save(tmp_path / "a.png", Image.fromarray(alpha)))
    assert (read[:4] == 255).all()
    assert (read[4:7] == (200, 0, 0)).all()
    assert np.abs(read[7].astype(int) - (227, 127, 127)).max() <= 1
    grey = Image.fromarray(alpha).convert("LA")
    assert (read_picture(save(tmp_path / "la.png", grey))[:4] == 255).all()
    paletted = Image.fromarray(alpha[..., :3]).quantize(2)
    clear = paletted.getpixel((0, 0))
    assert (read_picture(save(tmp_path / "p.png", paletted, transparency=clear)) == 255).all()


def test_sixteen_bit_greys_keep_their_range(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    read = read_picture(save(tmp_path / "a.png", Image.fromarray(ramp)))
    expected = np.rint(ramp / 257)
    assert np.abs(read[..., 0] - expected).max() <= 1
    assert (read == read[..., :1]).all()
    assert read[0, 0, 0] == 0
    assert read[-1, -1, 0] == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_their_exif_tag_says(tmp_path: Path, orientation: int) -> None:
    """As the tag's definition has it: the corner that (row 0, column 0) is to be shown in."""
    corners = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}
    pixels = np.full((16, 24, 3), 255, np.uint8)
    pixels[:4, :4] = 0
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = read_picture(save(tmp_path / "a.png", Image.fromarray(pixels), exif=exif))
    assert read.shape == ((24, 16, 3) if orientation >= 5 else (16, 24, 3))
    shown = {"tl": read[0, 0], "tr": read[0, -1], "bl": read[-1, 0], "br": read[-1, -1]}
    assert {corner for corner, pixel in shown.items() if pixel[0] < 128} == {corners[orientation]}


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_large_pictures_are_reduced(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(picture(1200, 3000))
    read = read_picture(save(tmp_path / f"a.{suffix}", image))
    assert read.shape[1] == LONGEST_SIDE
    assert abs(read.shape[0] - LONGEST_SIDE * 0.4) <= 1
    smooth = np.array(image.resize((read.shape[1], read.shape[0]), Image.Resampling.BOX), int)
    assert np.abs(read - smooth).mean() < 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 3), (3, 2000)])
def test_odd_sizes(tmp_path: Path, shape: tuple[int, int]) -> None:
    read = read_picture(save(tmp_path / "a.png", Image.fromarray(picture(*shape))))
    assert read.ndim == 3
    assert read.shape[2] == 3
    assert max(read.shape[:2]) == min(max(shape), LONGEST_SIDE)


def test_more_pixels_than_pillow_thinks_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path / "bomb.png", Image.new("L", (100, 100)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4_999)
    with pytest.raises(UnusablePictures, match=r"bomb\.png: too large.*save it smaller"):
        read_picture(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 6_000)  # Pillow only warns of less than double
    assert read_picture(path).shape == (100, 100, 3)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif", "bmp"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.95])
def test_files_cut_short_are_refused_by_name(tmp_path: Path, suffix: str, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    kind = {"jpg": "JPEG"}.get(suffix, suffix.upper())
    Image.fromarray(noise).save(buffer, kind)
    path = tmp_path / f"half.{suffix}"
    path.write_bytes(buffer.getvalue()[: int(kept * len(buffer.getvalue()))])
    with pytest.raises(UnusablePictures, match=rf"half\.{suffix}: not a readable picture"):
        read_picture(path)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"\x89PNG\r\n"]
)
def test_other_files_are_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.png"
    path.write_bytes(content)
    with pytest.raises(UnusablePictures, match=r"notes\.png: not a readable picture"):
        read_picture(path)


def test_missing_files_and_folders_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(UnusablePictures, match=rf"{path.name}: there is no such file"):
            read_picture(path)
