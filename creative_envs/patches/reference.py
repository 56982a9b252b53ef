"""All that real pictures lend to scoring on some libraries: briefs, known works, a yardstick."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.brief import BriefPool, extract_pool
from creative_envs.patches.craft.tables import TileTables
from creative_envs.patches.descriptors import reachable
from creative_envs.patches.framings import framings
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.builtin import SPLITS, builtin_pictures
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.novelty.features import extract_all, feature_tables
from creative_envs.patches.novelty.library import (
    NoveltyScale,
    distance_of_disguises,
    distance_of_new_works,
    oriented,
)
from creative_envs.patches.patterns import FAMILIES, patterns
from creative_envs.patches.projection import project, toned
from creative_envs.patches.quality import Scale, scale_of

Cells = NDArray[np.int16]
Split = Literal["train", "valid", "test"]

TEXTURES: Final = ("brick", "grass", "gravel", "hubble_deep_field")
"""Pictures of the built-in set that have no composition: a shuffled one looks the same. They lend
patches, but are no reference."""
KNOWN_EACH: Final = 16
"""Framings of each training picture among the known works."""
PATTERNS_EACH: Final = 12
"""Members of each pattern family among them."""
POOL_SIZE: Final = 96
"""Repainted framings in each split that briefs are drawn from."""
LEAST_COMPLEX, MOST_COMPLEX = 0.2, 0.55
"""What briefs ask for of the complexity that is reachable."""
LEAST_SPREAD, MOST_SPREAD = 10.0, 32.0
"""Standard deviation of L* in repainted pictures."""
TINT: Final = 0.7
"""How much their colours vary beside their lightness."""
DEVOTION: Final = 0.8
"""How near the mean colour of a repainted picture comes to its ink."""
LIES: Final = np.array(
    [
        f"{mirrored}{turned}"
        for mirrored in ("", ", mirrored")
        for turned in ("", ", turned left", ", turned by half", ", turned right")
    ]
)
"""How a known work lies under each of the eight transforms."""
LEAST_SPAN: Final = 0.01
"""From copies to new works, on libraries that make works all alike."""
_VERSION: Final = "patches/0"
_SEED: Final = 18650704


@dataclass(frozen=True)
class Reference:
    """What compositions of one size on some libraries are measured against.

    Attributes:
        libraries: The libraries, all with the same number of patches.
        size: Cells along the side of a canvas.
        scale: Tile tables and bands of craft.
        pools: What briefs are drawn from, by split; no picture is in two splits.
        novelty: Known works: projections of the training pictures, and patterns.
        sha256: Digest of the data all of the above is computed from.
    """

    libraries: tuple[PatchLibrary, ...]
    size: int
    scale: Scale
    pools: Mapping[str, BriefPool]
    novelty: NoveltyScale
    sha256: str

    @cached_property
    def distinct(self) -> NDArray[np.bool_]:
        """Which tiles are the first of their kind, shape (libraries, A)."""
        return np.stack([library.distinct for library in self.libraries])

    def projected(self, split: Split, count: int, library: int, repaint: bool = False) -> Cells:
        """Framings of the pictures of a split, by turns, on a library.

        Args:
            split: Whose pictures.
            count: How many framings.
            library: Index of the library.
            repaint: Whether they are shown in the library's colours, see `repainted`; else only
                their lightness is brought to the library's.

        Returns:
            Tiles, shape (count, cells).
        """
        pictures = composed_pictures(split)
        each = -(-count // len(pictures))
        pixels = framings(pictures, each, self.size).pixels
        by_turns = np.arange(len(pixels)).reshape(len(pictures), each).T.ravel()[:count]
        lab = srgb_to_lab(pixels[by_turns])
        if repaint:
            lab = repainted(lab, self.scale.tables.inks[library])
        else:
            lab = toned(lab, self.libraries[library])
        return _project(lab, self.libraries, library, self.scale.tables)


def composed_pictures(split: Split) -> list[NDArray[np.uint8]]:
    """The pictures of a split that are compositions."""
    return [builtin_pictures()[name] for name in SPLITS[split] if name not in TEXTURES]


@lru_cache(maxsize=8)
def load_reference(libraries: tuple[PatchLibrary, ...], size: int) -> Reference:
    """Computes the reference; cached in the process. Takes about a second a library."""
    scale = scale_of(libraries)
    pools = {
        split: _stacked([_pool(split, libraries, i, size, scale) for i in range(len(libraries))])
        for split in get_args(Split)
    }
    novelty = _novelty(libraries, size, scale)
    return Reference(libraries, size, scale, pools, novelty, _digest(libraries, size))


def _digest(libraries: tuple[PatchLibrary, ...], size: int) -> str:
    """Hash of what a reference is computed from; its numbers may differ in their last bits."""
    digest = hashlib.sha256(f"{_VERSION} {size}".encode())
    for library in libraries:
        digest.update(library.sha256.encode())
    for name, picture in sorted(builtin_pictures().items()):
        digest.update(name.encode() + picture.tobytes())
    return digest.hexdigest()


def _project(
    lab: NDArray[np.float64],
    libraries: tuple[PatchLibrary, ...],
    library: int,
    tables: TileTables,
) -> Cells:
    seams = tables.seam_right[library], tables.seam_down[library]
    return project(lab, libraries[library], *seams)


def _pool(
    split: Split, libraries: tuple[PatchLibrary, ...], library: int, size: int, scale: Scale
) -> BriefPool:
    """What framings of a split in the library's colours fulfil once they are projected.

    Projections are all of much the same complexity, so that is spread over what is reachable.
    """
    pictures = composed_pictures(split)
    each = -(-POOL_SIZE // len(pictures))
    tables = scale.tables
    lab = repainted(srgb_to_lab(framings(pictures, each, size).pixels), tables.inks[library])
    pool = extract_pool(_project(lab, libraries, library, tables), size, library, tables)
    low, high = reachable(tables, size)[library, 1]
    place = LEAST_COMPLEX + (MOST_COMPLEX - LEAST_COMPLEX) * _evenly(len(lab), 2)
    return pool._replace(complexity=(low + (high - low) * place)[None].astype(np.float32))


def repainted(lab: NDArray[np.float64], inks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pictures (n, S, S, 3) about the colour of one ink each, hues turned, in other contrast.

    Args:
        lab: The pictures, in Lab.
        inks: Of a library, shape (m, 3).
    """
    count = len(lab)
    inner = lab - lab.mean(axis=(1, 2), keepdims=True)
    inner /= np.maximum(inner[..., :1].std(axis=(1, 2), keepdims=True), 1e-6)
    turn = 2 * np.pi * _evenly(count, 3)[:, None, None]
    chroma = inner[..., 1:] @ np.ones(2)
    spread = LEAST_SPREAD + (MOST_SPREAD - LEAST_SPREAD) * _evenly(count, 5)[:, None, None]
    sign = np.where(np.arange(count) % 2, -1, 1)[:, None, None]
    tint = TINT * spread * (inner[..., 0] + chroma)
    centre = inks[np.arange(count) % len(inks)] * DEVOTION + inks.mean(axis=0) * (1 - DEVOTION)
    moved = np.stack(
        (sign * spread * inner[..., 0], np.cos(turn) * tint, np.sin(turn) * tint), axis=-1
    )
    return np.asarray(centre[:, None, None] + moved)


def _evenly(count: int, step: int) -> NDArray[np.float64]:
    """So many numbers spread evenly over [0, 1), in an order of their own for each step."""
    return np.asarray(np.arange(1, count + 1) * np.sqrt(step) % 1)


def _stacked(pools: list[BriefPool]) -> BriefPool:
    return BriefPool(*(np.concatenate(parts) for parts in zip(*pools, strict=True)))


def _novelty(libraries: tuple[PatchLibrary, ...], size: int, scale: Scale) -> NoveltyScale:
    tables = feature_tables(libraries)
    shown = framings(
        [p for s in ("train", "valid") for p in composed_pictures(s)], KNOWN_EACH, size
    )
    training = shown.picture < len(composed_pictures("train"))
    titles = _titles()
    known, names, copied, new = [], [], [], []
    for index, library in enumerate(libraries):
        rng = np.random.default_rng(_SEED)
        tiles = np.flatnonzero(library.distinct)
        lab = toned(srgb_to_lab(shown.pixels), library)
        cells = _project(lab, libraries, index, scale.tables)
        features = extract_all(cells, size, np.full(len(cells), index), tables)
        families = patterns(tiles, size, PATTERNS_EACH, rng)
        repeated = extract_all(families, size, np.full(len(families), index), tables)
        rows, transform, canvas = oriented(np.concatenate((features[training], repeated)))
        known.append(rows)
        names.append(np.char.add(titles[canvas], LIES[transform]))
        copied.append(distance_of_disguises(cells, size, index, tables, tiles, rng))
        new.append(max(distance_of_new_works(features, shown.picture), copied[-1] + LEAST_SPAN))
    limits = np.array(copied), np.array(new)
    return NoveltyScale(tables, _padded(known), *limits, _padded(names))


def _titles() -> NDArray[np.str_]:
    """What the known works are called: details of the training pictures, then patterns."""
    pictures = [name for name in SPLITS["train"] if name not in TEXTURES]
    details = [f"{name} (picture, detail {k + 1})" for name in pictures for k in range(KNOWN_EACH)]
    members = [f"{name} (pattern {k + 1})" for name in FAMILIES for k in range(PATTERNS_EACH)]
    return np.array(details + members)


def _padded(known: list[NDArray[Any]]) -> NDArray[Any]:
    """Stacks what libraries have of known works, repeating the first where there are fewer."""
    most = max(map(len, known))
    rows = [np.concatenate((k, np.repeat(k[:1], most - len(k), axis=0))) for k in known]
    return np.ascontiguousarray(np.stack(rows))
