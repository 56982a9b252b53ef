"""A library of patches: what a picture is put together from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.arguments import is_whole, shown
from creative_envs.core.errors import InvalidArgument
from creative_envs.patches.geometry import (
    CELL,
    FEWEST_PATCHES,
    MOST_PATCHES,
    N_TRANSFORMS,
    all_transforms,
)

if TYPE_CHECKING:
    from creative_envs.patches.library.drawing import Drawing

ORIGINAL: Final = 64
"""Pixels along the side of a patch's original, from which pictures of any size are rendered."""


@dataclass(frozen=True, eq=False)
class PatchLibrary:
    """K patches in fine resolution, and as they are scored.

    Attributes:
        name: What `load_library` finds it by, or says where it comes from.
        originals: uint8 sRGB, shape (K, 64, 64, 3).
        photographic: Whether the patches are cut out of pictures. A patch beside its own mirror
            image then earns half the credit for their seam, which always fits.
        drawings: The K patches as vector shapes, where they were drawn; else empty.
        sources: Where each patch comes from, in words; K of them.

    Raises:
        InvalidArgument: Shapes or types that do not fit each other.
    """

    name: str
    originals: NDArray[np.uint8] = field(repr=False)
    photographic: bool
    drawings: tuple[Drawing, ...] = field(default=(), repr=False)
    sources: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Checks and freezes the originals."""
        shape = self.originals.shape
        if self.originals.dtype != np.uint8 or shape[1:] != (ORIGINAL, ORIGINAL, 3):
            raise InvalidArgument(
                f"Originals are uint8 of shape (K, {ORIGINAL}, {ORIGINAL}, 3), "
                f"got {self.originals.dtype}{shape}."
            )
        for name, parts in (("drawings", self.drawings), ("sources", self.sources)):
            if parts and len(parts) != len(self):
                raise InvalidArgument(f"{len(parts)} {name} for {len(self)} patches")
        self.originals.flags.writeable = False

    def __len__(self) -> int:
        """K, the number of patches."""
        return len(self.originals)

    @cached_property
    def patches(self) -> NDArray[np.uint8]:
        """The patches as they are scored, shape (K, 8, 8, 3): means over squares of originals."""
        return reduced(self.originals)

    @cached_property
    def tiles(self) -> NDArray[np.uint8]:
        """All patches under all transforms, shape (8 K, 8, 8, 3)."""
        return all_transforms(self.patches)

    @cached_property
    def distinct(self) -> NDArray[np.bool_]:
        """Which tiles are the first of their kind, shape (8 K,); the others repeat an earlier one.

        Symmetric patches look the same under several transforms.
        """
        return np.asarray(self.first_alike == np.arange(len(self.first_alike)))

    @cached_property
    def first_alike(self) -> NDArray[np.int16]:
        """The first tile that looks like each, shape (8 K,): itself if it is distinct."""
        first: dict[bytes, int] = {}
        pixels = (tile.tobytes() for tile in self.tiles)
        return np.array([first.setdefault(p, tile) for tile, p in enumerate(pixels)], np.int16)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of all that scores and renderings are computed from."""
        digest = hashlib.sha256(f"{self.originals.shape} {self.photographic}".encode())
        digest.update(self.originals.tobytes())
        return digest.hexdigest()

    def tile_originals(self, tiles: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """Tiles (n,) in fine resolution, shape (n, 64, 64, 3)."""
        patch, transform = np.divmod(np.asarray(tiles), N_TRANSFORMS)
        return np.array(
            [
                all_transforms(self.originals[p : p + 1])[t]
                for p, t in zip(patch, transform, strict=True)
            ]
        )


def reduced(originals: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Squares (n, 64, 64, 3) as they are scored, shape (n, 8, 8, 3)."""
    step = ORIGINAL // CELL
    blocks = originals.reshape(-1, CELL, step, CELL, step, 3)
    sums = blocks.sum(axis=(2, 4), dtype=np.int64)
    return np.asarray((2 * sums + step**2) // (2 * step**2), np.uint8)


def require_number(patches: int) -> None:
    """Raises `InvalidArgument` unless a library can have so many patches."""
    if not is_whole(patches) or not FEWEST_PATCHES <= patches <= MOST_PATCHES:
        raise InvalidArgument(
            f"patches is a whole number, {FEWEST_PATCHES} to {MOST_PATCHES}, got {shown(patches)}"
        )
