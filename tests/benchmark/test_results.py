from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from creative_envs.benchmark import results as results_module
from creative_envs.benchmark.cell import Cell, failure
from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.results import Plan, Results
from creative_envs.benchmark.suite import Suite, load_suite
from creative_envs.core.files import write_atomically
from tests.benchmark.cells import ENVIRONMENT, TOML, make_job, tiny

PLAN = Plan(("random", "elite"), (ENVIRONMENT,), 2)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny(tmp_path)


@pytest.fixture
def results(tmp_path: Path, suite: Suite) -> Results:
    begun = Results(tmp_path / "out")
    begun.begin(suite, TOML, PLAN)
    return begun


def outcome_of(folder: Path, cell: Cell, **changes: Any) -> dict[str, Any]:
    outcome = failure(make_job(folder, cell.agent, cell.seed), "")
    outcome["run"].update(status="ok", **changes)
    outcome["files"]["works.jsonl"] = '{"brief":[0.5],"actions":[1,2]}\n'
    outcome["files"]["score.json"] = '{"metrics": {"yield": 0.5}, "curve": [], "shown": {}}'
    outcome["policy"] = {"deeper/weights": b"\x01"}
    return outcome


def test_all_agents_of_a_seed_come_before_the_next_seed() -> None:
    suite = load_suite("quick")
    plan = Plan(("random", "elite"), ("MelodyComposition", "TacticDesign"), 2)
    order = [(cell.seed, cell.environment.name, cell.agent) for cell in plan.cells(suite)]
    assert order == sorted(order, key=lambda one: one[0])
    assert order[:4] == [
        (0, "MelodyComposition", "random"),
        (0, "MelodyComposition", "elite"),
        (0, "TacticDesign", "random"),
        (0, "TacticDesign", "elite"),
    ]
    assert len(order) == 8


def test_environments_for_some_agents_are_run_with_those(suite: Suite) -> None:
    only = replace(suite.environments[0], agents=("elite",))
    cells = PLAN.cells(replace(suite, environments=(only,)))
    assert [(cell.agent, cell.seed) for cell in cells] == [("elite", 0), ("elite", 1)]


def test_plans_add_up(results: Results, suite: Suite) -> None:
    results.begin(suite, TOML, Plan(("ga", "random"), (ENVIRONMENT,), 1))
    assert results.plan(suite) == Plan(("random", "elite", "ga"), (ENVIRONMENT,), 2)
    assert len(results.cells()) == 6


def test_a_cell_is_read_as_it_was_written(results: Results, tmp_path: Path) -> None:
    cell, *others = results.cells()
    assert not results.done(cell)
    assert results.scores() == []
    outcome = outcome_of(tmp_path, cell)
    results.write(cell, outcome)
    assert results.done(cell)
    assert not any(map(results.done, others))
    (row,) = results.scores()
    told = {name: row[name] for name in ("suite", "environment", "agent", "seed", "status")}
    assert told == {
        "suite": "tiny",
        "environment": ENVIRONMENT,
        "agent": "random",
        "seed": 0,
        "status": "ok",
    }
    assert row["metrics"] == {"yield": 0.5}
    assert row["run"] == outcome["run"]
    assert [work.actions.tolist() for work in results.works(cell)] == [[1, 2]]
    assert results.training(cell) == []
    folder = tmp_path / "out" / "tiny" / ENVIRONMENT / "random" / "seed0"
    assert (folder / "policy" / "deeper" / "weights").read_bytes() == b"\x01"
    assert results.path(cell) == folder


def test_half_written_cells_are_not_done(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = results.cells()[0]
    results.write(cell, outcome_of(tmp_path, cell))
    written: list[str] = []

    def full(path: Path, content: bytes) -> Path:
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "the disk is full", str(path))
        written.append(path.name)
        return write_atomically(path, content)

    monkeypatch.setattr(results_module, "write_atomically", full)
    with pytest.raises(OSError, match="the disk is full"):
        results.write(cell, outcome_of(tmp_path, cell))
    assert not results.done(cell)
    assert results.scores() == []
    assert (results.path(cell) / "works.jsonl").exists()
    monkeypatch.undo()
    results.write(cell, outcome_of(tmp_path, cell))
    assert results.done(cell)


def test_run_json_is_written_last(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def noted(path: Path, content: bytes) -> Path:
        order.append(path.name)
        return write_atomically(path, content)

    monkeypatch.setattr(results_module, "write_atomically", noted)
    cell = results.cells()[0]
    results.write(cell, outcome_of(tmp_path, cell))
    assert sorted(order[:-1]) == ["score.json", "training.jsonl", "weights", "works.jsonl"]
    assert order[-1] == "run.json"


def test_results_of_another_suite_of_the_name_are_refused(
    results: Results, tmp_path: Path, suite: Suite
) -> None:
    cell = results.cells()[0]
    results.write(cell, outcome_of(tmp_path, cell))
    changed = TOML.replace("budget = 600", "budget = 601")
    (tmp_path / "tiny.toml").write_text(changed)
    other = load_suite(str(tmp_path / "tiny.toml"))
    with pytest.raises(InvalidResults, match="another tiny: choose another --out"):
        results.begin(other, changed, PLAN)
    with pytest.raises(InvalidResults, match="under another tiny: choose another --out"):
        results.done(replace(cell, suite=other))
    assert [one.sha256 for one in results.suites()] == [suite.sha256]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"status": "ok"', "[" * 100_000])
@pytest.mark.parametrize("name", ["run.json", "score.json"])
def test_damaged_files_are_named(results: Results, tmp_path: Path, name: str, content: str) -> None:
    cell = results.cells()[0]
    results.write(cell, outcome_of(tmp_path, cell))
    (results.path(cell) / name).write_text(content)
    if (name, content) == ("score.json", "{}"):
        assert results.scores()[0]["metrics"] == {}
        return
    with pytest.raises(InvalidResults, match=rf"{name} is damaged.*run it again"):
        results.scores()


@pytest.mark.parametrize(
    "content", ["{}", '{"agents": 1}', '{"agents": [], "environments": ["X"]}']
)
def test_a_damaged_plan_is_named(results: Results, content: str) -> None:
    (results.folder / "tiny" / "plan.json").write_text(content)
    with pytest.raises(InvalidResults, match=r"plan\.json is damaged"):
        results.cells()


def test_scores_are_replaced_and_nothing_else(results: Results, tmp_path: Path) -> None:
    cell = results.cells()[0]
    results.write(cell, outcome_of(tmp_path, cell))
    before = (results.path(cell) / "run.json").read_bytes()
    results.rescore(cell, {"metrics": {"yield": 0.75}})
    assert results.scores()[0]["metrics"] == {"yield": 0.75}
    assert (results.path(cell) / "run.json").read_bytes() == before


def test_a_folder_without_results_says_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InvalidResults, match="holds no results"):
            Results(folder).cells()


def test_a_path_through_a_file_cannot_be_a_folder(tmp_path: Path, suite: Suite) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="choose another --out"):
        Results(tmp_path / "file" / "out").begin(suite, TOML, PLAN)
