import json

import numpy as np
import pytest
from PIL import Image

from creative_envs.patches.adversaries.controls import CONTROLS, HACKS
from creative_envs.patches.audit import __main__ as audit
from creative_envs.patches.craft.fitting import (
    fit_profile,
    measure_pictures,
    own_cells,
    picture_tables,
)
from creative_envs.patches.craft.profile import (
    TERM_NAMES,
    UNBOUNDED,
    craft_of_pictures,
    profile,
    term_values,
)
from creative_envs.patches.framings import framings
from creative_envs.patches.library import builtin_pictures


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    short = ["--details", "4", "--searches", "3", "--most", "1000"]
    files = ["--json", str(folder / "a.json"), "--sheet", str(folder / "sheet.png")]
    audit.main([*short, *files])
    return json.loads((folder / "a.json").read_text()), Image.open(folder / "sheet.png")


def test_pictures_are_told_from_what_is_asked(report):
    controls = report[0]["controls"]
    assert set(controls) == {*CONTROLS, *HACKS}
    for name, row in controls.items():
        wanted = 0.93 if name in ("luminance-sorted", "mirrored detail") else 0.96
        assert row["auc"] >= wanted, name


def test_no_hack_passes_for_a_picture(report):
    floor = np.quantile(report[0]["human"], 0.05)
    assert set(report[0]["hacks"]) == set(HACKS)
    for name, craft in report[0]["hacks"].items():
        assert craft < floor, name


def test_effort_pays(report):
    for objective in ("craft", "quality for a brief"):
        mean = {k: np.mean(v) for k, v in report[0]["ladder"].items() if k.startswith(objective)}
        random, best, greedy, annealed = mean.values()
        assert random < best < min(greedy, annealed)


def test_the_sheet_shows_every_search(report):
    width, height = report[1].size
    assert width > 400 and height > 8 * 100


@pytest.fixture(scope="module")
def measures():
    return measure_pictures(framings([builtin_pictures()["coffee"]], 20, 8).pixels)


class TestFitting:
    def test_most_of_what_was_fitted_lies_within(self, measures):
        bands = fit_profile(measures, tail=0.1)
        values = term_values(measures)
        inside = (values >= bands[:, 0]) & (values <= bands[:, 1])
        assert inside.mean(axis=0).min() >= 0.75
        assert np.median(craft_of_pictures(measures, bands)) > 0.9

    def test_a_wider_tail_gives_narrower_bands(self, measures):
        wide, narrow = fit_profile(measures, 0.05), fit_profile(measures, 0.25)
        assert (wide[:, 0] <= narrow[:, 0]).all() and (wide[:, 1] >= narrow[:, 1]).all()

    def test_widths_weights_and_patchwork_stay(self, measures):
        bands, shipped = fit_profile(measures), profile(photographic=True)
        np.testing.assert_array_equal(bands[:, 2:], shipped[:, 2:])
        for name in ("reuse", "variety"):
            term = TERM_NAMES.index(name)
            np.testing.assert_array_equal(bands[term], shipped[term])
        assert bands[TERM_NAMES.index("contour"), 1] == UNBOUNDED


@pytest.fixture(scope="module")
def picture():
    pixels = framings([builtin_pictures()["chelsea"]], 1, 8).pixels[0]
    return own_cells(8).astype(np.int64).reshape(8, 8), picture_tables(pixels)


class TestControls:
    def test_controls_are_what_their_names_say(self, picture):
        cells, tables = picture
        rng = np.random.default_rng(0)
        made = {name: control(cells, tables, rng) for name, control in (CONTROLS | HACKS).items()}
        for name in ("shuffled", "gradient", "luminance-sorted"):
            assert sorted(made[name].ravel()) == sorted(cells.ravel()), name
        for name in ("one patch repeated", "blank"):
            assert len(np.unique(made[name])) == 1, name
        assert len(np.unique(made["checker"])) == 2
        lightness = tables.mean[0][made["luminance-sorted"], 0]
        rows = lightness.mean(axis=1), lightness.mean(axis=0)
        assert any((np.diff(r) > 0).all() or (np.diff(r) < 0).all() for r in rows)
        assert len(np.unique(made["loop of mirrors"] // 8)) == 1
        assert (made["tiling loop"][:2, :2] == made["tiling loop"][6:, 6:]).all()
        for name in ("kaleidoscope", "mirrored detail", "mirror eyes"):
            patches = made[name] // 8
            if name != "mirror eyes":
                assert (patches == patches[:, ::-1]).all() and (patches == patches[::-1]).all()
            else:
                assert (patches[::2] == patches[1::2]).all()
