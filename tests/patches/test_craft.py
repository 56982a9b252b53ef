"""Craft: memberships in bands and their mean, whatever the bands are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.core.membership import membership
from creative_envs.patches.craft.measure_names import MEASURES
from creative_envs.patches.craft.profile import (
    GROWING,
    SHARPNESS,
    TERM_NAMES,
    craft,
    profile,
    unasked_symmetry,
)

SYMMETRIES = ("left_right", "up_down", "half_turn", "diagonal")
BANDS = np.tile([0.4, 0.6, 0.1, 2.0], (len(TERM_NAMES), 1))


def measures_of(value, **named):
    return np.array([named.get(name, value) for name in MEASURES])


def crafted(measures, asked=0, full=True, bands=BANDS):
    terms = np.empty(len(TERM_NAMES))
    return craft(measures, bands, asked, full, terms), dict(zip(TERM_NAMES, terms, strict=True))


class TestMembership:
    def test_by_hand(self):
        for value, expected in ((0.4, 1), (0.5, 1), (0.6, 1), (0.7, 0.5), (0.3, 0.5), (0.8, 0.2)):
            assert membership(value, 0.4, 0.6, 0.1) == pytest.approx(expected)

    @given(st.floats(-100, 100), st.floats(0, 50))
    def test_falls_with_distance_but_never_to_nothing(self, value, further):
        low, high, width = -1.0, 1.0, 2.0
        away = value + np.copysign(further, value)
        assert 0 < membership(away, low, high, width) <= membership(value, low, high, width) <= 1


class TestCraft:
    def test_inside_every_band_is_one(self):
        value, terms = crafted(measures_of(0.5))
        assert value == pytest.approx(1) and set(terms.values()) == {1.0}

    def test_is_the_weighted_geometric_mean_to_a_power(self):
        bands = BANDS.copy()
        bands[TERM_NAMES.index("contour"), 3] = 6.0
        value, terms = crafted(measures_of(0.5, contour=0.7), bands=bands)
        assert terms["contour"] == pytest.approx(0.5)
        share = 6 / (6 + 2 * (len(TERM_NAMES) - 1))
        assert value == pytest.approx(0.5 ** (share * SHARPNESS))

    def test_growing_canvases_are_not_asked_for_what_only_full_ones_have(self):
        measures = measures_of(0.5, slope=90.0, slope_residual=90.0, variety=90.0, imbalance=90.0)
        growing, terms = crafted(measures, full=False)
        assert growing == pytest.approx(1) and set(terms.values()) == {1.0}
        assert crafted(measures)[0] < 0.1
        late = {name for name, early in zip(TERM_NAMES, GROWING, strict=True) if not early}
        assert late == {"slope", "slope_residual", "variety", "imbalance"}

    @pytest.mark.parametrize("asked", range(4))
    def test_only_the_symmetry_asked_for_is_free(self, asked):
        for kind, name in enumerate(SYMMETRIES):
            measures = measures_of(0.5, **{name: 0.9})
            largest = 0.5 if kind == asked - 1 else 0.9
            assert unasked_symmetry(measures, asked) == largest
            assert crafted(measures, asked)[1]["symmetry"] == membership(largest, 0.4, 0.6, 0.1)

    def test_no_pairs_are_no_symmetry(self):
        measures = measures_of(0.5, **dict.fromkeys(SYMMETRIES, -1.0))
        assert unasked_symmetry(measures, 0) == 0


@pytest.mark.parametrize("photographic", [False, True])
def test_bands_make_sense(photographic):
    bands = profile(photographic)
    assert bands.shape == (len(TERM_NAMES), 4) and np.isfinite(bands).all()
    low, high, width, weight = bands.T
    assert (low < high).all() and (width > 0).all() and (weight > 0).all()


def test_photographs_and_drawings_are_judged_differently():
    assert not np.array_equal(profile(True), profile(False))
