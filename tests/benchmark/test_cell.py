from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from creative_envs.benchmark.cell import Cell, by_window, failure, run_cell
from creative_envs.benchmark.runners import Outcome
from creative_envs.benchmark.works import Episode, read_episodes, replay
from tests.benchmark.cells import MELODY, SCORING, TOML, WORKS, make_job, stand_in_for_scoring


@pytest.fixture(autouse=True)
def scores_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, SCORING, stand_in_for_scoring())


def works_of(outcome: Outcome) -> list[Episode]:
    return read_episodes(outcome["files"]["works.jsonl"], "works.jsonl")


def test_a_cell_is_trained_sampled_and_scored(tmp_path: Path) -> None:
    outcome = run_cell(make_job(tmp_path, "Legal"))
    run, files = outcome["run"], outcome["files"]
    assert (run["status"], run["error"], run["illegal"]) == ("ok", "", 0)
    assert run["steps"] == run["budget"] == 600
    assert set(run["seconds"]) == {"train", "sample", "score"}
    works = works_of(outcome)
    assert len(works) == WORKS
    assert len(replay(MELODY, works)) == WORKS
    assert all(work.step == 0 for work in works)
    assert json.loads(files["score.json"])["metrics"]["works"] == WORKS
    for name in ("works", "training"):
        assert run["sha256"][name] == hashlib.sha256(files[f"{name}.jsonl"].encode()).hexdigest()


def test_scores_are_those_of_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, SCORING)
    outcome = run_cell(make_job(tmp_path, "Masked"))
    assert outcome["run"]["error"] == ""
    scores = json.loads(outcome["files"]["score.json"])
    assert 0 <= scores["metrics"]["yield"] < 1
    assert scores["curve"] == []


def test_works_of_training_are_sorted_into_windows(tmp_path: Path) -> None:
    outcome = run_cell(make_job(tmp_path, "Legal"))
    training = read_episodes(outcome["files"]["training.jsonl"], "training.jsonl")
    windows = by_window(Cell.of(make_job(tmp_path)).suite, training)
    curve = json.loads(outcome["files"]["score.json"])["curve"]
    assert [len(window) for window in windows] == [point["works"] for point in curve]
    assert [0 < len(window) <= 4 for window in windows] == [True] * 3
    assert [(max(one.step for one in window) - 1) // 200 for window in windows] == [0, 1, 2]
    replay(MELODY, training, held_out=False)


def test_the_same_cell_gives_the_same_works_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = (run_cell(make_job(tmp_path, "Legal", seed)) for seed in (0, 0, 1))
    assert first["files"] == again["files"]
    assert first["files"]["works.jsonl"] != other["files"]["works.jsonl"]
    assert first["files"]["training.jsonl"] != other["files"]["training.jsonl"]


def test_agents_of_a_seed_get_the_same_briefs(tmp_path: Path) -> None:
    legal, masked = (works_of(run_cell(make_job(tmp_path, name))) for name in ("Legal", "Masked"))
    briefs = [[work.brief.tolist() for work in works] for works in (legal, masked)]
    assert briefs[0] == briefs[1]
    other = works_of(run_cell(make_job(tmp_path, "Masked", seed=1)))
    assert briefs[1] != [work.brief.tolist() for work in other]


def test_masked_actions_are_counted_and_kept_as_executed(tmp_path: Path) -> None:
    outcome = run_cell(make_job(tmp_path, "Masked"))
    assert outcome["run"]["status"] == "ok"
    assert 0 < outcome["run"]["illegal"] <= 1
    assert outcome["run"]["deterministic"]
    replay(MELODY, works_of(outcome))  # refuses illegal ones


def test_an_agent_may_observe_flat_vectors(tmp_path: Path) -> None:
    run = run_cell(make_job(tmp_path, "Flat"))["run"]
    assert (run["status"], run["error"]) == ("ok", "")


@pytest.mark.parametrize(
    ("agent", "status", "error"),
    [
        ("Floats", "failed", "InvalidPolicy: act() returns whole numbers of shape (6,)"),
        ("TooHigh", "failed", "InvalidPolicy: act() returns actions in 0.."),
        ("Nothing", "failed", "InvalidPolicy: train() returned NoneType, which has no reset()"),
        ("Breaks", "failed", "ValueError: no such luck"),
        ("Quits", "failed", "SystemExit: 3"),
        ("Overspends", "over budget", "The budget of 600 steps"),
        ("Missing", "failed", "UnknownName: "),
    ],
)
def test_what_an_agent_does_wrong_is_recorded(
    tmp_path: Path, agent: str, status: str, error: str
) -> None:
    outcome = run_cell(make_job(tmp_path, agent))
    run = outcome["run"]
    assert run["status"] == status
    assert run["error"].startswith(error)
    assert outcome["files"]["works.jsonl"] == ""
    assert json.loads(outcome["files"]["score.json"])["metrics"] == {}
    if agent == "Breaks":
        assert run["details"][-1] == "ValueError: no such luck"
    if agent == "Overspends":
        assert run["steps"] == 600
        assert outcome["files"]["training.jsonl"]


def test_steps_in_environments_of_its_own_mark_a_cell(tmp_path: Path) -> None:
    outcome = run_cell(make_job(tmp_path, "Cheats"))
    run = outcome["run"]
    assert (run["status"], run["uncounted_steps"], run["steps"]) == ("uncounted", 1, 0)
    assert len(works_of(outcome)) == WORKS


def test_an_agent_may_make_works_for_its_own_briefs(tmp_path: Path) -> None:
    outcome = run_cell(make_job(tmp_path, "Makes"))
    assert (outcome["run"]["status"], outcome["run"]["steps"]) == ("ok", 0)
    assert len(works_of(outcome)) == WORKS
    assert outcome["files"]["training.jsonl"] == ""


def test_policies_are_kept_where_asked(tmp_path: Path) -> None:
    assert run_cell(make_job(tmp_path, "Masked"))["policy"] == {}
    kept = run_cell(make_job(tmp_path, "Masked", keep_policy=True))
    assert kept["policy"] == {"deeper/weights": bytes([1, 2])}


def test_other_references_than_the_suites_fail(tmp_path: Path) -> None:
    toml = TOML.replace(MELODY.reference_sha256, "0" * 64)
    run = run_cell(make_job(tmp_path, "Masked", suite_toml=toml))["run"]
    assert run["status"] == "failed"
    assert "measures against other references" in run["error"]


def test_scratch_is_emptied_before_and_removed_after(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch" / "cell"
    (scratch / "steps").mkdir(parents=True)
    (scratch / "steps" / "steps").write_bytes(b"\xff" * 16)  # of a worker that was killed
    run = run_cell(make_job(tmp_path, "Legal", scratch=str(scratch)))["run"]
    assert (run["status"], run["steps"]) == ("ok", 600)
    assert not scratch.exists()


def test_jobs_and_outcomes_are_plain_data(tmp_path: Path) -> None:
    job = make_job(tmp_path, "Masked")
    assert json.loads(json.dumps(job)) == job
    outcome = run_cell(job)
    plain: dict[str, Any] = {"run": outcome["run"], "files": outcome["files"]}
    assert json.loads(json.dumps(plain)) == plain


def test_the_death_of_a_worker_has_an_outcome_too(tmp_path: Path) -> None:
    outcome = failure(make_job(tmp_path, seed=3), "it died", "one\ntwo")
    run = outcome["run"]
    assert (run["status"], run["error"], run["details"]) == ("failed", "it died", ["one", "two"])
    assert run["cell"]["seed"] == 3
    assert set(outcome["files"]) == {"works.jsonl", "training.jsonl", "score.json"}
