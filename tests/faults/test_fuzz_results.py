"""Suites and folders of results with damaged files: read as they are, or refused in a line."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.benchmark.cell import failure
from creative_envs.benchmark.command import main
from creative_envs.benchmark.errors import BenchmarkError
from creative_envs.benchmark.results import Plan, Results
from creative_envs.benchmark.suite import load_suite
from creative_envs.benchmark.works import read_episodes
from tests.benchmark.cells import ENVIRONMENT, TOML, make_job, tiny
from tests.faults.mutations import (
    damaged_bytes,
    damaged_document,
    examples,
    on_disk,
    text_of,
)

SUITE = tomllib.loads(TOML)
WORKS = '{"brief":[0.5,0.25],"actions":[1,2,3]}\n{"brief":[0.5,0.0],"actions":[4],"step":9}\n'
SCORE = {
    "metrics": {"yield": 0.5, "quality": 0.25},
    "curve": [{"steps": 1, "reward": 0.5}],
    "shown": {"best": [0]},
}
COMMANDS = (["status"], ["report"], ["report", "--no-works", "--html", "page.html"], ["score"])


def toml_of(value: Any) -> str:
    """A value as TOML writes it; what TOML has no word for is left for its reader to refuse."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(k))} = {toml_of(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    if isinstance(value, float):
        return str(value)
    return text_of(value).decode()


def document_of(suite: dict[str, Any]) -> bytes:
    return "\n".join(
        f"{json.dumps(name)} = {toml_of(value)}" for name, value in suite.items()
    ).encode()


def check_suite(content: bytes) -> None:
    with on_disk("mine.toml", content) as path:
        try:
            suite = load_suite(str(path))
            assert len(suite.sha256) == 64
            for environment in suite.environments:
                assert suite.environment(environment.name) is environment
                environment.check_references()
        except BenchmarkError as error:
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 2000


def test_the_document_of_a_suite_is_the_suite() -> None:
    with on_disk("mine.toml", document_of(SUITE)) as path:
        assert load_suite(str(path)).environment(ENVIRONMENT).arguments == {}


@given(damaged_document(SUITE))
@examples(60)
def test_suites_with_parts_of_other_kinds(document: Any) -> None:
    check_suite(document_of(document))


@given(damaged_bytes(TOML.encode()))
@examples(40)
def test_suites_with_damaged_bytes(content: bytes) -> None:
    check_suite(content)


@given(damaged_bytes(WORKS.encode()))
@examples(60)
def test_works_with_damaged_bytes(content: bytes) -> None:
    text = content.decode(errors="surrogateescape")
    try:
        episodes = read_episodes(text, "works.jsonl")
    except BenchmarkError as error:
        assert "works.jsonl, line" in str(error)
        assert len(str(error).splitlines()) == 1
        return
    assert all(episode.actions.size for episode in episodes)


@given(damaged_document(json.loads(WORKS.splitlines()[1])))
@examples(60)
def test_works_with_parts_of_other_kinds(document: Any) -> None:
    try:
        (episode,) = read_episodes(text_of(document).decode(), "works.jsonl")
    except BenchmarkError as error:
        assert "works.jsonl, line 1" in str(error)
        assert len(str(error).splitlines()) == 1
        return
    assert episode.actions.dtype.kind == "i"


@functools.cache
def results() -> Path:
    """A folder of results of two cells; removed with the process."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    made = Results(folder / "out")
    made.begin(tiny(folder), TOML, Plan(("random", "elite"), (ENVIRONMENT,), 1))
    for cell in made.cells():
        outcome = failure(make_job(folder, cell.agent, cell.seed), "")
        outcome["run"].update(status="ok")
        outcome["files"] |= {"works.jsonl": WORKS, "score.json": json.dumps(SCORE)}
        made.write(cell, outcome)
    return folder / "out"


@pytest.mark.parametrize("name", ["run.json", "score.json", "plan.json"])
@given(data=st.data())
@examples(40)
def test_results_with_parts_of_other_kinds(name: str, data: st.DataObject) -> None:
    with on_disk("out") as copy:
        shutil.copytree(results(), copy)
        path = next(copy.rglob(name))
        path.write_bytes(text_of(data.draw(damaged_document(json.loads(path.read_text())))))
        check_commands(copy, path)


@pytest.mark.parametrize(
    "name", ["run.json", "score.json", "plan.json", "tiny.toml", "works.jsonl"]
)
@given(data=st.data())
@examples(15)
def test_results_with_damaged_bytes(name: str, data: st.DataObject) -> None:
    with on_disk("out") as copy:
        shutil.copytree(results(), copy)
        path = next(copy.rglob(name))
        path.write_bytes(data.draw(damaged_bytes(path.read_bytes())))
        check_commands(copy, path)


def check_commands(folder: Path, damaged: Path) -> None:
    """Whatever reads results does, or refuses; nothing is changed."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    page = folder.parent / "page.html"
    for command in (["status"], ["report"], ["report", "--no-works", "--html", str(page)]):
        assert main([command[0], str(folder), *command[1:]]) in (0, 2)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
