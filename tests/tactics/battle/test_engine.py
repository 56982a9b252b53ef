"""Batches, threads, recordings: the same battle however it is fought, and legal at every tick."""

from __future__ import annotations

import numpy as np
import pytest
from numba import get_num_threads

from creative_envs.core.errors import InvalidArgument
from creative_envs.tactics.battle.engine import (
    Outcomes,
    Pairings,
    Rules,
    fight,
    fight_threaded,
    record,
)
from creative_envs.tactics.terrain.maps import generate_map
from creative_envs.tactics.vocabulary import MAX_TICKS, MOST_SQUADS, ROCK
from tests.tactics.battle.armies import FIELDS, GROUNDS, UNITS, fielded, random_pairings

BATTLES = 60
SQUADS = 2 * MOST_SQUADS


@pytest.fixture(scope="module")
def pairings():
    return random_pairings(7, BATTLES)


@pytest.fixture(scope="module")
def outcomes(pairings):
    return fight(pairings, FIELDS, UNITS)


@pytest.fixture(scope="module")
def recordings(pairings):
    return [
        record(GROUNDS[field], left, right, UNITS, int(first))
        for field, left, right, first in zip(*pairings, strict=True)
    ]


def assert_same(one: Outcomes, other: Outcomes) -> None:
    for name, mine, theirs in zip(Outcomes._fields, one, other, strict=True):
        assert np.array_equal(mine, theirs), name


class TestSameBattle:
    def test_again(self, pairings, outcomes):
        assert_same(outcomes, fight(pairings, FIELDS, UNITS))

    def test_one_by_one(self, pairings, outcomes):
        for battle in range(BATTLES):
            alone = Pairings(*(part[battle : battle + 1] for part in pairings))
            one = Outcomes(*(part[battle : battle + 1] for part in outcomes))
            assert_same(one, fight(alone, FIELDS, UNITS))

    def test_in_another_order(self, pairings, outcomes):
        # Nothing of a battle is left over in the next one.
        order = np.random.default_rng(0).permutation(BATTLES)
        shuffled = fight(Pairings(*(part[order] for part in pairings)), FIELDS, UNITS)
        assert_same(Outcomes(*(part[order] for part in outcomes)), shuffled)

    @pytest.mark.parametrize("threads", [1, 2])
    def test_on_threads(self, pairings, outcomes, threads):
        assert_same(outcomes, fight_threaded(pairings, FIELDS, UNITS, threads))

    @pytest.mark.parametrize("threads", [0, -1, 100_000])
    def test_not_on_threads_there_are_not(self, pairings, threads):
        before = get_num_threads()
        with pytest.raises(InvalidArgument, match=rf"threads is {threads}: .* between 1 and"):
            fight_threaded(pairings, FIELDS, UNITS, threads)
        assert get_num_threads() == before

    def test_threads_are_given_back(self, pairings):
        before = get_num_threads()
        fight_threaded(pairings, FIELDS, UNITS, 1)
        assert get_num_threads() == before

    def test_recorded(self, outcomes, recordings):
        for battle, recording in enumerate(recordings):
            one = Outcomes(*(part[battle : battle + 1] for part in outcomes))
            assert_same(one, recording.outcome)

    def test_what_it_is_given_is_left_as_it_is(self, pairings):
        before = [part.copy() for part in (*pairings, *FIELDS, UNITS)]
        fight(pairings, FIELDS, UNITS)
        for was, part in zip(before, (*pairings, *FIELDS, UNITS), strict=True):
            assert np.array_equal(was, part)

    def test_no_battles(self, pairings):
        none = fight(Pairings(*(part[:0] for part in pairings)), FIELDS, UNITS)
        assert none.value.shape == (0, 2)
        assert none.ticks.shape == (0, 1)


class TestAnotherBattle:
    def test_of_another_army(self, pairings, outcomes):
        others = pairings._replace(left=random_pairings(8, BATTLES).left)
        changed = (fight(others, FIELDS, UNITS).value != outcomes.value).any(axis=1)
        assert changed.mean() > 0.9

    @pytest.mark.parametrize("order", [3, 4, 5, 6], ids=["stance", "priority", "route", "delay"])
    def test_of_other_orders(self, pairings, outcomes, order):
        number = (4, 4, 3, 3)[order - 3]
        left = pairings.left.copy()
        used = left[:, :, order] >= 0
        left[:, :, order] = np.where(used, (left[:, :, order] + 1) % number, -1)
        others = fight(pairings._replace(left=left), FIELDS, UNITS)
        assert ((others.value != outcomes.value).any(axis=1)).mean() > 0.5

    def test_on_another_map(self, pairings, outcomes):
        # Of another kind, three maps on; squads that would stand in rock stay away.
        field = (pairings.field + 3) % len(GROUNDS)
        others = fight(pairings._replace(field=field), FIELDS, UNITS)
        assert ((others.value != outcomes.value).any(axis=1)).mean() > 0.9

    def test_that_ends_early_is_the_beginning_of_the_whole(self, pairings, outcomes):
        short = fight(pairings, FIELDS, UNITS, Rules(ticks=50))
        assert (short.ticks == np.minimum(outcomes.ticks, 50)).all()
        assert (short.dealt <= outcomes.dealt).all()

    def test_who_moves_first_matters_little_but_not_nothing(self, pairings, outcomes):
        others = fight(pairings._replace(first=1 - pairings.first), FIELDS, UNITS)
        changed = (others.value != outcomes.value).any(axis=1)
        assert changed.any()
        margin, other_margin = (o.value[:, 0] - o.value[:, 1] for o in (outcomes, others))
        assert np.corrcoef(margin, other_margin)[0, 1] > 0.5


class TestRecording:
    def test_shapes(self, recordings):
        for recording in recordings:
            frames = int(recording.outcome.ticks[0, 0]) + 1
            assert 1 < frames <= MAX_TICKS + 1
            for part in (recording.row, recording.column, recording.strength, recording.struck):
                assert part.shape == (frames, SQUADS)
            assert recording.kind.shape == recording.full.shape == (SQUADS,)

    def test_begins_as_deployed(self, pairings, recordings):
        for battle, recording in enumerate(recordings):
            for side, tactic in enumerate((pairings.left[battle], pairings.right[battle])):
                mine = slice(side * MOST_SQUADS, (side + 1) * MOST_SQUADS)
                used = tactic[:, 0] >= 0
                column = 23 - tactic[:, 1] if side else tactic[:, 1]
                assert np.array_equal(recording.kind[mine], tactic[:, 0])
                assert np.array_equal(recording.row[0, mine][used], tactic[used, 2])
                assert np.array_equal(recording.column[0, mine][used], column[used])
                assert np.array_equal(recording.strength[0, mine][used], recording.full[mine][used])
                assert not recording.strength[0, mine][~used].any()

    def test_no_two_squads_share_a_cell(self, recordings):
        for recording in recordings:
            cells = recording.row.astype(int) * 24 + recording.column
            for standing, living in zip(cells, recording.strength > 0, strict=True):
                assert len(set(standing[living])) == living.sum()

    def test_no_squad_stands_on_rock_or_off_the_field(self, pairings, recordings):
        for field, recording in zip(pairings.field, recordings, strict=True):
            assert (recording.row >= 0).all() and (recording.row < 16).all()
            assert (recording.column >= 0).all() and (recording.column < 24).all()
            ground = GROUNDS[field].cells[recording.row, recording.column]
            assert not (ground == ROCK)[recording.strength > 0].any()

    def test_a_tick_moves_a_squad_by_one_cell_at_most(self, recordings):
        for recording in recordings:
            for part in (recording.row, recording.column):
                assert np.abs(np.diff(part, axis=0)).max() <= 1

    def test_strength_never_grows(self, recordings):
        for recording in recordings:
            assert (np.diff(recording.strength, axis=0) <= 0).all()
            assert (recording.strength >= 0).all()

    def test_the_fallen_neither_move_nor_strike(self, recordings):
        for recording in recordings:
            fallen = recording.strength[:-1] == 0
            for part in (recording.row, recording.column):
                assert not np.diff(part, axis=0)[fallen].any()
            assert (recording.struck[:-1][fallen] == -1).all()
            assert (recording.struck[-1] == -1).all()

    def test_only_living_enemies_are_struck_and_only_the_struck_lose(self, recordings):
        for recording in recordings:
            lost = -np.diff(recording.strength, axis=0)
            for tick, losses in enumerate(lost):
                who = np.flatnonzero(recording.struck[tick] >= 0)
                whom = recording.struck[tick, who]
                assert (recording.strength[tick, whom] > 0).all()
                assert ((who < MOST_SQUADS) != (whom < MOST_SQUADS)).all()
                assert set(np.flatnonzero(losses)) == set(whom)

    def test_until_somebody_falls_losses_are_what_was_dealt(self, pairings, recordings):
        # Later last blows may be larger than what is left to take.
        for battle, recording in enumerate(recordings):
            ticks = int((recording.strength > 0).all(axis=1, where=recording.kind >= 0).sum()) - 1
            alone = Pairings(*(part[battle : battle + 1] for part in pairings))
            dealt = fight(alone, FIELDS, UNITS, Rules(ticks=ticks)).dealt[0].sum(axis=1)
            lost = (recording.strength[0] - recording.strength[ticks]).reshape(2, -1).sum(axis=1)
            assert dealt.any()
            assert np.array_equal(lost[::-1], dealt)
            whole = (recording.strength[0] - recording.strength[-1]).reshape(2, -1).sum(axis=1)
            assert (whole[::-1] <= recording.outcome.dealt[0].sum(axis=1)).all()

    def test_value_is_that_of_the_last_frame(self, recordings):
        for recording in recordings:
            worth = np.where(recording.kind >= 0, UNITS["cost"][recording.kind] * 1000, 0)
            left = worth * recording.strength[-1] // np.maximum(recording.full, 1)
            assert np.array_equal(recording.outcome.value[0], left.reshape(2, -1).sum(axis=1))

    def test_battles_end_when_a_side_is_gone_or_time_is_up(self, recordings):
        for recording in recordings:
            sides = recording.strength.reshape(len(recording.strength), 2, -1).any(axis=2)
            assert sides[:-1].all()
            assert not sides[-1].all() or recording.outcome.ticks[0, 0] == MAX_TICKS


class TestDeployment:
    """Whom the engine leaves out, as nobody has mustered them."""

    def test_a_squad_on_a_taken_cell_stays_away(self):
        rng, ground = np.random.default_rng(0), generate_map("open", 0)
        left, right = fielded(rng, ground), fielded(rng, ground)
        left[1, 1:3] = left[0, 1:3]
        recording = record(ground, left, right, UNITS)
        assert recording.kind[0] >= 0
        assert recording.kind[1] == -1
        assert not recording.strength[:, 1].any()

    def test_a_squad_in_rock_stays_away(self):
        rng = np.random.default_rng(0)
        ground = next(
            g
            for g in (generate_map("pass", seed) for seed in range(20))
            if (g.cells[:, :8] == ROCK).any()
        )
        row, column = np.argwhere(ground.cells[:, :8] == ROCK)[0]
        left, right = fielded(rng, ground), fielded(rng, ground)
        left[0, 1:3] = column, row
        assert record(ground, left, right, UNITS).kind[0] == -1
        right[0, 1:3] = column, row
        assert record(ground, left, right, UNITS).kind[MOST_SQUADS] == -1
