"""What compositions are like, by hand: orientations, libraries, and names of known works."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.patches.geometry import N_TRANSFORMS
from creative_envs.patches.novelty import N_FEATURES, nearest_references, unlikeness
from creative_envs.patches.novelty.features import ORIENTATIONS, FeatureTables
from creative_envs.patches.novelty.library import NoveltyScale
from creative_envs.patches.patterns import FAMILIES, patterns
from creative_envs.patches.reference import _SEED, LIES, PATTERNS_EACH
from tests.patches.canvases import TWO, task_of
from tests.patches.test_novelty import turned

NO_TABLES = FeatureTables(*(np.zeros((0, 0, 0), np.float32) for _ in range(3)))


def scale_of(known, names, copied=(0.1,), new=(0.5,)):
    return NoveltyScale(
        NO_TABLES, np.array(known, np.float32), np.array(copied), np.array(new), np.array(names)
    )


def colour(**amounts):
    """Features of works that differ in shares of colours, which no transform moves."""
    found = np.zeros(N_FEATURES, np.float32)
    for place, amount in amounts.items():
        found[int(place[1:])] = amount
    return found


ONE_LIBRARY = scale_of([[colour(), colour(c0=1)]], [["empty", "full"]])
TWO_LIBRARIES = scale_of(
    [[colour(), colour(c0=1)], [colour(c0=0.5), colour()]],
    [["empty", "full"], ["half", "void"]],
    (0.1, 0.2),
    (0.5, 0.4),
)


class TestUnlikeness:
    def test_by_hand(self):
        # .3 and .4 off in two colours are .5 off: new. .2 off is a quarter of the way from .1 on.
        works = np.stack([colour(), colour(c0=0.3, c5=0.4), colour(c0=0.2)])
        found = unlikeness(ONE_LIBRARY, works, np.zeros(3, np.int64))
        assert found[0] == pytest.approx([0, 1, 0.25], abs=1e-5)
        assert found[1, 2] == pytest.approx((np.hypot(0.1, 0.4) - 0.1) / 0.4, abs=1e-5)

    def test_a_work_however_it_lies_is_the_same(self):
        work = np.random.default_rng(0).random(N_FEATURES, np.float32)
        lying = work[ORIENTATIONS]
        assert not unlikeness(ONE_LIBRARY, lying, np.zeros(N_TRANSFORMS, np.int64)).any()
        lying[3, 0] += 0.3
        found = unlikeness(ONE_LIBRARY, lying, np.zeros(N_TRANSFORMS, np.int64))
        assert np.delete(found[3], 3) == pytest.approx(0.5, abs=1e-4)

    def test_works_of_two_libraries_are_no_farther_apart_than_either_scale_says(self):
        # .35 apart is .625 of the way on the first scale and .75 on the second; .25 is .375, .25.
        works = np.stack([colour(), colour(c0=0.35), colour(c0=0.1)])
        found = unlikeness(TWO_LIBRARIES, works, np.array([0, 1, 0]))
        assert found[0, 1] == found[1, 0] == pytest.approx(0.625, abs=1e-5)
        assert found[1, 2] == found[2, 1] == pytest.approx(0.25, abs=1e-5)


class TestNearest:
    def test_by_hand(self):
        works = np.stack([colour(c0=0.2), colour(c0=0.2), colour(c0=0.95)])
        found = nearest_references(TWO_LIBRARIES, works, np.array([0, 1, 0]))
        assert [one.name for one in found] == ["empty", "void", "full"]
        assert [one.distance for one in found] == pytest.approx([0.25, 0, 0], abs=1e-5)

    @pytest.mark.parametrize("library", [0, 1])
    def test_patterns_are_named_with_how_they_lie(self, library):
        task = task_of(6, TWO)
        tiles = np.flatnonzero(task.reference.distinct[library])
        known = patterns(tiles, 6, PATTERNS_EACH, np.random.default_rng(_SEED))
        titles = [f"{name} (pattern {k + 1})" for name in FAMILIES for k in range(PATTERNS_EACH)]
        for transform in range(N_TRANSFORMS):
            cells = turned(known, 6, transform)
            scale, table = task.reference.novelty, task.reference.novelty.tables
            found = nearest_references(
                scale, _features(cells, library, table), np.full(len(cells), library)
            )
            assert not any(one.distance for one in found)
            for one, title in zip(found, titles, strict=True):
                assert one.name.startswith(title)
                # A kaleidoscope lies alike in several ways, and others may by chance.
                if title.startswith("truchet"):
                    assert one.name == title + LIES[transform]


def _features(cells, library, tables):
    from creative_envs.patches.novelty import extract_all

    return extract_all(cells, 6, np.full(len(cells), library), tables)
