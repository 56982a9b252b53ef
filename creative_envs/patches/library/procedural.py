"""Libraries of drawn patches: a style, a palette and a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creative_envs.core.errors import InvalidArgument
from creative_envs.patches.geometry import (
    N_PATCHES,
    all_transforms,
)
from creative_envs.patches.library.drawing import Colour, Drawing, hexadecimal
from creative_envs.patches.library.motifs import MOTIFS, Motif
from creative_envs.patches.library.names import require_known
from creative_envs.patches.library.palettes import colour_pairs, palette_colours
from creative_envs.patches.library.patch_library import (
    ORIGINAL,
    PatchLibrary,
    reduced,
    require_number,
)

Pair: TypeAlias = tuple[Colour, Colour]
STYLES: Final = ("mixed", *MOTIFS)
"""What patches show; "mixed" has some of every other style."""
_SHARES: Final[Mapping[str, float]] = MappingProxyType(
    {"truchet": 0.25, "gradients": 0.17, "textures": 0.13, "bauhaus": 0.45}
)
"""Share of each style in "mixed", in the order in which they are dealt to pairs of colours."""
_FEWEST_PAIRS: Final = 3
_PATCHES_OF_A_PAIR: Final = 4
"""Patches with shapes for each pair of colours, so that contours find others to go on in."""
_BANDS_TOGETHER: Final = 4
"""Most patches of bands in one pair of colours."""
_BOREDOM: Final = 0.7
"""How quickly a motif loses its weight with use."""


def procedural(
    style: str = "mixed",
    palette: str | Sequence[str] = "bauhaus",
    seed: int = 0,
    patches: int = N_PATCHES,
) -> PatchLibrary:
    """Draws a library: a solid patch of each colour, and shapes in pairs of colours.

    Several patches share each pair of colours, so that contours can go on from cell to cell. No
    patch looks like another one turned or mirrored. The same on every machine.

    Args:
        style: One of `STYLES`.
        palette: A name of `PALETTES`, or 2 to 8 colours as hexadecimal sRGB.
        seed: Decides which colours are paired and which shapes are taken.
        patches: K, 12 to 48.

    Raises:
        InvalidArgument: A value out of range, or too few different shapes for this palette.
    """
    require_known("style", style, STYLES)
    require_number(patches)
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InvalidArgument(f"seed is a whole number from 0, got {seed!r}")
    colours = palette_colours(palette)
    rng = np.random.Generator(np.random.PCG64(seed))
    solids = min(len(colours), patches // 3)
    shapes = patches - solids
    pairs = colour_pairs(colours, max(_FEWEST_PAIRS, shapes // _PATCHES_OF_A_PAIR), rng)
    order = dict.fromkeys([*(colour for pair in pairs for colour in pair), *colours])
    plain = sorted(list(order)[:solids], key=colours.index)
    hand = _Hand(colours, rng)
    for colour in plain:
        hand.add(Drawing(colour), f"plain {hexadecimal(colour)}")
    for name, count in _quotas(style, shapes).items():
        if not hand.deal(name, count, _chosen_pairs(name, count, pairs)):
            raise InvalidArgument(
                f"style {style!r} gives only {len(hand.drawings)} different patches with these "
                f"{len(colours)} colours, {patches} are asked for: add colours, or ask for fewer"
            )
    label = palette if isinstance(palette, str) else "+".join(map(hexadecimal, colours))
    return PatchLibrary(
        name=f"procedural:style={style},palette={label},seed={seed}",
        originals=np.array(hand.originals),
        photographic=False,
        drawings=tuple(hand.drawings),
        sources=tuple(hand.sources),
    )


def _quotas(style: str, shapes: int) -> dict[str, int]:
    """How many shapes of each style to draw."""
    if style != "mixed":
        return {style: shapes}
    counts = {name: int(share * shapes) for name, share in _SHARES.items()}
    counts["bauhaus"] += shapes - sum(counts.values())
    return counts


def _chosen_pairs(style: str, count: int, pairs: list[Pair]) -> list[Pair]:
    """Pairs of colours a style is drawn in; bands need others of their colours to go on in."""
    return pairs[: -(-count // _BANDS_TOGETHER)] if style == "truchet" else pairs


class _Hand:
    """Patches dealt so far."""

    def __init__(self, colours: Sequence[Colour], rng: np.random.Generator) -> None:
        self.drawings: list[Drawing] = []
        self.originals: list[NDArray[np.uint8]] = []
        self.sources: list[str] = []
        self._colours = colours
        self._rng = rng
        self._looks: set[bytes] = set()
        self._load: Counter[Pair] = Counter()
        self._uses: Counter[Motif] = Counter()

    def deal(self, style: str, count: int, pairs: list[Pair]) -> bool:
        """Adds so many patches of a style, evenly over the pairs; False if there are too few."""
        left = {pair: [(m, turn) for m in MOTIFS[style] for turn in (0, 1)] for pair in pairs}
        wanted = len(self.drawings) + count
        while len(self.drawings) < wanted:
            pair = min((p for p in pairs if left[p]), key=self._load.__getitem__, default=None)
            if pair is None:
                return False
            motif, turn = self._pick(left[pair], MOTIFS[style])
            left[pair].remove((motif, turn))
            ground, figure = pair[turn], pair[1 - turn]
            name = motif.__name__.strip("_").replace("_", " ")
            source = f"{name}, {hexadecimal(figure)} on {hexadecimal(ground)}"
            if self.add(motif(ground, figure, self._accent(pair)), source):
                self._load[pair] += 1
                self._uses[motif] += 1
        return True

    def _pick(
        self, left: list[tuple[Motif, int]], weights: Mapping[Motif, float]
    ) -> tuple[Motif, int]:
        """One of those left: the style's weightiest once, then by weight, rarer with use."""
        most = max(weights.values())
        left = [(m, turn) for m, turn in left if weights[m] == most and not self._uses[m]] or left
        ends = np.cumsum([weights[m] / (1 + _BOREDOM * self._uses[m]) for m, _ in left])
        return left[int(np.searchsorted(ends, self._rng.random() * ends[-1], side="right"))]

    def _accent(self, pair: Pair) -> Colour:
        """A third colour, where there is one."""
        others = [colour for colour in self._colours if colour not in pair] or [pair[0]]
        return others[int(self._rng.random() * len(others))]

    def add(self, drawing: Drawing, source: str) -> bool:
        """Adds a patch, unless it looks like another."""
        original = drawing.rasterise(ORIGINAL)
        look = _look(original)
        if look in self._looks:
            return False
        self._looks.add(look)
        self.drawings.append(drawing)
        self.originals.append(original)
        self.sources.append(source)
        return True


def _look(original: NDArray[np.uint8]) -> bytes:
    """What patches have in common that look alike under some transform."""
    tiles: list[bytes] = [tile.tobytes() for tile in all_transforms(reduced(original[None]))]
    return min(tiles)
