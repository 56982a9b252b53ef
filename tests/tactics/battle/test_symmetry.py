"""Exchanging sides, or north and south, exchanges the outcome and changes nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.tactics.battle.engine import Outcomes, Pairings, fight
from creative_envs.tactics.battle.tally import LEAN
from creative_envs.tactics.squads import flipped
from creative_envs.tactics.terrain.ground import Fields, Ground, stacked
from tests.tactics.battle.armies import FIELDS, GROUNDS, UNITS, random_pairings

SEEDS = st.integers(0, 2**32 - 1)
BATTLES = 20
UPSIDE_DOWN = stacked([Ground(ground.name, ground.terrain[::-1]) for ground in GROUNDS])


def exchanged(pairings: Pairings) -> Pairings:
    return Pairings(pairings.field, pairings.right, pairings.left, 1 - pairings.first)


def turned(pairings: Pairings) -> Pairings:
    return pairings._replace(left=flipped(pairings.left), right=flipped(pairings.right))


def assert_same(one: Outcomes, other: Outcomes) -> None:
    for name, mine, theirs in zip(Outcomes._fields, one, other, strict=True):
        assert np.array_equal(mine, theirs), name


def sides_exchanged(outcomes: Outcomes) -> Outcomes:
    by_side = [array[:, ::-1] for array in outcomes[:-1]]
    return Outcomes(*by_side, ticks=outcomes.ticks)


def lean_turned(outcomes: Outcomes) -> Outcomes:
    shape = outcomes.shape.copy()
    shape[..., LEAN] *= -1
    return outcomes._replace(shape=shape)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_sides(seed):
    pairings = random_pairings(seed, BATTLES)
    there = fight(pairings, FIELDS, UNITS)
    back = fight(exchanged(pairings), FIELDS, UNITS)
    assert_same(there, sides_exchanged(back))


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_north_and_south(seed):
    pairings = random_pairings(seed, BATTLES)
    there = fight(pairings, FIELDS, UNITS)
    back = fight(turned(pairings), UPSIDE_DOWN, UNITS)
    assert_same(there, lean_turned(back))


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_an_army_against_itself_fares_alike_from_both_sides(seed):
    pairings = random_pairings(seed, BATTLES)
    mirror = pairings._replace(right=pairings.left)
    one = fight(mirror, FIELDS, UNITS)
    other = fight(mirror._replace(first=1 - mirror.first), FIELDS, UNITS)
    assert_same(one, sides_exchanged(other))


@pytest.mark.parametrize("stance", range(4))
@pytest.mark.parametrize("kind", range(8))
def test_both_hold_for_every_type_and_stance(kind, stance):
    pairings = random_pairings(1000 * kind + stance, BATTLES)
    for tactics in pairings.left, pairings.right:
        used = tactics[:, :, 0] >= 0
        tactics[:, :, 0][used] = kind
        tactics[:, :, 3][used] = stance
    outcomes = fight(pairings, FIELDS, UNITS)
    assert_same(outcomes, sides_exchanged(fight(exchanged(pairings), FIELDS, UNITS)))
    assert_same(outcomes, lean_turned(fight(turned(pairings), UPSIDE_DOWN, UNITS)))


def test_neither_holds_on_a_map_that_favours_a_side():
    # So the laws above are not empty: `Ground` refuses such maps, kernels take them.
    pairings = random_pairings(0, BATTLES)
    # One half is all river, in which squads take a quarter more.
    flooded = FIELDS.terrain.copy()
    flooded[:, :, :12] = 3
    fields = Fields(flooded, FIELDS.travel)
    there = fight(pairings, fields, UNITS)
    back = fight(exchanged(pairings), fields, UNITS)
    assert not np.array_equal(there.value, back.value[:, ::-1])
