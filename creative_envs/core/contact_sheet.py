"""Many pictures of works in one, each with a line of text below."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.lettering import fitted, font

PAPER: Final = (250, 249, 246)
INK: Final = (75, 85, 99)
_LEADING_SCORES: Final = ("quality", "reward", "craft")
"""The first of these that a work has is its caption."""


def arrange(
    pictures: Sequence[Image.Image],
    captions: Sequence[str],
    columns: int | None,
    gap: int,
    type_size: int,
) -> NDArray[np.uint8]:
    """Sets pictures of one size side by side, in reading order.

    Args:
        pictures: What to show.
        captions: A text for each; "" for none.
        columns: How many stand side by side; None for a sheet that is about square.
        gap: Pixels between pictures.
        type_size: Of the captions, in pixels.

    Returns:
        sRGB, shape (H, W, 3).

    Raises:
        InvalidArgument: Nothing to show, or numbers that do not fit it.
    """
    count = len(pictures)
    if not count:
        raise InvalidArgument("a contact sheet needs at least one work")
    if columns is None:
        columns = math.ceil(math.sqrt(count))
    if columns < 1:
        raise InvalidArgument(f"columns is {columns}: give at least 1")
    if len(captions) != count:
        raise InvalidArgument(f"{len(captions)} captions for {count} works: give one for each")
    width, height = pictures[0].size
    line = round(type_size * 1.7) if any(captions) else 0
    columns = min(columns, count)
    across, down = width + gap, height + line + gap
    sheet = Image.new("RGB", (columns * across + gap, -(-count // columns) * down + gap), PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (picture, text) in enumerate(zip(pictures, captions, strict=True)):
        row, column = divmod(index, columns)
        left, top = gap + column * across, gap + row * down
        sheet.paste(picture, (left, top))
        at = (left, top + height + line / 2)
        draw.text(at, fitted(text, type_size, width), fill=INK, font=font(type_size), anchor="lm")
    return np.array(sheet, np.uint8)


def caption(scores: Mapping[str, float], title: str) -> str:
    """The leading score of a work in words, or else its title."""
    for name in _LEADING_SCORES:
        if name in scores:
            return f"{name} {scores[name]:.2f}"
    return title
