from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from creative_envs.benchmark.runners import Job, Outcome
from creative_envs.benchmark.runners.local import run_local
from tests.benchmark.cells import is_alive, make_job, run_named, wait_for


@dataclass
class Notes:
    """A progress that remembers."""

    started_seeds: list[int] = field(default_factory=list)
    finished_seeds: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def started(self, job: Job) -> None:
        self.started_seeds.append(job["seed"])

    def finished(self, job: Job, outcome: Outcome) -> None:
        self.finished_seeds.append(job["seed"])

    def note(self, text: str) -> None:
        self.notes.append(text)

    def tick(self) -> None:
        pass


def jobs_that(folder: Path, *do: str) -> list[Job]:
    return [make_job(folder, seed=seed, do=what, where=str(folder)) for seed, what in enumerate(do)]


def run(jobs: list[Job], workers: int) -> tuple[dict[int, Outcome], Notes]:
    outcomes: dict[int, Outcome] = {}
    notes = Notes()

    def write(job: Job, outcome: Outcome) -> None:
        assert job["seed"] not in outcomes
        outcomes[job["seed"]] = outcome

    run_local(jobs, write, workers, notes, run=run_named)
    return outcomes, notes


def test_every_job_is_run_once_in_a_process_of_its_own(tmp_path: Path) -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    outcomes, notes = run(jobs_that(tmp_path, "work", "work", "work"), workers=2)
    runs = [outcomes[seed]["run"] for seed in range(3)]
    assert [one["status"] for one in runs] == ["ok"] * 3
    assert len({one["pid"] for one in runs} | {os.getpid()}) == 4
    assert {one["threads"] for one in runs} == {"1"}
    assert os.environ.get("OMP_NUM_THREADS") == before
    assert notes.started_seeds == [0, 1, 2]
    assert sorted(notes.finished_seeds) == [0, 1, 2]
    assert not any(is_alive(one["pid"]) for one in runs)


def test_a_cell_whose_process_dies_is_begun_again(tmp_path: Path) -> None:
    outcomes, notes = run(jobs_that(tmp_path, "die once", "work"), workers=1)
    assert [outcomes[seed]["run"]["status"] for seed in (0, 1)] == ["ok", "ok"]
    assert notes.started_seeds == [0, 0, 1]
    (note,) = notes.notes
    assert "seed 0: its process was killed by SIGKILL (out of memory?); it begins again" in note


def test_a_cell_whose_process_dies_twice_has_failed_and_others_go_on(tmp_path: Path) -> None:
    outcomes, _ = run(jobs_that(tmp_path, "die", "work"), workers=1)
    failed = outcomes[0]["run"]
    assert failed["status"] == "failed"
    assert failed["error"] == "its process was killed by SIGKILL (out of memory?), 2 times"
    assert failed["details"] == ["last words"]
    assert (tmp_path / "tries-0").read_text() == "xx"
    assert outcomes[1]["run"]["status"] == "ok"


def test_what_an_agent_leaves_running_ends_with_its_cell(tmp_path: Path) -> None:
    outcomes, _ = run(jobs_that(tmp_path, "leave a child"), workers=1)
    assert wait_for(lambda: not is_alive(outcomes[0]["run"]["child"]))


def test_an_error_in_writing_ends_all_processes(tmp_path: Path) -> None:
    def write(job: Job, outcome: Outcome) -> None:
        assert wait_for((tmp_path / "pid").exists)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        run_local(jobs_that(tmp_path, "sleep", "work"), write, 2, Notes(), run=run_named)
    assert not is_alive(int((tmp_path / "pid").read_text()))
