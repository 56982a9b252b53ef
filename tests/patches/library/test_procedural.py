"""Drawn libraries: distinct, joinable, the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.core.errors import InvalidArgument
from creative_envs.patches.geometry import FEWEST_PATCHES, MOST_PATCHES, N_TRANSFORMS
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.motifs import MOTIFS
from creative_envs.patches.library.palettes import PALETTES, colour_pairs, palette_colours
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.library.procedural import STYLES, procedural

DEFAULT_SHA256 = "833cadd19af9d12134ba2384805674de33405bc121f5241ebc5059ffa20ce752"


def looks(library: PatchLibrary) -> list[set[bytes]]:
    tiles = library.tiles.reshape(len(library), N_TRANSFORMS, -1)
    return [{tile.tobytes() for tile in patch} for patch in tiles]


def solid(library: PatchLibrary) -> list[tuple[int, ...]]:
    flat = library.originals.reshape(len(library), -1, 3)
    return [tuple(p[0].tolist()) for p in flat if (p == p[0]).all()]


def test_default_library_is_what_it_was() -> None:
    assert procedural().sha256 == DEFAULT_SHA256


def test_same_arguments_same_library_and_another_seed_another_one() -> None:
    one, same, other = procedural(seed=5), procedural(seed=5), procedural(seed=6)
    assert one.sha256 == same.sha256 != other.sha256
    assert one.drawings == same.drawings
    assert set(solid(one)) == set(solid(other))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("patches", [FEWEST_PATCHES, 24, MOST_PATCHES])
def test_no_patch_looks_like_another(style: str, patches: int) -> None:
    for seed, palette in enumerate(("bauhaus", "ink", "meadow")):
        library = procedural(style, palette, seed, patches)
        assert len(library) == len(library.drawings) == len(library.sources) == patches
        seen = looks(library)
        assert len(set().union(*seen)) == sum(map(len, seen)) == int(library.distinct.sum())


@pytest.mark.parametrize("palette", PALETTES)
def test_every_colour_has_a_solid_patch_which_is_one_tile(palette: str) -> None:
    library = procedural("mixed", palette)
    assert solid(library) == list(palette_colours(palette))
    assert [len(kinds) for kinds in looks(library)[: len(PALETTES[palette])]] == [1] * 6


@pytest.mark.parametrize("palette", PALETTES)
def test_palettes_span_light_and_dark(palette: str) -> None:
    lightness = srgb_to_lab(np.array(palette_colours(palette), np.uint8))[:, 0]
    assert 5 <= len(lightness) <= 6
    assert lightness.max() > 90
    assert lightness.min() < 30


def joined_patches(library: PatchLibrary) -> int:
    """Patches with a border of two colours that a border of another patch continues."""
    borders = srgb_to_lab(library.tiles[:, :, 0]).reshape(len(library), N_TRANSFORMS, -1, 3)
    steps = np.sqrt((np.diff(borders, axis=2) ** 2).sum(axis=3)).max(axis=2)
    apart = np.sqrt(((borders[:, :, None, None] - borders) ** 2).sum(axis=5)).mean(axis=4)
    for patch in range(len(library)):
        apart[patch, :, patch] = np.inf
    return int(((steps > 20) & (apart.min(axis=(2, 3)) < 12)).any(axis=1).sum())


@pytest.mark.parametrize("seed", range(6))
def test_contours_of_several_patches_go_on_in_others(seed: int) -> None:
    assert joined_patches(procedural("mixed", seed=seed)) >= 4
    assert joined_patches(procedural("truchet", seed=seed)) >= 10


def test_mixed_has_some_of_every_style() -> None:
    sources = [source.split(",")[0] for source in procedural().sources]
    for style, motifs in MOTIFS.items():
        names = {motif.__name__.strip("_").replace("_", " ") for motif in motifs}
        assert sum(source in names for source in sources) >= 2, style
    assert {"quarter", "diagonal", "arcs", "fade"} <= set(sources)


def test_half_squares_have_four_tiles_and_stripes_two() -> None:
    kinds = {}
    for seed in range(8):
        library = procedural("bauhaus", seed=seed)
        for source, tiles in zip(library.sources, looks(library), strict=True):
            kinds[source.split(",")[0]] = len(tiles)
    assert kinds["diagonal"] == kinds["quarter"] == kinds["half"] == 4
    assert kinds["stripes"] == kinds["leaf"] == 2
    assert kinds["disc"] == kinds["star"] == 1


def test_own_colours() -> None:
    library = procedural("mixed", ["#ffffff", "c03020", "#102040"], seed=1)
    assert solid(library) == [(255, 255, 255), (192, 48, 32), (16, 32, 64)]
    assert library.name == "procedural:style=mixed,palette=#ffffff+#c03020+#102040,seed=1"


def test_two_colours_are_enough_for_the_default_number() -> None:
    assert len(procedural("mixed", ["#ffffff", "#000000"])) == 24


def test_too_few_shapes_is_said() -> None:
    with pytest.raises(InvalidArgument, match=r"gives only \d+ different patches.*add colours"):
        procedural("gradients", ["#ffffff", "#000000"], patches=48)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"style": "truchett"}, "did you mean 'truchet'.*known: mixed, "),
        ({"palette": "see"}, "did you mean 'sea'.*known: bauhaus, "),
        ({"palette": ["#ffffff"]}, "2 to 8 colours, got 1"),
        ({"palette": ["#ffffff", "blue"]}, "'blue' is not a colour; write it like"),
        ({"palette": ["#ffffff", "#fefefe"]}, "look the same"),
        ({"seed": -1}, "whole number from 0"),
        ({"seed": 0.5}, "whole number from 0"),
        ({"patches": 11}, "12 to 48, got 11"),
        ({"patches": 24.0}, "whole number"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        procedural(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("palette", PALETTES)
def test_pairs_are_linked_and_reach_every_colour(palette: str) -> None:
    colours = palette_colours(palette)
    for seed in range(5):
        pairs = colour_pairs(colours, len(colours) - 1, np.random.Generator(np.random.PCG64(seed)))
        reached = set(pairs[0])
        for pair in pairs[1:]:
            assert reached & set(pair)
            reached |= set(pair)
        assert reached == set(colours)
        assert len(set(pairs)) == len(pairs)
