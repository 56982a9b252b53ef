"""Bad input to tactics from end to end: what reaches the user is one line that says what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from creative_envs import artefact
from creative_envs.core.errors import (
    CreativeEnvsError,
    InvalidArgument,
    InvalidBrief,
    InvalidWork,
)
from creative_envs.tactics.artefact import Tactic
from tests.playing import play_episode
from tests.tactics.plans import UNITS
from tests.test_bad_input import refusal

DESIGN = "creative_envs/TacticDesign-v0"
PLAIN = ["." * 24] * 16
MAPS = {
    "short": (PLAIN[:15], "draw 16 lines of 24 signs"),
    "narrow": (["." * 23] * 16, "draw 16 lines of 24 signs"),
    "uneven": (["~" + "." * 23, *PLAIN[1:]], "favours a side.*same backwards"),
    "divided": (["." * 11 + "##" + "." * 11] * 16, "keeps the sides apart"),
    "full": (["#" * 8 + "." * 8 + "#" * 8] * 16, "no room to deploy 12 squads"),
    "strange": (["x" * 24] * 16, "holds 'x': draw it with"),
    "empty": ([], "draw 16 lines"),
}
"""Maps that cannot be fought on, and what is said of them."""
OTHER = replace(UNITS, stats={**UNITS.stats, "melee": (26, *UNITS.stats["melee"][1:])})
"""The table of tests with one number changed."""


def written(folder: Path, name: str) -> str:
    """One of these maps as a file."""
    path = folder / f"{name}.txt"
    path.write_text("\n".join(MAPS[name][0]))
    return str(path)


@pytest.fixture(name="tables")
def unit_tables(tmp_path: Path) -> tuple[str, str]:
    """Two unit tables of one's own, as files."""
    paths = tmp_path / "units.json", tmp_path / "other.json"
    for table, path in zip((UNITS, OTHER), paths, strict=True):
        table.save(path)
    return str(paths[0]), str(paths[1])


@pytest.fixture(scope="module", name="work")
def finished_work():
    return play_episode(gym.make(DESIGN, maps="pass-3"), seed=3)[1][0]


class TestMaps:
    @pytest.mark.parametrize("name", MAPS)
    def test_that_cannot_be_fought_on_are_refused(self, name, tmp_path):
        with pytest.raises(InvalidArgument, match=f"'{name}'.*{MAPS[name][1]}"):
            gym.make(DESIGN, maps=written(tmp_path, name))

    @pytest.mark.parametrize("name", MAPS)
    def test_and_before_training(self, name, tmp_path, capsys):
        maps = f"env_kwargs.maps={written(tmp_path, name)}"
        line = refusal(capsys, "--env", DESIGN, "--set", maps, "--out", str(tmp_path / "run"))
        assert f"'{name}'" in line and not (tmp_path / "run").exists()

    @pytest.mark.parametrize(
        ("maps", "message"),
        [("rivr-3", "'rivr-3'.*river-17"), ("river--3", "river-17"), ("river-3.5", "river-17"),
         ("nowhere.txt", "nowhere.txt.*No such file"), ("", "''"), ("a\0b", "text file"),
         ((), "at least one"), (("river-3", "river-3"), "a name of its own"), (3, "got 3"),
         ([3], "got 3"), ([None], "got None"), ({"river-3": 1}, "a list"), (["river-3", ""], "''")],
        ids=repr,
    )  # fmt: skip
    def test_what_names_none_is_refused(self, maps: Any, message: str):
        with pytest.raises(InvalidArgument, match=message):
            gym.make(DESIGN, maps=maps)
        with pytest.raises(InvalidArgument, match=message):
            gym.make_vec(DESIGN, num_envs=2, maps=maps)

    @pytest.mark.parametrize("content", [None, bytes(range(256))], ids=["a folder", "no text"])
    def test_what_is_no_text_is_refused(self, content, tmp_path):
        path = tmp_path / "map.txt"
        path.mkdir() if content is None else path.write_bytes(content)
        with pytest.raises(InvalidArgument, match=r"map\.txt.*text file"):
            gym.make(DESIGN, maps=str(path))


class TestArguments:
    @pytest.mark.parametrize(
        ("setting", "message"),
        [("maps=3", "maps is one map"), ("maps=[3]", "got 3"), ("maps=rivr-3", "river-17"),
         ("map=river-3", "did you mean 'maps'"), ("unit=balanced", "did you mean 'units'"),
         ("units=3", "got 3"), ("units=balance", "'balance'"), ("units=no.json", "no.json"),
         ("split=training", "split is one of"), ("split=test", "kept for evaluation"),
         ("reward=shaped", "terminal")],
    )  # fmt: skip
    def test_on_the_command_line(self, setting, message, tmp_path, capsys):
        given = "--env", DESIGN, "--set", f"env_kwargs.{setting}", "--out", str(tmp_path / "run")
        assert message in refusal(capsys, *given)
        assert not (tmp_path / "run").exists()

    @pytest.mark.parametrize("split", ["training", "", None, 3, ["test"]], ids=repr)
    def test_splits(self, split):
        with pytest.raises(InvalidArgument, match=r"split is one of \('train', 'valid', 'test'\)"):
            gym.make(DESIGN, split=split)


class TestUnits:
    @pytest.mark.parametrize("units", [None, 3, ["balanced"], UNITS], ids=repr)
    def test_are_named(self, units: Any):
        with pytest.raises(InvalidArgument, match=r"'balanced' or a path to a \.json file"):
            gym.make(DESIGN, units=units)

    @pytest.mark.parametrize(
        ("text", "message"),
        [("", "not JSON"), ("{}", "not a unit table"), ("[1]", "units.json"), (None, "units.json")],
    )
    def test_files_that_are_none(self, text, message, tmp_path, capsys):
        path = tmp_path / "units.json"
        path.mkdir() if text is None else path.write_text(text)
        with pytest.raises(CreativeEnvsError, match=message):
            gym.make(DESIGN, units=str(path))
        given = "--set", f"env_kwargs.units={path}", "--out", str(tmp_path / "run")
        assert message in refusal(capsys, "--env", DESIGN, *given)

    @pytest.mark.parametrize(
        ("change", "message"),
        [(lambda table: table["stats"]["cost"].__setitem__(0, 0), r"cost.*1\.\.100"),
         (lambda table: table["stats"]["speed"].pop(), "speed.*8"),
         (lambda table: table["stats"].pop("melee"), "melee"),
         (lambda table: table["types"].__setitem__(1, table["types"][0]), "names of their own"),
         (lambda table: table["melee_against"][0].__setitem__(0, 999), r"against.*30\.\.250")],
    )  # fmt: skip
    def test_files_out_of_range(self, change, message, tables):
        content = json.loads(Path(tables[0]).read_text())
        change(content)
        Path(tables[0]).write_text(json.dumps(content))
        with pytest.raises(InvalidWork, match=message):
            gym.make(DESIGN, units=tables[0])

    def test_of_ones_own_make_an_environment(self, tables):
        work = play_episode(gym.make(DESIGN, units=tables[0], maps="open-2"), seed=0)[1][0]
        made = artefact(DESIGN, work, units=tables[0], maps="open-2")
        assert made.units_sha256 == UNITS.sha256 and 0 < work["quality"] < 1


class TestBriefs:
    @pytest.mark.parametrize(
        ("brief", "message"),
        [({"budget": 12}, r"budget.*120\.\.200, got 12"), ({"budget": 201}, r"120\.\.200, got 201"),
         ({"budget": "rich"}, "budget"), ({"budget": np.nan}, "budget"), ({"budget": True}, "True"),
         ({"objective": "holds"}, "did you mean 'hold'"), ({"objective": ["hold"]}, "objective"),
         ({"objective": np.array(["hold", "hold"])}, "objective"),
         ({"enemy": "mountd"}, "did you mean 'mounted'"), ({"enemy": "foot-100000"}, "a party of"),
         ({"enemy": 3}, "enemy"), ({"map": "rivr-3"}, "did you mean 'river-3'"),
         ({"map": ["river-3"]}, "map is one of"), ({"map": np.array(["a", "b"])}, "map is one of"),
         ({"enemys": "foot"}, "did you mean 'enemy'"), ({"novelty_weight": 2}, "novelty_weight")],
        ids=str,
    )  # fmt: skip
    def test_are_refused_saying_what_is_meant(self, brief, message):
        env = gym.make(DESIGN)
        with pytest.raises(InvalidBrief, match=message):
            env.reset(options={"brief": brief})
        with pytest.raises(InvalidBrief, match=message):
            gym.make_vec(DESIGN, num_envs=2).reset(options={"brief": brief})


class TestWorks:
    @pytest.mark.parametrize(
        ("name", "forge", "message"),
        [("length", lambda length: 10**6, "1000000"), ("length", lambda length: 2.5, "whole"),
         ("tokens", lambda tokens: tokens[:, :7], r"shape \(L, 8\)"),
         ("tokens", lambda tokens: np.full_like(tokens, 99), "outside"),
         ("tokens", lambda tokens: np.repeat(tokens[2:3], 36, axis=0), "where another squad is"),
         ("tokens", lambda tokens: "an army", "whole numbers")],
    )  # fmt: skip
    def test_forged_ones_are_refused(self, work, name, forge, message):
        with pytest.raises(InvalidWork, match=message):
            artefact(DESIGN, {**work, "length": 6, name: forge(work[name])}, maps="pass-3")

    def test_of_another_map_are_refused_where_there_is_rock(self, work, tmp_path):
        rocky = [*[".......#" + "." * 8 + "#......."] * 15, "." * 24]
        (tmp_path / "rocky.txt").write_text("\n".join(rocky))
        tokens = work["tokens"].copy()
        tokens[1:3, 1:3] = 7, 0
        with pytest.raises(InvalidWork, match="row 0, column 7, which is rock"):
            artefact(DESIGN, {**work, "tokens": tokens}, maps=str(tmp_path / "rocky.txt"))


class TestCards:
    def test_of_another_unit_table_name_both(self, tables, tmp_path):
        work = play_episode(gym.make(DESIGN, units=tables[0], maps="open-2"), seed=0)[1][0]
        card = artefact(DESIGN, work, units=tables[0], maps="open-2").save(tmp_path / "card.json")
        assert Tactic.load(card, tables[0]).units_sha256 == UNITS.sha256
        with pytest.raises(InvalidWork, match=f"{UNITS.sha256}.*{OTHER.sha256}"):
            Tactic.load(card, tables[1])

    @pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.9])
    def test_cut_short_are_named(self, work, tmp_path, place):
        card = artefact(DESIGN, work, maps="pass-3").save(tmp_path / "card.json")
        assert Tactic.load(card).budget == artefact(DESIGN, work, maps="pass-3").budget
        text = card.read_text()
        card.write_text(text[: int(place * len(text))])
        with pytest.raises(InvalidWork, match=r"card\.json"):
            Tactic.load(card)
