"""The three long-running commands, small, as processes of their own."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.agents.necklaces import tiny_config
from tests.benchmark.cells import score_at_once, write_agents, write_suite
from tests.melody.corpus.notation import abc
from tests.melody.corpus.test_folder import random_music

ROOT: Final = Path(__file__).parents[2]
_LIBC: Final = ctypes.CDLL(None)
JUNK: Final = re.compile(r"\.part$|\.unfinished$|\.tmp$|^\.running$")
"""Names of what is not finished."""


@dataclass(frozen=True)
class Command:
    """A long-running command.

    Attributes:
        prepare: Writes into a folder what it needs.
        arguments: Of Python, to begin it in that folder or to continue what was begun there.
        result: What must be the same however often it was interrupted.
    """

    prepare: Callable[[Path], None]
    arguments: Callable[[Path], tuple[str, ...]]
    result: Callable[[Path], Any]

    def start(self, folder: Path, **settings: Any) -> Process:
        """Begins or continues it; see `start`."""
        return start(folder, *self.arguments(folder), **settings)

    def left(self, folder: Path) -> list[str]:
        """Unfinished files and folders in the folder."""
        return sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if JUNK.search(path.name)
        )


Process = subprocess.Popen[str]
_PR_CAPBSET_DROP: Final = 24
_CAPABILITIES: Final = (1, 2)
"""Of the superuser: to write and to read whatever the permissions of files."""


def start(folder: Path, *arguments: str, **settings: Any) -> Process:
    """Starts Python in a folder, the project on its path; signals reach it as in a terminal."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, folder / "stand-ins"))),
        "OMP_NUM_THREADS": "1",
        **settings.pop("environment", {}),
    }
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | settings
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={name: value for name, value in environment.items() if value is not None},
        preexec_fn=_as_usual,
        **given,
    )


def _as_usual() -> None:
    """A process started in a shell's background ignores Ctrl-C, and so do its children.

    Nor does the superuser's heed permissions, unless those privileges are given up (on Linux).
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        for capability in _CAPABILITIES:
            _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def _prepare_training(folder: Path) -> None:
    config = tiny_config(timesteps=960, select_every=3, select_works=8, media_every=0)
    (folder / "settings.yaml").write_text(config.to_yaml())


def _train(folder: Path) -> tuple[str, ...]:
    program = str(ROOT / "train_agent.py")
    if (folder / "run" / "config.yaml").exists():
        return program, "--resume", "run"
    return program, "--config", "settings.yaml", "--out", "run"


def _trained(folder: Path) -> Any:
    """Hashes of the policies, and the record but for its clocks."""
    run = folder / "run"
    hashes = {
        str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.rglob("*.safetensors"))
    }
    scores = json.loads((run / "evaluation.json").read_text())
    works = sorted(path.name for path in (run / "works").iterdir())
    return hashes, scores, works, (run / "index.html").exists()


def _prepare_benchmark(folder: Path) -> None:
    write_suite(folder)
    write_agents(folder)
    score_at_once(folder / "stand-ins")


def _bench(folder: Path) -> tuple[str, ...]:
    arguments = "--suite", "tiny.toml", "--agents", "agents.py:Legal", "--out", "results"
    return "-m", "creative_envs.benchmark", "run", *arguments, "--jobs", "2"


def _benched(folder: Path) -> Any:
    """Hashes of works and training, and the scores, of every cell."""
    return {
        path.parent.name: (
            {name: json.loads(path.read_text())["sha256"][name] for name in ("works", "training")},
            path.with_name("score.json").read_text(),
        )
        for path in sorted((folder / "results").rglob("run.json"))
    }


def _prepare_corpus(folder: Path) -> None:
    """A package of the name of music21, with tunes of random notes."""
    for name in ("oneills1850", "ryansMammoth", "airdsAirs"):
        tunes = folder / "stand-ins" / "music21" / "corpus" / name
        tunes.mkdir(parents=True)
        for number in range(40):
            text = abc(random_music(hash_of(name) + number, 16), title=f"{name} {number}")
            (tunes / f"{number}.abc").write_text(text)
    (folder / "stand-ins" / "music21" / "__init__.py").write_text("")


def hash_of(name: str) -> int:
    """A number for a name, the same in all processes."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big")


def _build(folder: Path) -> tuple[str, ...]:
    return "-m", "creative_envs.melody.corpus.build", "--out", "tunes.npz"


def _built(folder: Path) -> Any:
    return hashlib.sha256((folder / "tunes.npz").read_bytes()).hexdigest()


COMMANDS: Final = {
    "training": Command(_prepare_training, _train, _trained),
    "benchmark": Command(_prepare_benchmark, _bench, _benched),
    "corpus build": Command(_prepare_corpus, _build, _built),
}
