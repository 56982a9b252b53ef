"""What charts drawn as SVG have in common: scales, grids, curves with bands, labels apart."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

LABEL_GAP: Final = 17
"""Pixels between the labels at the ends of curves, so that they do not overlap."""


def round_interval(total: float, parts: int = 8) -> float:
    """The smallest 1, 2 or 5 times a power of ten that divides the total into at most so many."""
    power = 10.0 ** math.floor(math.log10(total / parts))
    return next(m * power for m in (1, 2, 5, 10) if m * power * parts >= total)


def apart(heights: Iterable[float], gap: float = LABEL_GAP) -> list[float]:
    """Heights moved down until neighbours are a gap apart, in the order given."""
    wanted = list(heights)
    placed, lowest = [math.nan] * len(wanted), -math.inf
    for index in sorted(range(len(wanted)), key=wanted.__getitem__):
        placed[index] = lowest = max(wanted[index], lowest + gap)
    return placed


@dataclass(frozen=True)
class Plot:
    """From values, 0 to ``right`` and 0 to ``top``, to pixels of an SVG.

    Attributes:
        width: Of all.
        height: Likewise.
        margins: Left, right, above and below the field of the values.
        right: Largest value along x.
        top: Largest value along y.
    """

    width: float
    height: float
    margins: tuple[float, float, float, float]
    right: float
    top: float

    def x(self, value: float) -> float:
        """Pixels from the left."""
        left, right, _, _ = self.margins
        return left + value / self.right * (self.width - left - right)

    def y(self, value: float) -> float:
        """Pixels from above."""
        _, _, above, below = self.margins
        return above + (1 - value / self.top) * (self.height - above - below)

    def points(self, x: ArrayLike, values: ArrayLike) -> str:
        """Places of a curve, as SVG lists them."""
        pairs = zip(np.asarray(x).tolist(), np.asarray(values).tolist(), strict=True)
        return " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in pairs)

    def grid(self, step: float, words: str, interval: float | None = None) -> str:
        """Level lines with their values, and values along x.

        Args:
            step: Between lines.
            words: What x is.
            interval: Between values along x; None for a round one.
        """
        left, right, _, below = self.margins
        parts = []
        for index in range(round(self.top / step) + 1):
            y = self.y(index * step)
            ends = f'x1="{left}" x2="{self.width - right}" y1="{y:.1f}" y2="{y:.1f}"'
            parts.append(f'<line class="grid" {ends}/>')
            label = f"{index * step:.6g}"
            parts.append(f'<text class="end" x="{left - 8}" y="{y + 4:.1f}">{label}</text>')
        interval = interval or round_interval(self.right)
        for index in range(int(self.right / interval + 1e-9) + 1):
            place = f'x="{self.x(index * interval):.1f}" y="{self.height - below + 18}"'
            label = self.tick(index * interval)
            parts.append(f'<text class="middle" {place}>{label}</text>')
        place = f'x="{self.x(self.right / 2):.1f}" y="{self.height - below + 36}"'
        parts.append(f'<text class="middle" {place}>{words}</text>')
        return "".join(parts)

    def tick(self, value: float) -> str:
        """A value along x in words; thousands and millions are short."""
        for size, unit in ((1_000_000, "M"), (1_000, "k")):
            if self.right >= 10 * size and value:
                return f"{value / size:g}{unit}"
        return f"{value:g}"
