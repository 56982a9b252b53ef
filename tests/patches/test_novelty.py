"""Novelty: what repeats is not new, whatever the constants."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

from creative_envs.patches.actions import tokens_of
from creative_envs.patches.geometry import N_TRANSFORMS, moved_cells
from creative_envs.patches.novelty.features import N_FEATURES, extract_all, feature_tables
from creative_envs.patches.novelty.library import FARTHEST, in_all_orientations
from creative_envs.patches.patterns import FAMILIES, patterns, under
from creative_envs.patches.projection import budget
from creative_envs.patches.reference import _SEED, KNOWN_EACH, PATTERNS_EACH, composed_pictures
from tests.patches.canvases import (
    TWO,
    any_canvases,
    keys,
    legal_canvases,
    library_from,
    scores_of,
    task_of,
)

PORTFOLIO = "creative_envs/PatchPortfolio-v0"
TASKS = [{"size": 6}, {"size": 8}, {"size": 12}, {"size": 8, "library": "builtin"},
         {"size": 8, "library": TWO}]  # fmt: skip
every_task = pytest.mark.parametrize(
    "arguments", TASKS, ids=lambda a: "-".join(map(str, a.values()))
)


def turned(cells, size, transform):
    return under(cells[:, moved_cells(size, transform)], transform).astype(np.int16)


def novelty_of(task, cells, earlier=None, library=0):
    briefs = task.draw_briefs(keys(len(cells)))
    briefs[:, 1] = (library + 0.5) / len(task.libraries)
    scores = scores_of(task, cells, briefs, earlier)
    return scores.novelty, scores.terms[:, -2:]


def known_works(task, library=0):
    """The projected pictures among the known works of a library."""
    count = KNOWN_EACH * len(composed_pictures("train"))
    return task.reference.projected("train", count, library)


def memories(task, cells, library=0):
    """The canvases (n, cells) as earlier works: (1, n, 241)."""
    features = extract_all(
        cells, task.size, np.full(len(cells), library), task.reference.novelty.tables
    )
    return np.concatenate((np.ones((len(cells), 1), np.float32), features), axis=1)[None]


@every_task
class TestKnownWorks:
    def test_copies_are_not_new_however_they_lie(self, arguments):
        task = task_of(**arguments)
        for library in range(len(task.libraries)):
            known = known_works(task, library)[::7]
            for transform in range(N_TRANSFORMS):
                novelty, terms = novelty_of(
                    task, turned(known, task.size, transform), library=library
                )
                assert (terms[:, 0] < 1e-3).all() and not novelty.any()

    def test_disguises_are_hardly_new(self, arguments):
        """A tenth of the tiles exchanged."""
        task, rng = task_of(**arguments), np.random.default_rng(2)
        known = known_works(task)
        tiles = np.flatnonzero(task.reference.distinct[0])
        for row in known:
            exchanged = rng.choice(len(row), round(0.1 * len(row)), replace=False)
            row[exchanged] = rng.choice(tiles, len(exchanged))
        novelty, terms = novelty_of(task, known)
        assert np.median(novelty) < 0.1 and (terms[:, 0] > 0).all()

    def test_known_patterns_are_not_new(self, arguments):
        task = task_of(**arguments)
        tiles = np.flatnonzero(task.reference.distinct[0])
        known = patterns(tiles, task.size, PATTERNS_EACH, np.random.default_rng(_SEED))
        novelty, terms = novelty_of(task, turned(known[::3], task.size, 5))
        assert (terms[:, 0] < 1e-3).all() and not novelty.any()

    def test_other_pictures_are_new(self, arguments):
        task = task_of(**arguments)
        held_out, _ = novelty_of(task, task.reference.projected("test", 12, 0))
        assert np.median(held_out) > 0.5

    def test_the_scale_leads_from_copies_to_new_works(self, arguments):
        scale = task_of(**arguments).reference.novelty
        assert (scale.copied > 0).all() and (scale.copied < scale.new).all()
        assert (scale.new < FARTHEST).all()


@pytest.fixture(scope="module")
def task():
    return task_of(6)


class TestScale:
    def test_novelty_never_falls_with_distance(self, task):
        cells = np.concatenate([legal_canvases(task, 10), task.reference.projected("test", 10, 0),
                                task.reference.projected("train", 10, 0)])  # fmt: skip
        novelty, terms = novelty_of(task, cells)
        order = terms.min(axis=1).argsort()
        assert (np.diff(novelty[order]) >= 0).all()
        assert novelty.min() == 0 and novelty.max() > 0.5 and novelty.max() <= 1

    def test_more_exchanged_tiles_are_more_new(self, task):
        rng = np.random.default_rng(0)
        known = known_works(task)[:8]
        fresh = legal_canvases(task, 8)
        medians = []
        for exchanged in (0, 3, 9, 20):
            cells = known.copy()
            for row, other in zip(cells, fresh, strict=True):
                places = rng.choice(36, exchanged, replace=False)
                row[places] = other[places]
            medians.append(np.median(novelty_of(task, cells)[1][:, 0]))
        assert (np.diff(medians) > 0).all()

    def test_in_numbers(self, task):
        cells = task.reference.projected("test", 1, 0)
        _, terms = novelty_of(task, cells)
        nearest = float(terms.min())
        for copied, new, expected in ((nearest, 2.0, 0), (0.0, nearest, 1), (0, 2 * nearest, 0.5)):
            scale = replace(task.reference.novelty, copied=np.array([copied]), new=np.array([new]))
            earlier = np.zeros((1, 0, 1 + N_FEATURES), np.float32)
            novelty, _ = scale.score(cells, 6, np.zeros(1, np.int64), earlier)
            assert novelty[0] == pytest.approx(expected, abs=1e-5)

    def test_works_all_alike_are_never_new(self):
        """On a library of one colour, more or less, nothing is new: no score turns round."""
        shades = np.full((24, 8, 8, 3), (250, 20, 20))
        shades += np.stack(np.unravel_index(np.arange(24), (3, 3, 3)), axis=1)[:, None, None]
        shades[0, 2, 3] = 230, 20, 20
        plain = task_of(6, library_from(shades))
        scale = plain.reference.novelty
        assert (scale.copied < scale.new).all()
        assert not novelty_of(plain, known_works(plain)[:8])[0].any()


class TestEarlierWorks:
    def test_repeating_one_is_not_new_however_it_lies(self, task):
        cells = task.reference.projected("test", 3, 0)
        earlier = memories(task, cells)
        for transform in range(N_TRANSFORMS):
            for row in range(3):
                again = turned(cells[row : row + 1], 6, transform)
                novelty, terms = novelty_of(task, again, earlier)
                assert novelty[0] == 0 and terms[0, 1] < 1e-3

    def test_places_without_a_work_do_not_count(self, task):
        cells = task.reference.projected("test", 2, 0)
        earlier = memories(task, cells)
        earlier[0, :, 0] = 0
        alone = novelty_of(task, cells[:1])
        beside = novelty_of(task, cells[:1], earlier)
        np.testing.assert_array_equal(alone[0], beside[0])
        assert beside[1][0, 1] == alone[1][0, 1] == FARTHEST

    def test_the_nearest_counts(self, task):
        cells = task.reference.projected("test", 4, 0)
        one, other = (novelty_of(task, cells[:1], memories(task, cells[i : i + 1]))[1][0, 1]
                      for i in (1, 2))  # fmt: skip
        both = novelty_of(task, cells[:1], memories(task, cells[1:3]))[1][0, 1]
        assert both == min(one, other)


class TestMemory:
    @every_task
    def test_holds_the_features_within_the_unit_cube(self, arguments):
        task = task_of(**arguments)
        cells = any_canvases(task, 20)
        briefs = task.draw_briefs(keys(20))
        memory = task.memory(tokens_of(cells), np.full(20, task.max_length, np.int32), briefs)
        assert memory.shape == (20, task.memory_size) and memory.dtype == np.float32
        assert memory.min() >= 0 and memory.max() <= 1
        library = task._library_of(briefs)
        expected = extract_all(cells, task.size, library, task.reference.novelty.tables)
        np.testing.assert_array_equal(memory, expected)

    @pytest.mark.parametrize("size", [6, 8, 12])
    def test_of_one_colour_stays_within_it_too(self, size):
        """Shares are summed in float32, and may sum to a little more than 1."""
        shade = np.full((24, 8, 8, 3), (250, 20, 20))
        shade[:, 0, 0, 0] -= np.arange(24) % 4
        library = library_from(shade)
        cells = np.arange(size**2)[None].astype(np.int16) % (24 * 8)
        memory = extract_all(cells, size, np.zeros(1, np.int64), feature_tables([library]))
        assert 0.9999 < memory.max() <= 1

    def test_a_fresh_compilation_gives_the_same_bits(self, tmp_path):
        """What agents observe must not depend on whether kernels came from a cache."""
        code = (
            "import hashlib, numpy as np\n"
            "from creative_envs.patches.library.load import load_library\n"
            "from creative_envs.patches.novelty.features import extract_all, feature_tables\n"
            "cells = np.random.default_rng(0).integers(0, 192, (50, 36)).astype(np.int16)\n"
            "tables = feature_tables([load_library('procedural')])\n"
            "found = extract_all(cells, 6, np.zeros(50, np.int64), tables)\n"
            "print(hashlib.sha256(found.tobytes()).hexdigest())\n"
        )
        fresh = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
        digests = {
            subprocess.run(
                [sys.executable, "-c", code], env=fresh, capture_output=True, text=True, check=True
            ).stdout
            for _ in range(2)
        }
        assert len(digests) == 1

    def test_orientations_without_repeats(self, task):
        features = extract_all(
            any_canvases(task, 3), 6, np.zeros(3, np.int64), task.reference.novelty.tables
        )
        assert len(in_all_orientations(features)) == 3 * N_TRANSFORMS
        assert len(in_all_orientations(np.concatenate((features, features)))) == 3 * N_TRANSFORMS


class TestPortfolio:
    def test_reward_depends_only_on_what_is_observed(self):
        """From the observation before a work's last step, its scores can be computed anew."""
        env = gym.make(PORTFOLIO, size=6, works=3, novelty_weight=0.7, reward="terminal").unwrapped
        observation, _ = env.reset(seed=5)
        rng, terminated, works = np.random.default_rng(5), False, 0
        while not terminated:
            action = int(rng.choice(observation["action_mask"].nonzero()[0]))
            before = observation
            observation, reward, terminated, _, info = env.step(action)
            if "work" not in info:
                assert reward == 0
                continue
            tokens = before["tokens"].copy()
            tokens[-1] = divmod(action, 8)
            scores = env.task.score(
                tokens[None], np.array([36], np.int32), before["brief"][None], before["works"][None]
            )
            weight = float(before["brief"][0])
            expected = scores.quality[0] * (1 - weight + weight * scores.novelty[0])
            assert reward == pytest.approx(expected, abs=1e-6)
            assert before["works"][:, 0].sum() == works
            works += 1
        assert works == 3

    def test_a_mirrored_work_is_not_new(self):
        env = gym.make(PORTFOLIO, size=6, works=2).unwrapped
        env.reset(seed=1)
        cells = legal_canvases(env.task, 1, 3)
        for canvas in (cells, _nearest_legal(env.task, turned(cells, 6, 4))):
            for tile in canvas[0]:
                *_, info = env.step(int(tile))
                assert not info["illegal"]
        assert info["work"]["novelty"] == 0 and info["work"]["terms"]["own_distance"] < 1e-3


def _nearest_legal(task, cells):
    """The canvas written with the tiles that stand for those that look the same."""
    tiles = task.libraries[0].tiles.reshape(task.n_actions, -1)
    first = [int((tiles == tile).all(axis=1).argmax()) for tile in tiles]
    return np.array(first, np.int16)[cells]


class TestPatterns:
    @pytest.mark.parametrize("size", [6, 8, 12])
    @pytest.mark.parametrize("name", FAMILIES)
    def test_families_are_what_they_say(self, name, size):
        task, rng = task_of(size), np.random.default_rng(0)
        tiles = np.flatnonzero(task.reference.distinct[0])
        canvas = FAMILIES[name](tiles, size, rng)
        assert canvas.shape == (size, size) and ((canvas >= 0) & (canvas < task.n_actions)).all()
        half = size // 2
        if name == "stripes":
            assert (canvas == canvas[:, :1]).all() and len(np.unique(canvas)) == size
        elif name == "checker":
            odd = np.add.outer(np.arange(size), np.arange(size)) % 2 == 1
            assert not np.isin(canvas[odd], canvas[~odd]).any()
        elif name == "quilt":
            for y, x in ((0, half), (half, 0), (half, half)):
                np.testing.assert_array_equal(
                    canvas[y : y + half, x : x + half], canvas[:half, :half]
                )
        elif name == "truchet":
            assert len(np.unique(canvas // N_TRANSFORMS)) == size
            assert np.bincount(canvas.ravel() // N_TRANSFORMS).max() <= size
        else:
            for transform in (4, 6, 2):
                image = turned(canvas.reshape(1, -1), size, transform)
                np.testing.assert_array_equal(image[0], canvas.ravel())

    def test_budgets(self):
        """What a pattern repeats most must be allowed."""
        assert [budget(size) for size in (6, 8, 12)] == [5, 8, 18]
