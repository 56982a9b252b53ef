"""Moving pictures: GIFs in which a frame stores only what differs from the one before."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image

from creative_envs.core.errors import InvalidArgument

MOST_COLOURS: Final = 255
"""A palette's last place is for what stays as it is."""


def gif_bytes(
    pictures: Sequence[Image.Image], milliseconds: Sequence[int], palette: Image.Image, colours: int
) -> bytes:
    """A GIF that shows pictures one after the other, again and again.

    Pixels that stay as they are take next to no room: they are all of one index, and so lie in
    long runs.

    Args:
        pictures: Of one size; at least one.
        milliseconds: How long each is shown.
        palette: Of mode "P"; each pixel gets the nearest of its colours.
        colours: How many of them count, the first ones; at most `MOST_COLOURS`.

    Raises:
        InvalidArgument: There is no picture, or not a time for each, or too many colours.
    """
    if not pictures or len(pictures) != len(milliseconds):
        raise InvalidArgument(
            f"{len(milliseconds)} times for {len(pictures)} pictures: give one for each of them"
        )
    if not 1 <= colours <= MOST_COLOURS:
        raise InvalidArgument(f"colours is {colours}: give 1..{MOST_COLOURS}")
    kept = (palette.getpalette() or [])[: 3 * colours]
    frames, before = [], None
    for picture in pictures:
        indices = np.array(picture.quantize(palette=palette, dither=Image.Dither.NONE), np.uint8)
        changed = indices if before is None else np.where(indices == before, colours, indices)
        frame = Image.fromarray(changed.astype(np.uint8))
        frame.putpalette([*kept, 0, 0, 0])
        frames.append(frame)
        before = indices
    return looped(frames, milliseconds, interlace=0, transparency=colours)


def looped(frames: Sequence[Image.Image], milliseconds: Sequence[int], **options: int) -> bytes:
    """A GIF of frames that are painted over one another, again and again.

    Args:
        frames: Of mode "P" and of one size; at least one.
        milliseconds: How long each is shown.
        **options: Of Pillow's GIF writer.
    """
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        format="gif",
        save_all=True,
        append_images=frames[1:],
        duration=list(milliseconds),
        loop=0,
        optimize=False,
        disposal=1,
        **options,
    )
    return buffer.getvalue()
