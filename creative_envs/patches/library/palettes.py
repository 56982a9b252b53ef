"""Palettes of procedural libraries, and which of their colours go beside each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.drawing import Colour
from creative_envs.patches.library.names import require_known

PALETTES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "bauhaus": ("#f1ead8", "#d8492f", "#efb94c", "#235789", "#5f9e86", "#21262f"),
        "sea": ("#eef3ea", "#a9d5cf", "#4fa3a5", "#f2a65a", "#1f6f8b", "#12304a"),
        "forest": ("#f0ecd6", "#c9c36b", "#d98a3d", "#7fa069", "#3c6e47", "#1f2e24"),
        "dusk": ("#fbe8d3", "#f4a582", "#d6546f", "#7b3f72", "#4a5a9b", "#1e1b3a"),
        "terracotta": ("#f5e9da", "#e3b587", "#c8643c", "#8aa39b", "#7a3b2e", "#2b2326"),
        "candy": ("#fff4ec", "#ffc2b4", "#f2d05c", "#ef6f8f", "#43b5a0", "#3b3663"),
        "ink": ("#f7f5ef", "#cfcabd", "#938e86", "#c4342d", "#55565c", "#17181c"),
        "meadow": ("#fbf7e4", "#f6cf4f", "#9cc76b", "#e8725c", "#4d7fb8", "#29404f"),
    }
)
"""Named palettes, as hexadecimal sRGB; each spans light and dark."""
FEWEST_COLOURS, MOST_COLOURS = 2, 8
_CLEARLY_APART: Final = 38.0
"""Distance in Lab from which one colour reads well on another."""
_APART: Final = 5.0
"""Distance in Lab from which two colours of a palette count as two."""


def palette_colours(palette: str | Sequence[str]) -> tuple[Colour, ...]:
    """The colours of a palette.

    Args:
        palette: A name of `PALETTES`, or 2 to 8 colours as hexadecimal sRGB (``"#d8492f"``).

    Raises:
        InvalidArgument: An unknown name, or colours that are malformed, too few, too many or too
            much alike.
    """
    if isinstance(palette, str):
        require_known("palette", palette, PALETTES)
        palette = PALETTES[palette]
    if not FEWEST_COLOURS <= len(palette) <= MOST_COLOURS:
        raise InvalidArgument(
            f"a palette has {FEWEST_COLOURS} to {MOST_COLOURS} colours, got {len(palette)}"
        )
    colours = tuple(_parsed(text) for text in palette)
    apart = _distances(colours)
    for i, j in combinations(range(len(colours)), 2):
        if apart[i, j] < _APART:
            raise InvalidArgument(
                f"colours {palette[i]} and {palette[j]} look the same; leave one out"
            )
    return colours


def colour_pairs(
    colours: Sequence[Colour], count: int, rng: np.random.Generator
) -> list[tuple[Colour, Colour]]:
    """Pairs of colours that read well on each other, all of them linked by shared colours.

    Every colour is in a pair if there are enough pairs for that and it reads well on another one.

    Args:
        colours: At least two.
        count: How many pairs; fewer are given where there are no more.
        rng: Decides which.
    """
    apart = _distances(colours)
    left = [pair for pair in combinations(range(len(colours)), 2) if apart[pair] >= _CLEARLY_APART]
    left = left or list(combinations(range(len(colours)), 2))
    used = [0] * len(colours)
    chosen: list[tuple[Colour, Colour]] = []
    while left and len(chosen) < count:
        # Only `random` is drawn from: NumPy keeps its stream, not those of its other methods.
        luck = {pair: rng.random() for pair in left}
        linked = [pair for pair in left if used[pair[0]] or used[pair[1]]] or left
        first, second = min(linked, key=lambda p: (used[p[0]] + used[p[1]], luck[p]))
        left.remove((first, second))
        used[first] += 1
        used[second] += 1
        chosen.append((colours[first], colours[second]))
    return chosen


def _parsed(text: str) -> Colour:
    match = re.fullmatch(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", str(text))
    if match is None:
        raise InvalidArgument(f"{text!r} is not a colour; write it like '#d8492f'")
    red, green, blue = (int(part, 16) for part in match.groups())
    return red, green, blue


def _distances(colours: Sequence[Colour]) -> NDArray[np.float64]:
    """Distances in Lab, rounded so that every machine compares them alike; (n, n)."""
    lab = srgb_to_lab(np.array(colours, np.uint8))
    squared = ((lab[:, None] - lab[None]) ** 2).sum(axis=2)
    return np.asarray(np.round(np.sqrt(squared), 6))
