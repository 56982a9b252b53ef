from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from creative_envs.benchmark import results as results_module
from creative_envs.benchmark.cell import failure
from creative_envs.benchmark.command import main
from creative_envs.benchmark.results import Results
from creative_envs.benchmark.runners import Job, local
from creative_envs.core.files import write_atomically
from tests.benchmark.cells import (
    ENVIRONMENT,
    is_alive,
    score_at_once,
    wait_for,
    write_agents,
    write_suite,
)

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "numba", "stable_baselines3", "ray", "ribs", "PIL")
STAND_INS = "stand-ins"
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_suite(tmp_path)
    write_agents(tmp_path)
    return tmp_path


def run_arguments(*agents: str, out: str = "out", seeds: int = 1) -> list[str]:
    names = ",".join(f"agents.py:{name}" if name[0].isupper() else name for name in agents)
    options = ["--suite", "tiny.toml", "--agents", names, "--out", out, "--seeds", str(seeds)]
    return ["run", *options]


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "creative_envs.benchmark", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{folder / STAND_INS}",
            "PYTHONUNBUFFERED": "",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )


def heed_interrupts() -> None:
    """In the new process: what a shell started in the background ignores, a terminal sends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def call(folder: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(folder, *arguments)
    told, errors = process.communicate(timeout=120)
    return process.returncode, told, errors


def hashes(out: Path) -> dict[str, Any]:
    """SHA-256 of works and training of every cell."""
    return {
        str(path.parent.relative_to(out)): [
            json.loads(path.read_text())["sha256"][name] for name in ("works", "training")
        ]
        for path in sorted(out.glob("tiny/*/*/*/run.json"))
    }


def write_at_once(jobs: list[Job], write: Any, workers: int, progress: Any) -> None:
    """Instead of `run_local`: cells go well but for those of the agent that breaks."""
    for job in jobs:
        outcome = failure(job, "")
        went_well = not job["agent"].endswith(":Breaks")
        outcome["run"].update(
            status="ok" if went_well else "failed", error="" if went_well else "no such luck"
        )
        write(job, outcome)
        progress.finished(job, outcome)


@pytest.fixture
def at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, where cells take no time."""
    monkeypatch.setattr(local, "run_local", write_at_once)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["list"], ["status", "out"], ["report", "out"]],
    ids=" ".join,
)
def test_answers_do_not_wait_for_heavy_imports(at_once: Path, arguments: list[str]) -> None:
    assert main(run_arguments("Legal")) == 0
    code = (
        "import sys; from creative_envs.benchmark.command import main;"
        f"code = main({arguments!r}); heavy = set(sys.modules) & set({HEAVY!r});"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=at_once, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_report_tells_where_it_is(at_once: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(run_arguments("Legal")) == 0
    capsys.readouterr()
    files = ["--html", "page.html", "--markdown", "tables.md"]
    assert main(["report", "out", "--no-works", *files]) == 0
    page, tables = at_once / "page.html", at_once / "tables.md"
    assert capsys.readouterr().out == f"Page: {page.resolve()}\nTables: {tables.resolve()}\n"
    assert page.stat().st_size and tables.stat().st_size


def test_list_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    told = capsys.readouterr().out
    for name in ("quick-v1", "standard-v1", ENVIRONMENT, "random", "ppo-mlp", "reference"):
        assert name in told
    assert main(["list", "environments"]) == 0
    assert "ppo-mlp" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["--suite", "quik"], "No suite 'quik' in creative_envs; a file of your own ends in .toml"),
        (["--agents", "randm"], "did you mean 'random'?"),
        (["--agents", "agents.py:Leegal"], "did you mean 'Legal'?"),
        (["--agents", "agents.py:pick"], "agents.py:pick is no class"),
        (["--environments", "MelodyCompositon"], "did you mean 'MelodyComposition'?"),
        (["--agents", "agents.py:Legal,./agents.py:Legal"], "would share a folder"),
        (["--suite", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--seeds", "0"], "a whole number of at least 1, not '0'"),
        (["--agents", ","], "give at least one name"),
        (["--out", "agents.py"], "agents.py"),
        (["--out", "agents.py/out"], "choose another --out"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_mistakes_are_told_before_anything_runs(
    at_once: Path, capsys: pytest.CaptureFixture[str], changes: list[str], message: str
) -> None:
    before = sorted(at_once.iterdir())
    assert main([*run_arguments("Legal"), *changes]) == 2
    errors = capsys.readouterr().err
    assert message in " ".join(errors.split())
    assert "Traceback" not in errors
    assert [path for path in sorted(at_once.iterdir()) if path.name != "__pycache__"] == before


def test_references_are_checked_before_anything_runs(
    at_once: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = at_once / "tiny.toml"
    path.write_text(path.read_text().replace('reference_sha256 = "', 'reference_sha256 = "0'))
    assert main(run_arguments("Legal")) == 2
    assert "measures against other references" in capsys.readouterr().err
    assert not (at_once / "out").exists()


def test_what_is_done_is_not_run_again(at_once: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(run_arguments("Legal")) == 0
    assert "tiny: 1 cells, 0 done, 1 left" in capsys.readouterr().out
    made = [path.stat().st_mtime_ns for path in (at_once / "out").rglob("run.json")]
    assert main(run_arguments("Legal", "Other", seeds=2)) == 0
    assert "tiny: 4 cells, 1 done, 3 left" in capsys.readouterr().out
    assert main(run_arguments("Legal", "Other", seeds=2)) == 0
    assert "tiny: 4 cells, 4 done, 0 left" in capsys.readouterr().out
    again = [path.stat().st_mtime_ns for path in (at_once / "out").rglob("run.json")]
    assert len(again) == 4
    assert set(made) < set(again)


def test_failed_cells_are_told_and_run_again_where_asked(
    at_once: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(run_arguments("Legal", "Breaks")) == 1
    assert "1 of 2 cells have not gone well" in capsys.readouterr().out
    assert main(["status", "out"]) == 0
    told = capsys.readouterr().out
    assert "tiny: 1 done, 1 failed, of 2 cells" in told
    assert f"agents.py:Breaks, {ENVIRONMENT}, seed 0: no such luck" in told
    assert main(run_arguments("Legal", "Breaks")) == 1
    assert "2 done, 0 left" in capsys.readouterr().out
    assert main([*run_arguments("Legal", "Breaks"), "--retry-failed"]) == 1
    assert "1 done, 1 left" in capsys.readouterr().out


def test_results_of_a_file_that_has_changed_are_not_taken_for_its(
    at_once: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(run_arguments("Legal", "Breaks")) == 1
    with (at_once / "agents.py").open("a") as file:
        file.write("# changed\n")
    capsys.readouterr()
    assert main(run_arguments("Legal")) == 2
    assert "is of another agents.py:Legal than there is now" in capsys.readouterr().err
    assert main(run_arguments("Breaks")) == 1  # it had failed: the change may help
    assert "0 done, 1 left" in capsys.readouterr().out


def test_a_full_disk_is_told_and_the_same_command_continues(
    at_once: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> Path:
        if "seed1" in str(path):
            raise OSError(errno.ENOSPC, "could not write: the disk is full", str(path))
        return write_atomically(path, content)

    monkeypatch.setattr(results_module, "write_atomically", full)
    assert main(run_arguments("Legal", seeds=2)) == 2
    told = capsys.readouterr()
    assert "1 of 2 cells done" in told.out
    assert "the same command continues" in told.out
    assert "seed1/works.jsonl: could not write: the disk is full" in told.err
    assert not (at_once / "out" / ".running").exists()
    monkeypatch.setattr(results_module, "write_atomically", write_atomically)
    assert main(run_arguments("Legal", seeds=2)) == 0
    assert "1 done, 1 left" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "status", "--help"])
def test_a_reader_that_has_had_enough_is_no_error(at_once: Path, command: str) -> None:
    assert main(run_arguments("Legal")) == 0
    process = start(at_once, *([command, "out"] if command == "status" else [command]))
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(30) == 141
    process.stderr.close()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_interrupted_runs_leave_nothing_running(folder: Path, number: signal.Signals) -> None:
    arguments = run_arguments("Endless")
    process = start(folder, *arguments, PID_FILE=str(folder / "pid"))
    assert wait_for(lambda: (folder / "pid").exists() and (folder / "pid").read_text())
    worker = int((folder / "pid").read_text())
    _, told, _ = call(folder, "status", "out")
    assert "1 running at 0" in told
    process.send_signal(number)
    told, errors = process.communicate(timeout=30)
    assert process.returncode == SIGNALS[number]
    assert "0 of 1 cells done" in told
    assert "the same command continues" in told
    assert "Traceback" not in errors
    assert not is_alive(worker)
    assert not (folder / "out" / ".running").exists()
    _, told, _ = call(folder, "status", "out")
    assert "1 missing" in told


def test_a_killed_run_continues_to_the_same_works(folder: Path) -> None:
    score_at_once(folder / STAND_INS)
    whole = run_arguments("Legal", out="whole", seeds=3)
    code, _, errors = call(folder, *whole, "--jobs", "2")
    assert code == 0, errors

    broken = run_arguments("Legal", out="broken", seeds=3)
    process = start(folder, *broken, "--jobs", "1")
    assert wait_for(lambda: len(hashes(folder / "broken")) == 1)
    assert wait_for(lambda: list((folder / "broken").glob(".running/*/*/*/*/seed*")))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    left = hashes(folder / "broken")
    assert 1 <= len(left) < 3
    half = Results(folder / "broken")
    cell = next(cell for cell in reversed(half.cells()) if not half.done(cell))
    half.path(cell).mkdir(parents=True, exist_ok=True)
    (half.path(cell) / "works.jsonl").write_text("half a li")

    code, told, errors = call(folder, *broken, "--jobs", "2")
    assert code == 0, errors
    assert f"3 cells, {len(left)} done, {3 - len(left)} left" in told
    assert hashes(folder / "broken") == hashes(folder / "whole")
    assert not (folder / "broken" / ".running").exists()
    assert_scored_again(folder)


def assert_scored_again(folder: Path) -> None:
    """Scores of stored works are those of the run; works that were changed are refused."""
    results = Results(folder / "whole")
    before = [row["metrics"] for row in results.scores()]
    for cell in results.cells():
        results.rescore(cell, {})
    code, told, errors = call(folder, "score", "whole")
    assert (code, told) == (0, "3 of 3 cells scored\n"), errors
    assert [row["metrics"] for row in results.scores()] == before
    assert all(before)
    path = results.path(cell) / "works.jsonl"
    path.write_text(path.read_text().replace("1", "2", 1))
    code, _, errors = call(folder, "score", "whole")
    assert code == 2
    assert "is not what was sampled" in errors


def test_a_killed_run_takes_its_workers_along(folder: Path) -> None:
    process = start(folder, *run_arguments("Endless"), PID_FILE=str(folder / "pid"))
    assert wait_for(lambda: (folder / "pid").exists() and (folder / "pid").read_text())
    worker = int((folder / "pid").read_text())
    process.kill()
    process.communicate()
    assert wait_for(lambda: not is_alive(worker), 10)
