"""A composition drawn with characters, for terminals."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.render.canvas import picture

_ACROSS: Final = 2
"""Characters a cell: about as wide as one is high."""
_RESET: Final = "\x1b[0m"
_BOLD: Final = "\x1b[1m"
_FAINT: Final = "\x1b[2m"


def ansi(composition: Composition) -> str:
    """Draws a composition for a terminal with 24-bit colours: two characters a cell.

    A character shows two colours, one above the other; a cell that waits for its tile is a faint
    dot. The title and the scores stand above.
    """
    size = composition.size
    facts = f"{size} x {size} · {composition.library.name}"
    scores = " · ".join(f"{name} {value:.2f}" for name, value in composition.scores.items())
    heading = [f"{_BOLD}{composition.title}{_RESET}  {facts}", *([scores] if scores else [])]
    points = picture(composition, _ACROSS * size).reshape(size, _ACROSS, size, _ACROSS, 3)
    cells = points.transpose(0, 2, 1, 3, 4).reshape(size * size, _ACROSS, _ACROSS, 3)
    texts = [
        f"{_FAINT}· {_RESET}" if tile == EMPTY else _blocks(*cell)
        for tile, cell in zip(composition.cells, cells, strict=True)
    ]
    lines = ["".join(texts[first : first + size]) for first in range(0, size * size, size)]
    return "\n".join((*heading, "", *lines)) + "\n"


def _blocks(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> str:
    """Half blocks of colours, shapes (W, 3): the letter's colour is above, the ground's below."""
    pairs = zip(upper.tolist(), lower.tolist(), strict=True)
    blocks = ("\x1b[38;2;{};{};{};48;2;{};{};{}m▀".format(*above, *below) for above, below in pairs)
    return "".join(blocks) + _RESET
