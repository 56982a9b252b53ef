import math

import numpy as np
import pytest

from creative_envs.patches.audit import statistics as s
from creative_envs.patches.geometry import N_TRANSFORMS, SIZES, transformed
from tests.patches.compositions import DRAWN, PHOTOGRAPHS, composition


def column(name, pictures):
    return s.statistics(np.asarray(pictures, np.uint8))[:, s.NAMES.index(name)]


def uniform(colour, side=64):
    return np.full((1, side, side, 3), colour, np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("library", [DRAWN, PHOTOGRAPHS])
def test_turning_and_mirroring_change_nothing(library, size):
    picture = composition(library, size).picture(8 * size)
    turned = np.array([transformed(picture, t) for t in range(N_TRANSFORMS)])
    seen = s.statistics(turned)
    assert seen.shape == (N_TRANSFORMS, len(s.NAMES))
    np.testing.assert_allclose(seen, np.broadcast_to(seen[0], seen.shape), atol=1e-9)


def test_they_do_not_depend_on_what_else_is_looked_at():
    pictures = np.array([composition(library, 8).picture(64) for library in (DRAWN, PHOTOGRAPHS)])
    many = np.tile(pictures, (s.CHUNK // 2 + 3, 1, 1, 1))
    apart = np.concatenate([s.statistics(picture[None]) for picture in pictures])
    np.testing.assert_allclose(s.statistics(many)[-2:], apart, rtol=1e-12, atol=1e-12)
    assert (np.ptp(apart, axis=0) > 0).mean() > 0.9


def test_flat_pictures_have_finite_statistics():
    flat = np.concatenate([uniform(value) for value in (0, 128, 255)])
    assert np.isfinite(s.statistics(flat)).all()
    np.testing.assert_allclose(column("light_at_16", flat), 0, atol=1e-9)
    np.testing.assert_allclose(column("largest_region", flat), 1)
    np.testing.assert_allclose(column("ground_at_border", flat), 1)


def test_no_pictures_have_no_statistics():
    assert s.statistics(uniform(0)[:0]).shape == (0, s.N_STATISTICS)


def test_autocorrelation_of_stripes():
    inner = np.tile(np.repeat([10.0, -10.0, 10.0, -10.0], 16), (1, 64, 1))
    assert s.autocorrelation([inner], 16)[0] == pytest.approx(0)  # -1 beside, 1 below
    assert s.autocorrelation([inner], 32)[0] == pytest.approx(100 / 104)
    assert s.autocorrelation([inner, inner], 32)[0] == pytest.approx(200 / 204)


def test_regions_of_a_small_code():
    code = np.array([[1, 1, 2], [3, 1, 2], [3, 3, 1]])
    found = s.regions(code)  # code, area, outline, at the border
    np.testing.assert_array_equal(found, [[1, 3, 5, 2], [2, 2, 3, 2], [3, 3, 4, 3], [1, 1, 2, 1]])


def test_blocks_and_blurring():
    values = np.arange(16.0).reshape(1, 4, 4)
    np.testing.assert_allclose(s.blocks(values, 2), [[[2.5, 4.5], [10.5, 12.5]]])
    impulse = np.zeros((1, 5, 5))
    impulse[0, 0, 0] = 9
    soft = s.blurred(impulse, 3)[0]  # the edge is repeated, so the corner counts four times
    np.testing.assert_allclose(soft[:3, :3], [[4, 2, 0], [2, 1, 0], [0, 0, 0]], atol=1e-12)


def test_orientations_of_ramps():
    zero, one = np.zeros((1, 8, 8)), np.ones((1, 8, 8))
    for down, right, bin_ in ((zero, one, 0), (zero, -one, 0), (one, zero, 4), (one, one, 2)):
        sums = s.orientations(down, right, 2)
        assert (sums.argmax(axis=-1) == bin_).all()
        np.testing.assert_allclose(sums.sum(axis=-1), 16 * math.hypot(down.max(), right[0, 0, 0]))


def test_quadtree_cuts_only_what_is_uneven():
    light = np.zeros((3, 64, 64))
    light[1, :32, :32] = 50  # four even quarters
    light[2, :16, :16] = 50  # one quarter must be cut again
    np.testing.assert_allclose(np.exp(s.quadtree_leaves(light, 4.0)), [1, 4, 7])


def test_quadtree_ends_at_odd_sides():
    noise = np.random.default_rng(0).uniform(0, 100, (1, 48, 48))
    assert np.exp(s.quadtree_leaves(noise, 4.0))[0] == pytest.approx(16**2)


def test_colourfulness_of_one_and_two_colours():
    red = uniform((255, 0, 0))
    assert s.colourfulness(red)[0] == pytest.approx(0.3 * math.hypot(255, 127.5))
    half = red.copy()
    half[:, :, :32] = (0, 0, 0)
    expected = math.hypot(127.5, 63.75) + 0.3 * math.hypot(127.5, 63.75)
    assert s.colourfulness(half)[0] == pytest.approx(expected)


def test_coherence_of_one_direction_and_of_none():
    one, zero = np.ones((1, 64, 64)), np.zeros((1, 64, 64))
    np.testing.assert_allclose(s._coherences(zero, one), 1, atol=1e-6)
    mixed = np.indices((64, 64)).sum(axis=0) % 2
    np.testing.assert_allclose(
        s._coherences(mixed[None].astype(float), 1.0 - mixed[None]), 0, atol=1e-6
    )


def test_local_patterns_of_an_edge_and_a_dot():
    edge = np.zeros((1, 10, 10))
    edge[:, :, 5:] = 50
    flat, on_edge, ragged = (share[0] for share in s._pattern_shares(edge))
    assert (flat, on_edge, ragged) == (7 / 8, 1 / 8, 0)
    dots = np.zeros((1, 5, 5))
    dots[0, 1, 1] = dots[0, 1, 3] = 50  # two pixels lie between both
    assert s._pattern_shares(dots)[2][0] == pytest.approx(2 / 9)
