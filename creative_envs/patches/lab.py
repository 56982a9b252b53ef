"""From sRGB to CIELAB, where distances are roughly those the eye sees.

Sources: IEC 61966-2-1 (transfer function, matrix, D65), CIE 15 (L*, a*, b*).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_TO_XYZ: Final = (
    (0.4124, 0.3576, 0.1805),
    (0.2126, 0.7152, 0.0722),
    (0.0193, 0.1192, 0.9505),
)
_KNEE: Final = 6 / 29


def srgb_to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Colours as L* (0..100), a* and b* (about -128..128).

    The white point is that of the matrix (sRGB white, D65 to four places), so greys have a* and
    b* of 0.

    Args:
        rgb: uint8 sRGB, shape (..., 3).

    Returns:
        Shape (..., 3).
    """
    linear = _linear()[rgb]
    ratios = [
        (row[0] * linear[..., 0] + row[1] * linear[..., 1] + row[2] * linear[..., 2]) / sum(row)
        for row in _TO_XYZ
    ]
    x, y, z = (np.where(t > _KNEE**3, np.cbrt(t), t / (3 * _KNEE**2) + 4 / 29) for t in ratios)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


@lru_cache(maxsize=1)
def _linear() -> NDArray[np.float64]:
    """Linear light of the 256 values of a channel, 0..1."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab_to_srgb(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The inverse of `srgb_to_lab`, shape (..., 3); colours sRGB does not have are clipped."""
    y = (lab[..., 0] + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    white = np.array(_TO_XYZ).sum(axis=1)
    xyz = np.where(roots > _KNEE, roots**3, 3 * _KNEE**2 * (roots - 4 / 29)) * white
    linear = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * curved), np.uint8)
