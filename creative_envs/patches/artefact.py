"""A finished (or growing) composition as people use it: to look at, to turn and to keep."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.documents import (
    checked_scores,
    data_uri,
    one_line,
    plain_mapping,
    save_as,
    whole_number,
)
from creative_envs.core.errors import InvalidWork
from creative_envs.core.reading import read_plain
from creative_envs.core.task import as_array
from creative_envs.patches.geometry import N_TRANSFORMS, SIZES, composed, moved_cells
from creative_envs.patches.library.patch_library import PatchLibrary

EMPTY: Final = -1
"""Stands in `Composition.cells` where nothing is placed yet."""


@dataclass(frozen=True)
class Composition:
    """A square canvas of cells, each holding a patch in one of eight orientations.

    Two compositions are equal if they are made of the same patches in the same way: libraries are
    compared by hash.

    Attributes:
        cells: Tile in each cell in reading order, ``patch * 8 + transform`` (``geometry``), or
            EMPTY; size x size of them.
        size: Cells along the side, one of ``geometry.SIZES``.
        library: What the patches are taken from.
        title: One line of text.
        scores: Named results, such as quality, craft, adherence and novelty.
        brief: What was asked for, by name; plain values, tuples and mappings of them.
        provenance: Where the composition comes from; the same kind of values.
        library_sha256: Hash of the library.

    Raises:
        InvalidWork: Some part does not describe a composition; the message names it.
    """

    cells: tuple[int, ...]
    size: int
    library: PatchLibrary = field(compare=False, repr=False)
    title: str = "Untitled"
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)
    brief: Mapping[str, Any] = field(default_factory=dict, hash=False)
    provenance: Mapping[str, Any] = field(default_factory=dict, hash=False)
    library_sha256: str = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.library, PatchLibrary):
            raise InvalidWork(f"library is {self.library!r}: give a PatchLibrary")
        size = whole_number(self.size, "size")
        if size not in SIZES:
            raise InvalidWork(f"size is {size}: give one of {SIZES} cells along the side")
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "cells", _checked_cells(self.cells, size, len(self.library)))
        object.__setattr__(self, "title", one_line(self.title))
        object.__setattr__(self, "scores", checked_scores(self.scores))
        object.__setattr__(self, "brief", plain_mapping(self.brief, "brief"))
        object.__setattr__(self, "provenance", plain_mapping(self.provenance, "provenance"))
        object.__setattr__(self, "library_sha256", self.library.sha256)

    @classmethod
    def from_work(
        cls,
        tokens: ArrayLike,
        length: int,
        size: int,
        library: PatchLibrary,
        **attributes: Any,
    ) -> Composition:
        """Builds a composition from a work's tokens, trusting nothing.

        Args:
            tokens: Rows (patch, transform) of the cells in reading order, shape (size^2, 2); those
                from ``length`` on are ignored.
            length: Cells placed.
            size: Cells along the side.
            library: What the patches are taken from.
            **attributes: Further attributes of `Composition`, such as ``title`` or ``scores``.

        Raises:
            InvalidWork: The tokens do not describe a composition on this canvas.
        """
        rows = as_array(tokens)
        cells = whole_number(size, "size") ** 2
        if rows.dtype.kind not in "iu" or rows.shape != (cells, 2):
            raise InvalidWork(
                f"Tokens of a canvas of {size} x {size} cells are whole numbers of shape "
                f"({cells}, 2), got {rows.dtype}{rows.shape}: name the size the work was made in."
            )
        placed = whole_number(length, "length")
        if not 0 <= placed <= cells:
            raise InvalidWork(f"length is {placed}, but there are {cells} cells")
        patches, transforms = rows[:placed].T.tolist()
        _require_below(patches, len(library), "a patch")
        _require_below(transforms, N_TRANSFORMS, "a transform")
        tiles = [p * N_TRANSFORMS + t for p, t in zip(patches, transforms, strict=True)]
        return cls((*tiles, *[EMPTY] * (cells - placed)), size, library, **attributes)

    @classmethod
    def load(cls, path: str | Path, library: str | PatchLibrary | None = None) -> Composition:
        """Reads a composition that `save` wrote as JSON; the result equals what was saved.

        Args:
            path: The file.
            library: The library it was made of, or what ``load_library`` finds it by; by default
                it is found by the name in the file.

        Raises:
            OSError: The file cannot be read.
            InvalidWork: It is not a composition written by `save`, or its library cannot be found
                or is another one by now.
        """
        from creative_envs.patches.export.document import composition_from_json

        return composition_from_json(read_plain(path), source=str(path), library=library)

    def save(self, path: str | Path) -> Path:
        """Writes the composition in the format the suffix names: .png, .gif, .svg or .json.

        A GIF shows it growing cell by cell; an SVG needs a library that was drawn, not cut out of
        pictures. The file appears whole or not at all.

        Returns:
            The path.

        Raises:
            InvalidArgument: The suffix names no known format, or one this work cannot take.
            OSError: The file could not be written; the message says what to do.
        """
        from creative_envs.patches.export import FORMATS

        return save_as(self, path, FORMATS)

    @property
    def media(self) -> tuple[str, ...]:
        """Suffixes `save` writes for this work, pictures first."""
        return (".png", ".gif", ".svg", ".json") if self.library.drawings else _ALWAYS

    @property
    def placed(self) -> tuple[int, ...]:
        """The tiles in the cells that have one, in reading order."""
        return tuple(tile for tile in self.cells if tile != EMPTY)

    @property
    def complete(self) -> bool:
        """Whether every cell has its tile."""
        return EMPTY not in self.cells

    def picture(self, pixels: int | None = None) -> NDArray[np.uint8]:
        """The composition as a picture, shape (pixels, pixels, 3); see `render.picture`.

        Args:
            pixels: Along the side; by default as many as the originals of the patches have.
        """
        from creative_envs.patches.render import picture

        return picture(self, pixels)

    def transformed(self, transform: int) -> Composition:
        """The whole canvas mirrored and turned; without scores, which are of this orientation.

        Args:
            transform: 0..7, as of a tile (``geometry``).

        Raises:
            InvalidWork: It is something else.
        """
        _require_below([whole_number(transform, "a transform")], N_TRANSFORMS, "a transform")
        cells = [self.cells[source] for source in moved_cells(self.size, transform)]
        return replace(self, cells=tuple(_turned(c, transform) for c in cells), scores={})

    def __str__(self) -> str:
        state = "" if self.complete else f", {len(self.placed)} of {len(self.cells)} placed"
        patches = len({tile // N_TRANSFORMS for tile in self.placed})
        return (
            f"{self.title} ({self.size} x {self.size} cells, {patches} different patches of "
            f"{self.library.name}{state})"
        )

    def _repr_html_(self) -> str:
        """The picture for notebooks, self-contained."""
        from creative_envs.patches.render import png_bytes

        return (
            f'<img style="max-width:100%" alt="{html.escape(str(self))}" '
            f'src="{data_uri("image/png", png_bytes(self))}">'
        )


_ALWAYS: Final = (".png", ".gif", ".json")
"""Suffixes of the formats that works of every library can be written in."""


def _turned(tile: int, transform: int) -> int:
    if tile == EMPTY:
        return EMPTY
    patch, before = divmod(tile, N_TRANSFORMS)
    return patch * N_TRANSFORMS + composed(before, transform)


def _checked_cells(cells: Iterable[int], size: int, n_patches: int) -> tuple[int, ...]:
    checked = tuple(whole_number(tile, "a cell") for tile in cells)
    if len(checked) != size**2:
        raise InvalidWork(f"{len(checked)} cells are given for a canvas of {size} x {size}")
    n_tiles = n_patches * N_TRANSFORMS
    for index, tile in enumerate(checked):
        if not EMPTY <= tile < n_tiles:
            raise InvalidWork(
                f"cell {index} holds tile {tile}: a library of {n_patches} patches has tiles "
                f"0..{n_tiles - 1}, and {EMPTY} says that the cell is empty"
            )
    return checked


def _require_below(numbers: Iterable[int], bound: int, name: str) -> None:
    for number in numbers:
        if not 0 <= number < bound:
            raise InvalidWork(f"{name} is {number}: give one of 0..{bound - 1}")
