"""Tactics as arrays, and what of them takes the field."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.tactics.squads import cost_of, counted, flipped, muster, no_squads
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    DEPLOY_COLUMNS,
    DIRECT,
    MOST_OF_A_TYPE,
    MOST_SQUADS,
    N_TYPES,
    NORTH,
    ROCK,
    ROWS,
    SOUTH,
)

COST = np.arange(10, 10 + N_TYPES)
"""Prices 10 .. 17."""
PLAIN_FIELD = np.zeros((ROWS, COLUMNS), np.int8)
ORDERS = (1, 2, 0, 1)


def tactic_of(*squads):
    """(type, column, row) of each squad, with the same orders for all."""
    tactic = no_squads(1)[0]
    for place, squad in enumerate(squads):
        tactic[place] = (*squad, *ORDERS)
    return tactic


def mustered(tactic, budget=10_000, terrain=PLAIN_FIELD):
    fielded = np.zeros((MOST_SQUADS, 7), np.int16)
    muster(tactic, budget, terrain, COST, fielded)
    return fielded


def where(fielded):
    return [tuple(squad[:3]) for squad in fielded.tolist() if squad[0] >= 0]


@st.composite
def tactics(draw):
    """One tactic with any squads, gaps between them and cells taken twice."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    bounds = (N_TYPES, draw(st.integers(1, DEPLOY_COLUMNS)), ROWS, 4, 4, 3, 3)
    tactic = rng.integers(0, bounds, (MOST_SQUADS, 7)).astype(np.int16)
    tactic[rng.random(MOST_SQUADS) < 0.2] = -1
    return tactic


class TestArrays:
    def test_no_squads(self):
        none = no_squads(3)
        assert none.shape == (3, MOST_SQUADS, 7)
        assert none.dtype == np.int16
        assert cost_of(none, COST).tolist() == [0, 0, 0]
        assert not counted(none).any()

    def test_cost_of(self):
        armies = np.stack([tactic_of((0, 1, 1), (7, 2, 2), (7, 3, 3)), tactic_of((2, 1, 1))])
        assert cost_of(armies, COST).tolist() == [10 + 17 + 17, 12]

    def test_counted(self):
        armies = np.stack([tactic_of((0, 1, 1), (7, 2, 2), (7, 3, 3)), tactic_of((2, 1, 1))])
        assert counted(armies).tolist() == [[1, 0, 0, 0, 0, 0, 0, 2], [0, 0, 1, 0, 0, 0, 0, 0]]

    def test_flipped(self):
        tactic = no_squads(1)
        for place, route in enumerate((DIRECT, NORTH, SOUTH)):
            tactic[0, place] = (3, 4, 5, 1, 2, route, 2)
        turned = flipped(tactic)
        for place, route in enumerate((DIRECT, SOUTH, NORTH)):
            assert turned[0, place].tolist() == [3, 4, 10, 1, 2, route, 2]
        assert (turned[0, 3:] == -1).all()
        assert turned.dtype == np.int16

    @given(tactics())
    def test_flipped_twice_is_the_same(self, tactic):
        assert np.array_equal(flipped(flipped(tactic[None])), tactic[None])


class TestMuster:
    def test_what_fits_is_taken_as_it_is(self):
        tactic = tactic_of((0, 1, 2), (7, 3, 4), (0, 7, 15))
        assert np.array_equal(mustered(tactic), tactic)

    def test_one_too_dear_stays_at_home_and_later_ones_still_come(self):
        # 30 points: 17 and 13 left, of which 14 is too much and 12 is not.
        tactic = tactic_of((7, 0, 0), (4, 1, 1), (2, 2, 2))
        assert where(mustered(tactic, 30)) == [(7, 0, 0), (2, 2, 2)]

    def test_the_budget_may_be_spent_to_the_last_point(self):
        tactic = tactic_of((0, 0, 0), (0, 1, 1))
        assert len(where(mustered(tactic, 20))) == 2
        assert len(where(mustered(tactic, 19))) == 1
        assert where(mustered(tactic, 9)) == []

    def test_four_of_a_type_at_most(self):
        tactic = tactic_of(*((3, 0, row) for row in range(6)), (5, 1, 1))
        assert where(mustered(tactic)) == [(3, 0, row) for row in range(4)] + [(5, 1, 1)]

    def test_gaps_are_closed(self):
        tactic = no_squads(1)[0]
        tactic[2], tactic[7] = (0, 1, 2, *ORDERS), (1, 3, 4, *ORDERS)
        fielded = mustered(tactic)
        assert where(fielded) == [(0, 1, 2), (1, 3, 4)]
        assert (fielded[:2, 3:] == ORDERS).all()
        assert (fielded[2:] == -1).all()

    def test_twelve_squads_at_most(self):
        longer = np.array([(kind % N_TYPES, 0, kind, *ORDERS) for kind in range(14)], np.int16)
        assert where(mustered(longer)) == [(kind % N_TYPES, 0, kind) for kind in range(12)]

    def test_on_a_taken_cell_the_nearest_free_one_is_used(self):
        fielded = mustered(tactic_of(*((kind, 4, 8) for kind in range(6))))
        cells = [(column, row) for _, column, row in where(fielded)]
        assert cells[0] == (4, 8)
        # A cell away are four, three of them in the two middle rows; (4, 9) is farther out.
        assert set(cells[1:4]) == {(3, 8), (5, 8), (4, 7)}
        assert cells[4] == (4, 9)
        assert cells[5] in {(3, 7), (5, 7)}

    @pytest.mark.parametrize("row, towards_the_middle", [(3, 4), (12, 11)])
    def test_of_equals_the_one_nearer_to_the_middle_row(self, row, towards_the_middle):
        terrain = PLAIN_FIELD.copy()
        terrain[row] = ROCK
        assert where(mustered(tactic_of((0, 4, row)), terrain=terrain)) == [
            (0, 4, towards_the_middle)
        ]

    def test_and_none_outside_the_deployment_area(self):
        fielded = mustered(tactic_of(*((kind, 7, 0) for kind in range(4))))
        assert {(column, row) for _, column, row in where(fielded)} == {
            (7, 0),
            (6, 0),
            (7, 1),
            (6, 1),
        }

    def test_nor_in_rock(self):
        terrain = PLAIN_FIELD.copy()
        terrain[8, 3:5] = ROCK
        terrain[7, 4] = ROCK
        assert where(mustered(tactic_of((0, 4, 8)), terrain=terrain))[0][1:] in {(5, 8), (4, 9)}

    def test_squads_without_room_stay_at_home(self):
        terrain = np.full((ROWS, COLUMNS), ROCK, np.int8)
        terrain[3, 2] = 0
        assert where(mustered(tactic_of((0, 5, 5), (1, 6, 6)), terrain=terrain)) == [(0, 2, 3)]

    @settings(max_examples=200, deadline=None)
    @given(tactics(), st.integers(0, 250), st.sampled_from(MAP_KINDS), st.integers(0, 20))
    def test_north_and_south(self, tactic, budget, kind, seed):
        terrain = generate_map(kind, seed).cells
        there = mustered(tactic, budget, terrain)
        turned = mustered(flipped(tactic[None])[0], budget, terrain[::-1].copy())
        assert np.array_equal(turned, flipped(there[None])[0])

    @pytest.mark.parametrize("row", [7, 8])
    def test_north_and_south_beside_the_middle(self, row):
        # A cell away and in a middle row are the cell across the middle and those on either hand.
        there = mustered(tactic_of(*((kind, 4, row) for kind in range(4))))
        back = mustered(tactic_of(*((kind, 4, ROWS - 1 - row) for kind in range(4))))
        assert np.array_equal(flipped(there[None])[0], back)

    @settings(max_examples=200, deadline=None)
    @given(tactics(), st.integers(0, 250), st.sampled_from(MAP_KINDS), st.integers(0, 20))
    def test_laws(self, tactic, budget, kind, seed):
        before, terrain = tactic.copy(), generate_map(kind, seed).cells
        fielded = mustered(tactic, budget, terrain)
        assert np.array_equal(tactic, before)
        assert cost_of(fielded[None], COST)[0] <= budget
        assert counted(fielded[None]).max() <= MOST_OF_A_TYPE
        used = fielded[:, 0] >= 0
        assert (fielded[~used] == -1).all()
        assert not (np.diff(used.astype(int)) > 0).any()
        rows, columns = fielded[used, 2], fielded[used, 1]
        assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == used.sum()
        assert ((columns >= 0) & (columns < DEPLOY_COLUMNS)).all()
        assert (terrain[rows, columns] != ROCK).all()
        # In order: the types and orders are a subsequence of those asked for.
        asked = iter(tactic[:, [0, 3, 4, 5, 6]].tolist())
        assert all(squad in asked for squad in fielded[used][:, [0, 3, 4, 5, 6]].tolist())
        # What has taken the field takes it again.
        assert np.array_equal(mustered(fielded, budget, terrain), fielded)
