"""Scores read off tile tables are those of the picture's pixels."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.patches.actions import tokens_of
from creative_envs.patches.craft.measure_names import MEASURES
from creative_envs.patches.craft.measures import measure_all
from creative_envs.patches.quality import TERM_NAMES, judge_all
from tests.patches.canvases import (
    TWO,
    annealed,
    any_canvases,
    briefs_of,
    legal_canvases,
    partly,
    row_of,
    scores_of,
    task_of,
)
from tests.patches.pixel_novelty import features, novelty_distances
from tests.patches.pixel_score import adherence, craft, measures

CASES = [
    pytest.param({"size": size, "library": library}, index, id=f"{size}-{name}")
    for size, library, index, name in (
        (6, "procedural", 0, "procedural"),
        (8, "procedural", 0, "procedural"),
        (12, "procedural", 0, "procedural"),
        (8, "builtin", 0, "builtin"),
        (6, "pictures", 0, "pictures"),
        (8, TWO, 1, "the second of two"),
    )
]
every_case = pytest.mark.parametrize(("arguments", "library"), CASES)


def canvases(task, library):
    """Random, legal, projected and annealed canvases of a library, finished and growing."""
    size = task.size
    briefs = briefs_of(task, 12)
    found, _ = annealed(task, 12)
    made_for = found[briefs.library == library][:2]
    every = [any_canvases(task, 1), legal_canvases(task, 1, library=library)]
    every += [task.reference.projected("test", 2, library), made_for]
    full = np.concatenate(every)
    scattered = full.copy()
    scattered[np.random.default_rng(5).random(scattered.shape) < 0.6] = -1
    growing = [partly(full[:2], filled) for filled in (1, 2, size + 3, size**2 - 1)]
    return np.concatenate([full, *growing, scattered[:3]])


@every_case
def test_measures_are_those_of_the_pixels(arguments, library):
    task = task_of(**arguments)
    cells = canvases(task, library)
    tables = task.reference.scale.tables
    rows = measure_all(cells, task.size, np.full(len(cells), library), tables)
    for row, canvas in zip(rows, cells, strict=True):
        expected = measures(canvas, task.size, task.libraries[library])
        assert tuple(expected) == MEASURES
        for name, value in zip(MEASURES, row, strict=True):
            assert value == pytest.approx(expected[name], abs=1e-6), name


def test_an_empty_canvas_measures_nothing():
    task = task_of(6)
    empty = np.full((1, 36), -1, np.int16)
    assert not measure_all(empty, 6, np.zeros(1, np.int64), task.reference.scale.tables).any()
    made, kept, terms = judge_all(empty, 6, briefs_of(task, 1), task.reference.scale)
    assert made[0] == kept[0] == 0 and not terms.any()


@every_case
def test_craft_and_adherence_are_those_of_the_pixels(arguments, library):
    task = task_of(**arguments)
    chosen = briefs_of(task, 60)
    rows = np.flatnonzero(chosen.library == library)
    rows = [rows[chosen.order[rows] == order][:2] for order in range(4)]
    briefs = type(chosen)(*(part[np.concatenate(rows)] for part in chosen))
    full = np.concatenate([legal_canvases(task, 4, 3, library),
                           task.reference.projected("train", 4, library)])  # fmt: skip
    assert len(briefs.order) == len(full) == 8
    for cells in (full, partly(full, task.size + 1)):
        made, kept, terms = judge_all(cells, task.size, briefs, task.reference.scale)
        for row, canvas in enumerate(cells):
            brief, used = row_of(briefs, row), task.libraries[library]
            measured = measures(canvas, task.size, used)
            complete = bool((canvas >= 0).all())
            crafted, of_craft = craft(measured, brief.order[0], used.photographic, complete)
            adhered, of_brief = adherence(canvas, task.size, used, measured, brief)
            assert made[row] == pytest.approx(crafted, abs=1e-6)
            assert kept[row] == pytest.approx(adhered, abs=1e-6)
            named = dict(zip(TERM_NAMES, terms[row], strict=True))
            assert named == pytest.approx(of_craft | of_brief, abs=1e-6)


@every_case
def test_novelty_is_that_of_the_pixels(arguments, library):
    task = task_of(**arguments)
    cells = np.concatenate([legal_canvases(task, 1, 3, library),
                            task.reference.projected("test", 1, library),
                            task.reference.projected("train", 1, library)])  # fmt: skip
    length, count = np.full(3, task.max_length, np.int32), len(task.libraries)
    briefs = task.draw_briefs(np.arange(3, dtype=np.uint64))
    briefs[:, 1] = (library + 0.5) / count
    memory = task.memory(tokens_of(cells), length, briefs)
    for row, canvas in zip(memory, cells, strict=True):
        expected = features(canvas, task.size, task.libraries[library])
        np.testing.assert_allclose(row, expected, atol=2e-6)
    others = memory[[1, 2]]
    earlier = np.ones((3, 2, 1 + task.memory_size), np.float32)
    earlier[:, :, 1:] = others
    scores = scores_of(task, cells, briefs, earlier)
    known = task.reference.novelty.known[library]
    expected = [novelty_distances(c, task.size, task.libraries[library], known, others)
                for c in cells]  # fmt: skip
    np.testing.assert_allclose(scores.terms[:, -2:], expected, atol=1e-5)
    scale = task.reference.novelty
    copied, new = scale.copied[library], scale.new[library]
    novelty = np.clip((np.min(expected, axis=1) - copied) / (new - copied), 0, 1)
    np.testing.assert_allclose(scores.novelty, novelty, atol=1e-4)
    assert scores.novelty[1] == 0 < scores.novelty[0]
