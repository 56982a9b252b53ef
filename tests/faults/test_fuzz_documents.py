"""Works, unit tables and maps from damaged files: a valid object, or a refusal naming the file."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.core.errors import CreativeEnvsError, InvalidArgument, InvalidWork
from creative_envs.melody.artefact import Melody
from creative_envs.patches.artefact import Composition
from creative_envs.patches.library.load import load_library
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.task import TacticTask
from creative_envs.tactics.units.table import UnitTable
from tests.faults.mutations import (
    damaged_bytes,
    damaged_document,
    examples,
    on_disk,
    text_of,
)
from tests.patches.compositions import composition
from tests.tactics.plans import UNITS, tactic

MELODY = Melody(
    ((0, 4), (4, 4), (7, 8), (0, 16)),
    "4/4",
    "major",
    tonic=2,
    title="Up",
    scores={"quality": 0.5},
    brief={"bars": 2, "contour": [0.5, 0.25]},
    provenance={"model": "none"},
)
SCORED = {"scores": {"reward": 0.25}, "brief": {"objective": "hold", "list": [1, 2.5, None]}}
READERS = {"melody": Melody.load, "composition": Composition.load, "tactic": Tactic.load}


@functools.cache
def cards() -> dict[str, Any]:
    """A document of each domain, as its `save` writes it."""
    with on_disk("work.json") as path:
        found = {}
        works = (
            MELODY,
            composition(load_library("procedural"), 6, **SCORED),
            tactic(units=load_balanced(), **SCORED),
        )
        for name, work in zip(READERS, works, strict=True):
            work.save(path)
            found[name] = json.loads(path.read_text())
        return found


def load_balanced() -> UnitTable:
    from creative_envs.tactics.units.table import load_units

    return load_units()


def check_document(name: str, content: bytes) -> None:
    """Reads a work; one that is taken must be writable and read back equal."""
    with on_disk("work.json", content) as path:
        try:
            work = READERS[name](path)
        except InvalidWork as error:
            assert str(path) in str(error), error
            assert_short(error)
            return
        work.save(path)
        assert READERS[name](path) == work


def assert_short(error: Exception) -> None:
    """An error's message is one line that a terminal can show."""
    told = str(error)
    assert len(told.splitlines()) == 1
    assert len(told) < 2000
    told.encode()


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@examples(40)
def test_works_with_parts_of_other_kinds(name: str, data: st.DataObject) -> None:
    check_document(name, text_of(data.draw(damaged_document(cards()[name]))))


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@examples(25)
def test_works_with_damaged_bytes(name: str, data: st.DataObject) -> None:
    check_document(name, data.draw(damaged_bytes(text_of(cards()[name]))))


def check_units(content: bytes) -> None:
    with on_disk("units.json", content) as path:
        try:
            table = UnitTable.load(path)
        except InvalidWork as error:
            assert str(path) in str(error)
            assert_short(error)
            return
        assert len(table.records) == 8
        table.save(path)
        assert UnitTable.load(path).sha256 == table.sha256


def units_document() -> Any:
    with on_disk("units.json") as path:
        UNITS.save(path)
        return json.loads(path.read_text())


@given(damaged_document(units_document()))
@examples(60)
def test_unit_tables_with_parts_of_other_kinds(document: Any) -> None:
    check_units(text_of(document))


@given(damaged_bytes(text_of(units_document())))
@examples(40)
def test_unit_tables_with_damaged_bytes(content: bytes) -> None:
    check_units(content)


@given(damaged_bytes(("\n".join(["." * 24] * 16)).encode()))
@examples(40)
def test_maps_with_damaged_bytes(content: bytes) -> None:
    with on_disk("map.txt", content) as path:
        try:
            task = TacticTask(maps=str(path))
        except InvalidArgument as error:
            assert "map" in str(error)
            assert_short(error)
            return
        assert len(task.reference_sha256()) == 64


def test_a_map_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(CreativeEnvsError, match=r"gone\.txt"):
        TacticTask(maps=str(tmp_path / "gone.txt"))
