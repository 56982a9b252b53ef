"""Patches cut out of pictures."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.errors import InvalidArgument, UnusablePictures
from creative_envs.patches.geometry import CELL, N_TRANSFORMS, transformed
from creative_envs.patches.library.cutting import choose_different, grid_cells, resampled
from creative_envs.patches.library.patch_library import ORIGINAL, PatchLibrary
from creative_envs.patches.library.pictures import from_folder, from_images


def photo(seed: int, height: int = 160, width: int = 208) -> NDArray[np.uint8]:
    """Blotches of colour."""
    small = np.random.default_rng(seed).integers(0, 256, (10, 13, 3)).astype(np.uint8)
    return np.array(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def save(path: Path, pixels: NDArray[np.uint8]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def all_differ(library: PatchLibrary) -> bool:
    looks = library.tiles.reshape(len(library), N_TRANSFORMS, -1)
    kinds = [{tile.tobytes() for tile in patch} for patch in looks]
    return len(set().union(*kinds)) == sum(map(len, kinds))


def test_a_library_of_pictures() -> None:
    library = from_images([photo(0), photo(1)])
    assert library.originals.shape == (24, 64, 64, 3)
    assert library.photographic
    assert library.drawings == ()
    assert len(library.sources) == 24
    assert {source.split(",")[0] for source in library.sources} == {"picture 0", "picture 1"}
    assert all_differ(library)


def test_patches_are_pieces_of_the_pictures() -> None:
    """In a picture of 8 x 8 single-coloured cells, a patch of the finer grid is of one colour."""
    colours = np.random.default_rng(3).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    picture = colours.repeat(20, axis=0).repeat(20, axis=1)
    library = from_images([picture], patches=48)
    seen = {tuple(colour) for colour in colours.reshape(-1, 3).tolist()}
    fine = [i for i, source in enumerate(library.sources) if " 20 pixels" in source]
    assert fine
    for patch in fine:
        pixels = library.originals[patch].reshape(-1, 3)
        assert (pixels == pixels[0]).all()
        assert tuple(pixels[0].tolist()) in seen


def test_same_pictures_same_library_and_another_seed_another_one() -> None:
    one, same, other = (from_images([photo(0, 170)], seed=seed) for seed in (1, 1, 2))
    assert one.sha256 == same.sha256 != other.sha256


def test_files_give_what_their_pixels_give(tmp_path: Path) -> None:
    files = [save(tmp_path / f"{n}.png", photo(n)) for n in range(2)]
    assert from_images(files).sha256 == from_images([photo(0), photo(1)]).sha256


def test_single_colour_is_refused() -> None:
    with pytest.raises(UnusablePictures, match=r"1 cells that.*in 1 readable.*24 are needed"):
        from_images([np.full((100, 100, 3), 90, np.uint8)])


def test_noise_no_eye_can_see_is_no_variety() -> None:
    noise = np.random.default_rng(0).integers(0, 2, (200, 200, 3))
    with pytest.raises(UnusablePictures, match="1 cells that differ"):
        from_images([(noise + 90).astype(np.uint8)])


def test_copies_turned_and_mirrored_count_once() -> None:
    squares = [transformed(photo(n, 24, 24), t) for n in range(2) for t in range(N_TRANSFORMS)]
    thumbnails = np.array([resampled(square, CELL) for square in squares])
    chosen = choose_different(thumbnails, 16)
    assert sorted(number // N_TRANSFORMS for number in chosen) == [0, 1]


def test_too_few_cells_says_how_many() -> None:
    colours = np.random.default_rng(3).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    tiny = colours.repeat(8, axis=0).repeat(8, axis=1)
    with pytest.raises(UnusablePictures, match=r"16 cells .* 24 are needed.* ask for fewer"):
        from_images([tiny])
    assert len(from_images([tiny], patches=16)) == 16


@pytest.mark.parametrize("shape", [(1, 1), (7, 500), (500, 7)])
def test_tiny_pictures_give_no_cells(shape: tuple[int, int]) -> None:
    with pytest.raises(UnusablePictures, match=r"0 cells that differ.*larger than 8 pixels"):
        from_images([photo(0, *shape)])


def test_no_pictures() -> None:
    with pytest.raises(UnusablePictures, match=r"0 cells that differ.* in 0 readable pictures"):
        from_images([])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pictures": [np.zeros((64, 64), np.uint8)]}, r"uint8 of shape \(H, W, 3\)"),
        ({"pictures": [np.zeros((64, 64, 3))]}, "got float64"),
        ({"pictures": [photo(0)], "patches": 49}, "12 to 48, got 49"),
        ({"pictures": [photo(0)], "seed": -1}, "whole number from 0"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        from_images(**arguments)  # type: ignore[arg-type]


def test_an_unreadable_file_is_an_error_where_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(UnusablePictures, match=r"bad\.png: not a readable"):
        from_images([photo(0), tmp_path / "bad.png"])


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    save(tmp_path / "b.PNG", photo(1))
    save(tmp_path / "a.png", photo(0))
    (tmp_path / "notes.txt").write_text("no picture")
    save(tmp_path / ".hidden.png", photo(2))
    (tmp_path / "within.png").mkdir()
    save(tmp_path / "within.png" / "c.png", photo(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        library = from_folder(tmp_path)
    assert library.name == str(tmp_path)
    assert {source.split(",")[0] for source in library.sources} == {"a.png", "b.PNG"}
    assert library.sha256 == from_images([photo(0), photo(1)]).sha256


def test_unreadable_pictures_are_skipped_with_one_warning(tmp_path: Path) -> None:
    save(tmp_path / "a.png", photo(0))
    for number in range(5):
        (tmp_path / f"bad{number}.jpg").write_bytes(b"no picture")
    with pytest.warns(UserWarning, match="skipped 5 unreadable pictures") as caught:
        library = from_folder(tmp_path)
    assert len(caught) == 1
    text = str(caught[0].message)
    assert caught[0].filename == __file__
    assert [f"bad{n}.jpg" in text for n in range(5)] == [True] * 3 + [False] * 2
    assert "and 2 more" in text
    assert {source.split(",")[0] for source in library.sources} == {"a.png"}


def test_folders_that_cannot_serve(tmp_path: Path) -> None:
    with pytest.raises(UnusablePictures, match="none is not a folder; name one"):
        from_folder(tmp_path / "none")
    with pytest.raises(UnusablePictures, match="holds no pictures; put some in"):
        from_folder(tmp_path)
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    with (
        pytest.warns(UserWarning, match="skipped 1"),
        pytest.raises(UnusablePictures, match=r"0 cells that differ.* in 0 readable pictures"),
    ):
        from_folder(tmp_path)


def test_cells_lie_within_the_picture_and_do_not_overlap_on_a_grid() -> None:
    rng = np.random.default_rng(0)
    cells = grid_cells(7, 101, 160, rng, most=1000)
    assert {cell.side for cell in cells} == {12, 25}
    for side in (12, 25):
        covered = np.zeros((101, 160), int)
        for cell in cells:
            if cell.side == side:
                assert cell.cut(covered).shape == (side, side)
                covered[cell.top : cell.top + side, cell.left : cell.left + side] += 1
        assert covered.max() == 1
        assert covered.sum() == (101 // side) * (160 // side) * side**2
    few = grid_cells(7, 101, 160, rng, most=5)
    assert len(set(few)) == 5


@pytest.mark.parametrize("side", [8, 20, 64, 100, 192])
def test_resampling_keeps_colours_means_and_symmetry(side: int) -> None:
    flat = np.full((side, side, 3), (3, 140, 255), np.uint8)
    assert (resampled(flat, ORIGINAL) == (3, 140, 255)).all()
    square = photo(1, side, side)
    for size in (CELL, ORIGINAL):
        small = resampled(square, size)
        assert np.abs(small.mean((0, 1)) - square.mean((0, 1))).max() < 6
        for transform in range(N_TRANSFORMS):
            moved = resampled(transformed(square, transform), size)
            assert np.array_equal(moved, transformed(small, transform))
    if side == ORIGINAL:
        assert np.array_equal(resampled(square, ORIGINAL), square)


def test_the_farthest_square_is_chosen_next() -> None:
    greys = np.array([118, 120, 122, 200, 10], np.uint8)
    squares = np.repeat(greys, CELL * CELL * 3).reshape(5, CELL, CELL, 3)
    chosen = choose_different(squares, 3)
    assert greys[chosen].tolist() == [118, 10, 200]  # in lightness, 118 is nearest the mean
