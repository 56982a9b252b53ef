"""The pictures that ship with the package, all CC0 or in the public domain.

Their authors, licences and sources are stated in data/PROVENANCE.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from importlib.resources import as_file, files
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from creative_envs.core.errors import CorruptData
from creative_envs.patches.geometry import N_PATCHES
from creative_envs.patches.library.fingerprints import PICTURE_SHA256, fingerprint
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.library.pictures import Source, cut_library

SPLITS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "train": ("astronaut", "camera", "coffee", "gravel", "hubble_deep_field", "retina"),
        "valid": ("brick", "cell"),
        "test": ("chelsea", "grass", "rocket"),
    }
)
"""Pictures of each split. Patches of the built-in library come from the train split alone."""
BUILTIN: Final = "builtin"
SUFFIX: Final = ".webp"


@lru_cache(maxsize=1)
def builtin_pictures() -> Mapping[str, NDArray[np.uint8]]:
    """The pictures by name, uint8 sRGB (H, W, 3), up to 320 pixels on the longer side.

    They are read once and cannot be written to.

    Raises:
        CorruptData: A file is missing or damaged, or is not the one this version was made with.
    """
    names = sorted(name for split in SPLITS.values() for name in split)
    return MappingProxyType({name: _read(name) for name in names})


def builtin_library(patches: int = N_PATCHES, seed: int = 0) -> PatchLibrary:
    """A library cut out of the train pictures.

    Args:
        patches: K, 12 to 48.
        seed: Decides where the grids begin.

    Raises:
        InvalidArgument: A value out of range.
        CorruptData: A picture is not what it was.
    """
    pictures = builtin_pictures()
    sources = [Source(name, partial(pictures.__getitem__, name)) for name in SPLITS["train"]]
    return cut_library(sources, patches, seed, BUILTIN)


def _read(name: str) -> NDArray[np.uint8]:
    with as_file(files("creative_envs.patches") / "data" / f"{name}{SUFFIX}") as path:
        try:
            with Image.open(path) as image:
                pixels = np.array(image.convert("RGB"))
        except Exception as error:  # damaged files raise errors of a dozen types
            raise CorruptData(
                f"{path} cannot be read ({error}); reinstall the package, or Pillow from a wheel "
                "if it lacks WebP"
            ) from error
        if fingerprint(pixels) != PICTURE_SHA256[name]:
            raise CorruptData(
                f"{path} does not have the content this version was made with (SHA-256 "
                f"{fingerprint(pixels)}, expected {PICTURE_SHA256[name]}); reinstall the package"
            )
    pixels.flags.writeable = False
    return pixels
