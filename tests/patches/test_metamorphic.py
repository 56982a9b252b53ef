"""What must not change a score, and what must change how, whatever the score is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.patches.brief import Briefs
from creative_envs.patches.craft.measure_names import (
    BALANCE_X,
    BALANCE_Y,
    LEFT_RIGHT,
    MEASURES,
    UP_DOWN,
)
from creative_envs.patches.craft.measures import measure_all
from creative_envs.patches.geometry import N_TRANSFORMS, moved_cells
from creative_envs.patches.library.patch_library import PatchLibrary
from creative_envs.patches.novelty.features import ORIENTATIONS, extract_all
from creative_envs.patches.patterns import under
from creative_envs.patches.quality import TERM_NAMES, judge_all, scale_of
from tests.patches.canvases import (
    any_canvases,
    briefs_of,
    keys,
    library_from,
    partly,
    scores_of,
    task_of,
)

FIRST = np.zeros(1, np.int64)
SEEDS = st.integers(0, 2**32 - 1)
TASKS = [{"size": 6}, {"size": 8}, {"size": 12}, {"size": 8, "library": "builtin"}]
transforms = st.integers(0, N_TRANSFORMS - 1)
every_task = pytest.mark.parametrize(
    "case", TASKS, ids=lambda case: "-".join(map(str, case.values()))
)


def turned(cells, size, transform):
    """Canvases (n, cells) under a transform of the whole; empty cells stay empty."""
    moved = cells[:, moved_cells(size, transform)]
    return np.where(moved < 0, -1, under(moved, transform)).astype(np.int16)


def measures_of(task, cells):
    return measure_all(
        cells, task.size, np.zeros(len(cells), np.int64), task.reference.scale.tables
    )


def free(briefs):
    """The briefs without the order and the point of balance they ask for."""
    return briefs._replace(
        order=np.zeros_like(briefs.order), likeness=np.zeros_like(briefs.likeness)
    )


@every_task
class TestTransformsOfTheWhole:
    @settings(max_examples=25)
    @given(seed=SEEDS, transform=transforms, filled=st.sampled_from([1.0, 1.0, 0.7]))
    def test_move_the_balance_swap_symmetries_and_change_nothing_else(
        self, case, seed, transform, filled
    ):
        task = task_of(**case)
        cells = any_canvases(task, 1, seed)
        cells[np.random.default_rng(seed).random(cells.shape) >= filled] = -1
        before, after = (
            measures_of(task, c)[0] for c in (cells, turned(cells, task.size, transform))
        )
        expected = before.copy()
        x, y = before[[BALANCE_X, BALANCE_Y]]
        x = -x if transform >= N_TRANSFORMS // 2 else x
        for _ in range(transform % 4):
            x, y = y, -x  # a quarter turn counter-clockwise brings the right edge to the top
        expected[[BALANCE_X, BALANCE_Y]] = x, y
        if transform % 2:
            expected[[LEFT_RIGHT, UP_DOWN]] = before[[UP_DOWN, LEFT_RIGHT]]
        named = dict(zip(MEASURES, after, strict=True))
        assert named == pytest.approx(dict(zip(MEASURES, expected, strict=True)), abs=1e-6)

    @settings(max_examples=15)
    @given(seed=SEEDS, transform=transforms, filled=st.sampled_from([1.0, 0.5]))
    def test_leave_craft_as_it_is(self, case, seed, transform, filled):
        task = task_of(**case)
        briefs = free(briefs_of(task, 1, seed))
        cells = partly(any_canvases(task, 1, seed), round(task.size**2 * filled))
        scale = task.reference.scale
        before = judge_all(cells, task.size, briefs, scale)
        after = judge_all(turned(cells, task.size, transform), task.size, briefs, scale)
        assert after[0] == pytest.approx(before[0], abs=1e-7)
        crafts = len(TERM_NAMES) - 6
        np.testing.assert_allclose(after[2][:, :crafts], before[2][:, :crafts], atol=1e-6)

    @settings(max_examples=15)
    @given(seed=SEEDS, transform=transforms)
    def test_permute_the_features(self, case, seed, transform):
        task = task_of(**case)
        cells, tables = any_canvases(task, 1, seed), task.reference.novelty.tables
        before = extract_all(cells, task.size, FIRST, tables)
        after = extract_all(turned(cells, task.size, transform), task.size, FIRST, tables)
        np.testing.assert_allclose(after, before[:, ORIENTATIONS[transform]], atol=1e-6)
        if transform:
            assert np.abs(after - before).max() > 1e-3

    @settings(max_examples=10)
    @given(seed=SEEDS, transform=transforms)
    def test_leave_novelty_as_it_is(self, case, seed, transform):
        task = task_of(**case)
        cells = task.reference.projected("valid", 4, 0)[seed % 4][None]
        cells[0, seed % cells.shape[1]] = seed % task.n_actions
        vectors = task.draw_briefs(keys(1, seed))
        memory = np.ones((1, 1, 1 + task.memory_size), np.float32)
        memory[:, :, 1:] = extract_all(any_canvases(task, 1, seed), task.size, FIRST,
                                       task.reference.novelty.tables)  # fmt: skip
        before = scores_of(task, cells, vectors, memory)
        after = scores_of(task, turned(cells, task.size, transform), vectors, memory)
        np.testing.assert_allclose(after.terms[:, -2:], before.terms[:, -2:], atol=1e-5)
        np.testing.assert_allclose(after.novelty, before.novelty, atol=1e-4)
        np.testing.assert_allclose(after.descriptor, before.descriptor, atol=1e-6)

    def test_orientations_are_a_group(self, case):
        task = task_of(**case)
        for transform, permutation in enumerate(ORIENTATIONS):
            assert sorted(permutation) == list(range(task.memory_size))
            inverse = np.argsort(permutation)
            assert (inverse == ORIENTATIONS).all(axis=1).any(), transform
        assert len(np.unique(ORIENTATIONS, axis=0)) == N_TRANSFORMS


def permuted(library, order):
    """The library with its patches in another order."""
    return PatchLibrary(library.name, library.originals[order], library.photographic)


@pytest.mark.parametrize("name", ["procedural", "builtin"])
def test_the_order_of_the_patches_does_not_matter(name):
    task = task_of(8, name)
    rng = np.random.default_rng(1)
    order = rng.permutation(24)
    scale = scale_of([permuted(task.libraries[0], order)])
    np.testing.assert_allclose(scale.tables.inks, task.reference.scale.tables.inks, atol=1e-9)
    place = np.argsort(order)  # where each patch went
    cells = np.concatenate((any_canvases(task, 5), task.reference.projected("test", 5, 0)))
    moved = (place[cells // N_TRANSFORMS] * N_TRANSFORMS + cells % N_TRANSFORMS).astype(np.int16)
    briefs = briefs_of(task, 10)
    before = judge_all(cells, 8, briefs, task.reference.scale)
    after = judge_all(moved, 8, briefs, scale)
    for part, other in zip(before, after, strict=True):
        np.testing.assert_allclose(other, part, atol=1e-7)


def test_scores_look_at_patches_alone():
    """Other originals with the same means over 8 x 8 pixels: other pictures, the same scores."""
    task = task_of(6)
    library = task.libraries[0]
    coarse = library_from(library.patches, name=library.name)
    assert not np.array_equal(coarse.originals, library.originals)
    twin = task_of(6, coarse)
    cells = any_canvases(task, 8)
    vectors = task.draw_briefs(keys(8))
    np.testing.assert_array_equal(twin.draw_briefs(keys(8)), vectors)
    before, after = (scores_of(t, cells, vectors) for t in (task, twin))
    for part in ("craft", "adherence", "novelty", "terms", "descriptor"):
        np.testing.assert_array_equal(getattr(after, part), getattr(before, part))


def test_colours_and_warmth_follow_the_paint():
    """The same drawings in swapped channels: edges and layout stay, warmth does not."""
    task = task_of(6)
    patches = task.libraries[0].patches
    cells = any_canvases(task, 4)
    grey = library_from(np.repeat(patches.mean(axis=-1, keepdims=True), 3, axis=-1))
    found = measure_all(cells, 6, np.zeros(4, np.int64), scale_of([grey]).tables)
    named = dict(zip(MEASURES, found.T, strict=True))
    np.testing.assert_allclose(named["warmth"], 0, atol=1e-9)
    np.testing.assert_allclose(named["harmony"], 1)
    assert (measures_of(task, cells)[:, MEASURES.index("warmth")] != 0).all()


@given(seed=SEEDS)
@settings(max_examples=20)
def test_every_measure_keeps_to_its_range(seed):
    """Whatever is filled, every measure is finite and within its range."""
    task = task_of(6)
    rng = np.random.default_rng(seed)
    cells = any_canvases(task, 1, seed)
    cells[rng.random(cells.shape) < rng.random()] = -1
    row = measures_of(task, cells)[0]
    assert np.isfinite(row).all()
    named = dict(zip(MEASURES, row, strict=True))
    for name in ("contour", "seam", "edge_entropy", "light_entropy", "harmony", "reuse", "variety",
                 "repetition"):  # fmt: skip
        assert 0 <= named[name] <= 1 + 1e-9, name
    for name in ("left_right", "up_down", "half_turn", "diagonal", "balance_x", "balance_y"):
        assert -1 <= named[name] <= 1 + 1e-9, name
    made, kept, terms = judge_all(cells, 6, briefs_of(task, 1, seed), task.reference.scale)
    assert 0 <= made[0] <= 1 and 0 <= kept[0] <= 1
    assert terms.min() >= 0 and terms.max() <= 1


def test_briefs_are_read_row_by_row():
    """A canvas is judged by its own brief, whatever the others ask for."""
    task = task_of(6)
    cells, briefs = any_canvases(task, 6), briefs_of(task, 6)
    together = judge_all(cells, 6, briefs, task.reference.scale)
    for row in range(6):
        one = Briefs(*(part[row : row + 1] for part in briefs))
        alone = judge_all(cells[row : row + 1], 6, one, task.reference.scale)
        for part, whole in zip(alone, together, strict=True):
            np.testing.assert_array_equal(part[0], whole[row])
