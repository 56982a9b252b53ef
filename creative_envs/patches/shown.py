"""What an agent is shown of a library: a row of features for each patch.

Mean colour, detail, and the colours along the four borders: enough to tell which tile goes beside
which. Under a transform of the patch the features only change places, so the rows of the patches
tell those of all tiles (`gather`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.patches.geometry import CELL, N_TRANSFORMS, transformed
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library.patch_library import PatchLibrary

Float64 = NDArray[np.float64]

SAMPLES: Final = 4
"""Colours along a border, each the mean of two pixels."""
N_SHOWN: Final = 3 + 4 + 4 * SAMPLES * 3
"""Mean L* a* b*; mean gradient and standard deviation of L*, L* steps across and down; borders."""
_LOWEST: Final = np.array([0.0, -80.0, -80.0])
_SPAN: Final = np.array([100.0, 160.0, 160.0])
_DETAIL: Final = np.array([20.0, 50.0, 20.0, 20.0])
"""What is shown as 1, of each measure of detail."""


def shown_features(library: PatchLibrary) -> NDArray[np.float32]:
    """The features of the patches as they lie, shape (K, 55), in [0, 1]."""
    return np.stack([_features(lab) for lab in srgb_to_lab(library.patches)]).astype(np.float32)


def _features(lab: Float64) -> Float64:
    """Of one patch (8, 8, 3)."""
    colours = (lab - _LOWEST) / _SPAN
    sides = (colours[0], colours[-1], colours[:, 0], colours[:, -1])
    borders = [side.reshape(SAMPLES, CELL // SAMPLES, 3).mean(axis=1).ravel() for side in sides]
    lightness = lab[..., 0]
    across = np.abs(np.diff(lightness, axis=1)).mean()
    down = np.abs(np.diff(lightness, axis=0)).mean()
    detail = np.array([np.hypot(across, down), lightness.std(), across, down]) / _DETAIL
    told = np.concatenate((colours.mean(axis=(0, 1)), detail, *borders))
    return np.asarray(np.clip(told, 0, 1))


@lru_cache(maxsize=1)
def places_under_transforms() -> NDArray[np.int64]:
    """Where each feature of a transformed patch stands among its own, shape (8, 55).

    Found by transforming a patch of which no two features are equal.
    """
    rng = np.random.default_rng(0)
    probe = rng.uniform(_LOWEST + 1, _LOWEST + _SPAN - 1, (CELL, CELL, 3)) * np.array([0.2, 1, 1])
    own = _features(probe)
    return np.array(
        [
            np.abs(_features(transformed(probe, t))[:, None] - own).argmin(axis=1)
            for t in range(N_TRANSFORMS)
        ]
    )


def gather(patches: int) -> NDArray[np.int64]:
    """Place of feature p of tile a in the table (K, 55) laid out flat, shape (8 K, 55)."""
    rows = N_SHOWN * np.arange(patches)[:, None, None] + places_under_transforms()
    return rows.reshape(patches * N_TRANSFORMS, N_SHOWN)
