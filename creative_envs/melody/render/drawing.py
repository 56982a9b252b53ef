"""Small drawing tools over Pillow: type, smooth-edged notes and curves."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from creative_envs.melody.render.palette import Colour

_SMOOTHING: Final = 4
"""Notes are drawn this many times larger and then reduced, which smooths their corners."""
_CURVE_SMOOTHING: Final = 2


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


@lru_cache(maxsize=2048)
def note_sprite(width: int, height: int, colour: Colour, *, onset: bool) -> Image.Image:
    """A note as a rounded rectangle with an alpha channel (do not modify it: it is shared).

    Args:
        width: Pixels.
        height: Pixels.
        colour: Its fill.
        onset: Whether the note begins here and gets a dark front edge; otherwise it continues
            one from the system above.
    """
    large = Image.new("RGBA", (width * _SMOOTHING, height * _SMOOTHING), (*colour, 0))
    draw = ImageDraw.Draw(large)
    box = (0, 0, large.width - 1, large.height - 1)
    radius = min(width, height, 12) * _SMOOTHING // 3
    draw.rounded_rectangle(box, radius, fill=(*colour, 255))
    if onset:
        dark = tuple(channel * 11 // 20 for channel in colour)
        front = Image.new("RGBA", large.size, (*colour, 0))
        ImageDraw.Draw(front).rounded_rectangle(box, radius, fill=(*dark, 255))
        edge = (0, 0, min(3, 1 + width // 6) * _SMOOTHING, large.height)
        large.paste(front.crop(edge), edge)
    return large.reduce(_SMOOTHING)


def draw_curve(
    image: Image.Image, points: list[tuple[float, float]], *, width: int, colour: Colour
) -> None:
    """Draws a smooth-edged line through points given in pixels."""
    scale = _CURVE_SMOOTHING
    mask = Image.new("L", (image.width * scale, image.height * scale), 0)
    ImageDraw.Draw(mask).line(
        [(x * scale, y * scale) for x, y in points], fill=255, width=width * scale, joint="curve"
    )
    image.paste(colour, (0, 0), mask.reduce(scale))
