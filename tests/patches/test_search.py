"""Searches for canvases that score well."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.patches.adversaries.search import anneal, best_of, fill_at_random, greedy
from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.projection import budget
from creative_envs.patches.quality import judge_all
from tests.patches.canvases import TWO, briefs_of, rules_of, task_of

COUNT = 6
SEARCHES = {
    "random": lambda *given, **more: best_of(*given, 1, **more),
    "best of 100": lambda *given, **more: best_of(*given, 100, **more),
    "greedy": greedy,
    "annealing": lambda *given, **more: anneal(*given, 1500, **more),
}
every_search = pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)


@pytest.fixture(scope="module")
def task():
    return task_of(6)


def run(search, task, **more):
    return search(rules_of(task), briefs_of(task, COUNT), task.reference.scale, **more)


def assert_legal(task, cells, library):
    assert cells.shape == (len(library), task.size**2)
    for canvas, index in zip(cells, library, strict=True):
        assert task.reference.distinct[index, canvas].all()
        uses = np.bincount(canvas // N_TRANSFORMS)
        assert uses.max() <= budget(task.size) and uses.sum() == task.size**2


@every_search
@pytest.mark.parametrize("with_brief", [True, False])
def test_found_canvases_are_legal_and_score_what_is_said(task, search, with_brief):
    found = run(search, task, with_brief=with_brief)
    briefs = briefs_of(task, COUNT)
    assert_legal(task, found.cells, briefs.library)
    made, kept, _ = judge_all(found.cells, 6, briefs, task.reference.scale)
    expected = made * kept if with_brief else made
    np.testing.assert_allclose(found.score, expected, atol=1e-12)


@every_search
def test_a_seed_decides_everything(task, search):
    first, second, other = (run(search, task, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.cells, second.cells)
    np.testing.assert_array_equal(first.score, second.score)
    assert not np.array_equal(first.cells, other.cells)


def test_stronger_searches_find_more(task):
    """On the same briefs: random < best of a hundred < annealing, on the whole."""
    scores = {name: run(search, task).score for name, search in SEARCHES.items()}
    for worse, better in (("random", "best of 100"), ("best of 100", "annealing"),
                          ("random", "greedy")):  # fmt: skip
        assert np.median(scores[worse]) < np.median(scores[better]), (worse, better)
    assert (scores["annealing"] > scores["random"]).all()


def test_more_tries_never_find_less(task):
    few, many = (best_of(rules_of(task), briefs_of(task, 1), task.reference.scale, tries)
                 for tries in (5, 50))  # fmt: skip
    assert many.score[0] >= few.score[0]


def test_longer_annealing_finds_more(task):
    short, long = (anneal(rules_of(task), briefs_of(task, COUNT), task.reference.scale, steps)
                   for steps in (50, 3000))  # fmt: skip
    assert long.score.mean() > short.score.mean()


def test_each_library_is_searched_by_its_own_rules():
    two = task_of(8, TWO)
    briefs = briefs_of(two, 6)
    assert set(briefs.library.tolist()) == {0, 1}
    found = anneal(rules_of(two), briefs, two.reference.scale, 200)
    assert_legal(two, found.cells, briefs.library)


def test_random_canvases_are_uniform_over_the_tiles(task):
    tiles = np.flatnonzero(task.reference.distinct[0])
    canvas, counts, rng = np.empty(36, np.int16), np.zeros(192), np.random.default_rng(0)
    for _ in range(500):
        fill_at_random(canvas, tiles, 5, 24, rng)
        counts += np.bincount(canvas, minlength=192)
    assert (counts[tiles] > 0).all() and counts.sum() == counts[tiles].sum() == 18_000
    share = counts[tiles] * len(tiles) / 18_000
    assert 0.4 < share.min() < 1 < share.max() < 1.7
