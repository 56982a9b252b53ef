"""Unit tables: what is refused, and that files give back what was saved."""

from __future__ import annotations

import copy
import errno
import json
import os
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.tactics.units.starting_table import starting_table
from creative_envs.tactics.units.table import STAT_RANGES, UnitTable, load_units
from creative_envs.tactics.vocabulary import N_TYPES

TYPES = tuple("abcdefgh")
LOWEST = {stat: (low,) * N_TYPES for stat, (low, _) in STAT_RANGES.items()}
EVEN = ((100,) * N_TYPES,) * N_TYPES


def table(types=TYPES, stats=LOWEST, melee=EVEN, ranged=EVEN, name="made up"):
    return UnitTable(name, types, stats, melee, ranged)


def with_stat(stat, value):
    """All types at their lowest, but the last one in one stat; who has a range can shoot."""
    shoots = {"ranged": (*LOWEST["ranged"][:-1], 1)} if stat == "range" else {}
    return {**LOWEST, **shoots, stat: (*LOWEST[stat][:-1], value)}


def with_entry(value):
    return (*EVEN[:-1], (*EVEN[-1][:-1], value))


class TestRefusals:
    @pytest.mark.parametrize("types", [TYPES[:-1], (*TYPES, "i"), (*TYPES[:-1], "a"), ()])
    def test_of_other_types(self, types):
        with pytest.raises(InvalidArgument, match="8 types with names of their own"):
            table(types=types)

    @pytest.mark.parametrize("stat", STAT_RANGES)
    def test_of_a_missing_stat(self, stat):
        with pytest.raises(InvalidArgument, match="has the stats"):
            table(stats={name: values for name, values in LOWEST.items() if name != stat})

    def test_of_an_unknown_stat(self):
        with pytest.raises(InvalidArgument, match="has the stats"):
            table(stats={**LOWEST, "charm": (1,) * N_TYPES})

    @pytest.mark.parametrize("stat", STAT_RANGES)
    def test_of_stats_out_of_range(self, stat):
        low, high = STAT_RANGES[stat]
        assert table(stats=with_stat(stat, high)).stats[stat][-1] == high
        for value in (low - 1, high + 1):
            with pytest.raises(
                InvalidArgument, match=rf"^{stat} of a unit table lies in {low}\.\."
            ):
                table(stats=with_stat(stat, value))

    @pytest.mark.parametrize("values", [(1,) * 7, (1,) * 9, (1.0,) * 8, ("1",) * 8, (True,) * 8, 1])
    def test_of_stats_that_are_no_eight_whole_numbers(self, values):
        with pytest.raises(InvalidArgument, match=r"^mounted of a .* holds whole numbers"):
            table(stats={**LOWEST, "mounted": values})

    @pytest.mark.parametrize("which", ["melee", "ranged"])
    def test_of_multipliers_out_of_range(self, which):
        for value in (30, 250):
            assert table(**{which: with_entry(value)})
        for value in (29, 251):
            with pytest.raises(InvalidArgument, match=rf"^{which}_against of .* lies in 30\.\.250"):
                table(**{which: with_entry(value)})

    @pytest.mark.parametrize("which", ["melee", "ranged"])
    def test_of_multipliers_of_another_shape(self, which):
        ragged = (*EVEN[:-1], EVEN[-1][:-1])
        for values in (
            *(EVEN[:-1], tuple(row[:-1] for row in EVEN), EVEN[0], ragged, ((100,), (100, 100))),
            *((), None, "even", ((100.0,) * N_TYPES,) * N_TYPES),
        ):
            with pytest.raises(InvalidArgument, match=rf"^{which}_against of .* shape \(8, 8\)"):
                table(**{which: values})

    @pytest.mark.parametrize("values", [((1,), (1, 2)), ((1,),) * 7 + ((1, 2),)])
    def test_of_ragged_stats(self, values):
        with pytest.raises(InvalidArgument, match=r"^cost of a .* holds whole numbers"):
            table(stats={**LOWEST, "cost": values})

    def test_of_a_range_without_shots(self):
        stats = {**LOWEST, "ranged": (*(5,) * 7, 0)}
        with pytest.raises(InvalidArgument, match="whose ranged power is 0 has range 1"):
            table(stats={**stats, "range": (2,) * 8})
        assert table(stats={**stats, "range": (*(2,) * 7, 1)})
        assert table(stats={**LOWEST, "ranged": (1,) * 8, "range": (2,) * 8})


class TestStats:
    def test_are_a_copy(self):
        given = dict(LOWEST)
        units = table(stats=given)
        before = units.sha256
        given["cost"] = (99,) * N_TYPES
        assert units.stats["cost"] == LOWEST["cost"]
        assert units.records["cost"].tolist() == list(LOWEST["cost"])
        assert units.sha256 == before == table().sha256

    def test_cannot_be_changed(self):
        units = table()
        with pytest.raises(TypeError):
            units.stats["cost"] = (99,) * N_TYPES
        with pytest.raises(FrozenInstanceError):
            units.stats = LOWEST

    def test_copies_are_equal(self):
        units = starting_table()
        for again in (pickle.loads(pickle.dumps(units)), copy.deepcopy(units)):
            assert again.sha256 == units.sha256
            assert again.stats == units.stats
            assert np.array_equal(again.records, units.records)


class TestRecords:
    def test_hold_the_table(self):
        units = starting_table()
        records = units.records
        assert records.shape == (N_TYPES,)
        for stat in STAT_RANGES:
            assert records[stat].tolist() == list(units.stats[stat])

    def test_read_multipliers_by_attacker_and_target(self):
        # Only the last type against the last but one differs.
        melee = (*EVEN[:-1], (100, 100, 100, 100, 100, 100, 150, 100))
        records = table(melee=melee, ranged=with_entry(60)).records
        assert records["melee_against"][7, 6] == records[7]["melee_against"][6] == 150
        assert records["melee_against"][6, 7] == 100
        assert records["ranged_against"][7, 7] == 60

    def test_shooters_shoot_better_than_they_fight(self):
        stats = {**LOWEST, "melee": (10,) * 8, "ranged": (0, 5, 9, 10, 11, 12, 50, 100)}
        assert table(stats=stats).shooters.tolist() == [False] * 4 + [True] * 4


class TestFiles:
    def test_round_trip(self, tmp_path):
        units, path = starting_table(), tmp_path / "units.json"
        units.save(path)
        again = UnitTable.load(path)
        assert again.sha256 == units.sha256
        for part in ("name", "types", "stats", "melee_against", "ranged_against"):
            assert getattr(again, part) == getattr(units, part)
        assert np.array_equal(again.records, units.records)
        assert load_units(str(path)).sha256 == units.sha256

    def test_saving_twice_writes_the_same(self, tmp_path):
        one, two = tmp_path / "one.json", tmp_path / "two.json"
        starting_table().save(one)
        UnitTable.load(one).save(two)
        assert one.read_bytes() == two.read_bytes()

    @pytest.mark.parametrize(
        "other",
        [
            table(name="other"),
            table(types=TYPES[::-1]),
            *(table(stats=with_stat(stat, high)) for stat, (_, high) in STAT_RANGES.items()),
            table(melee=with_entry(101)),
            table(ranged=with_entry(101)),
        ],
    )
    def test_hash_is_of_all_its_parts(self, other):
        assert other.sha256 != table().sha256

    def test_hash_does_not_hang_on_the_order_of_stats(self):
        assert table(stats=dict(reversed(LOWEST.items()))).sha256 == table().sha256

    @pytest.mark.parametrize(
        "change",
        [
            lambda parts: parts.pop("types"),
            lambda parts: parts.pop("melee_against"),
            lambda parts: parts["stats"].pop("cost"),
            lambda parts: parts["stats"].update(cost=None),
            lambda parts: parts["stats"].update(cost=["dear"] * 8),
            lambda parts: parts["stats"].update(cost=[0] * 8),
            lambda parts: parts.update(ranged_against=[[100], [100, 100]]),
            lambda parts: parts.update(format="creative_envs.melody/1"),
        ],
    )
    def test_refuses_garbled_files(self, tmp_path, change):
        path = tmp_path / "units.json"
        starting_table().save(path)
        parts = json.loads(path.read_text())
        change(parts)
        path.write_text(json.dumps(parts))
        with pytest.raises(InvalidWork, match=r"units\.json"):
            UnitTable.load(path)

    def test_a_path_is_read_anew(self, tmp_path):
        path = tmp_path / "units.json"
        for name in ("one", "other"):
            table(name=name).save(path)
            assert load_units(str(path)).name == name

    def test_what_goes_wrong_while_saving_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "units.json"
        table(name="old").save(path)

        def full(*_):
            raise OSError(errno.ENOSPC, "no space left")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="the disk is full"):
            table(name="new").save(path)
        assert UnitTable.load(path).name == "old"
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null"])
    def test_refuses_other_files(self, tmp_path, content):
        path = tmp_path / "units.json"
        path.write_bytes(content)
        with pytest.raises(InvalidWork, match=r"units\.json"):
            UnitTable.load(path)

    def test_missing_files(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            load_units(str(tmp_path / "none.json"))
        with pytest.raises(InvalidArgument, match="No unit table 'none': give 'balanced'"):
            load_units("none")
