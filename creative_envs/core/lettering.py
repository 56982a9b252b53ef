"""Lettering for pictures: a font that is always there, and texts that fit it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import ImageFont


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font, so that nothing has to be installed or fetched.

    Raises:
        RuntimeError: This Pillow was built without FreeType.
    """
    loaded = ImageFont.load_default(size)
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow has no FreeType: reinstall it from a wheel (pip)")
    return loaded


def drawable(text: str) -> str:
    """Replaces the letters the font lacks: accents are dropped, others become ``?``."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(letter)
    )
    return "".join(letter if letter.isascii() or letter in "·…’" else "?" for letter in bare)


def fitted(text: str, size: int, width: float) -> str:
    """Shortens a text with an ellipsis until it fits into a width in pixels."""
    text = drawable(text)
    if font(size).getlength(text) <= width:
        return text
    while text and font(size).getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"
