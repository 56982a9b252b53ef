"""Small drawing tools over Pillow: smooth-edged notes and curves."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from creative_envs.melody.render.palette import Colour

_SMOOTHING: Final = 4
"""Notes are drawn this many times larger and then reduced, which smooths their corners."""
_CURVE_SMOOTHING: Final = 2


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
