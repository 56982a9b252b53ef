"""Unfriendly surroundings: streams gone, no home, no UTF-8, read-only places, two at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import commands
from agents.runs import RunFolder
from tests.agents.necklaces import tiny_config
from tests.faults.launching import COMMANDS, ROOT, start

PROGRAMS = {
    "training": (str(ROOT / "train_agent.py"), "--config", "settings.yaml", "--dry-run"),
    "benchmark": ("-m", "creative_envs.benchmark", "list", "suites"),
    "corpus build": ("-m", "creative_envs.melody.corpus.build", "--out", "tunes.npz"),
}
BARE = {"HOME": "/nowhere", "LC_ALL": "C", "LANG": None, "TERM": "dumb", "PYTHONUTF8": "0"}


@pytest.fixture(name="folder")
def folder_with_a_name(tmp_path: Path) -> Path:
    """A folder with blanks and letters of many alphabets in its name."""
    folder = tmp_path / "a b  \N{SNOWMAN} \u00e9\u4e2d"
    folder.mkdir()
    return folder


def finish(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors.strip().splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_full_disk_under_the_output(name: str, folder: Path) -> None:
    COMMANDS[name].prepare(folder)
    with Path("/dev/full").open("w") as full:
        code, errors = finish(start(folder, *PROGRAMS[name], stdout=full))
    assert code == 2
    (line,) = errors
    assert "output: No space left on device" in line


@pytest.mark.parametrize("name", ["training", "benchmark"])
def test_no_output_at_all(name: str, folder: Path) -> None:
    COMMANDS[name].prepare(folder)
    program = [sys.executable, *PROGRAMS[name]]
    code = f"import os; os.close(1); os.execv({sys.executable!r}, {program!r})"
    assert finish(start(folder, "-c", code)) == (0, [])


def test_a_reader_of_the_corpus_build_that_has_had_enough(folder: Path) -> None:
    COMMANDS["corpus build"].prepare(folder)
    process = start(folder, *PROGRAMS["corpus build"])
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == 141
    process.stderr.close()


def test_without_home_text_or_terminal(folder: Path) -> None:
    """All of a run, its page included, where nothing but ASCII can be printed."""
    COMMANDS["training"].prepare(folder)
    process = COMMANDS["training"].start(folder, environment=BARE)
    code, errors = finish(process)
    assert code == 0, errors
    assert (folder / "run" / "index.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    listed = start(folder, "-m", "creative_envs.benchmark", "list", environment=BARE)
    assert finish(listed) == (0, [])


@pytest.fixture(name="read_only")
def package_nobody_may_write_beside(tmp_path: Path) -> Iterator[Path]:
    """A folder with the package and a home, both read-only."""
    if sys.platform != "linux":
        pytest.skip("the superuser's privileges are given up on Linux alone")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "creative_envs", tmp_path / "creative_envs", ignore=ignored)
    (tmp_path / "home").mkdir()
    folders = [Path(found) for found, _, _ in os.walk(tmp_path)]
    for folder in folders:
        folder.chmod(0o500)
    yield tmp_path
    for folder in folders:
        folder.chmod(0o700)


def test_no_place_for_compiled_kernels(read_only: Path) -> None:
    """Numba alone would refuse to import the package's kernels."""
    code = (
        "import creative_envs, os, numba\n"
        "from creative_envs.core.legality import legalise\n"
        "assert creative_envs.__file__.startswith(os.getcwd())\n"
        "print(os.environ['NUMBA_CACHE_DIR'])"
    )
    environment = {"HOME": str(read_only / "home"), "XDG_CACHE_HOME": None, "PYTHONPATH": None}
    environment["NUMBA_CACHE_DIR"] = str(read_only / "home" / "kernels")
    process = start(read_only, "-c", code, environment=environment)
    folder, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "set NUMBA_CACHE_DIR to a folder that may be written to" in errors
    assert not Path(folder.strip()).exists()  # it went with the process


def test_read_only_results(folder: Path, read_only: Path) -> None:
    """Where nothing can be written, one line says so, before anything is trained."""
    for name, out in (("training", "run"), ("corpus build", "tunes.npz"), ("benchmark", "results")):
        (folder / name).mkdir()
        COMMANDS[name].prepare(folder / name)
        place = str(read_only / out)
        usual = COMMANDS[name].arguments(folder / name)
        arguments = [place if word == out else word for word in usual]
        code, errors = finish(start(folder / name, *arguments))
        told = [line for line in errors if place in line]
        assert (code, len(told)) == (2, 1), errors
        assert "Permission denied" in told[0]
        assert "Traceback" not in "".join(errors)


class TestTwoAtOnce:
    def test_a_run_that_is_being_trained_is_left_alone(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        config = tiny_config(media_every=0, timesteps=192)
        folder = RunFolder.create(config, tmp_path / "run")
        with folder.locked():
            assert commands.main(["--resume", str(folder.path)]) == 2
            assert "run is being trained by another process" in capsys.readouterr().err
            assert not folder.checkpoints.exists()
        assert commands.main(["--resume", str(folder.path)]) == 0

    def test_new_runs_never_share_a_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        config = tiny_config()
        first = RunFolder.create(config)
        first.config.unlink()  # as if it had been made this moment, and nothing written yet
        assert RunFolder.create(config).path != first.path
