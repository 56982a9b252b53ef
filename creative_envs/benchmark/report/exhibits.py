"""Works on show: replayed from what is kept of them, small enough for many on a page."""

from __future__ import annotations

import io
import tempfile
import wave
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.report.table import Entry, Row
from creative_envs.core.documents import data_uri

if TYPE_CHECKING:
    from creative_envs.benchmark.suite import Environment
    from creative_envs.benchmark.works import Episode
    from creative_envs.core.task import Task

Fetch = Callable[[Row], "Sequence[Episode]"]
"""The works of a cell as they are kept."""
PICKS: Final = {"best": "its best", "median": "its median", "first": "its first"}
"""Which works are shown. The first one of a seed has the same brief for all agents."""
MOVING: Final = ("best",)
"""Those whose making is shown too, where it is short enough."""

PICTURE_WIDTH: Final = 640
"""Pixels at most."""
PALETTE: Final = 48
"""Colours of a picture."""
SAMPLE_RATE: Final = 11_025
"""Of sounds, whose samples are of 8 bits."""
LONGEST_SOUND: Final = 24.0
"""Seconds."""
LARGEST_MOVING: Final = 300_000
"""Bytes of a moving picture."""


@dataclass(frozen=True)
class Exhibit:
    """A work on show.

    Attributes:
        agent: Who made it.
        seed: Of the run.
        pick: Why this one, of `PICKS`.
        scores: Of the work, by name.
        brief: In words.
        pictures: As data URIs, the still one first.
        sound: As data URI; empty where there is nothing to hear.
        text: Of works without a picture.
    """

    agent: str
    seed: int
    pick: str
    scores: Mapping[str, float]
    brief: Mapping[str, Any]
    pictures: tuple[str, ...] = ()
    sound: str = ""
    text: str = ""

    @property
    def size(self) -> int:
        """Characters it takes on a page."""
        return sum(map(len, self.pictures)) + len(self.sound) + len(self.text)

    def smaller(self) -> Exhibit:
        """The work with its still picture alone."""
        return replace(self, pictures=self.pictures[:1], sound="")


def exhibits(environment: Environment, entries: Sequence[Entry], fetch: Fetch) -> list[Exhibit]:
    """Works of every agent: the best and the median of its best seed, and the first of a seed.

    That seed is the same for all agents that have it, and so is the brief, but for agents that
    make briefs of their own.

    Args:
        environment: Where they were made.
        entries: Of that environment.
        fetch: Gives the episodes of a cell.

    Raises:
        InvalidResults: What is kept of a work cannot be executed.
    """
    from creative_envs.benchmark.works import replay

    counts = Counter(seed for entry in entries for seed in entry.seeds)
    seed = max(counts, key=lambda one: (counts[one], -one), default=0)
    wanted = [(entry, *pick) for entry in entries for pick in _picks(entry, seed)]
    kept = {id(row): fetch(row) for _, _, row, _ in wanted}
    wanted = [one for one in wanted if one[3] < len(kept[id(one[2])])]
    works = replay(environment, [kept[id(row)][index] for _, _, row, index in wanted])
    task = environment.make_held_out(1).task
    return [
        _exhibit(task, entry.agent, int(row["seed"]), pick, _of_episode(made, pick))
        for (entry, pick, row, _), made in zip(wanted, works, strict=True)
    ]


def within(shown: Iterable[Exhibit], limit: int) -> tuple[list[Exhibit], int]:
    """Leaves out sounds and moving pictures, of the last ones first, until all fit.

    Args:
        shown: In order of weight.
        limit: Characters in all.

    Returns:
        The works, and how many have lost something.
    """
    kept = list(shown)
    total, lost = sum(one.size for one in kept), 0
    order = sorted(range(len(kept)), key=lambda i: (kept[i].pick != "median", -i))
    for index in order:
        if total <= limit:
            break
        small = kept[index].smaller()
        if small.size < kept[index].size:
            total -= kept[index].size - small.size
            kept[index], lost = small, lost + 1
    return kept, lost


def _picks(entry: Entry, seed: int) -> list[tuple[str, Row, int]]:
    """Name, cell and number of the episodes to show."""
    best = entry.best()
    common = next((row for row in entry.rows if row["seed"] == seed), entry.rows[0])
    found = []
    for name in ("best", "median"):
        indices = (best.get("shown") or {}).get(name) or ()
        found += [(name, best, int(index)) for index in indices[:1]]
    return [*found, ("first", common, 0)]


def _of_episode(works: Sequence[Mapping[str, Any]], pick: str) -> Mapping[str, Any]:
    """Of a portfolio the best work, or else its first."""
    return max(works, key=lambda work: float(work["reward"])) if pick == "best" else works[0]


def _exhibit(task: Task, agent: str, seed: int, pick: str, work: Mapping[str, Any]) -> Exhibit:
    from creative_envs.core.artefacts import titled

    names = ("reward", "quality", "craft", "adherence", "novelty")
    shown = Exhibit(
        agent=agent,
        seed=seed,
        pick=pick,
        scores={name: float(work[name]) for name in names if name in work},
        brief=task.describe_brief(work["brief"]),
    )
    artefact = titled(task.artefact_of(work), f"{agent}, {PICKS[pick]}")
    with tempfile.TemporaryDirectory() as folder:
        wanted = [m for m in artefact.media if m in _READERS and (m != ".gif" or pick in MOVING)]
        files = [artefact.save(Path(folder) / f"work{suffix}") for suffix in wanted]
        return _with_files(shown, files)


def _with_files(shown: Exhibit, files: Sequence[Path]) -> Exhibit:
    read = {file.suffix: _READERS[file.suffix](file.read_bytes()) for file in files}
    still = read.get(".png") or read.get(".svg", "")
    moving = read.get(".gif", "")
    pictures = tuple(uri for uri in (still, moving) if uri)
    text = "" if pictures else read.get(".txt", "")
    return replace(shown, pictures=pictures, sound=read.get(".wav", ""), text=text)


def _small_picture(content: bytes) -> str:
    """A PNG made narrow and of few colours."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    if picture.width > PICTURE_WIDTH:
        height = round(picture.height * PICTURE_WIDTH / picture.width)
        picture = picture.resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    few = picture.quantize(PALETTE, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return data_uri("image/png", buffer.getvalue())


def _small_sound(content: bytes) -> str:
    """A WAV of 16 bits as one of 8, mono, at `SAMPLE_RATE`: every browser plays it."""
    with wave.open(io.BytesIO(content)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        frames = file.readframes(min(file.getnframes(), round(LONGEST_SOUND * rate)))
    sound = np.frombuffer(frames, "<i2").reshape(-1, channels).mean(axis=1)
    sound = _resampled(sound, round(len(sound) * SAMPLE_RATE / rate))
    peak = float(np.abs(sound).max(initial=0.0)) or 1.0
    samples = np.clip(np.rint(sound / peak * 120 + 128), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.tobytes())
    return data_uri("audio/wav", buffer.getvalue())


def _resampled(sound: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The same sound in fewer samples, without what lies beyond half their rate."""
    if count >= len(sound):
        return sound
    spectrum = np.fft.rfft(sound)[: count // 2 + 1]
    return np.fft.irfft(spectrum, count) * (count / len(sound))


def _small_moving(content: bytes) -> str:
    return data_uri("image/gif", content) if len(content) <= LARGEST_MOVING else ""


_READERS: Final[Mapping[str, Callable[[bytes], str]]] = {
    ".png": _small_picture,
    ".svg": lambda content: data_uri("image/svg+xml", content),
    ".gif": _small_moving,
    ".wav": _small_sound,
    ".txt": lambda content: content.decode("utf-8", "replace"),
}
