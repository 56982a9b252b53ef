"""GIF: a composition growing cell by cell, again and again."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.animation import looped
from creative_envs.patches.artefact import Composition
from creative_envs.patches.render.canvas import picture
from creative_envs.patches.render.time_lapse import emptied, moment_of_pixels

PIXELS: Final = 384
"""Along the side unless asked otherwise; whole pixels a cell on every canvas."""
GROWING: Final = 4500
"""Milliseconds a complete canvas takes to grow, about."""
EMPTY_HOLD: Final = 400
"""Milliseconds the empty canvas is shown."""
HOLD: Final = 2500
"""Milliseconds the work is shown before it grows again."""
_COLOURS: Final = 120
_EMPTY_COLOURS: Final = 8
_TICK: Final = 10
"""GIF counts time in steps of so many milliseconds."""


def gif_bytes(composition: Composition, pixels: int = PIXELS) -> bytes:
    """A GIF that begins with the empty canvas, shows each cell placed, holds and loops.

    The colours are reduced once, for all frames: what is painted stays as it is, and a frame
    stores the new cell only.

    Args:
        composition: What to show, finished or not.
        pixels: Along the side.

    Raises:
        InvalidArgument: There is no picture of so many pixels.
    """
    whole, palette = _reduced(picture(composition, pixels), _COLOURS, composition)
    empty, empty_palette = _reduced(picture(emptied(composition), pixels), _EMPTY_COLOURS, None)
    moments = moment_of_pixels(composition, pixels)
    first = len(palette) // 3
    frames = []
    for moment in range(len(composition.placed) + 1):
        painted = (moments > 0) & (moments <= moment)
        frame = Image.fromarray(np.where(painted, whole, empty + first))
        frame.putpalette(palette + empty_palette)
        frames.append(frame)
    return looped(frames, durations(composition))


def durations(composition: Composition) -> list[int]:
    """Milliseconds each frame is shown."""
    step = max(2 * _TICK, round(GROWING / len(composition.cells) / _TICK) * _TICK)
    placed = len(composition.placed)
    return [EMPTY_HOLD, *[step] * (placed - 1), HOLD] if placed else [HOLD]


def _reduced(
    pixels: NDArray[np.uint8], colours: int, composition: Composition | None
) -> tuple[NDArray[np.uint8], list[int]]:
    """A picture as indices into a palette, dithered where its patches are photographs."""
    image = Image.fromarray(pixels)
    reduced = image.quantize(colours, method=Image.Quantize.MEDIANCUT, kmeans=1)
    if composition is not None and composition.library.photographic:
        reduced = image.quantize(palette=reduced, dither=Image.Dither.FLOYDSTEINBERG)
    palette = reduced.getpalette() or []
    return np.array(reduced, np.uint8), palette[: 3 * colours]
