"""Maps as observations tell them."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.tactics.shown import MAP_SHAPE, shown_maps
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.vocabulary import COLUMNS, FOREST, HILL, PLAIN, RIVER, ROCK, ROWS


def shown(cells):
    """What is shown of one map, plain but for some cells of its left half."""
    terrain = np.full((1, ROWS, COLUMNS), PLAIN, np.int8)
    for (row, column), ground in cells.items():
        terrain[0, row, [column, COLUMNS - 1 - column]] = ground
    return shown_maps(terrain)[0]


def test_plain_is_nothing():
    assert shown({}).shape == MAP_SHAPE == (12, 64)
    assert not shown({}).any()


@pytest.mark.parametrize(
    "cell, ground, row, entry",
    [
        # Blocks of 4 x 4 cells, three side by side; 4 entries a cell: forest, hill, river, rock.
        ((0, 0), FOREST, 0, 0),
        ((0, 1), HILL, 0, 4 + 1),
        ((1, 0), RIVER, 0, 4 * 4 + 2),
        ((3, 3), ROCK, 0, 63),
        ((0, 4), FOREST, 1, 0),
        ((5, 6), HILL, 3 + 1, (1 * 4 + 2) * 4 + 1),
        ((4, 0), ROCK, 3, 3),
        ((15, 11), ROCK, 11, 63),
    ],
)
def test_a_cell_by_hand(cell, ground, row, entry):
    assert np.argwhere(shown({cell: ground})).tolist() == [[row, entry]]


def test_maps_can_be_read_back():
    grounds = [generate_map(kind, seed) for kind in MAP_KINDS for seed in range(5)]
    told = shown_maps(np.stack([ground.cells for ground in grounds]))
    assert told.shape == (25, 12, 64) and told.dtype == np.float32
    assert set(np.unique(told).tolist()) == {0, 1}
    for ground, map_shown in zip(grounds, told, strict=True):
        read = np.zeros((ROWS, COLUMNS), int)
        for row, column in np.ndindex(ROWS, COLUMNS // 2):
            cell = (row % 4 * 4 + column % 4) * 4
            entries = map_shown[row // 4 * 3 + column // 4, cell : cell + 4]
            assert entries.sum() <= 1
            read[row, [column, COLUMNS - 1 - column]] = entries @ (1, 2, 3, 4)
        np.testing.assert_array_equal(read, ground.cells)


def test_each_map_is_shown_by_itself():
    cells = np.stack([generate_map(kind, 0).cells for kind in MAP_KINDS])
    for place, one in enumerate(shown_maps(cells)):
        np.testing.assert_array_equal(one, shown_maps(cells[place : place + 1])[0])
