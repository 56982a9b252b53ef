from __future__ import annotations

import copy
import html
import pickle
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.task import Artefact
from creative_envs.tactics.artefact import Enemy, Squad, Tactic
from creative_envs.tactics.squads import flipped, muster, no_squads
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.units.table import UnitTable
from creative_envs.tactics.vocabulary import ROCK
from tests.tactics.plans import GUNS, HAMMER, RIDERS, RIVER, UNITS, tactic, tactics

ROCKS = Ground(
    "rocks",
    tuple(
        tuple(ROCK if (row, column) in {(5, 6), (5, 17)} else 0 for column in range(24))
        for row in range(16)
    ),
)
BOW = UNITS.types.index("bow")


def test_facts_of_a_tactic() -> None:
    work = tactic()
    assert isinstance(work, Artefact)
    assert work.cost == 4 * 14 + 3 * 14 + 2 * 17
    assert work.units_sha256 == UNITS.sha256
    assert work.media[0] == ".gif" and work.media[-1] == ".json"
    assert tactic(squads=()).cost == 0


def test_array_says_what_the_squads_do() -> None:
    array = tactic().array
    assert array.shape == (12, 7) and array.dtype == np.int16
    assert array[0].tolist() == [0, 6, 5, 1, 0, 0, 0]
    assert array[4].tolist() == [1, 4, 6, 2, 1, 0, 0]
    assert array[8].tolist() == [2, 6, 2, 0, 2, 1, 0]
    assert (array[9:] == -1).all()
    late = tactic(squads=[Squad("gunner", 0, 15, "skirmish", "counter", "south", 60)])
    assert late.array[0].tolist() == [7, 0, 15, 3, 3, 2, 2]


@given(tactics())
@settings(max_examples=60)
def test_rows_and_squads_are_the_same(work: Tactic) -> None:
    given_ = (work.ground, work.budget, work.objective, UNITS, work.enemies)
    again = Tactic.from_rows(
        work.array.tolist(),
        *given_,
        title=work.title,
        scores=work.scores,
        brief=work.brief,
        provenance=work.provenance,
    )
    assert again == work and hash(again) == hash(work)
    assert all(type(squad.row) is int for squad in again.squads)
    fielded = no_squads(1)[0]
    muster(work.array, work.budget, work.ground.cells, UNITS.records["cost"], fielded)
    np.testing.assert_array_equal(fielded, work.array)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"budget": 119}, r"budget is 119: give 120\.\.200"),
        ({"budget": 201}, "budget is 201"),
        ({"budget": 150.5}, "whole number"),
        ({"objective": "win"}, "objective is 'win': give one of annihilate, hold, break-through"),
        ({"objective": 1}, "objective is 1"),
        ({"units": None}, "give a UnitTable"),
        ({"ground": "river-3"}, "give a Ground"),
        ({"ground": Ground("two\nlines", RIVER.terrain)}, "map's name .* one line"),
        ({"squads": [Squad("bow", c, 0) for c in range(5)]}, "has 5 bow: take at most 4"),
        ({"squads": [Squad("bow", 3, 2), Squad("mage", 3, 2)]}, "mage at row 2, column 3, where"),
        ({"squads": [Squad("elf", 3, 2)]}, "'elf': give one of spear, bow"),
        ({"squads": [[0, 6, 5, 1, 0, 0, 0]]}, "give a Squad"),
        ({"squads": [Squad("bow", c % 8, c // 8) for c in range(13)]}, "13 squads: .* most 12"),
        ({"ground": ROCKS}, "spear at row 5, column 6, which is rock: choose another cell"),
        ({"enemies": ["Gun line"]}, "an enemy is 'Gun line': give an Enemy"),
        ({"enemies": [Enemy("Five", [Squad("bow", c, 0) for c in range(5)])]}, "'Five' has 5 bow"),
        ({"scores": {"craft": float("nan")}}, "craft"),
        ({"brief": {"risk": [float("inf")]}}, "finite"),
        ({"provenance": {"run": object()}}, "object"),
        ({"title": "half \ud800"}, "half a character"),
    ],
)
def test_invalid_works_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidWork, match=message):
        tactic(**changes)


def test_an_army_costs_at_most_its_budget() -> None:
    assert tactic(budget=132).cost == 132
    with pytest.raises(InvalidWork, match="costs 132 points, but its budget is 131: leave out"):
        tactic(budget=131)


def test_enemies_may_cost_more_than_the_budget() -> None:
    rich = Enemy("Rich", tuple(Squad("lancer", c, 0) for c in range(4)) + HAMMER[4:])
    assert tactic(enemies=[rich]).enemies == (rich,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"column": 8}, r"column is 8: deploy it in 0\.\.7"),
        ({"column": -1}, "column is -1"),
        ({"row": 16}, r"row is 16: deploy it in 0\.\.15"),
        ({"row": 2.0}, "row is 2.0: give a whole number"),
        ({"stance": "flee"}, "stance is 'flee': give one of charge"),
        ({"priority": None}, "priority is None"),
        ({"route": ["north"]}, "route is"),
        ({"delay": 10}, r"delay is 10: give one of \(0, 30, 60\)"),
    ],
)
def test_orders_nobody_knows_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidWork, match=message):
        Squad(**{"type": "bow", "column": 1, "row": 1} | changes)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[BOW, 1, 1, 0, 0, 0]], r"\(n, 7\), got int64\(1, 6\)"),
        ([[8, 1, 1, 0, 0, 0, 0]], r"type is 8: give one of 0\.\.7"),
        ([[-1, 1, 1, 0, 0, 0, 0]], "type is -1"),
        ([[0, 8, 1, 0, 0, 0, 0]], "column is 8"),
        ([[0, 1, 1, 4, 0, 0, 0]], "stance is 4"),
        ([[0, 1, 1, 0, 4, 0, 0]], "priority is 4"),
        ([[0, 1, 1, 0, 0, 3, 0]], "route is 3"),
        ([[0, 1, 1, 0, 0, 0, -1]], "delay is -1"),
        (np.zeros((1, 7)), "whole numbers"),
        ("forged", "whole numbers"),
    ],
)
def test_forged_rows_are_refused(rows: Any, message: str) -> None:
    with pytest.raises(InvalidWork, match=message):
        Tactic.from_rows(rows, RIVER, 160, "hold", UNITS)


def test_no_rows_are_no_squads() -> None:
    for rows in ([], np.zeros((0, 7), int), np.full((12, 7), -1)):
        assert Tactic.from_rows(rows, RIVER, 160, "hold", UNITS).squads == ()


def test_copies_are_equal_and_do_not_share() -> None:
    scores = {"craft": 0.5}
    work = tactic(scores=scores, brief={"risk": np.float32(0.5), "bands": [1, 2]})
    scores["craft"] = 1.0
    assert work.scores == {"craft": 0.5} and work.brief == {"risk": 0.5, "bands": (1, 2)}
    for copied in (pickle.loads(pickle.dumps(work)), copy.deepcopy(work), replace(work)):
        assert copied == work and hash(copied) == hash(work)
    assert work != replace(work, squads=HAMMER[::-1])
    assert work != replace(work, enemies=(RIDERS, GUNS))


def test_unit_tables_are_compared_by_what_they_hold() -> None:
    again = replace(UNITS)
    stats = dict(UNITS.stats) | {"speed": (11, *UNITS.stats["speed"][1:])}
    faster = UnitTable("of tests", UNITS.types, stats, UNITS.melee_against, UNITS.ranged_against)
    assert tactic(units=again) == tactic()
    assert tactic(units=faster) != tactic()


class TestReplay:
    def test_enemies_by_number_or_squads(self) -> None:
        by_number, by_squads = tactic().replay(1), tactic().replay(RIDERS.squads)
        for one, other in zip(by_number[:-1], by_squads[:-1], strict=True):
            np.testing.assert_array_equal(one, other)
        assert (by_number.kind[12:16] == UNITS.types.index("lancer")).all()
        assert not np.array_equal(by_number.kind, tactic().replay(0).kind)

    def test_who_moves_first_matters(self) -> None:
        first, second = tactic().replay(0, 0), tactic().replay(0, 1)
        assert not np.array_equal(first.outcome.value, second.outcome.value)

    def test_exchanged_sides_give_the_exchanged_battle(self) -> None:
        there = tactic().replay(0, 0).outcome
        back = tactic(squads=GUNS.squads, enemies=(Enemy("Hammer", HAMMER),)).replay(0, 1).outcome
        np.testing.assert_array_equal(there.value, back.value[:, ::-1])
        np.testing.assert_array_equal(there.zones, back.zones[:, ::-1])

    def test_an_army_of_none_loses_at_once(self) -> None:
        outcome = tactic(squads=()).replay().outcome
        assert outcome.ticks[0, 0] == 0 and outcome.value[0, 0] == 0 < outcome.value[0, 1]

    @pytest.mark.parametrize("enemy", [2, -1])
    def test_an_enemy_there_is_not(self, enemy: int) -> None:
        with pytest.raises(InvalidArgument, match=f"enemy is {enemy}, but the tactic has 2"):
            tactic().replay(enemy)

    def test_other_refusals(self) -> None:
        with pytest.raises(InvalidArgument, match="first is 2"):
            tactic().replay(0, 2)
        with pytest.raises(InvalidWork, match="enemy given deploys a bow"):
            tactic().replay([Squad("bow", 1, 1), Squad("bow", 1, 1)])


class TestFlipped:
    @given(tactics())
    @settings(max_examples=40)
    def test_the_battle_is_flipped(self, work: Tactic) -> None:
        turned = work.flipped()
        np.testing.assert_array_equal(turned.array, flipped(work.array[None])[0])
        for enemy in range(len(work.enemies)):
            there, here = turned.replay(enemy), work.replay(enemy)
            np.testing.assert_array_equal(there.strength, here.strength)
            np.testing.assert_array_equal(there.outcome.zones, here.outcome.zones)

    def test_twice_is_as_it_was(self) -> None:
        work = tactic(scores={"quality": 0.5})
        assert work.flipped() != work and work.flipped().scores == {}
        assert work.flipped().flipped() == replace(work, scores={})
        assert work.flipped().ground.name == "river-3 flipped"


def test_text_is_plain() -> None:
    assert str(tactic()) == (
        "Anvil and hammer (4 spear, 3 bow, 2 cavalry; 132 of 160 points; hold on river-3)"
    )
    assert "no squads" in str(tactic(squads=()))
    assert str(GUNS.squads[-1]) == (
        "fencer at column 6, row 13: charge, counter first, south, after 30 ticks"
    )
    assert "terrain" not in repr(tactic()) and "melee" not in repr(tactic())


def test_notebook_view_is_self_contained_and_escaped() -> None:
    work = tactic(title='<script>"')
    view = work._repr_html_()
    assert 'src="data:image/gif;base64,R0lG' in view
    assert html.escape(str(work)) in view
    assert "<script>" not in view and "http" not in view


def test_nothing_draws_a_random_number(tmp_path: Path) -> None:
    np.random.seed(3)  # noqa: NPY002 - it is the global generator that must not be touched
    random.seed(3)
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    for suffix in tactic().media:
        tactic().save(tmp_path / f"work{suffix}")
    assert before == (np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002
