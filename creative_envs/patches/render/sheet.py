"""Many compositions in one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.contact_sheet import arrange, caption
from creative_envs.patches.artefact import Composition
from creative_envs.patches.render.canvas import picture


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
    if captions is None:
        captions = [caption(shown.scores, shown.title) for shown in compositions]
    pictures = [Image.fromarray(picture(shown, cell)) for shown in compositions]
    type_size = min(15, max(9, round(cell * 0.075)))
    return arrange(pictures, captions, columns, max(6, cell // 10), type_size)
