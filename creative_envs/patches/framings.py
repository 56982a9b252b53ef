"""Framings: square details of pictures, as a photographer would move and zoom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.randomness import counter_uniforms
from creative_envs.patches.geometry import CELL

SMALLEST_FRAME: Final = 0.4
"""Side of the smallest detail, as a share of the picture's shorter side."""
_FIRST_KEY: Final = 20160712
_ROLLS: Final = 3
"""Uniform numbers a framing takes."""


class Framings(NamedTuple):
    """Details of pictures at the resolution of a canvas."""

    pixels: NDArray[np.uint8]
    """sRGB, shape (n, 8 size, 8 size, 3)."""
    picture: NDArray[np.int64]
    """Which picture each shows, shape (n,)."""


def framings(pictures: Sequence[NDArray[np.uint8]], each: int, size: int) -> Framings:
    """Takes details of pictures, the same on every machine.

    The first details of a picture are the same ones however many are asked for.

    Args:
        pictures: uint8 sRGB, each (H, W, 3).
        each: How many details of each.
        size: Cells along the side of the canvas.
    """
    side = CELL * size
    pixels = np.empty((len(pictures) * each, side, side, 3), np.uint8)
    keys = np.arange(_FIRST_KEY, _FIRST_KEY + len(pictures), dtype=np.uint64)
    rolls = counter_uniforms(keys, _ROLLS * each).reshape(-1, _ROLLS)
    owner = np.repeat(np.arange(len(pictures)), each)
    for row, (picture, (zoom, right, down)) in enumerate(zip(owner, rolls, strict=True)):
        height, width = pictures[int(picture)].shape[:2]
        extent = min(height, width) * (SMALLEST_FRAME + (1 - SMALLEST_FRAME) * zoom)
        left, top = right * (width - extent), down * (height - extent)
        image = Image.fromarray(pictures[int(picture)])
        box = (left, top, left + extent, top + extent)
        detail = image.resize((side, side), Image.Resampling.LANCZOS, box=box)
        pixels[row] = np.asarray(detail)
    return Framings(pixels, owner)
