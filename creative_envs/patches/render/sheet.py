"""Many compositions in one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from creative_envs.core.errors import InvalidArgument
from creative_envs.core.lettering import fitted, font
from creative_envs.patches.artefact import Composition
from creative_envs.patches.render.canvas import picture

_PAPER: Final = (250, 249, 246)
_INK: Final = (75, 85, 99)
_LEADING_SCORES: Final = ("quality", "reward", "craft")
"""The first of these that a composition has is its caption."""


def contact_sheet(
    compositions: Sequence[Composition],
    columns: int | None = None,
    cell: int = 160,
    captions: Sequence[str] | None = None,
) -> NDArray[np.uint8]:
    """Sets compositions side by side, each with a line of text below.

    Args:
        compositions: What to show, in reading order; their canvases may differ in size.
        columns: How many stand side by side; by default the sheet is about square.
        cell: Pixels along the side of each picture.
        captions: A text for each; "" for none. By default its quality, or else its title.

    Returns:
        sRGB, shape (H, W, 3).

    Raises:
        InvalidArgument: Nothing to show, or numbers that do not fit it.
    """
    count = len(compositions)
    if not count:
        raise InvalidArgument("a contact sheet needs at least one composition")
    if columns is None:
        columns = math.ceil(math.sqrt(count))
    if columns < 1:
        raise InvalidArgument(f"columns is {columns}: give at least 1")
    texts = [_caption(shown) for shown in compositions] if captions is None else list(captions)
    if len(texts) != count:
        raise InvalidArgument(f"{len(texts)} captions for {count} compositions: give one for each")
    type_size = min(15, max(9, round(cell * 0.075)))
    gap = max(6, cell // 10)
    line = round(type_size * 1.7) if any(texts) else 0
    columns = min(columns, count)
    across, down = cell + gap, cell + line + gap
    sheet = Image.new("RGB", (columns * across + gap, -(-count // columns) * down + gap), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (shown, text) in enumerate(zip(compositions, texts, strict=True)):
        row, column = divmod(index, columns)
        left, top = gap + column * across, gap + row * down
        sheet.paste(Image.fromarray(picture(shown, cell)), (left, top))
        at = (left, top + cell + line / 2)
        letters = fitted(text, type_size, cell)
        draw.text(at, letters, fill=_INK, font=font(type_size), anchor="lm")
    return np.array(sheet, np.uint8)


def _caption(composition: Composition) -> str:
    for name in _LEADING_SCORES:
        if name in composition.scores:
            return f"{name} {composition.scores[name]:.2f}"
    return composition.title
