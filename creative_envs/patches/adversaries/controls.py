"""Canvases that are not compositions, made on purpose: what craft must tell from pictures.

Each is made of the tiles of a given canvas (a picture cut into its cells, say), or of a library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.craft.tables import TileTables
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.patterns import mirrored_quadrant, under

Cells = NDArray[np.int64]
Rng = np.random.Generator
Control = Callable[[Cells, TileTables, Rng], Cells]
"""Makes a canvas (size, size) of the tiles of another one, by the tables of its library."""


def shuffled(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """The same tiles in random places."""
    return rng.permutation(cells.ravel()).reshape(cells.shape)


def random_tiles(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """Any tiles under any transforms."""
    patches = rng.choice(cells.ravel() // N_TRANSFORMS, cells.shape)
    return np.asarray(patches * N_TRANSFORMS + rng.integers(0, N_TRANSFORMS, cells.shape))


def one_patch(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """One tile everywhere."""
    return np.full(cells.shape, rng.choice(cells.ravel()))


def blank(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """One of the four flattest tiles everywhere."""
    flattest = np.argsort(tables.gradient[0][cells.ravel()], kind="stable")[:4]
    return np.full(cells.shape, cells.ravel()[rng.choice(flattest)])


def gradient(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """The same tiles, ordered along a random direction by lightness or a colour."""
    y, x = np.indices(cells.shape)
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle) + rng.uniform(0, 0.2, cells.shape)
    by_colour = np.argsort(tables.mean[0][cells.ravel(), rng.integers(3)], kind="stable")
    made = np.empty(cells.size, np.int64)
    made[np.argsort(along, axis=None)] = cells.ravel()[by_colour]
    return made.reshape(cells.shape)


def checker(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """Two tiles by turns."""
    one, other = rng.choice(cells.ravel(), 2)
    return np.asarray(np.where(np.indices(cells.shape).sum(axis=0) % 2, one, other))


def kaleidoscope(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """A quadrant of random tiles and its mirror images."""
    half = len(cells) // 2
    return mirrored_quadrant(shuffled(cells, tables, rng)[:half, :half])


def mirrored_detail(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """A quarter of the canvas itself and its mirror images."""
    half = len(cells) // 2
    top, left = rng.integers(0, len(cells) - half + 1, 2)
    return mirrored_quadrant(cells[top : top + half, left : left + half])


def sorted_by_lightness(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """The same tiles from dark to light, or back, by rows or by columns."""
    order = np.argsort(tables.mean[0][cells.ravel(), 0], kind="stable")
    made = cells.ravel()[order[:: rng.choice((-1, 1))]].reshape(cells.shape)
    return made.T if rng.random() < 0.5 else made


def mirror_eyes(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """Blocks of two by two: a tile and its mirror images, which fit each other whatever it is."""
    chosen = rng.permutation(cells.ravel())[: (len(cells) // 2) ** 2]
    blocks = [mirrored_quadrant(np.array([[tile]])) for tile in chosen]
    side = len(cells) // 2
    return np.block([[blocks[side * y + x] for x in range(side)] for y in range(side)])


def tiling_loop(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """A block of two by two tiles repeated over the canvas."""
    block = rng.choice(cells.ravel(), (2, 2))
    return np.tile(block, (len(cells) // 2, len(cells) // 2))


def loop_of_mirrors(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """One tile turned so that every neighbour is its mirror image: wallpaper."""
    tile = rng.choice(cells.ravel())
    return np.tile(mirrored_quadrant(np.array([[tile]])), (len(cells) // 2, len(cells) // 2))


def rows_of_one(cells: Cells, tables: TileTables, rng: Rng) -> Cells:
    """A tile a row, every other one mirrored so that contours go on."""
    row = rng.permutation(cells.ravel())[: len(cells)]
    return np.stack([row, under(row, N_TRANSFORMS // 2)] * (len(cells) // 2), axis=1)


CONTROLS: Final[Mapping[str, Control]] = {
    "shuffled": shuffled,
    "random": random_tiles,
    "one patch repeated": one_patch,
    "blank": blank,
    "gradient": gradient,
    "checker": checker,
    "kaleidoscope": kaleidoscope,
    "mirrored detail": mirrored_detail,
    "luminance-sorted": sorted_by_lightness,
}
"""What pictures are told from."""

HACKS: Final[Mapping[str, Control]] = {
    "mirror eyes": mirror_eyes,
    "tiling loop": tiling_loop,
    "loop of mirrors": loop_of_mirrors,
    "rows of one tile": rows_of_one,
    **{name: CONTROLS[name] for name in CONTROLS if name not in ("mirrored detail", "random")},
}
"""Families in which the best of many is looked for: none may pass for a picture."""
