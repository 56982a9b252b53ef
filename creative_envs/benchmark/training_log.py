"""What training makes on the way: the works that learning curves are computed from."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from creative_envs.benchmark.works import Episode, read_episodes, write_episodes

_PATTERN: Final = "training-*.jsonl"
_FIRST_CAPACITY: Final = 256


@dataclass(frozen=True)
class Windows:
    """Equal parts of a budget, each a point of the learning curve.

    Attributes:
        budget: Environment steps in all.
        points: How many windows they are divided into.
        point_works: Episodes kept of each: the latest ones.
    """

    budget: int
    points: int = 10
    point_works: int = 256

    def of(self, step: int) -> int:
        """The window, 0 .. points - 1, of a step counted from 1."""
        return min((step - 1) * self.points // self.budget, self.points - 1)

    def end(self, window: int) -> int:
        """The last step of a window."""
        return -(-(window + 1) * self.budget // self.points)


class Recorder:
    """Keeps the latest episodes of an environment, window by window, and writes them to files.

    Every process and every environment object writes a file of its own, so none waits for another.
    Copies and pickles begin empty.

    Args:
        folder: Where the files go.
        windows: Which episodes are kept.
        at_once: Whether the last window is written as it goes. Environments in subprocesses need
            that: many a library ends those without closing them.
    """

    def __init__(self, folder: Path, windows: Windows, at_once: bool = False) -> None:
        self.folder, self.windows, self._at_once = folder, windows, at_once
        self._kept: deque[Episode] = deque(maxlen=windows.point_works)
        self._window, self._end = 0, windows.end(0)
        self._process = os.getpid()
        self._path: Path | None = None
        _LIVE.add(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Recorder, (self.folder, self.windows, self._at_once)

    def __del__(self) -> None:
        with suppress(Exception):  # the interpreter may be half gone
            self.flush()

    def reached(self, step: int) -> None:
        """Notes how far training is: the kept episodes are written where a window ends."""
        if step > self._end:
            self.flush()
            self._window = self.windows.of(step)
            self._end = self.windows.end(self._window)

    def add(self, episodes: Iterable[Episode]) -> None:
        """Keeps episodes that ended in the step last `reached`."""
        self._forget_parent()
        self._kept.extend(episodes)
        if self._at_once and self._window == self.windows.points - 1:
            self.flush()

    def flush(self) -> None:
        """Writes the kept episodes."""
        self._forget_parent()
        if not self._kept:
            return
        if self._path is None:
            self._path = self.folder / f"training-{self._process}-{next(_NUMBERS)}.jsonl"
        with self._path.open("a", encoding="utf-8") as file:
            file.write(write_episodes(self._kept))
        self._kept.clear()

    def _forget_parent(self) -> None:
        """Drops what a fork copied: the process that kept it writes it."""
        if self._process != os.getpid():
            self._kept.clear()
            self._process, self._path = os.getpid(), None


_LIVE: Final[WeakSet[Recorder]] = WeakSet()
_NUMBERS: Final = itertools.count()


class Trace:
    """Executed actions of N episodes side by side, each at its own pace."""

    def __init__(self, count: int) -> None:
        self._log = np.zeros((_FIRST_CAPACITY, count), np.int64)
        self._now = 0
        self._start = np.zeros(count, np.int64)
        self._whole = np.zeros(count, np.bool_)
        self._brief: NDArray[np.float32] = np.zeros((count, 0), np.float32)

    def begin(self, rows: NDArray[Any], briefs: NDArray[np.float32]) -> None:
        """Begins episodes.

        Args:
            rows: Which, shape (n,) of indices or (N,) of bool.
            briefs: Of all N, shape (N, B).
        """
        if self._brief.shape != briefs.shape:
            self._brief = np.zeros(briefs.shape, np.float32)
        self._brief[rows] = briefs[rows]
        self._start[rows] = self._now
        self._whole[rows] = True

    def note(self, executed: NDArray[np.int64] | int) -> None:
        """Adds a step's actions, shape (N,)."""
        if self._now == len(self._log):
            self._make_room()
        self._log[self._now] = executed
        self._now += 1

    def forget(self) -> None:
        """Gives up the episodes in progress: somebody set their state, so actions do not tell."""
        self._whole[:] = False

    def end(self, rows: Iterable[int], step: int) -> list[Episode]:
        """Ends episodes, and gives those that are known from their beginning."""
        ended = []
        for row in rows:
            if self._whole[row]:
                actions = self._log[self._start[row] : self._now, row].copy()
                ended.append(Episode(self._brief[row].copy(), actions, step))
                self._whole[row] = False
        return ended

    def _make_room(self) -> None:
        needed = self._start[self._whole]
        first = int(needed.min()) if needed.size else self._now
        left = self._log[first : self._now]
        if len(left) > len(self._log) // 2:
            self._log = np.concatenate([left, np.zeros_like(self._log)])
        else:
            self._log[: len(left)] = left.copy()
        self._now = len(left)
        self._start -= first


def collect(folder: Path, points: int, point_works: int, budget: int) -> list[list[Episode]]:
    """The latest episodes of each window, of all environments and processes together.

    Args:
        folder: Where the recorders wrote, the meter's.
        points: How many windows.
        point_works: Episodes of each window, at most.
        budget: Environment steps of all windows.

    Returns:
        For each window its episodes in the order they ended; what ended in the same step is ordered
        by content, so that process numbers make no difference.
    """
    for recorder in list(_LIVE):
        if recorder.folder == folder:
            recorder.flush()
    episodes: list[Episode] = []
    for path in sorted(folder.glob(_PATTERN)):
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]  # a killed process may leave half a line
        episodes += read_episodes(whole, path.name)
    episodes.sort(key=lambda one: (one.step, one.actions.tolist(), one.brief.tolist()))
    windows = Windows(budget, points, point_works)
    found: list[list[Episode]] = [[] for _ in range(points)]
    for episode in episodes:
        found[windows.of(episode.step)].append(episode)
    return [window[-point_works:] for window in found]
