from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.tactics.artefact import Enemy, Squad, Tactic
from creative_envs.tactics.export import FORMATS, gif_bytes, json_text
from creative_envs.tactics.export.document import tactic_from_json
from creative_envs.tactics.export.gif import DEPLOYED, FRAMES, HOLD, moments
from creative_envs.tactics.render import battle_sheet, picture
from creative_envs.tactics.render.replay import replay_of
from creative_envs.tactics.units import table
from creative_envs.tactics.units.table import UnitTable
from tests.tactics.plans import GUNS, HAMMER, RIVER, UNITS, tactic, tactics

STATS = dict(UNITS.stats) | {"speed": (11, *UNITS.stats["speed"][1:])}
FASTER = UnitTable("of tests", UNITS.types, STATS, UNITS.melee_against, UNITS.ranged_against)


def reread(text: str | bytes, units: str | UnitTable | None = UNITS) -> Tactic:
    return tactic_from_json(text, "work.json", units)


def changed(change: Callable[[dict[str, Any]], Any]) -> str:
    """The card of the tactic with a change made to it."""
    document = json.loads(json_text(tactic()))
    change(document)
    return json.dumps(document)


class TestSaving:
    @pytest.mark.parametrize(
        ("suffix", "begins"),
        [(".png", b"\x89PNG"), (".GIF", b"GIF89a"), (".txt", b"Anvil"), (".json", b"{")],
    )
    def test_save_writes_what_the_suffix_says(
        self, tmp_path: Path, suffix: str, begins: bytes
    ) -> None:
        path = tactic().save(str(tmp_path / f"work{suffix}"))
        assert path.read_bytes().startswith(begins)
        assert list(tmp_path.iterdir()) == [path]

    def test_unknown_suffix_lists_the_known(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgument, match=r"\.gif, \.png, \.txt, \.json"):
            tactic().save(tmp_path / "work.svg")
        assert not list(tmp_path.iterdir())

    def test_media_are_the_formats(self) -> None:
        assert tuple(FORMATS) == Tactic.media

    @pytest.mark.parametrize("work", [tactic(enemies=()), tactic(squads=())])
    def test_every_medium_can_be_saved(self, tmp_path: Path, work: Tactic) -> None:
        for suffix in work.media:
            assert work.save(tmp_path / f"work{suffix}").stat().st_size

    def test_equal_works_give_equal_files(self) -> None:
        for content_of in FORMATS.values():
            assert content_of(tactic()) == content_of(replace(tactic()))

    @pytest.mark.parametrize("suffix", Tactic.media)
    def test_a_full_disk_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
    ) -> None:
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        kept = tmp_path / f"work{suffix}"
        kept.write_text("kept")
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="disk is full; free some space"):
            tactic().save(kept)
        assert kept.read_text() == "kept" and list(tmp_path.iterdir()) == [kept]


def test_png_is_the_sheet() -> None:
    shown = np.array(Image.open(io.BytesIO(FORMATS[".png"](tactic()))))
    np.testing.assert_array_equal(shown, np.array(battle_sheet(tactic())))


def test_text_says_how_battles_end() -> None:
    text = FORMATS[".txt"](tactic()).decode()
    assert "\x1b" not in text
    for enemy in range(2):
        for first in (0, 1):
            outcome = tactic().replay(enemy, first).outcome
            zones, camp = outcome.zones[0], outcome.camp[0]
            assert (
                f"zone-ticks {zones[0]} to {zones[1]}, camp-ticks {camp[0]} to {camp[1]}, "
                f"over at tick {outcome.ticks[0, 0]}\n"
            ) in text
    assert text.count("moves first") == 4


class TestGif:
    @pytest.mark.parametrize("enemy", tactic().enemies)
    def test_frames_durations_and_weight(self, enemy: Enemy) -> None:
        work = tactic(enemies=(enemy,))
        content = gif_bytes(work)
        assert len(content) < 300_000
        with Image.open(io.BytesIO(content)) as gif:
            assert gif.n_frames == 1 + min(FRAMES, 1 + replay_of(work).ticks)
            assert gif.info["loop"] == 0
            shown = []
            for frame in range(gif.n_frames):
                gif.seek(frame)
                shown.append(gif.info["duration"])
        assert (shown[0], shown[-1]) == (DEPLOYED, HOLD)
        assert len(set(shown[1:-1])) == 1

    def test_frames_are_the_pictures(self) -> None:
        """As far as few colours allow; the sides' own colours are kept."""
        ticks = moments(replay_of(tactic()).ticks)
        with Image.open(io.BytesIO(gif_bytes(tactic()))) as gif:
            for frame, tick in [(0, None), (1, 0), (30, ticks[29]), (len(ticks), ticks[-1])]:
                gif.seek(frame)
                shown = np.array(gif.convert("RGB")).astype(int)
                assert np.abs(shown - picture(tactic(), tick)).mean() < 1.5

    def test_without_an_enemy_it_stands_still(self) -> None:
        with Image.open(io.BytesIO(gif_bytes(tactic(enemies=())))) as gif:
            assert getattr(gif, "n_frames", 1) == 1

    @given(st.integers(0, 300))
    def test_moments_go_from_beginning_to_end(self, ticks: int) -> None:
        shown = moments(ticks)
        assert (shown[0], shown[-1], len(shown)) == (0, ticks, min(FRAMES, ticks + 1))
        steps = np.diff(shown)
        assert len(steps) == 0 or (steps.min() >= 1 and steps.max() - steps.min() <= 1)


class TestCard:
    @given(tactics())
    @settings(max_examples=60)
    def test_round_trip(self, work: Tactic) -> None:
        again = reread(json_text(work))
        assert again == work and json_text(again) == json_text(work)
        assert again.ground.terrain == work.ground.terrain

    def test_file_round_trip(self, tmp_path: Path) -> None:
        work = tactic(title="Plän", scores={"quality": 0.1 + 0.2}, brief={"bands": (1, None)})
        assert Tactic.load(work.save(tmp_path / "work.json"), UNITS) == work

    def test_says_what_it_holds(self) -> None:
        document = json.loads(json_text(tactic()))
        assert document["format"] == "creative_envs.tactics/1"
        assert document["squads"][7] == {
            "type": "cavalry",
            "column": 6,
            "row": 1,
            "stance": "charge",
            "priority": "valuable",
            "route": "north",
            "delay": 0,
        }
        assert document["map"]["name"] == "river-3"
        assert document["map"]["rows"] == str(RIVER).split()
        assert document["units"] == {"name": "of tests", "sha256": UNITS.sha256}
        assert [enemy["name"] for enemy in document["enemies"]] == ["Gun line", "Riders"]
        for first, battle in enumerate(document["enemies"][0]["battles"]):
            outcome = tactic().replay(0, first).outcome
            assert battle == {
                "first": first,
                "value": outcome.value[0].tolist(),
                "zones": outcome.zones[0].tolist(),
                "camp": outcome.camp[0].tolist(),
                "ticks": outcome.ticks[0, 0],
            }

    @pytest.mark.parametrize(
        "change",
        [
            lambda card: card["squads"].pop(),
            lambda card: card["squads"][0].update(row=9),
            lambda card: card["squads"][0].update(stance="hold"),
            lambda card: card["squads"].reverse(),
            lambda card: card["enemies"][0]["squads"].pop(),
            lambda card: card["enemies"][1]["squads"][0].update(type="mage"),
            lambda card: card["map"].update(rows=["." * 24] * 16),
            lambda card: (
                card["enemies"].reverse()
                or card["enemies"][0].update(battles=card["enemies"][1]["battles"])
            ),
            lambda card: card["enemies"][0]["battles"].reverse(),
            lambda card: card["enemies"][0]["battles"].pop(),
            lambda card: card["enemies"][0].update(battles=[]),
            lambda card: card["enemies"][0].update(battles=None),
        ],
    )
    def test_a_changed_plan_ends_otherwise(self, change: Callable[[dict[str, Any]], Any]) -> None:
        with pytest.raises(InvalidWork, match=r"work\.json: against .* battles end .*save it anew"):
            reread(changed(change))

    @pytest.mark.parametrize("enemy", [0, 1])
    @pytest.mark.parametrize("first", [0, 1])
    @pytest.mark.parametrize("part", ["value", "zones", "camp"])
    @pytest.mark.parametrize("side", [0, 1])
    def test_every_number_of_a_result_counts(
        self, enemy: int, first: int, part: str, side: int
    ) -> None:
        def change(card: dict[str, Any]) -> None:
            card["enemies"][enemy]["battles"][first][part][side] += 1

        with pytest.raises(InvalidWork, match="save it anew"):
            reread(changed(change))

    def test_so_does_the_time_it_took(self) -> None:
        ticks = int(tactic().replay().outcome.ticks[0, 0])
        with pytest.raises(InvalidWork, match="save it anew"):
            reread(changed(lambda c: c["enemies"][0]["battles"][0].update(ticks=ticks + 1)))

    def test_another_table_is_refused_by_both_hashes(self) -> None:
        both = f"{UNITS.sha256}.*{FASTER.sha256}.*units="
        with pytest.raises(InvalidWork, match=rf"work\.json.*{both}"):
            reread(json_text(tactic()), FASTER)
        forged = json_text(tactic()).replace(UNITS.sha256, FASTER.sha256)
        with pytest.raises(InvalidWork, match=f"{FASTER.sha256}.*{UNITS.sha256}"):
            reread(forged)
        with pytest.raises(InvalidWork, match="save it anew"):
            reread(forged, FASTER)

    def test_the_table_is_found_by_its_name(self, tmp_path: Path) -> None:
        path = tmp_path / "units.json"
        UNITS.save(path)
        text = json_text(tactic()).replace('"name": "of tests"', f'"name": "{path}"')
        assert reread(text, None) == reread(text, str(path)) == tactic()

    @pytest.mark.parametrize("name", ["of tests", "", "no.json", "\0", "a" * 5000])
    def test_a_table_nobody_knows_is_asked_for(self, name: str) -> None:
        text = changed(lambda card: card["units"].update(name=name))
        with pytest.raises(InvalidWork, match=r"work\.json.*cannot be found.*units="):
            reread(text, None)

    def test_a_table_that_changed_under_its_name_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table, "load_units", lambda _: FASTER)
        with pytest.raises(InvalidWork, match=f"{UNITS.sha256}.*{FASTER.sha256}"):
            reread(json_text(tactic()), None)

    def test_a_name_is_text(self) -> None:
        text = changed(lambda card: card["units"].update(name=3))
        with pytest.raises(InvalidWork, match=r"work\.json: the unit table's name is 3"):
            reread(text, None)
        assert reread(text) == tactic()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda card: card["squads"][0].update(type="elf"), "type.*'elf': give one of spear"),
            (lambda card: card["squads"][0].update(stance="flee"), "'flee': give one of charge"),
            (lambda card: card["squads"][0].update(priority="me"), "'me': give one of nearest"),
            (lambda card: card["squads"][0].update(route="up"), "'up': give one of direct"),
            (lambda card: card["squads"][0].update(delay=7), "delay is 7"),
            (lambda card: card["squads"][0].update(column=8), "column is 8"),
            (lambda card: card["squads"][0].update(speed=8), "garbles.*speed"),
            (lambda card: card["squads"][0].pop("row"), "garbles.*row"),
            (lambda card: card["squads"][1].update(row=5), "where another squad is"),
            (lambda card: card["squads"].extend(card["squads"]), "18 squads"),
            (lambda card: card.update(budget=130), "costs 132 points"),
            (lambda card: card.update(budget="160"), "budget is '160'"),
            (lambda card: card.update(objective="win"), "'win'"),
            (lambda card: card.update(squads={}), "squads are {}"),
            (lambda card: card.update(squads=["spear"]), "squads are"),
            (lambda card: card.update(format="creative_envs.melody/1"), "not a tactic"),
            (lambda card: card["map"].update(rows=["." * 24] * 15), "draw 16 lines"),
            (lambda card: card["map"].update(rows=["x" * 24] * 16), "holds 'x'"),
            (lambda card: card["map"].update(rows=["#" * 24] * 16), "no room"),
            (lambda card: card["map"].update(rows=["." * 23 + "#"] * 16), "favours a side"),
            (lambda card: card["map"].update(rows=3), "garbles"),
            (lambda card: card["map"].update(name=3), "map's name is 3"),
            (lambda card: card["enemies"][0].pop("battles"), "battles"),
            (lambda card: card.update(enemies=[3]), "garbles"),
            (lambda card: card.update(units=None), "garbles"),
            (lambda card: card["units"].pop("sha256"), "sha256"),
            (lambda card: card.update(scores={"craft": 10**400}), "garbles"),
            (lambda card: card.update(brief=[1]), "garbles"),
        ],
    )
    def test_damaged_cards_are_refused_by_name(
        self, change: Callable[[dict[str, Any]], Any], message: str
    ) -> None:
        with pytest.raises(InvalidWork, match=rf"work\.json.*{message}"):
            reread(changed(change))

    @pytest.mark.parametrize("part", list(json.loads(json_text(tactic()))))
    def test_a_missing_part_is_refused(self, part: str) -> None:
        with pytest.raises(InvalidWork, match=part):
            reread(changed(lambda card: card.pop(part)))

    @pytest.mark.parametrize("text", ["", "[]", "{", "null", b"\xff\xfe", "[" * 10**5])
    def test_what_is_no_card(self, text: str | bytes) -> None:
        with pytest.raises(InvalidWork, match=r"work\.json is not"):
            reread(text)

    @given(st.data())
    @settings(max_examples=150)
    def test_fuzzed_cards_are_read_or_refused(self, data: st.DataObject) -> None:
        """Whatever a part is replaced by, the result is a tactic or an `InvalidWork`."""
        leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
        values = st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.text(max_size=4), inner, max_size=3)
            ),
            max_leaves=8,
        )
        document = json.loads(json_text(tactic()))
        enemy = document["enemies"][0]
        parts = [document, document["map"], document["map"]["rows"], document["units"], enemy]
        parts += [document["squads"], document["squads"][0], enemy["squads"], enemy["battles"]]
        target = data.draw(st.sampled_from(parts))
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        target[data.draw(st.sampled_from(keys))] = data.draw(values)
        try:
            work = reread(json.dumps(document))
        except InvalidWork as error:
            assert "work.json" in str(error)
        else:
            assert reread(json_text(work)) == work

    @given(st.integers(0, 10**6), st.integers(0, 255))
    @settings(max_examples=100)
    def test_damaged_bytes_are_read_or_refused(self, place: int, byte: int) -> None:
        content = bytearray(json_text(tactic(title="Möwe")).encode())
        content[place % len(content)] = byte
        try:
            work = reread(bytes(content))
        except InvalidWork as error:
            assert "work.json" in str(error)
        else:
            assert reread(json_text(work)) == work

    def test_a_card_of_five_bows_is_refused(self) -> None:
        squads = [{"type": "bow", "column": c, "row": 0} for c in range(5)]
        with pytest.raises(InvalidWork, match=r"work\.json: the tactic has 5 bow: take at most 4"):
            reread(changed(lambda card: card.update(squads=squads)))

    def test_without_enemies_there_is_nothing_to_fight(self) -> None:
        work = tactic(enemies=())
        assert reread(json_text(work)) == work


def test_squads_and_enemies_survive_any_order() -> None:
    work = tactic(squads=HAMMER[::-1], enemies=(Enemy("Alone", (Squad("mage", 0, 0),)), GUNS))
    again = reread(json_text(work))
    assert again.squads == HAMMER[::-1] and again.enemies == work.enemies
