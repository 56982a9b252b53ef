from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from creative_envs.core.errors import InvalidArgument
from creative_envs.patches.artefact import EMPTY, Composition
from creative_envs.patches.library.patch_library import ORIGINAL, PatchLibrary
from creative_envs.patches.render import ansi, contact_sheet, picture, time_lapse
from creative_envs.patches.render.canvas import EMPTY_GROUND, EMPTY_LINE, cell_borders
from tests.patches.compositions import DRAWN, PHOTOGRAPHS, composition, compositions


def halved(pixels: np.ndarray) -> np.ndarray:
    side = len(pixels) // 2
    return pixels.reshape(side, 2, side, 2, 3).mean(axis=(1, 3))


class TestPicture:
    def test_full_size_shows_the_originals_themselves(self) -> None:
        work = composition()
        shown = picture(work, None)
        assert shown.shape == (384, 384, 3) and shown.dtype == np.uint8
        tiles = DRAWN.tile_originals(np.array(work.cells))
        for index in (0, 1, 6, 35):
            row, column = (ORIGINAL * place for place in divmod(index, 6))
            at = shown[row : row + ORIGINAL, column : column + ORIGINAL]
            np.testing.assert_array_equal(at, tiles[index])

    def test_cells_as_scored_are_the_tiles_of_the_library(self) -> None:
        work = composition(PHOTOGRAPHS, 8)
        shown = picture(work, 64).reshape(8, 8, 8, 8, 3).transpose(0, 2, 1, 3, 4)
        np.testing.assert_array_equal(shown.reshape(64, 8, 8, 3), PHOTOGRAPHS.tiles[[*work.cells]])

    @given(compositions())
    @settings(max_examples=25)
    def test_double_the_size_and_halve_it(self, work: Composition) -> None:
        """The same but for rounding up to the originals, and nearly so beyond them."""
        for cell in (1, 2, 8, 16, 32):
            small = picture(work, cell * work.size)
            assert np.abs(halved(picture(work, 2 * cell * work.size)) - small).max() <= 1
        beyond = halved(picture(work, 2 * ORIGINAL * work.size)) - picture(work, None)
        assert np.abs(beyond).mean() < 0.5

    @pytest.mark.parametrize(("library", "most"), [(DRAWN, 1), (PHOTOGRAPHS, 5)])
    def test_cells_of_broken_size_differ_along_their_borders_only(
        self, library: PatchLibrary, most: float
    ) -> None:
        work = composition(library, 12)
        error = np.abs(halved(picture(work, 1024)) - picture(work, 512)).mean(axis=2)
        inside = np.ones(512, bool)
        for border in cell_borders(12, 512):
            inside[max(0, border - 2) : border + 2] = False
        assert inside.mean() > 0.8
        assert error[np.ix_(inside, inside)].mean() < most

    @pytest.mark.parametrize("pixels", [1, 5, 6, 100, 384, 512, 1000])
    def test_any_size(self, pixels: int) -> None:
        assert picture(composition(), pixels).shape == (pixels, pixels, 3)

    def test_drawn_patches_stay_sharp(self) -> None:
        """An edge is one pixel wide however large the picture; a photograph has no more to show."""
        corner = Composition((8,) * 36, 6, DRAWN)  # a triangle: two colours and its edge
        colours, counts = np.unique(
            picture(corner, 6 * 256).reshape(-1, 3), axis=0, return_counts=True
        )
        assert np.sort(counts)[-2:].sum() / counts.sum() > 0.98
        assert len(colours) < 20

    def test_empty_cells_show_the_grid(self) -> None:
        shown = picture(composition(placed=7), None)
        assert tuple(shown[100, 100]) == EMPTY_GROUND
        assert tuple(shown[64, 100]) == tuple(shown[100, 64]) == EMPTY_LINE
        assert tuple(shown[32, 32]) == tuple(picture(composition(), None)[32, 32])

    @pytest.mark.parametrize("pixels", [0, -1, 2.5, "512", True, 8193, 10**9])
    def test_impossible_sizes(self, pixels: object) -> None:
        with pytest.raises(InvalidArgument, match="from 1 to 8192"):
            picture(composition(), pixels)  # type: ignore[arg-type]

    def test_pictures_are_not_shared(self) -> None:
        work = composition()
        picture(work)[:] = 0
        assert picture(work).any()


class TestTimeLapse:
    @pytest.mark.parametrize(("size", "pixels"), [(6, 60), (8, 50), (12, 61)])
    def test_grows_from_the_empty_canvas_to_the_work(self, size: int, pixels: int) -> None:
        work = composition(size=size, placed=20)
        frames = list(time_lapse(work, pixels))
        assert len(frames) == 21
        np.testing.assert_array_equal(frames[0], picture(composition(size=size, placed=0), pixels))
        np.testing.assert_array_equal(frames[-1], picture(work, pixels))
        left_to_paint = [(frame != frames[-1]).any(axis=2).sum() for frame in frames]
        assert all(before > after for before, after in pairwise(left_to_paint))

    def test_frames_are_the_pictures_of_the_canvas_then(self) -> None:
        cells = [EMPTY, *composition().cells[1:4], EMPTY, *composition().cells[5:]]
        work = Composition(tuple(cells), 6, DRAWN)
        frames = list(time_lapse(work, 96))
        then = Composition((EMPTY, *cells[1:4], *[EMPTY] * 32), 6, DRAWN)
        np.testing.assert_array_equal(frames[3], picture(then, 96))
        assert len(frames) == 35


class TestContactSheet:
    WORKS = tuple(composition(PHOTOGRAPHS, scores={"quality": q / 8}) for q in range(7))

    def test_is_about_square_and_shows_every_work(self) -> None:
        sheet = contact_sheet(self.WORKS, cell=48)
        assert sheet.dtype == np.uint8 and sheet.shape[1] == 3 * (48 + 6) + 6
        small = picture(self.WORKS[0], 48)
        height = (sheet.shape[0] - 6) // 3
        for index in range(9):
            top, left = 6 + index // 3 * height, 6 + index % 3 * 54
            shown = np.array_equal(sheet[top : top + 48, left : left + 48], small)
            assert shown == (index < 7)

    def test_captions_are_below_and_stay_within_their_column(self) -> None:
        paper = contact_sheet(self.WORKS[:2], 2, 48, ["", ""])[0, 0]
        sheet = contact_sheet(self.WORKS[:2], 2, 48, ["", "a caption far too long for its picture"])
        written = (sheet[6 + 48 :] != paper).any(axis=(0, 2)).nonzero()[0]
        assert written.size and written.min() >= 6 + 54 and written.max() < 6 + 54 + 48
        plain = contact_sheet(self.WORKS[:2], 2, 48, ["", ""])
        assert plain.shape[0] < sheet.shape[0] and (plain[6 + 48 :] == paper).all()

    def test_captions_tell_the_score_unless_given(self) -> None:
        told = contact_sheet(self.WORKS[:1])
        np.testing.assert_array_equal(
            told, contact_sheet(self.WORKS[:1], captions=["quality 0.00"])
        )
        named = contact_sheet([composition(title="Name")])
        np.testing.assert_array_equal(named, contact_sheet([composition()], captions=["Name"]))

    def test_canvases_of_different_sizes(self) -> None:
        works = [composition(size=size) for size in (6, 8, 12)]
        assert contact_sheet(works, columns=1, cell=50).shape[1] == 50 + 2 * 6
        assert contact_sheet(works, columns=9).shape[1] == 3 * (160 + 16) + 16

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"compositions": []}, "at least one"),
            ({"columns": 0}, "columns is 0"),
            ({"captions": ["one"]}, "1 captions for 7"),
            ({"cell": 0}, "from 1"),
        ],
    )
    def test_refusals(self, arguments: dict, message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            contact_sheet(**{"compositions": self.WORKS} | arguments)


class TestAnsi:
    def test_two_characters_a_cell_in_the_colours_of_the_picture(self) -> None:
        work = composition(size=8, title="A work", scores={"quality": 0.5})
        text = ansi(work)
        heading, scores, blank, *rows = text.splitlines()
        assert "A work" in heading and "drawn" in heading
        assert scores == "quality 0.50" and blank == ""
        assert len(rows) == 8 and all(row.count("▀") == 16 for row in rows)
        colours = np.array(
            [
                re.findall(
                    r"\d+(?=[;m])",
                    row.replace("38;2;", "").replace("48;2;", "").replace("\x1b[0m", ""),
                )
                for row in rows
            ],
            int,
        )
        shown = colours.reshape(8, 16, 2, 3).transpose(0, 2, 1, 3).reshape(16, 16, 3)
        np.testing.assert_array_equal(shown, picture(work, 16))

    def test_waiting_cells_are_dots(self) -> None:
        text = ansi(composition(placed=8))
        rows = text.splitlines()[-6:]
        assert [row.count("▀") for row in rows] == [12, 4, 0, 0, 0, 0]
        assert [row.count("· ") for row in rows] == [0, 4, 6, 6, 6, 6]
