"""A work's picture made pale and grey, and tints laid on the places of its parts.

The grey leaves all colour to the tints: orange supports, blue speaks against, purple is an amount
without a sign. People who see no red or no green tell them apart as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from creative_envs.core.contact_sheet import PAPER
from creative_envs.core.lettering import font
from creative_envs.core.task import Task

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""

SUPPORTS: Final[Colour] = (224, 104, 0)
OPPOSES: Final[Colour] = (0, 100, 190)
AMOUNT: Final[Colour] = (132, 36, 148)
STRONG_INK: Final[Colour] = (17, 24, 39)
TOKENS: Final = "tokens"

_LEAST_CELL: Final = 24
"""Pixels along a part's shorter side, to which small pictures are enlarged."""
_WIDEST: Final = 1600
"""Pixels beyond which no picture is enlarged."""
_FADED: Final = 0.7
"""Share of white in the grey picture."""
OPAQUE: Final = 0.75
_ROW_OPAQUE: Final = 0.5
"""Of the strongest tint of a token, and of a static row, which lies below."""
_TAG: Final = 9
"""Half a tag's side."""


class Parts(NamedTuple):
    """Parts of a work that are somewhere in its picture, with a number for each.

    Attributes:
        names: What they are called, n of them.
        boxes: Shape (n, 4), as `Insight.places` gives them.
        values: Shape (n,).
    """

    names: tuple[str, ...]
    boxes: NDArray[np.int64]
    values: NDArray[np.float64]

    def scaled(self, most: float) -> Parts:
        """The same with values divided by the largest, or by 1 where there is none."""
        return self._replace(values=self.values / (most or 1.0))


@dataclass(frozen=True)
class Scene:
    """A dimmed picture of a work, and where in it the parts of the work are.

    Attributes:
        pixels: The picture, float64 of 0..255, shape (H, W, 3).
        places: Boxes by name of the observation's entry, as `Insight.places` gives them.
    """

    pixels: NDArray[np.float64]
    places: dict[str, NDArray[np.int64]]

    @classmethod
    def of(cls, task: Task, work: Mapping[str, Any], width: int | None = None) -> Self:
        """Draws a work.

        Args:
            task: Its domain.
            work: As in ``info["work"]``, finished or not.
            width: Of the picture; None for its own, enlarged by a whole factor where it is small.

        Raises:
            NotImplementedError: The domain draws no pictures, or tells no places.
        """
        image = Image.fromarray(task.render(work, "rgb_array"))
        places = task.places(work)
        factor = enlargement(image.width, places[TOKENS]) if width is None else width / image.width
        size = round(image.width * factor), round(image.height * factor)
        if size != image.size:
            smooth = Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.NEAREST
            image = image.resize(size, smooth)
        grey = np.asarray(image.convert("L"), np.float64)[..., None].repeat(3, axis=2)
        scaled = {name: np.rint(boxes * factor).astype(np.int64) for name, boxes in places.items()}
        return cls(grey + _FADED * (255 - grey), scaled)

    def parts(self, entry: str, values: NDArray[np.float64]) -> Parts:
        """The first rows of an entry, as many as there are values; those of one place are one.

        Args:
            entry: Its name.
            values: Shape (n,), added up where rows share a place.
        """
        rows: dict[tuple[int, ...], list[int]] = {}
        for row, box in enumerate(self.places[entry][: len(values)].tolist()):
            if any(box):
                rows.setdefault(tuple(box), []).append(row)
        word = "step" if entry == TOKENS else f"{entry} row"
        names = (
            f"{word} {of[0]}" if len(of) == 1 else f"{word}s {of[0]}-{of[-1]}"
            for of in rows.values()
        )
        boxes = np.array(list(rows), np.int64).reshape(-1, 4)
        return Parts(tuple(names), boxes, np.array([values[of].sum() for of in rows.values()]))

    def tinted(self, rows: Parts, tokens: Parts, colours: tuple[Colour, Colour]) -> Image.Image:
        """Lays tints on the places of parts.

        Args:
            rows: Static ones, which lie below, with strengths in [-1, 1].
            tokens: As well.
            colours: Of strengths above 0, and of those below.
        """
        shown = self.pixels.copy()
        for parts, opaque in ((rows, _ROW_OPAQUE), (tokens, OPAQUE)):
            for (left, top, right, bottom), strength in zip(parts.boxes, parts.values, strict=True):
                inside = np.s_[top:bottom, left:right]
                colour = np.array(colours[0] if strength > 0 else colours[1])
                edge = _mixed(
                    self.pixels[inside], colour, (0.15 + 0.85 * abs(strength)) * bool(strength)
                )
                shown[inside] = _mixed(self.pixels[inside], colour, opaque * abs(strength))
                _outline(shown[inside], edge)
        return Image.fromarray(np.rint(shown).astype(np.uint8))


def enlargement(width: int, boxes: NDArray[np.int64]) -> int:
    """The whole factor that makes parts large enough to see, of a picture still not too wide."""
    sides = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    sides = sides[sides > 0]
    if not len(sides):
        return 1
    wanted = -(-_LEAST_CELL // int(np.median(sides)))
    return max(1, min(wanted, _WIDEST // width))


def draw_ring(draw: ImageDraw.ImageDraw, box: NDArray[np.int64], width: int) -> None:
    """Outlines a place strongly, in dark between white, kept inside the picture."""
    if not box.any():
        return
    across, down = draw.im.size
    left, top = (max(int(edge) - width - 1, 0) for edge in box[:2])
    right, bottom = (
        min(int(edge) + width, most - 1) for edge, most in zip(box[2:], (across, down), strict=True)
    )
    draw.rectangle((left, top, right, bottom), outline=(255, 255, 255), width=width + 2)
    inner = (left + 1, top + 1, right - 1, bottom - 1)
    draw.rectangle(inner, outline=STRONG_INK, width=width)


def draw_tags(draw: ImageDraw.ImageDraw, boxes: NDArray[np.int64]) -> None:
    """Numbers places 1, 2, ... at a corner of each, no number upon another.

    Args:
        draw: Of the picture.
        boxes: Shape (n, 4); empty ones get no number.
    """
    across, down = draw.im.size
    taken: list[tuple[int, int]] = []
    for number, box in enumerate(boxes.tolist(), 1):
        if not any(box):
            continue
        corners = [(x, y) for y in (box[1], box[3]) for x in (box[0], box[2])]
        inside = [
            (min(max(x, _TAG), across - _TAG - 1), min(max(y, _TAG), down - _TAG - 1))
            for x, y in corners
        ]
        free = [at for at in inside if all(_apart(at, other) for other in taken)]
        x, y = (free or inside)[0]
        taken.append((x, y))
        draw.ellipse((x - _TAG, y - _TAG, x + _TAG, y + _TAG), STRONG_INK, PAPER, 2)
        draw.text((x, y), str(number), PAPER, font(12), "mm")


def _apart(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) > 2 * _TAG


def _mixed(
    pixels: NDArray[np.float64], colour: NDArray[np.int64], share: float
) -> NDArray[np.float64]:
    return np.asarray(pixels + share * (colour - pixels))


def _outline(pixels: NDArray[np.float64], edge: NDArray[np.float64]) -> None:
    """Copies the outermost pixels of one picture into another of the same shape."""
    for line in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        pixels[line] = edge[line]
