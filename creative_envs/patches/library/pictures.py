"""Libraries of patches cut out of pictures."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument, UnusablePictures
from creative_envs.core.files import from_home
from creative_envs.patches.geometry import CELL, FEWEST_PATCHES, N_PATCHES
from creative_envs.patches.library.cutting import Cell, choose_different, grid_cells, resampled
from creative_envs.patches.library.patch_library import ORIGINAL, PatchLibrary, require_number
from creative_envs.patches.library.reading import read_picture

Pixels: TypeAlias = NDArray[np.uint8]
SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
"""Names of the files `from_folder` takes for pictures end like this."""
_MOST_CELLS: Final = 4096
"""Cells that are compared; of many pictures only some cells each are looked at."""
_NAMED: Final = 3
"""Skipped files a warning names."""


@dataclass(frozen=True)
class Source:
    """A picture and how to get at its pixels, which are not kept: there may be thousands.

    Attributes:
        name: What to call it.
        read: Returns its pixels, uint8 (H, W, 3), or raises `UnusablePictures`.
    """

    name: str
    read: Callable[[], Pixels]


def from_images(
    pictures: Sequence[Pixels | str | os.PathLike[str]],
    patches: int = N_PATCHES,
    seed: int = 0,
) -> PatchLibrary:
    """Cuts pictures into square cells and takes those that differ most as patches.

    Args:
        pictures: Pixels, uint8 (H, W, 3), or files to read.
        patches: K, 12 to 48.
        seed: Decides where the grids begin, and which cells of many pictures are looked at.

    Raises:
        UnusablePictures: A file cannot be read, or fewer than K cells differ.
        InvalidArgument: A value out of range, or pixels of another shape or type.
    """
    sources = [_source(picture, number) for number, picture in enumerate(pictures)]
    return cut_library(sources, patches, seed, "pictures")


def from_folder(
    path: str | os.PathLike[str], patches: int = N_PATCHES, seed: int = 0
) -> PatchLibrary:
    """Makes a library of all pictures in a folder, in the order of their names.

    Folders within it and hidden files are left alone. Pictures that cannot be read are skipped,
    with one warning that counts them and names the first few.

    Args:
        path: The folder.
        patches: K, 12 to 48.
        seed: As for `from_images`.

    Raises:
        UnusablePictures: There is no such folder, no usable picture in it, or too little variety.
        InvalidArgument: A value out of range.
    """
    folder = from_home(path)
    if not folder.is_dir():
        raise UnusablePictures(f"{folder} is not a folder; name one that holds pictures")
    files = sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()
    )
    if not files:
        raise UnusablePictures(
            f"{folder} holds no pictures; put some in it ({', '.join(SUFFIXES)})"
        )
    sources = [Source(file.name, partial(read_picture, file)) for file in files]
    return cut_library(sources, patches, seed, str(path), skip=True)


def cut_library(
    sources: Sequence[Source], patches: int, seed: int, name: str, *, skip: bool = False
) -> PatchLibrary:
    """Makes a library of the cells of pictures that differ most.

    Args:
        sources: The pictures.
        patches: K.
        seed: As for `from_images`.
        name: Of the library.
        skip: Whether to skip unreadable pictures with a warning rather than to fail.

    Raises:
        UnusablePictures: A picture cannot be read, or fewer than K cells differ.
        InvalidArgument: A value out of range.
    """
    require_number(patches)
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InvalidArgument(f"seed is a whole number from 0, got {seed!r}")
    rng = np.random.Generator(np.random.PCG64(seed))
    most = max(1, _MOST_CELLS // max(1, len(sources)))
    cells: list[Cell] = []
    thumbnails: list[Pixels] = []
    faults: list[str] = []
    for number, source in enumerate(sources):
        try:
            pixels = source.read()
        except UnusablePictures as fault:
            if not skip:
                raise
            faults.append(str(fault))
            continue
        height, width = pixels.shape[:2]
        found = grid_cells(number, height, width, rng, most)
        cells += found
        thumbnails += [resampled(cell.cut(pixels), CELL) for cell in found]
    _warn(faults, name)
    chosen = choose_different(np.array(thumbnails), patches) if cells else []
    if len(chosen) < patches:
        raise UnusablePictures(_too_few(name, len(chosen), patches, len(sources) - len(faults)))
    return _library([cells[number] for number in chosen], sources, name)


def _library(cells: Sequence[Cell], sources: Sequence[Source], name: str) -> PatchLibrary:
    originals = np.empty((len(cells), ORIGINAL, ORIGINAL, 3), np.uint8)
    for number in sorted({cell.picture for cell in cells}):
        pixels = sources[number].read()
        for row, cell in enumerate(cells):
            if cell.picture == number:
                originals[row] = resampled(cell.cut(pixels), ORIGINAL)
    words = [
        f"{sources[cell.picture].name}, {cell.side} pixels from ({cell.left}, {cell.top}) on"
        for cell in cells
    ]
    return PatchLibrary(name, originals, photographic=True, sources=tuple(words))


def _source(picture: Pixels | str | os.PathLike[str], number: int) -> Source:
    if isinstance(picture, (str, os.PathLike)):
        return Source(Path(picture).name, partial(read_picture, picture))
    pixels = np.asarray(picture)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InvalidArgument(
            f"a picture is uint8 of shape (H, W, 3), got {pixels.dtype}{pixels.shape}; "
            "or name a file"
        )
    return Source(f"picture {number}", lambda: pixels)


def _warn(faults: Sequence[str], name: str) -> None:
    if faults:
        listing = "\n  ".join(faults[:_NAMED])
        more = f"\n  and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        warnings.warn(
            f"skipped {len(faults)} unreadable pictures in {name}:\n  {listing}{more}",
            stacklevel=4,
        )


def _too_few(name: str, found: int, wanted: int, pictures: int) -> str:
    fewer = f", or ask for fewer patches ({FEWEST_PATCHES} or more)" * (found >= FEWEST_PATCHES)
    return (
        f"{name}: {found} cells that differ, even turned and mirrored, in {pictures} readable "
        f"pictures; {wanted} are needed. Add pictures with more in them, larger than "
        f"{CELL} pixels{fewer}."
    )
