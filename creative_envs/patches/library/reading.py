"""Reading a picture file, whatever it holds, as plain sRGB pixels."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from creative_envs.core.errors import UnusablePictures

LONGEST_SIDE: Final = 768
"""Pixels to which the longer side of a picture is reduced when read."""
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
"""Formats read; not all that Pillow knows, some of which call other programs."""
_WHITE: Final = (255, 255, 255, 255)


def read_picture(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Reads a PNG, JPEG, WebP, GIF (its first frame) or BMP file.

    What is transparent shows white; the picture is turned as its EXIF tag says, and reduced to
    768 pixels on the longer side.

    Returns:
        uint8 sRGB, shape (H, W, 3).

    Raises:
        UnusablePictures: The file is missing, no picture of these kinds, damaged, cut short, or
            of more pixels than Pillow thinks safe to unpack; the message names it.
    """
    file = Path(path)
    if not file.is_file():
        raise UnusablePictures(f"{file}: there is no such file")
    try:
        with warnings.catch_warnings():
            # Pillow warns from half the size it refuses; such a picture is reduced at once.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                return _pixels(image)
    except Image.DecompressionBombError as error:
        raise UnusablePictures(
            f"{file}: too large to be read safely ({error}); save it smaller"
        ) from error
    except Exception as error:  # damaged files raise errors of a dozen types
        raise UnusablePictures(
            f"{file}: not a readable picture ({error}); use an undamaged {', '.join(FORMATS)} file"
        ) from error


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    size = (LONGEST_SIDE, LONGEST_SIDE)
    image.draft(None, size)  # JPEG files can be unpacked at a fraction of their size
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith("I"):
        turned = _eight_bits(turned)
    if turned.has_transparency_data:
        turned = turned.convert("RGBA")
        turned.thumbnail(size, Image.Resampling.LANCZOS)
        ground = Image.new("RGBA", turned.size, _WHITE)
        turned = Image.alpha_composite(ground, turned).convert("RGB")
    else:
        turned = turned.convert("RGB")
        turned.thumbnail(size, Image.Resampling.LANCZOS)
    return np.array(turned, np.uint8)


def _eight_bits(image: Image.Image) -> Image.Image:
    """A picture of 16-bit greys, of which `convert` would only keep the darkest 256."""
    grey = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
    return Image.fromarray(((grey + 128) // 257).astype(np.uint8))
