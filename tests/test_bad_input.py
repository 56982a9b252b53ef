"""Bad input from end to end: what reaches the user is one line that says what to do."""

from __future__ import annotations

import errno
import json
import warnings
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image
from stable_baselines3.common.logger import Logger

from agents import runner
from agents.callbacks import MediaLogger
from agents.commands import main
from agents.errors import RunError
from agents.runs import RunFolder
from agents.training import train
from creative_envs import artefact
from creative_envs.core.errors import (
    CorruptData,
    EmptyCorpus,
    InvalidArgument,
    InvalidBrief,
    InvalidWork,
    UnusablePictures,
)
from creative_envs.melody.corpus.folder import from_folder
from creative_envs.melody.corpus.tunes import SPLITS, TuneBook
from creative_envs.melody.fitted.stored import data_path, read_arrays
from tests.agents.necklaces import tiny_config
from tests.melody.corpus.notation import abc
from tests.melody.corpus.test_folder import random_music
from tests.playing import play_episode

COMPOSITION = "creative_envs/MelodyComposition-v0"
PICTURES = "creative_envs/PatchComposition-v0"
N_TUNES = 60
FULL_DISK = OSError(errno.ENOSPC, "No space left on device")


def write_tunes(folder: Path, count: int = N_TUNES, bars: int = 16) -> Path:
    """Makes a folder of random tunes, as ABC."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        tune = abc(random_music(number, bars), title=f"Made {bars} {number:05d}")
        (folder / f"tune{bars}-{number}.abc").write_text(tune)
    return folder


@pytest.fixture(scope="module", name="folder")
def folder_of_tunes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tunes(tmp_path_factory.mktemp("corpus") / "tunes")


@pytest.fixture(scope="module", name="work")
def finished_work():
    return play_episode(gym.make(COMPOSITION), seed=3)[1][0]


def write_pictures(folder: Path) -> None:
    """Makes two pictures of blotches."""
    for number in range(2):
        blotches = np.random.default_rng(number).integers(0, 256, (9, 9, 3)).astype(np.uint8)
        picture = Image.fromarray(blotches).resize((144, 144), Image.Resampling.BICUBIC)
        picture.save(folder / f"blotches{number}.png")


@pytest.fixture(scope="module", name="composed")
def finished_composition():
    return play_episode(gym.make(PICTURES, size=6), seed=3)[1][0]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which `train_agent.py` refuses a command."""
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line


class TestFolder:
    def test_of_the_users_own_makes_an_environment(self, folder):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            env = gym.make(COMPOSITION, corpus=str(folder), bars=4)
        work = play_episode(env, seed=0)[1][0]
        assert work["length"] > 0 and 0 <= work["reward"] <= 1
        library = env.unwrapped.task.reference.library
        assert set(library.collection.tolist()) == {"tunes"}

    def test_with_malformed_files_too_few_are_left(self, tmp_path):
        folder = write_tunes(tmp_path / "mixed", count=3)
        (folder / "text.abc").write_bytes(b"not music at all \xff\xfe")
        (folder / "noise.mid").write_bytes(bytes(range(256)))
        (folder / "cut.mid").write_bytes(b"MThd\0\0\0\6\0\1\0\1")
        (folder / "nowhere.abc").symlink_to(folder / "missing")
        with (
            pytest.warns(UserWarning, match="skipped") as told,
            pytest.raises(EmptyCorpus, match=r"3 usable tunes.*4 unreadable"),
        ):
            gym.make(COMPOSITION, corpus=str(folder))
        for name in ("text.abc", "noise.mid", "cut.mid", "nowhere.abc"):
            assert name in str(told[0].message)

    @pytest.mark.parametrize("split", [1, 2], ids=SPLITS[1:])
    def test_without_works_long_enough_in_a_split_is_refused(self, tmp_path, split):
        """There would be no melody to take a brief from."""
        write_tunes(tmp_path, count=6, bars=5)
        book = from_folder(write_tunes(tmp_path))
        short = np.array([name.startswith("tune5-") for name in book.id])
        column = np.where(short, split, 0).astype(np.int8)
        column[np.flatnonzero(~short)[:8]] = 3 - split
        replace(book, split=column).save(tmp_path / "book.npz")
        with pytest.raises(EmptyCorpus, match=f"0 windows of 8 bars in the {SPLITS[split]} split"):
            gym.make(COMPOSITION, corpus=str(tmp_path / "book.npz"), split=SPLITS[split])

    @pytest.mark.parametrize("bars", [8, 4])
    def test_too_few_to_learn_from_are_told_how_many_would_do(self, tmp_path, bars):
        write_tunes(tmp_path, count=50, bars=bars)
        with pytest.raises(EmptyCorpus, match=r"add tunes \(about 1\d\d like") as told:
            gym.make(COMPOSITION, corpus=str(tmp_path), bars=bars)
        assert ("make shorter works (bars=4)" in str(told.value)) == (bars > 4)

    @pytest.mark.parametrize("content", ["", "X:1\nT:short\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n"])
    def test_unusable_is_refused_before_training(self, tmp_path, capsys, content):
        (tmp_path / "tunes").mkdir()
        if content:
            (tmp_path / "tunes" / "short.abc").write_text(content)
        corpus = f"env_kwargs.corpus={tmp_path / 'tunes'}"
        line = refusal(capsys, "--set", corpus, "--out", str(tmp_path / "run"))
        assert "0 usable tunes, 50 are needed" in line
        assert not (tmp_path / "run").exists()


class TestPictures:
    """Libraries cut out of the user's own pictures."""

    def test_of_the_users_own_make_an_environment(self, tmp_path):
        write_pictures(tmp_path)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            env = gym.make(PICTURES, library=str(tmp_path), size=6)
        work = play_episode(env, seed=0)[1][0]
        assert work["length"] == 36 and 0 < work["quality"] <= 1
        typed = artefact(PICTURES, work, library=str(tmp_path))
        assert typed.save(tmp_path / "work.png").stat().st_size > 0

    def test_unreadable_ones_are_skipped_and_named(self, tmp_path):
        write_pictures(tmp_path)
        (tmp_path / "text.png").write_bytes(b"no picture at all")
        with pytest.warns(UserWarning, match=r"skipped 1 unreadable.*\n.*text\.png"):
            gym.make(PICTURES, library=str(tmp_path), size=6)

    @pytest.mark.parametrize("content", ["nothing", "text", "one colour"])
    def test_unusable_ones_are_refused_before_training(self, tmp_path, capsys, content):
        folder = tmp_path / "pictures"
        folder.mkdir()
        if content == "text":
            (folder / "text.png").write_bytes(b"no picture at all")
        elif content == "one colour":
            Image.new("RGB", (64, 64), "navy").save(folder / "navy.png")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line = refusal(
                capsys, "--env", PICTURES, "--set", f"env_kwargs.library={folder}",
                "--out", str(tmp_path / "run"),
            )  # fmt: skip
        assert str(folder) in line and not (tmp_path / "run").exists()

    def test_a_folder_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(UnusablePictures, match="nowhere is not a folder"):
            gym.make(PICTURES, library=str(tmp_path / "nowhere"))

    @pytest.mark.parametrize(
        ("name", "forge", "message"),
        [
            ("length", lambda length: 10**6, "1000000"),
            ("length", lambda length: 2.5, "whole number"),
            ("tokens", lambda tokens: tokens[:, :1], r"shape \(L, 2\)"),
            ("tokens", lambda tokens: tokens[:30], "30 rows"),
            ("tokens", lambda tokens: np.full_like(tokens, 99), "outside"),
            ("tokens", lambda tokens: tokens.astype(np.int64) + 2**16, "outside"),
            ("tokens", lambda tokens: "a picture", "whole numbers"),
        ],
    )
    def test_forged_works_are_refused(self, composed, name, forge, message):
        with pytest.raises(InvalidWork, match=message):
            artefact(PICTURES, {**composed, name: forge(composed[name])})

    def test_a_work_from_a_log_is_the_same(self, composed):
        logged = {name: np.asarray(composed[name]).tolist() for name in ("tokens", "brief")}
        logged["length"] = int(composed["length"])
        again = artefact(PICTURES, json.loads(json.dumps(logged)))
        assert again.cells == artefact(PICTURES, composed).cells


class TestDamagedFiles:
    @pytest.mark.parametrize("place", [0.0, 0.2, 0.5, 0.9, 1.0])
    def test_tune_book_is_refused_before_training(self, tmp_path, capsys, place):
        content = bytearray(data_path("tunes.npz").read_bytes())
        content[int(place * (len(content) - 8))] ^= 0xFF
        (tmp_path / "tunes.npz").write_bytes(content)
        corpus = f"env_kwargs.corpus={tmp_path / 'tunes.npz'}"
        line = refusal(capsys, "--set", corpus, "--out", str(tmp_path / "run"))
        assert "tunes.npz is not a readable tune book" in line and "reinstall" in line
        assert "pickle" not in line  # NumPy's advice for files it takes for pickles
        assert not (tmp_path / "run").exists()

    def test_any_byte_of_a_fitted_model(self, tmp_path):
        """Whatever a damaged archive makes its reader raise arrives as `CorruptData`."""
        intact = data_path("craft8.npz").read_bytes()
        rng = np.random.default_rng(0)
        refused = 0
        for at in (*range(30), *rng.integers(len(intact) - 2000, len(intact), 60)):
            content = bytearray(intact)
            content[at] ^= int(rng.integers(1, 256))
            (tmp_path / "damaged.npz").write_bytes(content)
            try:
                read_arrays("craft8.npz", tmp_path / "damaged.npz")
            except CorruptData as error:
                refused += 1
                assert "damaged.npz" in str(error) and "pickle" not in str(error)
        assert refused > 30

    def test_judge_is_told_of_after_training(self, tmp_path, monkeypatch, capsys):
        def fail(*arguments):
            raise CorruptData("judge8.npz cannot be read; reinstall the package")

        settings = tmp_path / "settings.yaml"
        settings.write_text(tiny_config(media_every=0).to_yaml())
        run = tmp_path / "run"
        with monkeypatch.context() as patch:
            patch.setattr(runner, "evaluate", fail)
            assert main(["--config", str(settings), "--out", str(run)]) == 2
        told = capsys.readouterr().err.strip().splitlines()[-1]
        assert "reinstall the package" in told and f"--resume {run}" in told
        assert main(["--resume", str(run)]) == 0

    def test_missing_tune_book(self, tmp_path):
        with pytest.raises(CorruptData, match=r"none\.npz.*rebuild it"):
            TuneBook.load(tmp_path / "none.npz")


class TestForgedWorks:
    """`artefact` takes works from logs: none may be read beyond its end, or as something else."""

    def test_a_work_from_a_log_is_the_same(self, work):
        logged = {
            "tokens": work["tokens"].tolist(),
            "length": int(work["length"]),
            "brief": work["brief"].tolist(),
        }
        again = artefact(COMPOSITION, json.loads(json.dumps(logged)))
        assert again.notes == artefact(COMPOSITION, work).notes

    @pytest.mark.parametrize(
        ("name", "forge", "message"),
        [
            ("length", lambda length: 10**6, "1000000.*96 rows"),
            ("length", lambda length: -1, "-1"),
            ("length", lambda length: 2.5, "whole number"),
            ("tokens", lambda tokens: tokens[:, :2], r"shape \(L, 5\)"),
            ("tokens", lambda tokens: tokens[0], r"shape \(L, 5\)"),
            ("tokens", lambda tokens: tokens.astype(float), "whole numbers"),
            ("tokens", lambda tokens: np.full_like(tokens, 99), "outside"),
            ("tokens", lambda tokens: np.full_like(tokens, -5), "outside"),
            ("tokens", lambda tokens: tokens.astype(np.int64) + 2**16, "outside"),
            ("tokens", lambda tokens: "C D E", "whole numbers"),
        ],
    )
    def test_parts_that_do_not_fit(self, work, name, forge, message):
        with pytest.raises(InvalidWork, match=message):
            artefact(COMPOSITION, {**work, name: forge(work[name])})

    @pytest.mark.parametrize("name", ["tokens", "length", "brief"])
    def test_a_missing_part_is_named(self, work, name):
        with pytest.raises(InvalidWork, match=rf"without \['{name}'\]"):
            artefact(COMPOSITION, {key: work[key] for key in work if key != name})

    @pytest.mark.parametrize("forge", [lambda b: b[:4], lambda b: b * np.nan, lambda b: b + 2])
    def test_briefs(self, work, forge):
        with pytest.raises(InvalidBrief):
            artefact(COMPOSITION, {**work, "brief": forge(work["brief"])})


def test_a_fraction_is_no_number_of_bars():
    with pytest.raises(InvalidArgument, match=r"got 8\.0"):
        gym.make(COMPOSITION, bars=8.0)


class TestFullDisk:
    @pytest.mark.parametrize("failing", ["logs", "logs and their end", "end of the logs"])
    def test_under_tensorboards_logs(self, tmp_path, monkeypatch, failing):
        def fail(self):
            raise FULL_DISK

        config = tiny_config(media_every=1, checkpoint_every=1000)
        folder = RunFolder.create(config, tmp_path / "run")
        with monkeypatch.context() as patch:
            if "end" in failing:
                patch.setattr(Logger, "close", fail)
            if failing != "end of the logs":
                patch.setattr(MediaLogger, "_on_rollout_end", fail)
            with pytest.raises(RunError, match=r"No space left.*--resume"):
                train(config, folder)
        assert train(config, folder).history[-1]["timesteps"] == config.total_timesteps

    def test_under_the_results(self, tmp_path, monkeypatch, capsys):
        def fail(*arguments):
            raise FULL_DISK

        settings = tmp_path / "settings.yaml"
        settings.write_text(tiny_config(media_every=0).to_yaml())
        run = tmp_path / "run"
        with monkeypatch.context() as patch:
            patch.setattr(runner, "write_page", fail)
            assert main(["--config", str(settings), "--out", str(run)]) == 2
        told = capsys.readouterr().err.strip().splitlines()[-1]
        assert "Training is saved" in told and f"--resume {run}" in told
        assert main(["--resume", str(run)]) == 0
        assert (run / "index.html").exists()

    def test_a_file_where_the_logs_should_be(self, tmp_path):
        config = tiny_config()
        folder = RunFolder.create(config, tmp_path / "run")
        folder.tensorboard.write_text("in the way")
        with pytest.raises(RunError, match="Cannot write to"):
            train(config, folder)
