"""Disks that take no more: files may only grow to so many bytes, as under `ulimit -f`.

The kernel refuses the write that would go beyond, at any byte of any file: what a full disk does.
"""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gymnasium as gym
import pytest

from agents import commands
from agents.runs import RunFolder
from agents.training import train
from creative_envs import artefact
from creative_envs.benchmark import command as benchmark
from creative_envs.benchmark.results import Results
from creative_envs.benchmark.runners import local
from creative_envs.core.stored import read_arrays, write_arrays
from creative_envs.melody.corpus import build
from creative_envs.melody.corpus.folder import from_folder
from creative_envs.melody.corpus.tunes import TuneBook
from tests.agents.necklaces import tiny_config
from tests.benchmark.cells import write_agents, write_suite
from tests.benchmark.test_command import run_arguments, write_at_once
from tests.faults.launching import COMMANDS, JUNK
from tests.playing import play_episode
from tests.test_bad_input import write_tunes

SIZES = (0, 1, 100, 900, 5_000, 40_000)
DOMAINS = ("MelodyComposition", "PatchComposition", "TacticDesign")


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def assert_one_line(errors: str, *words: str) -> None:
    (line,) = [line for line in errors.splitlines() if "it/s" not in line and line.strip()]
    for word in words:
        assert word in line


@pytest.mark.parametrize("name", DOMAINS)
def test_works_are_saved_whole_or_not_at_all(name: str, tmp_path: Path) -> None:
    env_id = f"creative_envs/{name}-v0"
    work = artefact(env_id, play_episode(gym.make(env_id), seed=1)[1][0])
    saved = {}
    for suffix in {*work.media, ".json"}:
        path = work.save(tmp_path / f"work{suffix}")
        saved[path.name] = path.read_bytes()
    for file, content in saved.items():
        with files_up_to(len(content) - 1), pytest.raises(OSError, match="could not write"):
            work.save(tmp_path / file)
    with files_up_to(1), pytest.raises(OSError, match="choose another disk"):
        work.save(tmp_path / "other.json")
    assert files(tmp_path) == saved


def test_tune_books_and_fitted_arrays_stay_as_they_were(tmp_path: Path) -> None:
    book = from_folder(write_tunes(tmp_path / "tunes"))
    book.save(tmp_path / "book.npz")
    arrays = {"a": book.pitch}
    sha256 = write_arrays(tmp_path / "fitted.npz", arrays)
    for size in SIZES[:-2]:
        with files_up_to(size):
            with pytest.raises(OSError, match="could not write"):
                book.save(tmp_path / "book.npz")
            with pytest.raises(OSError, match="could not write"):
                write_arrays(tmp_path / "fitted.npz", arrays)
    assert TuneBook.load(tmp_path / "book.npz").sha256 == book.sha256
    assert read_arrays(tmp_path / "fitted.npz", sha256, "none").keys() == arrays.keys()
    assert not [path for path in tmp_path.rglob("*") if JUNK.search(path.name)]


@pytest.mark.parametrize("size", SIZES)
def test_training(size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It stops with what to do, and goes on to the same policy once there is room."""
    settings = tmp_path / "settings.yaml"
    settings.write_text(tiny_config(media_every=1, timesteps=192).to_yaml())
    run = tmp_path / "run"
    with files_up_to(size):
        code = commands.main(["--config", str(settings), "--out", str(run)])
    errors = capsys.readouterr().err
    assert code == 2
    assert "Traceback" not in errors
    assert str(run) in errors.strip().splitlines()[-1]
    again = ["--resume", str(run)] if (run / "config.yaml").exists() else None
    assert commands.main(again or ["--config", str(settings), "--out", str(run)]) == 0
    assert (run / "index.html").exists()
    assert not [path for path in run.rglob("*") if JUNK.search(path.name)]


@pytest.mark.parametrize("size", SIZES[:-1])
def test_benchmark(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_suite(tmp_path), write_agents(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(local, "run_local", write_at_once)
    with files_up_to(size):
        code = benchmark.main(run_arguments("Legal", "Other"))
    if code == 0:
        assert size >= 900
        return
    assert code == 2
    assert_one_line(capsys.readouterr().err, "creative-bench: error:", "could not write")
    for path in (tmp_path / "out").rglob("*.json*"):
        assert path.read_bytes().endswith(b"}") or not path.read_bytes()
    assert benchmark.main(run_arguments("Legal", "Other")) == 0
    assert len(Results(tmp_path / "out").scores()) == 2
    assert not [path for path in (tmp_path / "out").rglob("*") if JUNK.search(path.name)]
    capsys.readouterr()
    for arguments in (["--html", "page.html"], ["--markdown", "tables.md"]):
        with files_up_to(100):
            assert benchmark.main(["report", "out", "--no-works", *arguments]) == 2
        assert_one_line(capsys.readouterr().err, "could not write")
        assert not (tmp_path / arguments[1]).exists()


def test_corpus_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    COMMANDS["corpus build"].prepare(tmp_path)
    monkeypatch.setattr(build, "corpus_folder", lambda: tmp_path / "stand-ins/music21/corpus")
    out = tmp_path / "tunes.npz"
    for size in SIZES[:-1]:
        with files_up_to(size):
            assert build.main(["--out", str(out)]) == 2
        assert_one_line(capsys.readouterr().err, "build: error:", str(out))
        assert not out.exists()
    assert build.main(["--out", str(out)]) == 0
    TuneBook.load(out)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["tunes.npz"]


def test_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    config = tiny_config(media_every=0, timesteps=96)
    train(config, RunFolder.create(config, run))
    for size in (0, 100, 1000):
        out = tmp_path / f"works{size}"
        with files_up_to(size):
            assert commands.main(["--sample", str(run), "-n", "4", "--out", str(out)]) == 2
        told = capsys.readouterr().err.strip().splitlines()
        assert str(out) in told[-1]
        for path in out.glob("*.json"):
            assert json.loads(path.read_text())


def test_places_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file stands where a folder should be: no privileges help there."""
    (tmp_path / "file").write_text("in the way")
    COMMANDS["corpus build"].prepare(tmp_path)
    monkeypatch.setattr(build, "corpus_folder", lambda: tmp_path / "stand-ins/music21/corpus")
    for out in ("file/tunes.npz", "absent/tunes.npz", "stand-ins"):
        assert build.main(["--out", str(tmp_path / out)]) == 2
        assert_one_line(capsys.readouterr().err, "build: error:", out)


def test_a_corpus_that_is_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    assert build.main([]) == 2
    assert_one_line(capsys.readouterr().err, "music21 is not installed")
