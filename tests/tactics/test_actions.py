"""The rules of building a tactic, against an independent reading of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.tactics.actions import (
    DONE,
    MAX_LENGTH,
    N_ACTIONS,
    SCRATCH_SIZE,
    TOKEN_SIZES,
    actions_of,
    advance_works,
    begin_works,
    tactics_of,
)
from creative_envs.tactics.squads import cost_of, counted
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.vocabulary import LEAST_BUDGET, MOST_BUDGET, N_TYPES, ROCK
from tests.tactics.plans import UNITS

GROUNDS = [generate_map(kind, seed) for kind in MAP_KINDS for seed in (0, 10)]
TERRAIN = np.stack([ground.cells for ground in GROUNDS])
COST = UNITS.records["cost"].copy()
OPEN_SQUAD = [8, 8, 16, 4, 4, 3, 3]
"""A squad of which nothing is chosen yet."""
BUDGETS = st.integers(LEAST_BUDGET, MOST_BUDGET)


class Works:
    """So many works side by side, as an environment holds them."""

    def __init__(self, field, budget, cost=COST):
        count = len(field)
        self.field, self.cost = np.asarray(field), np.asarray(cost)
        self.tokens = np.full((count, MAX_LENGTH, len(TOKEN_SIZES)), -1, np.int16)
        self.length = np.zeros(count, np.int32)
        self.mask = np.full((count, N_ACTIONS), -1, np.int8)
        self.scratch = np.full((count, SCRATCH_SIZE), -1, np.int32)
        self.finished = np.zeros(count, np.bool_)
        begin_works(np.arange(count), np.asarray(budget), self.cost, self.mask, self.scratch)

    def advance(self, actions, active=None):
        active = ~self.finished if active is None else np.asarray(active)
        read = (np.asarray(actions), active, self.field, TERRAIN, self.cost)
        written = (self.tokens, self.length, self.mask, self.scratch, self.finished)
        advance_works(*read, *written)

    def legal(self, row=0):
        assert set(self.mask[row].tolist()) <= {0, 1}
        return set(np.flatnonzero(self.mask[row]).tolist())

    @property
    def tactics(self):
        return tactics_of(self.tokens, self.length)


def played(actions, field=0, budget=160, cost=COST):
    """One work after so many actions, each of them legal."""
    works = Works([field], [budget], cost)
    for action in actions:
        assert action in works.legal() and not works.finished[0]
        works.advance([action])
    return works


def legal_by_the_rules(done, terrain, budget, cost):
    """Actions allowed after those that were done."""
    types, cells = done[::3], done[1::3]
    if len(done) % 3 == 1:
        free = {row * 8 + column for row in range(16) for column in range(8)}
        free -= {row * 8 + column for row, column in np.argwhere(terrain[:, :8] == ROCK).tolist()}
        return free - set(cells)
    if len(done) % 3 == 2:
        return set(range(144))
    left = budget - sum(int(cost[kind]) for kind in types)
    allowed = {k for k in range(N_TYPES) if cost[k] <= left and types.count(k) < 4}
    return allowed | {DONE} if types else allowed


def ended_by_the_rules(done, terrain, budget, cost):
    if len(done) % 3 == 1:
        return done[-1] == DONE
    if len(done) % 3 == 2:
        return False
    return len(done) == 36 or not legal_by_the_rules(done, terrain, budget, cost) - {DONE}


def token_by_the_rules(done, budget, cost):
    """The row that shows the last of these actions."""
    squad = list(OPEN_SQUAD)
    begun = done[(len(done) - 1) // 3 * 3 :]
    squad[0] = begun[0]
    if len(begun) > 1:
        squad[2], squad[1] = divmod(begun[1], 8)
    if len(begun) > 2:
        rest, squad[3] = divmod(begun[2], 4)
        rest, squad[4] = divmod(rest, 4)
        squad[6], squad[5] = divmod(rest, 3)
    left = budget - sum(int(cost[kind]) for kind in done[::3] if kind != DONE)
    return [*squad, left // 10]


@st.composite
def plays(draw):
    """Map, budget, prices and what decides the choices."""
    prices = draw(st.lists(st.integers(1, 60), min_size=N_TYPES, max_size=N_TYPES))
    cost = np.array(draw(st.sampled_from([COST.tolist(), prices])))
    return draw(st.integers(0, len(GROUNDS) - 1)), draw(BUDGETS), cost, draw(st.integers(0, 2**32))


@settings(max_examples=60, deadline=None)
@given(plays(), st.sampled_from([0.0, 0.2, 0.8]))
def test_masks_tokens_and_ends_are_exactly_the_rules(play, willing):
    """Those who are willing to end do so with this probability, where they may."""
    field, budget, cost, seed = play
    works, rng, done = Works([field], [budget], cost), np.random.default_rng(seed), []
    while not works.finished[0]:
        expected = legal_by_the_rules(done, TERRAIN[field], budget, cost)
        assert works.legal() == expected
        choices = sorted(expected)
        if len(done) % 3 == 0 and DONE in expected:
            choices = [DONE] if rng.random() < willing else sorted(expected - {DONE})
        done.append(int(rng.choice(choices)))
        works.advance([done[-1]])
        assert works.length[0] == len(done)
        shown = works.tokens[0, len(done) - 1].tolist()
        assert shown == token_by_the_rules(done, budget, cost)
        assert all(0 <= part < size for part, size in zip(shown, TOKEN_SIZES, strict=True))
        assert works.finished[0] == ended_by_the_rules(done, TERRAIN[field], budget, cost)
    assert (works.tokens[0, len(done) :] == -1).all()
    tactic = works.tactics
    assert cost_of(tactic, cost)[0] <= budget and 1 <= (tactic[0, :, 0] >= 0).sum() <= 12
    assert counted(tactic).max() <= 4
    assert (TERRAIN[field][tactic[0, :, 2], tactic[0, :, 1]][tactic[0, :, 0] >= 0] != ROCK).all()


@pytest.mark.parametrize("phase", [0, 1, 2])
@pytest.mark.parametrize("field", range(len(GROUNDS)))
def test_every_legal_action_is_executed_as_it_reads(phase, field):
    """Each in a work of its own, after a squad and the beginning of a second one."""
    first = min(legal_by_the_rules([0], TERRAIN[field], 160, COST))
    second = max(legal_by_the_rules([0], TERRAIN[field], 160, COST))
    before = [0, first, 0, 3, second][: 3 + phase]
    choices = sorted(played(before, field).legal())
    works = Works([field] * len(choices), [160] * len(choices))
    for action in before:
        works.advance([action] * len(choices))
    works.advance(choices)
    for row, action in enumerate(choices):
        expected = token_by_the_rules([*before, action], 160, COST)
        assert works.tokens[row, 3 + phase].tolist() == expected


class TestTypes:
    def test_at_the_beginning_nobody_can_be_done(self):
        assert played([]).legal() == set(range(8))

    def test_the_last_points_may_be_spent(self):
        # Prices 14, 14, 17, 23, 19, 20, 16, 17: of 120 points 14 are left after 23 * 4 and 14.
        lancers = [part for place in range(4) for part in (3, place, 0)]
        assert played([*lancers, 0, 9, 0], budget=120).legal() == {0, 1, DONE}
        assert played([*lancers, 0, 9, 0, 1, 10, 0], budget=120).finished[0]

    def test_one_point_short_is_too_dear(self):
        # 119 points after 23 * 4 and 14 leave 13.
        lancers = [part for place in range(4) for part in (3, place, 0)]
        assert played([*lancers, 0, 9, 0], budget=119).finished[0]

    def test_four_of_a_type_are_the_most(self):
        spears = [part for place in range(3) for part in (0, place, 0)]
        assert 0 in played(spears).legal()
        assert played([*spears, 0, 9, 0]).legal() == {1, 2, 3, 4, 5, 6, 7, DONE}

    def test_points_left_that_buy_nothing_end_the_work(self):
        # Four at 10 points; 80 of 120 are left, and all else costs 100.
        cost = np.array([10] + [100] * 7)
        cheap = [part for place in range(4) for part in (0, place, 0)]
        assert played(cheap, budget=120, cost=cost).finished[0]
        assert played(cheap, budget=140, cost=cost).legal() == {1, 2, 3, 4, 5, 6, 7, DONE}

    def test_the_twelfth_squad_ends_the_work(self):
        cost = np.full(8, 5)
        squads = [part for place in range(12) for part in (place % 8, place, 0)]
        eleven = played(squads[:-3], cost=cost)
        assert not eleven.finished[0] and DONE in eleven.legal()
        works = played(squads, cost=cost)
        assert works.finished[0] and works.length[0] == MAX_LENGTH == 36

    def test_done_ends_the_work_and_adds_no_squad(self):
        works = played([6, 17, 143, DONE])
        assert works.finished[0] and works.length[0] == 4
        assert works.tokens[0, 3].tolist() == [*OPEN_SQUAD, 14]
        assert (works.tactics[0, :, 0] >= 0).sum() == 1


class TestTokens:
    def test_show_the_squad_in_the_making(self):
        # 160 less 16 leaves 144; cell 17 is row 2, column 1; 143 is the last of all orders. Then a
        # lancer of 23 in cell 127, row 15, column 7; orders 25 = ((0 x 3 + 1) x 4 + 2) x 4 + 1.
        works = played([6, 17, 143, 3, 127, 25])
        assert works.tokens[0, :6].tolist() == [
            [6, 8, 16, 4, 4, 3, 3, 14],
            [6, 1, 2, 4, 4, 3, 3, 14],
            [6, 1, 2, 3, 3, 2, 2, 14],
            [3, 8, 16, 4, 4, 3, 3, 12],
            [3, 7, 15, 4, 4, 3, 3, 12],
            [3, 7, 15, 1, 2, 1, 0, 12],
        ]
        assert works.tactics[0, :2].tolist() == [[6, 1, 2, 3, 3, 2, 2], [3, 7, 15, 1, 2, 1, 0]]

    @given(BUDGETS)
    def test_points_left_are_shown_in_whole_tens(self, budget):
        assert played([6], budget=budget).tokens[0, 0, -1] == (budget - 16) // 10

    def test_unfinished_squads_are_no_squads_yet(self):
        done = [6, 17, 143, 3, 127, 25]
        for steps in range(len(done) + 1):
            tactic = played(done[:steps]).tactics[0]
            assert (tactic[: steps // 3, 0] >= 0).all()
            assert (tactic[steps // 3 :] == -1).all()


class TestInverse:
    @settings(deadline=None)
    @given(plays())
    def test_actions_of_what_was_built_are_those_that_built_it(self, play):
        field, budget, cost, seed = play
        works, rng, done = Works([field], [budget], cost), np.random.default_rng(seed), []
        while not works.finished[0]:
            done.append(int(rng.choice(sorted(works.legal()))))
            works.advance([done[-1]])
        tactic = works.tactics[0]
        assert actions_of(tactic) == done[: len(done) // 3 * 3]
        again = played(actions_of(tactic), field, budget, cost)
        assert np.array_equal(again.tactics[0], tactic)

    def test_of_no_squads(self):
        assert actions_of(Works([0], [160]).tactics[0]) == []


class TestRows:
    def test_those_that_are_not_active_are_left_untouched(self):
        works = Works([0, 0], [160, 130])
        arrays = (works.tokens, works.length, works.mask, works.scratch, works.finished)
        before = [array[1].copy() for array in arrays]
        for action in (2, 20, 7, 1):
            works.advance([action, action], [True, False])
        for array, old in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array[1], old)
        assert works.length.tolist() == [4, 0]

    def test_beginning_touches_the_named_rows_alone(self):
        mask, scratch = np.full((3, N_ACTIONS), 7, np.int8), np.full((3, SCRATCH_SIZE), 7, np.int32)
        begin_works(np.array([2, 0]), np.array([15, 160]), COST, mask, scratch)
        assert np.flatnonzero(mask[2]).tolist() == [0, 1]
        assert np.flatnonzero(mask[0]).tolist() == list(range(8))
        assert (mask[1] == 7).all() and (scratch[1] == 7).all()

    def test_each_has_its_map_and_budget(self):
        rocky = next(
            place for place, ground in enumerate(GROUNDS) if (ground.cells[:, :8] == ROCK).any()
        )
        works = Works([0, rocky, 0], [200, 200, 120])
        works.advance([3, 3, 3])
        assert len(works.legal(0)) == 128 > len(works.legal(1))
        assert works.tokens[:, 0, -1].tolist() == [17, 17, 9]

    def test_a_new_work_owes_the_old_one_nothing(self):
        works = Works([0], [160])
        for action in (3, 5, 9, 3, 6, 9, 3, 7, 9, 3, 8, 9):
            works.advance([action])
        assert 3 not in works.legal()
        begin_works(np.array([0]), np.array([160]), COST, works.mask, works.scratch)
        works.length[0] = 0
        assert works.legal() == set(range(8))
        works.advance([3])
        assert works.legal() == set(range(128))
