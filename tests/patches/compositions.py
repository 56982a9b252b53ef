"""Two small libraries, one drawn and one of photographs, and compositions of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.geometry import N_TRANSFORMS, SIZES
from creative_envs.patches.library.drawing import Disc, Drawing, Polygon, Ramp
from creative_envs.patches.library.patch_library import ORIGINAL, PatchLibrary

INKS = ((216, 73, 47), (35, 87, 137), (239, 185, 76), (33, 38, 47))


def _drawings() -> tuple[Drawing, ...]:
    ramp = Ramp(INKS[0], INKS[1], (0.0, 0.0), (1.0, 0.5))
    return (
        Drawing(INKS[0]),
        Drawing(INKS[1], (Polygon(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)), INKS[2]),)),
        Drawing(INKS[2], (Disc((0.25, 0.0), 0.5, INKS[3], hole=0.25),)),
        Drawing(INKS[3], (Polygon(((0.0, 0.0), (0.75, 0.0), (0.75, 0.5), (0.0, 0.5)), ramp),)),
    )


def _photographs() -> PatchLibrary:
    """Smooth random colours, no two patches alike and none symmetric."""
    rng = np.random.default_rng(5)
    coarse = rng.uniform(0, 255, (6, 9, 9, 3))
    place = np.linspace(0, 7.999, ORIGINAL)
    low, share = place.astype(int), place % 1
    down = coarse[:, low] + share[:, None, None] * (coarse[:, low + 1] - coarse[:, low])
    fine = down[:, :, low] + share[:, None] * (down[:, :, low + 1] - down[:, :, low])
    return PatchLibrary("photographs", fine.astype(np.uint8), photographic=True)


DRAWN = PatchLibrary(
    "drawn",
    np.array([drawing.rasterise(ORIGINAL) for drawing in _drawings()]),
    photographic=False,
    drawings=_drawings(),
)
PHOTOGRAPHS = _photographs()


def composition(
    library: PatchLibrary = DRAWN, size: int = 6, placed: int | None = None, **attributes: Any
) -> Composition:
    """A composition of tiles that follow no order, the first ``placed`` of them."""
    n_tiles = len(library) * N_TRANSFORMS
    tiles = [(7 * i + i * i // 3) % n_tiles for i in range(size**2)]
    if placed is not None:
        tiles[placed:] = [EMPTY] * (len(tiles) - placed)
    return Composition(tuple(tiles), size, library, **attributes)


@st.composite
def compositions(draw: st.DrawFn) -> Composition:
    """Any composition of the two libraries, finished or not, with or without scores."""
    library = draw(st.sampled_from((DRAWN, PHOTOGRAPHS)))
    size = draw(st.sampled_from(SIZES))
    seed = draw(st.integers(0, 2**32 - 1))
    cells = np.random.default_rng(seed).integers(EMPTY, len(library) * N_TRANSFORMS, size**2)
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    scores = st.dictionaries(text, st.floats(0, 1), max_size=2)
    values = st.none() | st.booleans() | st.integers() | st.floats(-1e6, 1e6) | text
    brief = st.dictionaries(text, values | st.lists(values, max_size=3), max_size=3)
    return Composition(
        tuple(cells.tolist()),
        size,
        library,
        title=draw(text),
        scores=draw(scores),
        brief=draw(brief),
        provenance=draw(brief),
    )
