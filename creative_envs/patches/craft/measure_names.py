"""The measures of a composition by name; every array of measures keeps their order."""

from __future__ import annotations

from typing import Final

MEASURES: Final = (
    "contour",
    "seam",
    "coherence",
    "slope",
    "slope_residual",
    "edge_entropy",
    "light_entropy",
    "contrast",
    "complexity",
    "harmony",
    "imbalance",
    "reuse",
    "variety",
    "left_right",
    "up_down",
    "half_turn",
    "diagonal",
    "repetition",
    "lightness",
    "warmth",
    "balance_x",
    "balance_y",
)
"""In the order of the kernel's output:

contour: likeness of the changes of colour along both sides of the seams, weighted by how much
    changes there, in [0, 1]: do contours go on from cell to cell?
seam: mean fit of neighbouring borders, in [0, 1].
coherence: Moran's I of the cells' mean colours, about -1 .. 1: 0 for a shuffle, near 1 for a
    gradient.
slope, slope_residual: of log2 energy against level of the Haar pyramid of L*, and the deviation
    from that line.
edge_entropy, light_entropy: of edge orientations and of L*, over their maximum.
contrast: standard deviation of L*, told apart in 16 bins.
complexity: mean gradient of L* inside cells, a pixel.
harmony: chroma inside the best of eight hue templates, beyond what chance puts there, in [0, 1];
    1 where there is no colour.
imbalance: distance of the centre of visual weight from the middle, 1 = at the edge.
reuse: share of the cells taken by the patch used most.
variety: entropy of the patches used, over that of using all equally.
left_right, up_down, half_turn, diagonal: likeness of the canvas and its image, in [0, 1]; of the
    two diagonals the better.
repetition: likeness of the canvas and itself moved by 1 to 4 cells, the best, in [0, 1].
lightness, warmth: mean L* and mean b*.
balance_x, balance_y: where the centre of visual weight lies, -1 left or top .. 1.
"""
N_MEASURES: Final = len(MEASURES)
(
    CONTOUR,
    SEAM,
    COHERENCE,
    SLOPE,
    SLOPE_RESIDUAL,
    EDGE_ENTROPY,
    LIGHT_ENTROPY,
    CONTRAST,
    COMPLEXITY,
    HARMONY,
    IMBALANCE,
    REUSE,
    VARIETY,
    LEFT_RIGHT,
    UP_DOWN,
    HALF_TURN,
    DIAGONAL,
    REPETITION,
    LIGHTNESS,
    WARMTH,
    BALANCE_X,
    BALANCE_Y,
) = range(N_MEASURES)
