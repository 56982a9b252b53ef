from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from creative_envs.core.animation import MOST_COLOURS, gif_bytes
from creative_envs.core.errors import InvalidArgument

COLOURS = np.array([(250, 249, 246), (200, 30, 30), (20, 60, 200), (0, 0, 0)], np.uint8)


def palette() -> Image.Image:
    image = Image.new("P", (1, 1))
    image.putpalette(COLOURS.ravel().tolist())
    return image


def test_every_frame_is_the_picture_it_was_made_of() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(len(COLOURS), size=(17, 23))]
    for _ in range(6):  # a few pixels change, some of them back
        changed = pictures[-1].copy()
        changed[rng.random(changed.shape) < 0.1] = rng.integers(len(COLOURS))
        pictures.append(changed)
    pixels = [COLOURS[picture] for picture in pictures]
    times = [100 + 10 * i for i in range(len(pixels))]
    content = gif_bytes([Image.fromarray(p) for p in pixels], times, palette(), len(COLOURS))
    with Image.open(io.BytesIO(content)) as gif:
        assert gif.info["loop"] == 0
        for frame, picture, time in zip(ImageSequence.Iterator(gif), pixels, times, strict=True):
            assert (np.asarray(frame.convert("RGB")) == picture).all()
            assert frame.info["duration"] == time


@pytest.mark.parametrize(
    ("count", "times", "colours"), [(0, 0, 4), (2, 1, 4), (2, 2, 0), (2, 2, MOST_COLOURS + 1)]
)
def test_what_does_not_fit_together_is_refused(count: int, times: int, colours: int) -> None:
    pictures = [Image.new("RGB", (4, 4))] * count
    with pytest.raises(InvalidArgument, match="give"):
        gif_bytes(pictures, [50] * times, palette(), colours)
