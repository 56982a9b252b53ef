"""CIELAB against published values."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.patches.lab import srgb_to_lab

PUBLISHED = {
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.74, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (0, 255, 255): (91.11, -48.09, -14.13),
    (255, 0, 255): (60.32, 98.23, -60.82),
    (255, 255, 0): (97.14, -21.55, 94.48),
    (255, 255, 255): (100, 0, 0),
    (119, 119, 119): (50.03, 0, 0),
    (0, 0, 0): (0, 0, 0),
}
"""Corners of the sRGB cube as commonly tabulated (D65, 2 degrees), and a middle grey."""


@pytest.mark.parametrize("rgb", PUBLISHED)
def test_published_values(rgb: tuple[int, int, int]) -> None:
    lab = srgb_to_lab(np.array(rgb, np.uint8))
    assert lab.dtype == np.float64
    assert lab == pytest.approx(PUBLISHED[rgb], abs=0.06)


def test_greys_are_neutral_and_in_order() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    lab = srgb_to_lab(greys)
    assert np.abs(lab[:, 1:]).max() < 1e-9
    assert (np.diff(lab[:, 0]) > 0).all()


def test_dark_colours_follow_the_straight_piece() -> None:
    """Below Y = (6/29)^3, L* is (29/3)^3 Y by definition."""
    y = 2 / 255 / 12.92
    assert srgb_to_lab(np.array([2, 2, 2], np.uint8))[0] == pytest.approx((29 / 3) ** 3 * y)


def test_any_leading_shape() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3)).astype(np.uint8)
    lab = srgb_to_lab(rgb)
    assert lab.shape == rgb.shape
    assert np.array_equal(lab[1, 2, 3], srgb_to_lab(rgb[1, 2, 3]))
