"""The count of environment steps, shared by all processes of a training run.

For Linux and macOS: its file is locked with ``flock``.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from creative_envs.benchmark.errors import BenchmarkError, BudgetExhausted
from creative_envs.benchmark.training_log import Windows

_REFUSED, _USED, _SHARED = 0, 1, 2
"""Entries of the file: the process last refused a step, how many entries are in use, and steps
counted under the lock. The others are steps of one process each."""
_ENTRIES: Final = 512
_BYTES: Final = 8 * _ENTRIES
_CLOSE: Final = 4096
"""Steps before the limit from which on counting takes the lock."""


class Meter:
    """Counts environment steps up to a limit, exactly, wherever they are made.

    The count lies in a file that all processes map, so those of a `SubprocVecEnv`, forked or
    spawned, count into one number. Pickles by its path.

    Close to the limit counting locks the file. Before, each process adds to an entry of its own,
    and only then reads the sum of all: of any steps that were granted, those whose sum was read
    last are known to fit beside all others, so that a lock, which costs as much as a small
    environment's step does, is not needed.

    Args:
        path: File of the count; made if there is none, else counting goes on.
        limit: Steps that may be made.
        points: Into how many windows the limit is divided, for learning curves.
        point_works: Episodes recorded of each window; see `training_log`.

    Attributes:
        path: As given.
        limit: As given.
        windows: The limit, divided.
    """

    def __init__(self, path: Path, limit: int, points: int = 10, point_works: int = 256) -> None:
        path = Path(path).absolute()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, _BYTES)
        finally:
            os.close(descriptor)
        self.__setstate__((path, Windows(limit, points, point_works)))

    def __getstate__(self) -> tuple[Path, Windows]:
        return self.path, self.windows

    def __setstate__(self, state: tuple[Path, Windows]) -> None:
        self.path, self.windows = state
        self.limit = self.windows.budget
        self._open()

    @property
    def folder(self) -> Path:
        """Where the count is, and the works of training."""
        return self.path.parent

    @property
    def spent(self) -> int:
        """Steps counted so far, by all processes."""
        return sum(self._counts[_SHARED : self._counts[_USED]])

    @property
    def exhausted(self) -> bool:
        """Whether a step has been refused."""
        return bool(self._counts[_REFUSED])

    def refused(self) -> int:
        """The process that was last refused a step, 0 if none was."""
        return self._counts[_REFUSED]

    def take(self, steps: int) -> int:
        """Counts steps that are about to be made.

        Args:
            steps: How many, at least 1.

        Returns:
            All steps counted, these included.

        Raises:
            BudgetExhausted: They do not all fit; none is counted, and `exhausted` holds from now.
        """
        if self._process != os.getpid():  # forked: the lock would be shared with the parent
            self._open()
        with self._threads:
            total = 0 if self._close else self._take_freely(steps)
            return total or self._take_locked(steps)

    def _take_freely(self, steps: int) -> int:
        """Counts steps without the lock; counts none and gives 0 where the limit is close."""
        self._counts[self._own] += steps
        total = self.spent
        if total <= self.limit - _CLOSE:
            return total
        self._counts[self._own] -= steps
        self._close = True
        return 0

    def _take_locked(self, steps: int) -> int:
        with self._locked():
            self._counts[_SHARED] += steps
            total = self.spent
            if total <= self.limit:
                return total
            self._counts[_SHARED] -= steps
            self._counts[_REFUSED] = self._process
        raise self._exhausted(steps)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _exhausted(self, steps: int) -> BudgetExhausted:
        return BudgetExhausted(
            f"The budget of {self.limit} steps does not allow {steps} more after {self.spent}: "
            "return a policy from what was learnt so far, and use context.until_spent() around "
            "libraries that count otherwise."
        )

    def _open(self) -> None:
        try:
            self._descriptor = os.open(self.path, os.O_RDWR)
        except FileNotFoundError as error:
            raise BenchmarkError(
                f"{self.path} is not here: steps count only on the machine that trains, while it "
                "trains. Make environments there."
            ) from error
        weakref.finalize(self, os.close, self._descriptor)
        self._counts = memoryview(mmap.mmap(self._descriptor, _BYTES)).cast("q")
        self._threads = threading.Lock()
        self._process = os.getpid()
        with self._locked():
            self._own = max(self._counts[_USED], _SHARED + 1)
            if self._own < _ENTRIES:
                self._counts[_USED] = self._own + 1
        self._close = self._own == _ENTRIES or self.limit <= _CLOSE
