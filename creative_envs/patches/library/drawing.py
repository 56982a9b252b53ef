"""Patches as vector shapes: drawn once, rendered as pixels or as SVG.

All lies in the unit square, x to the right and y down. Pixels come from inside-tests at sample
points, a point on an outline counting half, so a symmetric drawing gives exactly symmetric pixels:
that is how tiles that look the same are found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Colour: TypeAlias = tuple[int, int, int]
"""sRGB, 0..255."""
Point: TypeAlias = tuple[float, float]

_SAMPLES: Final = 4
"""Sample points along the side of a pixel."""
_ON_OUTLINE: Final = 1e-9
_SHADES: Final = 1024
"""Steps of a ramp; a power of two, which keeps sums of samples exact in any order."""
_CLIP: Final = "unit-square"


@dataclass(frozen=True)
class Ramp:
    """A fade between two colours.

    Attributes:
        first: Colour at `start` and before it.
        last: Colour at `end` and beyond it.
        start: Where the fade begins.
        end: Where it ends.
        radial: Whether it goes in circles around `start`, not in lines across to `end`.
    """

    first: Colour
    last: Colour
    start: Point
    end: Point
    radial: bool = False

    @property
    def identifier(self) -> str:
        """What an SVG calls it; equal ramps have equal ones."""
        return f"ramp-{hashlib.sha256(repr(self).encode()).hexdigest()[:12]}"

    def colours(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Colours at points of any shape (...), shape (..., 3)."""
        across, down = self.end[0] - self.start[0], self.end[1] - self.start[1]
        right, below = x - self.start[0], y - self.start[1]
        squared = across * across + down * down
        if self.radial:
            share = np.sqrt((right * right + below * below) / squared)
        else:
            share = (right * across + below * down) / squared
        share = np.floor(np.clip(share, 0.0, 1.0) * _SHADES + 0.5) / _SHADES
        first, last = np.array(self.first, np.float64), np.array(self.last, np.float64)
        return np.asarray(first + share[..., None] * (last - first))

    def svg(self) -> str:
        """The SVG definition of the gradient."""
        (x1, y1), (x2, y2) = self.start, self.end
        if self.radial:
            radius = np.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2)
            tag, place = "radialGradient", f'cx="{x1:g}" cy="{y1:g}" r="{radius:g}"'
        else:
            tag, place = "linearGradient", f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
        return (
            f'<{tag} id="{self.identifier}" gradientUnits="userSpaceOnUse" {place}>'
            f'<stop offset="0" stop-color="{hexadecimal(self.first)}"/>'
            f'<stop offset="1" stop-color="{hexadecimal(self.last)}"/></{tag}>'
        )


Fill: TypeAlias = Colour | Ramp


@dataclass(frozen=True)
class Polygon:
    """A filled convex polygon.

    Attributes:
        points: Its corners, in order.
        fill: Colour or ramp.
    """

    points: tuple[Point, ...]
    fill: Fill

    def depth(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far inside points lie, in any unit: negative outside, 0 on the outline."""
        edges = list(zip(self.points, (*self.points[1:], self.points[0]), strict=True))
        turn = np.sign(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in edges))
        sides = [
            turn * ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) for (x0, y0), (x1, y1) in edges
        ]
        return np.asarray(np.min(sides, axis=0))

    def svg(self) -> str:
        """The SVG element."""
        points = " ".join(f"{x:g},{y:g}" for x, y in self.points)
        return f'<polygon points="{points}" fill="{_paint(self.fill)}"/>'


@dataclass(frozen=True)
class Disc:
    """A filled disc, or a ring.

    Attributes:
        centre: Its centre, inside the square or not.
        radius: Of its outline.
        fill: Colour or ramp.
        hole: Radius of the hole in a ring.
    """

    centre: Point
    radius: float
    fill: Fill
    hole: float = 0.0

    def depth(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far inside points lie: negative outside, 0 on an outline."""
        right, below = x - self.centre[0], y - self.centre[1]
        distance = np.sqrt(right * right + below * below)
        inside = self.radius - distance
        return np.minimum(inside, distance - self.hole) if self.hole else np.asarray(inside)

    def svg(self) -> str:
        """The SVG element."""
        centre, paint = f'cx="{self.centre[0]:g}" cy="{self.centre[1]:g}"', _paint(self.fill)
        if not self.hole:
            return f'<circle {centre} r="{self.radius:g}" fill="{paint}"/>'
        middle, width = (self.radius + self.hole) / 2, self.radius - self.hole
        return (
            f'<circle {centre} r="{middle:g}" fill="none" stroke="{paint}" '
            f'stroke-width="{width:g}"/>'
        )


Shape: TypeAlias = Polygon | Disc


@dataclass(frozen=True)
class Drawing:
    """Shapes on a background, later ones over earlier ones; what leaves the square is cut off.

    Attributes:
        background: sRGB.
        shapes: Bottom first.
    """

    background: Colour
    shapes: tuple[Shape, ...] = ()

    def rasterise(self, size: int = 64) -> NDArray[np.uint8]:
        """The drawing as pixels, shape (size, size, 3)."""
        side = size * _SAMPLES
        place = (np.arange(side) + 0.5) / side
        x, y = np.broadcast_to(place, (side, side)), np.broadcast_to(place[:, None], (side, side))
        picture = np.empty((side, side, 3))
        picture[:] = self.background
        for shape in self.shapes:
            depth = shape.depth(x, y)
            covered = (0.5 * (depth > -_ON_OUTLINE) + 0.5 * (depth > _ON_OUTLINE))[..., None]
            fill = shape.fill
            colour = fill.colours(x, y) if isinstance(fill, Ramp) else np.array(fill, np.float64)
            picture += covered * (colour - picture)
        means = picture.reshape(size, _SAMPLES, size, _SAMPLES, 3).mean(axis=(1, 3))
        return np.asarray(np.floor(means + 0.5), np.uint8)

    def svg(self) -> str:
        """SVG elements that fill the unit square, to be put into a ``<g transform="...">``.

        They refer to `definitions`, which belong into the ``<defs>`` of the document.
        """
        ground = f'<rect width="1" height="1" fill="{_paint(self.background)}"/>'
        if not self.shapes:
            return ground
        shapes = "".join(shape.svg() for shape in self.shapes)
        return f'<g clip-path="url(#{_CLIP})">{ground}{shapes}</g>'

    def definitions(self) -> Mapping[str, str]:
        """SVG elements that `svg` refers to, by id.

        An id says what is defined: those of several drawings can be merged into one mapping.
        """
        if not self.shapes:
            return {}
        ramps = (shape.fill for shape in self.shapes if isinstance(shape.fill, Ramp))
        clip = f'<clipPath id="{_CLIP}"><rect width="1" height="1"/></clipPath>'
        return {_CLIP: clip} | {ramp.identifier: ramp.svg() for ramp in ramps}


def hexadecimal(colour: Colour) -> str:
    """A colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _paint(fill: Fill) -> str:
    return f"url(#{fill.identifier})" if isinstance(fill, Ramp) else hexadecimal(fill)
