"""What happens beside learning: checkpoints, schedules, records, progress, TensorBoard's media."""

from __future__ import annotations

import sys
import time
import wave
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, TensorBoardOutputFormat
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from agents.checkpoint import Snapshot
from agents.config import RunConfig
from agents.errors import CheckpointError
from agents.plausibility import require, require_numbers
from agents.sealed import REMEDY
from agents.vec_env import SB3VecEnv
from creative_envs.core.errors import reason_of

SCORES: Final = ("reward", "quality", "craft", "adherence", "novelty")
RECENT_WORKS: Final = 100
"""Works the live figures are averaged over."""

Work = dict[str, Any]
History = list[dict[str, float]]
"""A run's record: an entry for each rollout that finished works."""
RECORDED: Final = ("timesteps", "seconds", "cpu_seconds", *SCORES, "unique")
"""What an entry holds; ``held_out`` beside it where works were sampled after the rollout."""


class RolloutStart(BaseCallback):
    """Sets schedules and takes a snapshot where a rollout begins, and writes every n-th of them.

    Args:
        config: The run's settings.
        env: The training environments.
        history: The run's record, which checkpoints carry along.
        folder: Where checkpoints are written.
    """

    def __init__(self, config: RunConfig, env: SB3VecEnv, history: History, folder: Path) -> None:
        super().__init__()
        self.config, self.env, self.history, self.folder = config, env, history, folder
        self.snapshot: Snapshot | None = None

    def save(self) -> Path | None:
        """Writes the last snapshot; None where training has not begun."""
        return self.snapshot.write(self.folder) if self.snapshot else None

    def _on_rollout_start(self) -> None:
        done = self.num_timesteps / self.config.total_timesteps
        first, last = self.config.ent_coef, self.config.final_ent_coef
        self.model.ent_coef = first + (last - first) * done
        self.model.policy.features_extractor.forget()  # a resumed run remembers nothing either
        self.snapshot = Snapshot.capture(self.model, self.env, self.history)
        if self.num_timesteps // self.config.rollout % self.config.checkpoint_every == 0:
            self.save()

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        self.snapshot = Snapshot.capture(self.model, self.env, self.history)
        self.save()


def history_of(snapshot: Snapshot) -> History:
    """The record a checkpoint carries.

    Raises:
        CheckpointError: No run wrote it.
    """
    history: History = snapshot.state["history"]
    try:
        require(type(history) is list, "the record is no list")
        before = 0.0
        for entry in history:
            require(type(entry) is dict, "the record is of another type")
            names = (*RECORDED, *(["held_out"] if "held_out" in entry else []))
            require_numbers(entry, names, "the record")
            in_order = before < entry["timesteps"] <= snapshot.timesteps
            require(in_order, "the record is of other steps than the run")
            before = entry["timesteps"]
    except ValueError as error:
        raise CheckpointError(
            f"The checkpoint of step {snapshot.timesteps:,} does not fit this run's settings: "
            f"{reason_of(error)}. {REMEDY}"
        ) from error
    return history


class WorkMonitor(BaseCallback):
    """Records the means of every score and term over the works each rollout finished.

    Args:
        history: The run's record; gains an entry a rollout, for the learning curve.
    """

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history
        self.recent: deque[Work] = deque(maxlen=RECENT_WORKS)
        self.works: list[Work] = []
        last = history[-1] if history else {}
        self._seconds_before = last.get("seconds", 0.0) - time.perf_counter()
        self._cpu_seconds_before = last.get("cpu_seconds", 0.0) - time.process_time()

    def _on_rollout_start(self) -> None:
        self.works = []

    def _on_step(self) -> bool:
        works = [info["work"] for info in self.locals["infos"] if "work" in info]
        self.works += works
        self.recent += works
        return True

    def _on_rollout_end(self) -> None:
        if not self.works:
            return
        entry = {name: _mean(self.works, name) for name in SCORES}
        entry["unique"] = unique_share(self.works)
        for name, value in entry.items():
            self.logger.record(f"works/{name}", value)
        for term in self.works[0]["terms"]:
            self.logger.record(f"terms/{term}", _mean([w["terms"] for w in self.works], term))
        spent = {
            "seconds": self._seconds_before + time.perf_counter(),
            "cpu_seconds": self._cpu_seconds_before + time.process_time(),
        }
        self.history.append({"timesteps": self.num_timesteps, **spent, **entry})


class Progress(BaseCallback):
    """A progress bar with the quality and novelty of the latest works, and the held-out reward.

    Args:
        monitor: Whose recent works are shown.
        total: Environment steps of the whole run.
    """

    def __init__(self, monitor: WorkMonitor, total: int) -> None:
        super().__init__()
        self.monitor, self.total = monitor, total
        self.bar: tqdm[Any] | None = None
        self._held_out: dict[str, str] = {}

    def close(self) -> None:
        """Leaves the bar as it stands and goes to the next line."""
        if self.bar is not None:
            self.bar.close()

    def _on_training_start(self) -> None:
        self.bar = tqdm(
            total=self.total,
            initial=self.num_timesteps,
            unit=" steps",
            desc="training",
            mininterval=0.5 if sys.stderr.isatty() else 10.0,
            dynamic_ncols=True,
        )

    def _on_rollout_start(self) -> None:
        sampled = [e["held_out"] for e in self.monitor.history if "held_out" in e]
        self._held_out = {"held-out": f"{sampled[-1]:.3f}"} if sampled else {}

    def _on_step(self) -> bool:
        assert self.bar is not None
        recent = self.monitor.recent
        if recent:
            shown = {name: f"{_mean(recent, name):.3f}" for name in ("quality", "novelty")}
            self.bar.set_postfix({**shown, **self._held_out}, refresh=False)
        self.bar.update(self.num_timesteps - self.bar.n)
        return True

    def _on_training_end(self) -> None:
        self.close()


class MediaLogger(BaseCallback):
    """Shows the best and a random work of a rollout in TensorBoard, every so many rollouts.

    Args:
        monitor: Whose works are shown.
        env: The training environments.
        config: Says how often.
    """

    def __init__(self, monitor: WorkMonitor, env: SB3VecEnv, config: RunConfig) -> None:
        super().__init__()
        self.monitor, self.task, self.config = monitor, env.env.task, config

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        rollouts = self.num_timesteps // self.config.rollout
        works = self.monitor.works
        if not works or rollouts % self.config.media_every:
            return
        best = max(works, key=lambda work: work["reward"])
        for writer in tensorboard_writers(self.logger):
            for name, work in (("best", best), ("random", works[rollouts % len(works)])):
                self._show(writer, name, work)

    def _show(self, writer: SummaryWriter, name: str, work: Work) -> None:
        step = self.num_timesteps
        if "rgb_array" in self.task.render_modes:
            picture = self.task.render(work, "rgb_array")
            writer.add_image(name, picture, step, dataformats="HWC")
        artefact = self.task.artefact_of(work)
        if ".wav" in artefact.media:
            with TemporaryDirectory() as folder:
                sound, rate = read_wav(artefact.save(Path(folder) / "work.wav"))
            writer.add_audio(name, torch.from_numpy(sound)[None], step, sample_rate=rate)


def tensorboard_writers(logger: Logger) -> list[SummaryWriter]:
    """Where a logger writes for TensorBoard, for what SB3's own interface cannot say."""
    formats = logger.output_formats
    return [f.writer for f in formats if isinstance(f, TensorBoardOutputFormat)]


def read_wav(path: Path) -> tuple[NDArray[np.float32], int]:
    """Reads a 16-bit WAV file as mono samples in [-1, 1], and its sample rate."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        mono = samples.reshape(-1, file.getnchannels()).mean(axis=1, dtype=np.float32)
        return mono / 2**15, file.getframerate()


def unique_share(works: list[Work]) -> float:
    """Share of different works among these, by their tokens."""
    return len({np.asarray(work["tokens"]).tobytes() for work in works}) / len(works)


def _mean(entries: Iterable[Mapping[str, Any]], name: str) -> float:
    return float(np.mean([entry[name] for entry in entries]))
