"""What two compositions are compared by: colours, edges by place and orientation, and layout.

A vector of 240 numbers, of which the squares of the first two parts sum to 1 each (so that their
distances are Hellinger distances): a histogram of colours (4 x 4 x 4 bins of Lab), histograms of
edge orientations in 4 x 4 blocks (Dalal and Triggs, 2005), and the mean colours of 4 x 4 blocks.
All are sums over cells. A transform of the whole canvas only permutes the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.patches.geometry import N_TRANSFORMS, SIZES, moved_cells
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.patch_library import PatchLibrary

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

BLOCKS: Final = 4
"""Blocks along the side of the canvas."""
N_BLOCKS: Final = BLOCKS * BLOCKS
N_COLOURS: Final = 64
N_ANGLES: Final = 8
"""Orientations (not directions) of edges, each centred on a multiple of 22.5 degrees."""
FIRST_EDGE: Final = N_COLOURS
FIRST_BLOCK: Final = FIRST_EDGE + N_BLOCKS * N_ANGLES
N_FEATURES: Final = FIRST_BLOCK + N_BLOCKS * 3
_LAYOUT_LOWEST: Final = np.array([0.0, -125.0, -125.0])
_LAYOUT_SPAN: Final = 250.0
"""From Lab units to the scale of the histograms, within [0, 1]."""
_LIGHT_STEP, _CHROMA_STEP, _CHROMA_LOW = 25.0, 24.0, -48.0


def _block_of() -> NDArray[np.int64]:
    """Block of each row (or column) of a canvas, by size: (largest size + 1, largest size).

    Mirror images must have mirrored blocks, also where four do not divide the size.
    """
    blocks = np.zeros((max(SIZES) + 1, max(SIZES)), np.int64)
    for size in SIZES:
        row = np.arange(size)
        even = row * BLOCKS // size
        blocks[size, :size] = (
            even if size % BLOCKS == 0 else np.rint(row * (BLOCKS - 1) / (size - 1))
        )
    return blocks


_BLOCK_OF: Final = _block_of()


class FeatureTables(NamedTuple):
    """What each of the A tiles of n libraries adds to the features of a canvas."""

    colours: Float32
    """(n, A, 64) share of the pixels by colour."""
    angles: Float32
    """(n, A, 8) gradient magnitude of L* by orientation, summed over pixels."""
    mean: Float32
    """(n, A, 3) mean Lab colour, scaled to [0, 1]."""


def feature_tables(libraries: Sequence[PatchLibrary]) -> FeatureTables:
    """Computes the tables of libraries with the same number of patches."""
    parts = [_library_tables(library) for library in libraries]
    return FeatureTables(
        *(np.stack(column).astype(np.float32) for column in zip(*parts, strict=True))
    )


def _library_tables(library: PatchLibrary) -> tuple[Float64, Float64, Float64]:
    lab = srgb_to_lab(library.tiles)
    light = np.clip(lab[..., 0] / _LIGHT_STEP, 0, 3).astype(np.int64)
    chroma = np.clip((lab[..., 1:] - _CHROMA_LOW) / _CHROMA_STEP, 0, 3).astype(np.int64)
    place = (light * 16 + chroma[..., 0] * 4 + chroma[..., 1]).reshape(len(lab), -1)
    colours = np.eye(N_COLOURS)[place].mean(axis=1)
    down, right = np.gradient(lab[..., 0], axis=(1, 2))
    turn = np.rint(np.arctan2(down, right) * (N_ANGLES / np.pi)).astype(np.int64) % N_ANGLES
    weight = np.hypot(right, down).reshape(len(lab), -1, 1)
    angles = (np.eye(N_ANGLES)[turn.reshape(len(lab), -1)] * weight).sum(axis=1)
    return colours, angles, (lab.mean(axis=(1, 2)) - _LAYOUT_LOWEST) / _LAYOUT_SPAN


@njit(cache=True, nogil=True, error_model="numpy")
def extract(
    cells: NDArray[np.int16], size: int, library: int, tables: FeatureTables, out: Float32
) -> None:
    """Writes the features (240,) of one full canvas (cells,).

    Portfolios show them, so they are the same to the last bit everywhere: without `fastmath`, by
    which a process that compiles this and one that finds it compiled round differently.
    """
    out[:] = 0.0
    colours, angles, mean = tables.colours[library], tables.angles[library], tables.mean[library]
    share = np.float32(1.0 / (size * size))
    in_block = np.zeros(N_BLOCKS, np.float32)
    for cell in range(size * size):
        tile = cells[cell]
        block = _BLOCK_OF[size, cell // size] * BLOCKS + _BLOCK_OF[size, cell % size]
        in_block[block] += 1
        for k in range(N_COLOURS):
            out[k] += share * colours[tile, k]
        for k in range(N_ANGLES):
            out[FIRST_EDGE + block * N_ANGLES + k] += angles[tile, k]
        for k in range(3):
            out[FIRST_BLOCK + block * 3 + k] += mean[tile, k]
    edges = np.float32(1e-6)
    for k in range(FIRST_EDGE, FIRST_BLOCK):
        edges += out[k]
    for k in range(FIRST_EDGE):
        out[k] = min(np.sqrt(out[k]), np.float32(1.0))  # shares may sum to a little more
    for k in range(FIRST_EDGE, FIRST_BLOCK):
        out[k] = min(np.sqrt(out[k] / edges), np.float32(1.0))
    for block in range(N_BLOCKS):
        for k in range(3):
            out[FIRST_BLOCK + block * 3 + k] /= in_block[block]


@njit(cache=True, nogil=True, error_model="numpy")
def extract_all(
    cells: NDArray[np.int16], size: int, library: NDArray[np.int64], tables: FeatureTables
) -> Float32:
    """Features (n, 240) of full canvases (n, cells) of the libraries (n,)."""
    out = np.empty((len(cells), N_FEATURES), np.float32)
    for work in range(len(cells)):
        extract(cells[work], size, library[work], tables, out[work])
    return out


def _permutation(transform: int) -> NDArray[np.int64]:
    """Where each feature of a transformed canvas stands among those of the original, (240,)."""
    blocks = moved_cells(BLOCKS, transform)
    angle = np.arange(N_ANGLES)
    before = angle + N_ANGLES // 2 * (transform % 2)  # quarter turns move orientations by half
    if transform >= N_TRANSFORMS // 2:
        before = -before
    edges = FIRST_EDGE + blocks[:, None] * N_ANGLES + before % N_ANGLES
    layout = FIRST_BLOCK + blocks[:, None] * 3 + np.arange(3)
    return np.concatenate((np.arange(N_COLOURS), edges.ravel(), layout.ravel()))


ORIENTATIONS: Final = np.array([_permutation(t) for t in range(N_TRANSFORMS)])
"""(8, 240): ``features[ORIENTATIONS[t]]`` are those of the canvas under transform t."""
