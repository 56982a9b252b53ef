"""Files somebody made to hang, flood or trick whoever reads them: all end in one short line."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from creative_envs.benchmark.errors import InvalidResults, InvalidSuite
from creative_envs.benchmark.results import Plan, Results
from creative_envs.benchmark.suite import load_suite
from creative_envs.benchmark.works import Episode, replay
from creative_envs.core.errors import (
    CorruptData,
    CreativeEnvsError,
    EmptyCorpus,
    MalformedTune,
    UnusablePictures,
)
from creative_envs.core.reading import brings_module, read_plain
from creative_envs.melody.artefact import Melody
from creative_envs.melody.corpus import folder as corpus
from creative_envs.melody.corpus.abc import read_abc
from creative_envs.melody.corpus.midi import read_midi
from creative_envs.melody.corpus.tunes import TuneBook
from creative_envs.patches.artefact import Composition
from creative_envs.patches.library import pictures
from creative_envs.patches.library.reading import read_picture
from creative_envs.tactics.artefact import Tactic
from creative_envs.tactics.reference import read_maps
from creative_envs.tactics.units.table import UnitTable
from tests.benchmark.cells import TOML, tiny

PATIENCE = 20
"""Seconds: what waits for a pipe would wait for ever."""
LONGEST_MESSAGE = 700
READERS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "melody": (Melody.load, ".json"),
    "composition": (Composition.load, ".json"),
    "tactic": (Tactic.load, ".json"),
    "units": (UnitTable.load, ".json"),
    "map": (lambda path: read_maps(str(path)), ".txt"),
    "suite": (lambda path: load_suite(str(path)), ".toml"),
    "abc": (read_abc, ".abc"),
    "midi": (read_midi, ".mid"),
    "picture": (read_picture, ".png"),
    "book": (TuneBook.load, ".npz"),
}


@pytest.fixture(autouse=True)
def impatience() -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("still reading")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def vast(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**40)


def itself(path: Path) -> None:
    path.symlink_to(path)


def folder(path: Path) -> None:
    path.mkdir()


def brackets(path: Path) -> None:
    path.write_text("[" * 200_000)


def tables(path: Path) -> None:
    path.write_text("environments = " + "[" * 100_000)


def digits(path: Path) -> None:
    path.write_text('{"format": ' + "9" * 100_000 + "}")


@pytest.mark.parametrize(
    "make",
    [pipe, endless, vast, itself, folder, brackets, tables, digits],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("name", READERS)
def test_every_reader_refuses_in_a_line(
    name: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    read, suffix = READERS[name]
    path = tmp_path / f"hostile{suffix}"
    make(path)
    with pytest.raises((CreativeEnvsError, OSError)) as refusal:
        read(path)
    said = str(refusal.value)
    assert "\n" not in said and 0 < len(said) < LONGEST_MESSAGE
    assert "hostile" in said


def test_what_is_plain_is_read_up_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(b"12345")
    (tmp_path / "link").symlink_to(path)
    assert read_plain(path) == read_plain(tmp_path / "link", most=5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_plain(path, most=4)


def chunk(name: bytes, content: bytes, told: int | None = None) -> bytes:
    return name + struct.pack(">I", len(content) if told is None else told) + content


def midi(*tracks: bytes, count: int | None = None) -> bytes:
    head = struct.pack(">HHH", 1, len(tracks) if count is None else count, 96)
    return chunk(b"MThd", head) + b"".join(tracks)


MIDI = {
    "a track of 4 GB": midi(chunk(b"MTrk", b"\0\x90\x3c\x40", told=2**32 - 1)),
    "65535 tracks": midi(count=65535),
    "text of 256 MB": midi(chunk(b"MTrk", b"\0\xff\x01\xff\xff\xff\x7fx")),
    "a message without end": midi(chunk(b"MTrk", b"\0\xf0" + b"\xff" * 64)),
    "two million notes": midi(chunk(b"MTrk", b"\0\x90\x3c\x40" + b"\0\x3c\0" * 2_000_000)),
    "later than the universe": midi(
        chunk(b"MTrk", b"\0\x90\x3c\x40" + b"\xff" * 64 + b"\x7f\x80\x3c\0")
    ),
}


@pytest.mark.parametrize("name", MIDI)
def test_midi_files_that_lie(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    path.write_bytes(MIDI[name])
    with pytest.raises(MalformedTune, match=r"^tune\.mid: .{1,200}$"):
        read_midi(path)


def png(*chunks: tuple[bytes, bytes], size: tuple[int, int] = (8, 8)) -> bytes:
    head = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


ZEROS = zlib.compress(bytes(2**28), 9)
PICTURES = {
    "of 10^10 pixels": png((b"IDAT", ZEROS), size=(100_000, 100_000)),
    "of 2^31 columns": png((b"IDAT", ZEROS), size=(2**31 - 1, 1)),
    "with text of 256 MB": png((b"zTXt", b"a\0\0" + ZEROS), (b"IDAT", zlib.compress(bytes(200)))),
    "a GIF of 65535 x 65535": b"GIF89a\xff\xff\xff\xff\0\0\0" + b",\0\0\0\0\xff\xff\xff\xff\0\x08;",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_that_lie(name: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(PICTURES[name])
    with pytest.raises(UnusablePictures, match=r"picture\.png: .{1,400}$"):
        read_picture(path)


class Executed:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "executed")


@pytest.mark.parametrize("lie", ["object", "vast"])
def test_arrays_that_execute_or_flood(lie: str, tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"pitch": np.array([Executed(tmp_path / "executed")], object)}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    content = buffer.getvalue()
    if lie == "vast":
        content = content.replace(b"'|O'", b"'<i8").replace(b"(1,)", b"(9" + b"9" * 9 + b",)")
    (tmp_path / "book.npz").write_bytes(content)
    with pytest.raises(CorruptData, match=r"book\.npz is not a readable tune book"):
        TuneBook.load(tmp_path / "book.npz")
    assert not (tmp_path / "executed").exists()


def test_links_in_folders_lead_nowhere(tmp_path: Path) -> None:
    """Loops are not followed, pipes not waited for; one warning names what was skipped."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "loop").symlink_to(tmp_path)
    for name in ("a.abc", "a.mid", "a.png"):
        endless(tmp_path / f"endless-{name}")
        pipe(tmp_path / f"pipe-{name}")
        itself(tmp_path / f"itself-{name}")
        (tmp_path / f"gone-{name}").symlink_to(tmp_path / "nowhere")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(EmptyCorpus, match="8 unreadable"):
            corpus.from_folder(tmp_path)
    assert len(told) == 1
    with pytest.raises(UnusablePictures, match="holds no pictures"):
        pictures.from_folder(tmp_path)


class TestResults:
    @pytest.fixture(name="results")
    def begun(self, tmp_path: Path) -> Results:
        results = Results(tmp_path / "results")
        results.begin(tiny(tmp_path), TOML, Plan(("random",), (), 1))
        return results

    def plan(self, results: Results, **changes: Any) -> None:
        (path,) = results.folder.glob("*/plan.json")
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    @pytest.mark.parametrize("agent", ["../../../../tmp/x", "/etc/x", "..", "a/../../b.py:C", "\0"])
    def test_names_stay_in_the_folder(self, results: Results, agent: str) -> None:
        (suite,) = results.suites()
        names = [environment.name for environment in suite.environments]
        self.plan(results, agents=[agent], environments=names)
        for cell in results.cells():
            path = Path(os.path.normpath(results.path(cell)))
            assert path.relative_to(results.folder).parts[0] == suite.name and len(path.parts) > 3

    @pytest.mark.parametrize("seeds", [10**12, 0, -1, 1.5, True, "3", None, float("inf")])
    def test_plans_without_measure(self, results: Results, seeds: Any) -> None:
        self.plan(results, seeds=seeds)
        with pytest.raises(InvalidResults, match=r"plan\.json is damaged"):
            results.cells()

    def test_a_suite_that_brings_code(
        self, results: Results, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (path,) = results.folder.glob("*/*.toml")
        (results.folder / "payload.py").write_text("raise SystemExit('executed')")
        monkeypatch.chdir(results.folder.parent)
        (suite,) = results.suites()
        path.write_text(TOML.replace(suite.environments[0].id, "results.payload:toy/X-v0"))
        with pytest.raises(InvalidResults, match="results bring none"):
            results.suites()
        assert not {"payload", "results.payload"} & set(sys.modules)

    def test_works_longer_than_any(self, tmp_path: Path) -> None:
        environment = tiny(tmp_path).environments[0]
        size = environment.make_held_out(1).task.brief_size
        endless = Episode(np.full(size, 0.5, np.float32), np.zeros(10**7, np.int64))
        with pytest.raises(InvalidResults, match="goes on after its end"):
            replay(environment, [endless])


@pytest.mark.parametrize(
    "change", [("environments", "environment"), ("grid = {", "grid = 3 #"), ("id = ", "id = 3 #")]
)
def test_suites_of_another_shape(change: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert change[0] in TOML
    path.write_text(TOML.replace(*change))
    with pytest.raises(InvalidSuite, match="Suite mine cannot be read"):
        load_suite(str(path))


def test_modules_are_looked_for_where_python_would_find_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "runs" / "a"
    run.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert brings_module(run, "runs.a.payload:toy/X-v0")
    assert brings_module(run, "runs.a:toy/X-v0")
    assert not brings_module(run, "runs.b.payload:toy/X-v0")
    assert not brings_module(run, "creative_envs:creative_envs/MelodyComposition-v0")
    assert not brings_module(tmp_path, "creative_envs/MelodyComposition-v0")
    (tmp_path / "short").symlink_to(run)
    assert brings_module(run, "short.payload:toy/X-v0")
    monkeypatch.syspath_prepend(str(run))
    assert brings_module(run, "payload:toy/X-v0")


def test_a_run_that_brings_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = pytest.importorskip("agents.runs")
    errors = pytest.importorskip("agents.errors")
    run = tmp_path / "run"
    run.mkdir()
    (run / "payload.py").write_text("raise SystemExit('executed')")
    (run / "config.yaml").write_text("env: run.payload:toy/X-v0\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.RunError, match="a run brings none"):
        runs.RunFolder.open(run)
    assert not {"payload", "run.payload"} & set(sys.modules)
