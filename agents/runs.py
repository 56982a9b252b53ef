"""A run's folder: what lies where in it, and how one is made without losing another."""

from __future__ import annotations

import itertools
import json
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from agents.config import RunConfig, read_settings
from agents.errors import ConfigError, RunError
from creative_envs.core.arguments import shown
from creative_envs.core.files import locked, write_atomically
from creative_envs.core.reading import brings_module

DEFAULT_PARENT: Final = Path("runs")
NEEDED_SPACE: Final = 100 * 2**20
"""Free bytes a run asks for before it starts: checkpoints, TensorBoard's logs, sounds, the page."""

PACKAGES: Final = ("creative_envs", "gymnasium", "numpy", "stable_baselines3", "torch")
"""Those whose versions decide what a run computes."""


@dataclass(frozen=True)
class RunFolder:
    """Paths inside a run's folder."""

    path: Path

    @property
    def config(self) -> Path:
        """The settings, as YAML."""
        return self.path / "config.yaml"

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def prior(self) -> Path:
        """Folder of the cloned policy a run with reference starts from."""
        return self.path / "prior"

    @property
    def best(self) -> Path:
        """Folder of the policy whose works for briefs of the validation split were best."""
        return self.path / "best"

    @property
    def tensorboard(self) -> Path:
        """Folder of TensorBoard's logs."""
        return self.path / "tensorboard"

    @property
    def works(self) -> Path:
        """Folder of works in the formats people use."""
        return self.path / "works"

    @property
    def rerun(self) -> Path:
        """How to run it again: the command, versions and reference data, as JSON."""
        return self.path / "run.json"

    @property
    def evaluation(self) -> Path:
        """The final scores, as JSON."""
        return self.path / "evaluation.json"

    @property
    def page(self) -> Path:
        """The page to look at and listen to."""
        return self.path / "index.html"

    @property
    def card(self) -> Path:
        """What a shipped model is, as JSON; no run of one's own has a card."""
        return self.path / "card.json"

    @classmethod
    def create(cls, config: RunConfig, out: str | Path | None = None) -> RunFolder:
        """Makes a run's folder and writes its settings.

        Args:
            config: The run's settings.
            out: The folder; by default a new one, ``runs/<env>-<policy>-seed<seed>-<n>``.

        Raises:
            RunError: It exists and is not empty, cannot be written, or the disk is full.
        """
        path = Path(out) if out is not None else _new(config)
        folder = cls(path)
        try:
            if path.is_dir() and any(path.iterdir()):
                raise RunError(
                    f"{path} exists already: continue it with --resume {path}, "
                    "or name a new folder with --out."
                )
            path.mkdir(parents=True, exist_ok=True)
            write_atomically(folder.config, config.to_yaml().encode())
            free = shutil.disk_usage(path).free
        except OSError as error:
            raise RunError(
                f"Cannot write to {shown(str(path))} ({error.strerror}): name another folder with "
                "--out."
            ) from error
        if free < NEEDED_SPACE:
            folder.config.unlink()
            raise RunError(
                f"Only {free / 2**20:.0f} MiB are free at {path}, a run may need "
                f"{NEEDED_SPACE / 2**20:.0f}: make room or name another folder with --out."
            )
        return folder

    @classmethod
    def open(cls, path: str | Path, *, to_write: bool = True) -> tuple[RunFolder, RunConfig]:
        """Finds an existing run and reads its settings.

        Args:
            path: The run's folder.
            to_write: Whether it must be writable, as for continuing the run.

        Raises:
            RunError: There is no run, its folder cannot be written, it is a shipped model and
                should be, its settings are damaged, or they name code that lies in the folder.
        """
        folder = cls(Path(path))
        if not _is_file(folder.config):
            raise RunError(
                f"{shown(str(path))} is not a run's folder: it has no {folder.config.name}. "
                "Name the folder that training printed as its run."
            )
        if to_write and folder.card.exists():
            raise RunError(
                f"{path} is a shipped model, which stays as it is. Train one like it with: "
                f"python train_agent.py --config {folder.config}"
            )
        if to_write and not os.access(folder.path, os.W_OK):
            raise RunError(
                f"Cannot write to {path}: permission denied. Copy it to a place of yours."
            )
        try:
            config = RunConfig.from_settings(read_settings(folder.config))
        except ConfigError as error:
            raise RunError(f"{folder.config} is damaged: {error}") from error
        if brings_module(folder.path, config.env):
            raise RunError(
                f"{config.env} would import code that lies in {path}: a run brings none; move a "
                "module of yours elsewhere."
            )
        return folder, config

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from training this run; ends with this process, however it ends.

        Raises:
            RunError: Another process is at it.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path, wait=False))
            except BlockingIOError as error:
                raise RunError(
                    f"{self.path} is being trained by another process: wait for it, or stop it"
                ) from error
            except OSError as error:
                raise RunError(f"Cannot open {self.path} ({error.strerror}).") from error
            yield

    def describe(self, reference_sha256: str) -> None:
        """Writes how to run it again, with what it was run.

        Args:
            reference_sha256: Of the environment's reference data.
        """
        again = shlex.join(
            [
                "python",
                "train_agent.py",
                "--config",
                str(self.config),
                "--out",
                f"{self.path}-again",
            ]
        )
        record = {
            "again": again,
            "typed": shlex.join(sys.argv),
            "versions": {name: version(name) for name in PACKAGES}
            | {"python": platform.python_version()},
            "reference_sha256": reference_sha256,
        }
        write_atomically(self.rerun, (json.dumps(record, indent=2) + "\n").encode())


def _is_file(path: Path) -> bool:
    """Whether there is such a file; False also where there can be none, as with too long a name."""
    try:
        return path.is_file()
    except OSError:
        return False


def _new(config: RunConfig) -> Path:
    """Makes a folder of a name that was free, though others may be making theirs."""
    name = config.env.rpartition("/")[2].lower()
    stem = f"{name}-{config.policy}-seed{config.seed}"
    for number in itertools.count(1):
        path = DEFAULT_PARENT / f"{stem}-{number}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(
                f"Cannot write to {path} ({error.strerror}): name another folder with --out."
            ) from error
        return path
    raise AssertionError("there is always a number more")
