"""Measures by hand, on tiny invented libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest

from creative_envs.patches.craft.histograms import harmony
from creative_envs.patches.craft.measure_names import MEASURES
from creative_envs.patches.craft.measures import ENERGY_FLOOR, measure_all
from creative_envs.patches.craft.tables import SEAM_SLACK, tile_tables
from creative_envs.patches.geometry import composed, moved_cells, transformed
from tests.patches.canvases import library_from

BLACK, WHITE, HALF = 0, 8, 16
"""Tiles: solid, solid, and black on the left, white on the right."""
SPOTS = [24, 32, 40]
"""Tiles that look different under every transform."""
LEFT_RIGHT, HALF_TURN, UP_DOWN = 4, 2, 6


def _tables():
    black, white = np.zeros((8, 8, 3)), np.full((8, 8, 3), 255)
    half = np.concatenate((black[:, :4], white[:, 4:]), axis=1)
    spots = [black.copy() for _ in SPOTS]
    for number, spot in enumerate(spots):
        spot[: 2 + number, :3], spot[0, 5:], spot[6, number] = 200, 90, 255
    return tile_tables([library_from([black, white, half, *spots])])


TABLES = _tables()


def measured(canvas, tables=TABLES):
    """Measures of one canvas (size, size) by name."""
    cells = np.asarray(canvas, np.int16).reshape(1, -1)
    row = measure_all(cells, len(canvas), np.zeros(1, np.int64), tables)[0]
    return dict(zip(MEASURES, row.tolist(), strict=True))


def canvas_of(tile, size=8):
    return np.full((size, size), tile)


def half_and_half():
    canvas = canvas_of(BLACK)
    canvas[:, 4:] = WHITE
    return canvas


def checker(size=8):
    row = np.arange(size)
    return np.where((row[:, None] + row) % 2, WHITE, BLACK)


def rows_by_turns():
    canvas = canvas_of(BLACK)
    canvas[1::2] = WHITE
    return canvas


def spots(seed=0, size=8):
    rng = np.random.default_rng(seed)
    return rng.choice(SPOTS, (size, size)) + rng.integers(0, 8, (size, size))


def turned(canvas, transform):
    """The canvas under a transform of the whole."""
    tiles = transformed(canvas, transform)
    return tiles // 8 * 8 + np.vectorize(lambda t: composed(t, transform))(tiles % 8)


@pytest.fixture(scope="module")
def only_two():
    """Black and white alone."""
    return tile_tables([library_from([np.zeros((8, 8, 3)), np.full((8, 8, 3), 255)])])


@pytest.mark.parametrize("size", [6, 8, 12])
def test_of_a_blank_canvas(size):
    blank = measured(canvas_of(BLACK, size))
    for name in ("contour", "coherence", "slope", "slope_residual", "edge_entropy", "contrast",
                 "light_entropy", "complexity", "imbalance", "balance_x", "balance_y", "variety",
                 "lightness", "warmth"):  # fmt: skip
        assert blank[name] == pytest.approx(0, abs=1e-9), name
    for name in ("seam", "harmony", "reuse", "left_right", "up_down", "half_turn", "diagonal",
                 "repetition"):  # fmt: skip
        assert blank[name] == pytest.approx(1), name


class TestSeams:
    def test_fit_falls_with_the_square_of_the_distance(self, only_two):
        """Of 112 seams 8 are black against white, 100 L* apart; black fits black best of all."""
        fit = 1 / (1 + (100 / SEAM_SLACK) ** 2)
        seam = measured(half_and_half(), only_two)["seam"]
        assert seam == pytest.approx((104 + 8 * fit) / 112, rel=1e-6)
        assert measured(checker(), only_two)["seam"] == pytest.approx(fit, rel=1e-5)

    def test_contours_that_go_on(self):
        """An edge between black and white goes on from cell to cell, or is broken off at each."""
        column = measured(canvas_of(HALF))["contour"]
        broken = canvas_of(HALF)
        broken[1::2] = HALF + 2  # upside down: black meets white at every seam below
        assert column > 0.8 and measured(broken)["contour"] < 0.1

    def test_contours_that_end_at_nothing(self):
        """An edge that runs into a flat cell does not go on."""
        canvas = canvas_of(HALF)
        canvas[1::2] = BLACK
        assert measured(canvas)["contour"] < 0.3

    def test_flat_beside_flat_earns_no_contour(self):
        assert measured(half_and_half())["contour"] == 0
        assert measured(half_and_half())["seam"] > 0.9

    def test_one_cell_has_none(self):
        canvas = canvas_of(-1)
        canvas[3, 3] = HALF
        assert measured(canvas)["seam"] == measured(canvas)["contour"] == 0

    def test_a_photograph_beside_itself_earns_half(self):
        ramp = np.broadcast_to(np.arange(8)[None, :, None] * 30, (8, 8, 3))
        other = np.broadcast_to(np.arange(8)[:, None, None] * 30, (8, 8, 3)) // 2
        drawn, photographic = (
            measured(mirrored(), tile_tables([library_from([ramp, other], kind)]))
            for kind in (False, True)
        )
        assert photographic["seam"] == pytest.approx(drawn["seam"] / 2, rel=1e-6)
        assert photographic["contour"] <= drawn["contour"]


def mirrored():
    """One patch and its mirror image by turns, so that every seam fits."""
    canvas = np.zeros((8, 8), int)
    canvas[:, 1::2] = LEFT_RIGHT
    return canvas


class TestLayout:
    def test_coherence_of_two_halves(self, only_two):
        """Colours 50 from the mean: 104 pairs alike, 8 opposite, and a floor of 64 in 160,000."""
        assert measured(half_and_half(), only_two)["coherence"] == pytest.approx(
            (104 - 8) / 112 / (1 + 64 / 160_000), rel=1e-6
        )

    @pytest.mark.parametrize("size", [6, 8, 12])
    def test_coherence_of_a_checker_is_minus_one(self, size):
        assert measured(checker(size))["coherence"] == pytest.approx(-1, abs=1e-3)

    def test_coherence_of_a_shuffle_is_about_nothing(self):
        rng = np.random.default_rng(0)
        shuffles = [rng.permutation(checker().ravel()).reshape(8, 8) for _ in range(50)]
        assert abs(np.mean([measured(c)["coherence"] for c in shuffles])) < 0.05

    def test_coherence_of_a_gradient_is_high(self):
        greys = np.broadcast_to((np.arange(8) * 30)[:, None, None, None], (8, 8, 8, 3))
        canvas = np.repeat(np.arange(8)[None] * 8, 8, axis=0)
        assert measured(canvas, tile_tables([library_from(greys)]))["coherence"] > 0.85

    def test_balance_of_a_white_column_on_the_left(self):
        """Mean L* 12.5. White weighs 87.5 at -3.5, each of 56 black cells 12.5, at .5 on average.

        (8 * 87.5 * -3.5 + 56 * 12.5 * .5) / 1400 = -1.5 cells of the four to the edge.
        """
        canvas = canvas_of(BLACK)
        canvas[:, 0] = WHITE
        left = measured(canvas)
        assert left["balance_x"] == pytest.approx(-1.5 / 4, abs=1e-6)
        assert left["balance_y"] == pytest.approx(0, abs=1e-9)
        assert left["imbalance"] == pytest.approx(1.5 / 4, abs=1e-6)
        assert measured(np.rot90(canvas))["balance_y"] == pytest.approx(1.5 / 4, abs=1e-6)
        assert measured(canvas[:, ::-1])["balance_x"] == pytest.approx(1.5 / 4, abs=1e-6)

    def test_detail_weighs_as_well(self):
        """Both halves differ from the mean by 25 L*; the upper also has a gradient of 12.5."""
        canvas = canvas_of(BLACK)
        canvas[:4] = HALF
        upper, lower = 25 + 12.5 / 2, 25
        expected = 2 * (lower - upper) / (lower + upper) / 4
        assert measured(canvas)["balance_y"] == pytest.approx(expected, abs=1e-5)

    def test_empty_cells_weigh_what_the_others_do(self):
        for filled in (1, 8, 11):
            canvas = canvas_of(-1)
            canvas.ravel()[:filled] = HALF
            growing = measured(canvas)
            assert growing["balance_x"] == pytest.approx(0, abs=1e-9)
            assert growing["balance_y"] == pytest.approx(0, abs=1e-9)

    def test_mean_colours(self):
        yellow, blue = np.zeros((2, 8, 8, 3))
        yellow[...], blue[...] = (255, 255, 0), (0, 0, 255)
        tables = tile_tables([library_from([yellow, blue])])
        warm, cold = (measured(canvas_of(tile), tables) for tile in (0, 8))
        assert warm["warmth"] == pytest.approx(94.5, abs=0.1)  # CIE L*a*b* of the sRGB primaries
        assert cold["warmth"] == pytest.approx(-107.9, abs=0.1)
        assert warm["lightness"] == pytest.approx(97.1, abs=0.1)
        assert cold["lightness"] == pytest.approx(32.3, abs=0.1)
        half = np.where(checker() == BLACK, 0, 8)
        mean = (warm["warmth"] + cold["warmth"]) / 2
        assert measured(half, tables)["warmth"] == pytest.approx(mean)


class TestSymmetry:
    def test_of_two_halves(self, only_two):
        """Mirrored, every pixel is 100 away: further than tiles are as a rule."""
        halves = measured(half_and_half(), only_two)
        assert halves["up_down"] == 1 and halves["left_right"] == halves["half_turn"] == 0

    def test_likeness_is_relative_to_the_usual_distance(self, only_two):
        """Half the pairs of tiles are 0 apart, half 100: as a rule 50."""
        assert only_two.typical_distance[0] == pytest.approx(50, abs=0.01)
        canvas = canvas_of(BLACK)
        canvas[0, 0] = WHITE  # 2 of 64 cells differ from their mirror image
        single = measured(canvas, only_two)
        assert single["left_right"] == pytest.approx(1 - 2 * 100 / 64 / 50, abs=1e-4)
        assert single["diagonal"] == 1

    @pytest.mark.parametrize("size", [6, 8, 12])
    def test_of_canvases_made_symmetric(self, size):
        """Each kind alone: 1 for what was made, less for all others."""
        made = {"left_right": 4, "up_down": 6, "half_turn": 2, "diagonal": 5}
        for name, transform in made.items():
            canvas = spots(1, size)
            image = turned(canvas, transform)
            source = moved_cells(size, transform).reshape(size, size)
            canvas = np.where(source < np.arange(size**2).reshape(size, size), image, canvas)
            # Cells that are their own image have to be symmetric themselves.
            canvas[source == np.arange(size**2).reshape(size, size)] = BLACK
            found = measured(canvas)
            assert found[name] == pytest.approx(1, abs=1e-6), name
            assert all(found[other] < 0.9 for other in made if other != name), name

    def test_of_either_diagonal(self):
        canvas = spots(2)
        source = moved_cells(8, 7).reshape(8, 8)
        own = np.arange(64).reshape(8, 8)
        canvas = np.where(source < own, turned(canvas, 7), canvas)
        canvas[source == own] = WHITE
        assert measured(canvas)["diagonal"] == pytest.approx(1, abs=1e-6)

    def test_tiles_must_be_mirrored_too(self):
        canvas = spots(3)
        canvas[:, 4:] = canvas[:, 3::-1]  # the same tiles in mirrored places
        assert measured(canvas)["left_right"] < 0.9

    def test_only_pairs_that_are_filled_count(self):
        canvas = canvas_of(-1)
        canvas[0, 1] = BLACK
        alone = measured(canvas)
        assert [alone[k] for k in ("left_right", "up_down", "half_turn", "diagonal")] == [-1.0] * 4
        canvas[0, 6], canvas[7, 1] = WHITE, BLACK
        pairs = measured(canvas)
        assert pairs["up_down"] == 1 and pairs["left_right"] == 0 and pairs["half_turn"] == 0


class TestRepetition:
    def test_of_stripes(self):
        assert measured(rows_by_turns())["repetition"] == 1
        assert measured(rows_by_turns().T)["repetition"] == 1

    def test_of_a_checker_and_of_blocks(self):
        assert measured(checker())["repetition"] == 1
        block = spots(4, 4)
        assert measured(np.tile(block, (2, 2)))["repetition"] == pytest.approx(1)

    def test_of_what_is_not_repeated(self):
        rng = np.random.default_rng(0)
        canvas = np.where(rng.random((8, 8)) < 0.5, WHITE, BLACK)
        assert measured(canvas)["repetition"] < 0.5


class TestHistograms:
    def test_contrast_and_entropy_of_black_and_white(self):
        """The middles of the darkest and lightest sixteenth of L*: 3.125 and 96.875."""
        halves = measured(half_and_half())
        assert halves["contrast"] == pytest.approx((96.875 - 3.125) / 2)
        assert halves["light_entropy"] == pytest.approx(math.log(2) / math.log(16))
        canvas = canvas_of(BLACK)
        canvas[:2] = WHITE  # a quarter
        assert measured(canvas)["contrast"] == pytest.approx(93.75 * math.sqrt(3) / 4)

    def test_complexity_of_one_edge_a_cell(self):
        """A step of 100 L* within 8 pixels, which central differences see twice by half."""
        assert measured(canvas_of(HALF))["complexity"] == pytest.approx(100 / 8, abs=1e-4)
        canvas = canvas_of(BLACK)
        canvas[0] = HALF
        assert measured(canvas)["complexity"] == pytest.approx(100 / 64, abs=1e-4)

    def test_entropy_of_edge_directions(self):
        assert measured(canvas_of(HALF))["edge_entropy"] == pytest.approx(0, abs=1e-6)
        every = HALF + np.add.outer(np.arange(8), np.arange(8)) % 4  # all quarter turns, equally
        entropy = math.log(4) / math.log(24)
        assert measured(every)["edge_entropy"] == pytest.approx(entropy, abs=1e-6)

    def test_harmony_of_hues(self):
        one, two, three = np.zeros((3, 24))
        one[5] = two[[5, 17]] = three[[0, 8, 16]] = 10.0
        assert harmony(one) == harmony(two) == pytest.approx(1)
        assert harmony(three) < 0.8
        assert harmony(np.full(24, 10.0)) == pytest.approx(0, abs=1e-12)
        assert harmony(np.zeros(24)) == 1

    def test_harmony_does_not_change_when_hues_turn(self):
        hue = np.random.default_rng(0).random(24) * 10
        assert harmony(np.roll(hue, 7)) == pytest.approx(harmony(hue))


class TestReuse:
    def test_by_hand(self):
        canvas = canvas_of(BLACK)
        canvas[0, :4] = WHITE
        few = measured(canvas)
        assert few["reuse"] == 60 / 64
        share = np.array([60, 4]) / 64
        entropy = -(share * np.log(share)).sum()
        assert few["variety"] == pytest.approx(entropy / math.log(6))

    def test_all_equally_often_is_the_most_varied(self, only_two):
        assert measured(checker(), only_two)["variety"] == pytest.approx(1)

    def test_transforms_are_the_same_patch(self):
        canvas = HALF + np.add.outer(np.arange(8), np.arange(8)) % 8
        assert measured(canvas)["reuse"] == 1 and measured(canvas)["variety"] == 0

    def test_a_growing_canvas_uses_a_share_of_the_whole(self):
        canvas = canvas_of(-1)
        canvas[0, :3] = BLACK
        assert measured(canvas)["reuse"] == 3 / 64
        canvas[0, 1:3] = WHITE, HALF
        assert measured(canvas)["variety"] == pytest.approx(1)  # three patches in three cells


class TestSpectrum:
    def test_of_a_checker(self):
        """All energy lies in the diagonal details of blocks of 16 pixels: 800 each, squared."""
        energies = np.full(5, math.log2(ENERGY_FLOOR))
        energies[3] = math.log2(800**2 / 3 + ENERGY_FLOOR)
        level = np.arange(5)
        slope, height = np.polyfit(level, energies, 1)
        residual = np.sqrt(np.mean((slope * level + height - energies) ** 2))
        found = measured(checker())
        assert found["slope"] == pytest.approx(slope, rel=1e-4)
        assert found["slope_residual"] == pytest.approx(residual, rel=1e-4)

    def test_fine_detail_falls_and_coarse_detail_rises(self):
        fine = np.zeros((8, 8, 3))
        fine[::2, ::2] = fine[1::2, 1::2] = 255
        tables = tile_tables([library_from([fine, np.zeros((8, 8, 3))])])
        assert measured(canvas_of(0), tables)["slope"] < -1
        coarse = canvas_of(BLACK)
        coarse[2:6, 2:6] = WHITE
        assert measured(coarse)["slope"] > 1

    def test_a_growing_canvas_has_none(self):
        canvas = checker()
        canvas[7, 7] = -1
        assert measured(canvas)["slope"] == measured(canvas)["slope_residual"] == 0
