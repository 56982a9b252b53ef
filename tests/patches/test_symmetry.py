"""Demonstrations mirrored and turned: legal, as well made, true to the briefs they then fulfil."""

import numpy as np
import pytest

from creative_envs.patches.actions import tokens_of
from creative_envs.patches.brief import BALANCE_AT, LIBRARY_AT, ORDER_AT
from creative_envs.patches.geometry import N_TRANSFORMS
from tests.patches.canvases import TWO, library_from, scores_of, task_of
from tests.playing import play_through

IMAGES = N_TRANSFORMS - 1
CASES = [{"size": 8}, {"size": 6, "library": TWO}, {"size": 6, "library": "builtin"}]


def pictures_of(task, cells, library):
    """Canvases (n, cells) as pixels, (n, side, side, 3)."""
    squares = task.libraries[library].tiles[cells]
    squares = squares.reshape(len(cells), task.size, task.size, 8, 8, 3)
    return squares.swapaxes(2, 3).reshape(len(cells), 8 * task.size, 8 * task.size, 3)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_images_are_legal_and_score_as_the_works(case):
    task = task_of(**case)
    actions, length, brief = task.demonstrations(6)
    images, steps, asked = task.symmetric_demonstrations(actions, length, brief)
    assert images.shape == (6 * IMAGES, task.max_length) and images.dtype == np.int64
    assert asked.dtype == np.float32 and (steps == task.max_length).all()
    np.testing.assert_array_equal(play_through(task, images, steps, asked), tokens_of(images))
    before, after = scores_of(task, actions, brief), scores_of(task, images, asked)
    assert before.adherence.min() > 0.99999 and after.adherence.min() > 0.99999
    np.testing.assert_allclose(after.craft, np.tile(before.craft, IMAGES), rtol=0, atol=1e-6)
    np.testing.assert_allclose(after.novelty, np.tile(before.novelty, IMAGES), rtol=0, atol=1e-4)
    both = np.concatenate([actions, images])
    assert len(np.unique(both, axis=0)) == len(both)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_images_look_as_the_works_mirrored_and_turned(case):
    task = task_of(**case)
    actions, length, brief = task.demonstrations(4)
    images, _, asked = task.symmetric_demonstrations(actions, length, brief)
    np.testing.assert_array_equal(asked[:, LIBRARY_AT], np.tile(brief[:, LIBRARY_AT], IMAGES))
    for row in range(4):
        library = int(brief[row, LIBRARY_AT] * len(task.libraries))
        (picture,) = pictures_of(task, actions[row : row + 1], library)
        expected = {
            np.rot90(side, turns).tobytes()
            for side in (picture, picture[:, ::-1])
            for turns in range(4)
        } - {picture.tobytes()}
        shown = {image.tobytes() for image in pictures_of(task, images[row::4], library)}
        assert shown == expected


def test_balance_alone_of_the_brief_moves():
    task = task_of(8)
    actions, length, brief = task.demonstrations(5)
    _, _, asked = task.symmetric_demonstrations(actions, length, brief)
    fixed = [*range(1, BALANCE_AT), *range(ORDER_AT, brief.shape[1])]
    np.testing.assert_allclose(asked[:, fixed], np.tile(brief[:, fixed], (IMAGES, 1)), atol=1e-6)
    balance = brief[:, BALANCE_AT:ORDER_AT] - 0.5
    mirrored = asked.reshape(IMAGES, 5, -1)[3, :, BALANCE_AT:ORDER_AT] - 0.5  # transform 4
    np.testing.assert_allclose(mirrored, balance * [-1, 1], atol=1e-6)


def test_tiles_that_look_alike_are_named_by_the_first():
    """Every patch of this library is its own mirror image: half of the tiles repeat others."""
    half = np.random.default_rng(0).integers(0, 256, (24, 8, 4, 3))
    task = task_of(6, library_from(np.concatenate([half, half[:, :, ::-1]], axis=2)))
    (library,) = task.libraries
    assert library.distinct.sum() == len(library.tiles) // 2
    np.testing.assert_array_equal(library.tiles[library.first_alike], library.tiles)
    images, steps, asked = task.symmetric_demonstrations(*task.demonstrations(3))
    assert library.distinct[images].all()
    play_through(task, images, steps, asked)
