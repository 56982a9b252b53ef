from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from creative_envs.core.errors import InvalidArgument
from creative_envs.tactics.army import cost_of_squads
from creative_envs.tactics.artefact import Enemy, Squad, Tactic
from creative_envs.tactics.render import ansi, battle_sheet, contact_sheet, picture, plain_text
from creative_envs.tactics.render.layout import CELL, HEADER, HEIGHT, WIDTH
from creative_envs.tactics.render.palette import SIDES, letters_of
from creative_envs.tactics.render.replay import replay_of
from creative_envs.tactics.terrain.ground import Ground
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    DEPLOY_COLUMNS,
    MAX_TICKS,
    MOST_SQUADS,
    ROWS,
    TERRAINS,
    ZONE_COLUMNS,
    ZONE_ROWS,
)
from tests.tactics.plans import GUNS, HAMMER, RIVER, UNITS, tactic, tactics

OPEN = Ground("plain", ((0,) * COLUMNS,) * ROWS)
HERE, THERE = (np.array(colour) for colour in SIDES)


def cells(shown: np.ndarray) -> np.ndarray:
    """Pixels of each cell of the field, shape (16, 24, 28, 28, 3)."""
    field = shown[HEADER : HEADER + ROWS * CELL]
    return field.reshape(ROWS, CELL, COLUMNS, CELL, 3).transpose(0, 2, 1, 3, 4)


def share(shown: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Share of each cell in exactly a colour, shape (16, 24)."""
    return (cells(shown) == colour).all(axis=-1).mean(axis=(2, 3))


def held(shown: np.ndarray) -> np.ndarray:
    """Cells where a squad of each side stands, shape (2, 16, 24): a token fills a third or so."""
    return np.stack([share(shown, colour) > 0.2 for colour in (HERE, THERE)])


def standing(work: Tactic, tick: int) -> np.ndarray:
    """The same from the recording."""
    recording = work.replay().strength[tick], work.replay().row[tick], work.replay().column[tick]
    expected = np.zeros((2, ROWS, COLUMNS), bool)
    for number, (strength, row, column) in enumerate(zip(*recording, strict=True)):
        if strength > 0:
            expected[number // MOST_SQUADS, row, column] = True
    return expected


class TestPicture:
    @pytest.mark.parametrize("kind", MAP_KINDS)
    def test_the_size_is_the_same_for_all(self, kind: str) -> None:
        squads = HAMMER[4:]
        work = Tactic(squads, generate_map(kind, 0), 120, "annihilate", (), UNITS)
        for one in (work, replace(work, squads=()), replace(work, title="Long " * 50)):
            shown = picture(one)
            assert shown.shape == (HEIGHT, WIDTH, 3) == (592, 672, 3) and shown.dtype == np.uint8
        against = replace(work, enemies=(Enemy("Bows", squads),))
        assert picture(against, 40).shape == (592, 672, 3)

    @pytest.mark.parametrize("tick", [None, 20])
    def test_a_tactic_without_a_title_is_this_one(self, tick: int | None) -> None:
        unnamed, named, other = (
            picture(replace(tactic(), **words), tick)
            for words in ({"title": ""}, {"title": "This tactic"}, {"title": "Unnamed"})
        )
        np.testing.assert_array_equal(unnamed, named)
        assert (other != named).any()

    def test_it_is_deterministic(self) -> None:
        for tick in (None, 0, 50):
            np.testing.assert_array_equal(picture(tactic(), tick), picture(tactic(), tick))

    @given(tactics())
    @settings(max_examples=20)
    def test_any_tactic_can_be_drawn(self, work: Tactic) -> None:
        np.testing.assert_array_equal(picture(work), picture(replace(work)))
        if work.enemies:
            ticks = replay_of(work).ticks
            for tick in (0, ticks // 2, ticks):
                assert picture(work, tick).shape == (592, 672, 3)

    def test_squads_stand_where_they_are_deployed(self) -> None:
        expected = np.zeros((2, ROWS, COLUMNS), bool)
        for squad in HAMMER:
            expected[0, squad.row, squad.column] = True
        for squad in GUNS.squads:
            expected[1, squad.row, COLUMNS - 1 - squad.column] = True
        np.testing.assert_array_equal(held(picture(tactic())), expected)
        alone = held(picture(tactic(enemies=())))
        np.testing.assert_array_equal(alone, expected * np.array([1, 0]).reshape(2, 1, 1))

    @pytest.mark.parametrize("ground", [OPEN, RIVER])
    def test_squads_stand_where_the_battle_has_them(self, ground: Ground) -> None:
        work = tactic(ground=ground)
        ticks = replay_of(work).ticks
        for tick in np.linspace(0, ticks, 9).astype(int).tolist():
            np.testing.assert_array_equal(held(picture(work, tick)), standing(work, tick))

    def test_the_dead_vanish_and_leave_a_cross(self) -> None:
        work, replay = tactic(), replay_of(tactic())
        strength = replay.recording.strength
        number = int((strength[:, :9] > 0).sum(axis=0).argmin())
        dead = int((strength[:, number] > 0).sum())
        row, column = replay.recording.row[dead, number], replay.recording.column[dead, number]
        before, after = (held(picture(work, tick))[0] for tick in (dead - 1, dead))
        assert before.sum() - after.sum() == np.ptp(
            (strength[[dead - 1, dead], :12] > 0).sum(axis=1)
        )
        assert before[row, column]
        while standing(work, dead)[:, row, column].any():
            dead += 1
        assert not held(picture(work, dead))[:, row, column].any()
        plain = cells(picture(tactic(enemies=(), squads=())))[row, column]
        assert (cells(picture(work, dead))[row, column] != plain).any()

    def test_mirrored_armies_give_the_mirrored_field(self) -> None:
        """At deployment, where the side that moves first has not told yet."""
        work = tactic(enemies=(Enemy("Mirror", HAMMER),), ground=OPEN)
        for tick in (None, 0):
            here, there = held(picture(work, tick))
            np.testing.assert_array_equal(here, there[:, ::-1])

    def test_exchanged_sides_exchange_colours(self) -> None:
        work = tactic()
        back = tactic(squads=GUNS.squads, enemies=(Enemy("Hammer", HAMMER),))
        np.testing.assert_array_equal(held(picture(work)), held(picture(back))[::-1, :, ::-1])

    def test_strength_is_a_bar(self) -> None:
        """The lower part of a token's cell darkens as strength is lost."""
        work, replay = tactic(), replay_of(tactic())
        strength, full = replay.recording.strength, replay.recording.full
        hurt = (strength > 0) & (2 * strength < full)
        fresh = strength == np.where(full > 0, full, -1)
        tick = int(np.flatnonzero(hurt.any(axis=1) & fresh.any(axis=1))[0])
        shown = cells(picture(work, tick))
        dark = [
            (shown[replay.recording.row[tick, n], replay.recording.column[tick, n], -5:] < 90)
            .all(axis=-1)
            .sum()
            for n in (hurt[tick].argmax(), fresh[tick].argmax())
        ]
        assert dark[0] > dark[1] + 10

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"stance": "hold"}, (5, 7)),
            ({"stance": "charge"}, (5, 9)),
            ({"stance": "skirmish"}, (5, 7)),
            ({"route": "north"}, (4, 7)),
            ({"route": "south"}, (6, 6)),
            ({"delay": 60}, (5, 6)),
        ],
    )
    def test_orders_show(self, change: dict[str, Any], where: tuple[int, int]) -> None:
        squad = Squad("spear", 6, 5)
        shown = [
            picture(tactic(ground=OPEN, squads=[one], enemies=()))
            for one in (squad, replace(squad, **change))
        ]
        differing = (cells(shown[0]) != cells(shown[1])).any(axis=(2, 3, 4))
        assert differing[where]

    def test_zones_are_outlined_in_the_colour_of_who_holds_them(self) -> None:
        bare, replay = tactic(ground=OPEN), replay_of(tactic(ground=OPEN))
        ring = {
            zone: [(top, ZONE_COLUMNS[1]), (bottom, ZONE_COLUMNS[1])]
            for zone, (top, bottom) in enumerate(ZONE_ROWS)
        }
        seen = set()
        for tick in range(0, replay.ticks, 3):
            taken = standing(bare, tick).any(axis=0)
            shown = picture(bare, tick)
            for zone, corners in ring.items():
                free = [corner for corner in corners if not taken[corner]]
                for corner in free:
                    blue, orange = (share(shown, colour)[corner] > 0.05 for colour in (HERE, THERE))
                    holder = replay.holder[tick, zone]
                    if holder:
                        assert (blue, orange)[0 if holder > 0 else 1]
                    seen.add(int(holder))
        assert seen == {-1, 0, 1}

    def test_camps_differ_from_the_middle_and_each_other(self) -> None:
        ground = cells(picture(tactic(ground=OPEN, squads=(), enemies=())))[8, :, 20, 20]
        camp, middle, other = ground[3], ground[DEPLOY_COLUMNS + 1], ground[20]
        assert (camp != middle).any() and (other != middle).any() and (camp != other).any()
        assert int(camp[2]) - int(camp[0]) > int(other[2]) - int(other[0])  # bluer

    def test_terrains_differ_in_more_than_colour(self) -> None:
        rows = [[0] * COLUMNS for _ in range(ROWS)]
        for terrain in range(len(TERRAINS)):
            rows[12 - 2 * terrain][8] = rows[12 - 2 * terrain][15] = terrain
        shown = picture(tactic(ground=Ground("all", rows), squads=(), enemies=())).mean(axis=2)
        looks = [cells(shown[..., None].repeat(3, 2))[12 - 2 * t, 8, :, :, 0] for t in range(5)]
        rough = [(np.abs(np.diff(look[2:-2, 3:-3], axis=1)) > 8).mean() for look in looks]
        assert rough[0] == 0 and min(rough[1:]) > 0.01

    def test_scores_so_far_show(self) -> None:
        work, replay = tactic(), replay_of(tactic())
        above = [picture(work, tick)[:HEADER] for tick in (0, replay.ticks // 2, replay.ticks)]
        assert (above[0] != above[1]).any() and (above[1] != above[2]).any()
        blue = [(one == HERE).all(axis=-1).sum() for one in (above[0], above[2])]
        assert blue[1] < blue[0]  # the army is lost

    def test_the_objective_is_marked(self) -> None:
        shown = [picture(tactic(objective=o), 10) for o in ("hold", "annihilate", "break-through")]
        assert len({one[:HEADER].tobytes() for one in shown}) == 3
        assert len({one[HEADER:].tobytes() for one in shown}) == 1

    def test_ticks_there_are(self) -> None:
        ticks = replay_of(tactic()).ticks
        for tick in (-1, ticks + 1, 2.0, "end", True):
            with pytest.raises(InvalidArgument, match=rf"can be shown at ticks 0\.\.{ticks}"):
                picture(tactic(), tick)
        with pytest.raises(InvalidArgument, match="has 0"):
            picture(tactic(enemies=()), 0)


class TestReplay:
    @given(tactics())
    @settings(max_examples=60)
    def test_counts_agree_with_the_engine(self, work: Tactic) -> None:
        for enemy in range(len(work.enemies)):
            replay = replay_of(work, enemy)
            outcome, ticks = replay.recording.outcome, replay.ticks
            np.testing.assert_array_equal(replay.value[-1], outcome.value[0])
            # What is held after the last tick counts for those that are left, too.
            times = np.ones(ticks + 1, int)
            times[0], times[-1] = 0, MAX_TICKS - ticks + (ticks > 0)
            held = [times @ (replay.holder == sign).sum(axis=1) for sign in (1, -1)]
            np.testing.assert_array_equal(held, outcome.zones[0])
            recording = replay.recording
            far = np.stack([recording.column[:, :12], 23 - recording.column[:, 12:]], axis=1) >= 16
            inside = (far & (recording.strength > 0).reshape(-1, 2, 12)).sum(axis=2)
            np.testing.assert_array_equal(times @ np.minimum(inside, 4), outcome.camp[0])
            np.testing.assert_array_equal(replay.zones[-1], outcome.zones[0])
            np.testing.assert_array_equal(replay.camp[-1], outcome.camp[0])

    def test_counts_never_fall(self) -> None:
        replay = replay_of(tactic())
        assert (np.diff(replay.zones, axis=0) >= 0).all()
        assert (np.diff(replay.camp, axis=0) >= 0).all()
        assert (np.diff(replay.value, axis=0) <= 0).all()
        assert replay.value[0].tolist() == [
            1000 * cost_of_squads(army, UNITS) for army in (HAMMER, GUNS.squads)
        ]
        assert replay.zones[0].tolist() == replay.camp[0].tolist() == [0, 0]


class TestSheets:
    def test_battle_sheet(self) -> None:
        sheet = np.array(battle_sheet(tactic()))
        assert sheet.shape == (1220, 2064, 3)
        np.testing.assert_array_equal(sheet[12:604, 12:684], picture(tactic()))
        last = picture(tactic(), replay_of(tactic()).ticks)
        np.testing.assert_array_equal(sheet[616:1208, 1380:2052], last)
        assert np.array(battle_sheet(tactic(enemies=()))).shape == (616, 696, 3)

    def test_contact_sheet_shape_and_captions(self) -> None:
        works = [tactic(), tactic(squads=()), tactic(enemies=()), tactic(ground=OPEN)]
        assert contact_sheet(works).shape == (2 * (224 + 24 + 12) + 12, 2 * (336 + 12) + 12, 3)
        assert contact_sheet(works, columns=9, cell=168).shape == (112 + 24 + 24, 4 * 180 + 12, 3)
        assert contact_sheet(works[:1], captions=[""]).shape == (224 + 24, 336 + 24, 3)
        scored = contact_sheet([tactic(scores={"craft": 0.1, "quality": 0.61})])
        np.testing.assert_array_equal(scored, contact_sheet([tactic()], captions=["quality 0.61"]))
        named = contact_sheet([tactic(title="Name")])
        np.testing.assert_array_equal(named, contact_sheet([tactic()], captions=["Name"]))

    def test_pictures_of_a_sheet_differ(self) -> None:
        fought, bare = contact_sheet([tactic()]), contact_sheet([tactic(enemies=())])
        assert (fought != bare).any()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"tactics": []}, "at least one"),
            ({"columns": 0}, "columns is 0"),
            ({"captions": ["one", "two"]}, "2 captions for 1"),
            ({"cell": 0}, r"cell is 0: give 24\.\.672"),
            ({"cell": 673}, "cell is 673"),
        ],
    )
    def test_refusals(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            contact_sheet(**{"tactics": [tactic()]} | arguments)


class TestText:
    def test_the_field_in_letters(self) -> None:
        lines = plain_text(tactic(scores={"quality": 0.5})).splitlines()
        assert lines[:3] == [
            "Anvil and hammer",
            "132 of 160 points · objective hold · map river-3",
            "quality 0.50",
        ]
        field = [line.split() for line in lines[4:20]]
        assert all(len(row) == COLUMNS for row in field)
        assert [field[s.row][s.column] for s in HAMMER] == [*"SSSSBBBCC"]
        assert [field[s.row][23 - s.column] for s in GUNS.squads] == [*"hhhgggff"]
        assert field[3][11] == "~" and field[4][10] == ":" and field[0][5] == '"'

    def test_orders_are_listed(self) -> None:
        text = plain_text(tactic())
        for squad in (*HAMMER, *GUNS.squads):
            assert str(squad) in text
        assert "no squads" in plain_text(tactic(squads=()))

    def test_colours_say_the_same(self) -> None:
        coloured = re.sub(r"\x1b\[[\d;]*m", "", ansi(tactic()))
        plain = plain_text(tactic())
        stripped = [line.rstrip() for line in coloured.splitlines()]
        assert stripped == [line.rstrip() for line in plain.splitlines()][: len(stripped)]
        here, there = (f"48;2;{';'.join(map(str, colour))}m" for colour in SIDES)
        assert ansi(tactic()).count(here) == len(HAMMER)
        assert ansi(tactic()).count(there) == len(GUNS.squads)
        assert there not in ansi(tactic(enemies=()))

    def test_letters_differ(self) -> None:
        assert letters_of(UNITS.types) == tuple("SBCLHMFG")
        alike = ("bow", "boat", "b", "bob", "oo")
        assert len(set(letters_of(alike))) == 5
