"""Make the pictures that ship with the package from their originals.

    python -m creative_envs.patches.library.build SOURCE_FOLDER

SOURCE_FOLDER is the folder `skimage/data` of scikit-image 0.26.0 (`pip download scikit-image`, a
wheel is a zip file). See data/PROVENANCE.md.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from creative_envs.core.errors import UnusablePictures
from creative_envs.core.files import write_atomically
from creative_envs.patches.library.builtin import SPLITS, SUFFIX
from creative_envs.patches.library.fingerprints import PICTURE_SHA256, fingerprint

LONGEST_SIDE: Final = 320
SHIPPED_FOLDER: Final = Path(__file__).parents[1] / "data"
_ENDINGS: Final = (".png", ".jpg")


def reduced_picture(path: Path) -> Image.Image:
    """An original at no more than 320 pixels on the longer side, in RGB."""
    with Image.open(path) as original:
        picture = original.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return picture


def lossless(picture: Image.Image) -> bytes:
    """A picture as a WebP file without loss (a fifth smaller than PNG)."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", lossless=True, quality=100, method=6, exact=True)
    return buffer.getvalue()


def build(source: Path, target: Path) -> dict[str, str]:
    """Write all pictures, and return their content hashes by name.

    Raises:
        UnusablePictures: An original is not there.
        OSError: A file could not be written.
    """
    hashes = {}
    for name in sorted(name for split in SPLITS.values() for name in split):
        path = next((p for p in (source / f"{name}{e}" for e in _ENDINGS) if p.is_file()), None)
        if path is None:
            raise UnusablePictures(f"{source} lacks {name}; name the folder skimage/data")
        picture = reduced_picture(path)
        write_atomically(target / f"{name}{SUFFIX}", lossless(picture))
        hashes[name] = fingerprint(np.array(picture))
    return hashes


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the pictures and print their hashes; the exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("source", type=Path, help="folder of the originals")
    parser.add_argument("--out", type=Path, default=SHIPPED_FOLDER, help="folder to write to")
    options = parser.parse_args(arguments)
    hashes = build(options.source, options.out)
    for name, sha256 in hashes.items():
        size = (options.out / f"{name}{SUFFIX}").stat().st_size
        print(f'"{name}": "{sha256}",  # {size / 1000:.0f} kB')
    if hashes != PICTURE_SHA256:
        print("These are not the hashes in creative_envs/patches/library/fingerprints.py; if the")
        print("change is meant, record them there and raise the version of the environments.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
