"""Pictures projected onto libraries."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.patches import projection
from creative_envs.patches.framings import framings
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.projection import budget, project, toned
from creative_envs.patches.reference import composed_pictures
from tests.patches.canvases import legal_canvases, task_of
from tests.patches.pixel_score import Picture

CASES = [(6, "procedural"), (8, "builtin"), (12, "procedural")]
every_case = pytest.mark.parametrize(("size", "library"), CASES)


def projected(task, pictures):
    tables = task.reference.scale.tables
    return project(pictures, task.libraries[0], tables.seam_right[0], tables.seam_down[0])


def real_pictures(task, split="train", each=6):
    lab = srgb_to_lab(framings(composed_pictures(split), each, task.size).pixels)
    return toned(lab, task.libraries[0])


def misfit(task, cells, pictures):
    """Mean squared distance of canvases from pictures."""
    made = [Picture(c, task.size, task.libraries[0]).lab for c in cells]
    return ((np.array(made) - pictures) ** 2).mean(axis=(1, 2, 3))


@every_case
def test_canvases_are_legal_and_resemble_the_pictures(size, library):
    task = task_of(size, library)
    pictures = real_pictures(task)
    cells = projected(task, pictures)
    assert cells.shape == (len(pictures), size**2) and cells.dtype == np.int16
    for canvas in cells:
        assert task.reference.distinct[0, canvas].all()
        assert np.bincount(canvas // N_TRANSFORMS).max() <= budget(size)
    random = legal_canvases(task, len(cells))
    assert (misfit(task, cells, pictures) < misfit(task, random, pictures)).all()


@every_case
def test_rounding_decides_nothing(size, library, monkeypatch):
    """Flat cells fit a tile and its mirror image alike; sums differ in the last bits elsewhere."""
    task = task_of(size, library)
    pictures = real_pictures(task)
    pictures[0] = pictures[0].mean(axis=(0, 1))
    before, distances = projected(task, pictures), projection._squared_distances
    rng = np.random.default_rng(0)

    def elsewhere(these, those):
        found = distances(these, those)
        return found * (1 + 1e-13 * rng.standard_normal(found.shape))

    monkeypatch.setattr(projection, "_squared_distances", elsewhere)
    np.testing.assert_array_equal(projected(task, pictures), before)


def test_the_company_of_a_picture_does_not_matter():
    task = task_of(6)
    pictures = real_pictures(task)
    together = projected(task, pictures)
    for row in (0, 5):
        np.testing.assert_array_equal(projected(task, pictures[row : row + 1])[0], together[row])


def test_a_canvas_is_recognised():
    """The picture of a canvas whose seams fit is projected onto itself, but for a few cells."""
    task = task_of(6)
    cells = projected(task, real_pictures(task))
    again = projected(task, np.array([Picture(c, 6, task.libraries[0]).lab for c in cells]))
    assert (again == cells).mean() > 0.8


def test_toning_changes_lightness_alone():
    task = task_of(6)
    lab = srgb_to_lab(framings(composed_pictures("train"), 2, 6).pixels)
    before = lab.copy()
    found = toned(lab, task.libraries[0])
    own = srgb_to_lab(task.libraries[0].patches)[..., 0]
    np.testing.assert_array_equal(lab, before)
    np.testing.assert_array_equal(found[..., 1:], lab[..., 1:])
    np.testing.assert_allclose(found[..., 0].mean(axis=(1, 2)), own.mean())
    np.testing.assert_allclose(found[..., 0].std(axis=(1, 2)), own.std())


@pytest.mark.parametrize("size", [6, 8, 12])
def test_budgets_of_the_fewest_patches_suffice(size):
    assert 12 * budget(size) >= size**2 > 7 * budget(size)
