"""Where cells live while they run: a folder inside that of the results, locked by its run.

Several commands may write into one folder of results, and any of them may be killed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from creative_envs.benchmark.cell import METER
from creative_envs.core.files import locked

RUNNING: Final = ".running"
_LOCK: Final = "lock"
_CELLS: Final = "*/*/*/seed*"


@contextmanager
def scratch(results: Path) -> Iterator[Path]:
    """A folder for a run's cells, removed in the end; removes those that killed runs have left.

    Args:
        results: The folder of results, which exists.

    Raises:
        OSError: It cannot be written to.
    """
    parent = results / RUNNING
    with locked(results):
        parent.mkdir(exist_ok=True)
        for left in parent.iterdir():
            if not _is_held(left):
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
        lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        with locked(results), suppress(OSError):  # others are running
            parent.rmdir()


def running(results: Path) -> dict[Path, int]:
    """Cells that are being run, by their path in the results, with the steps they have made."""
    found: dict[Path, int] = {}
    with suppress(FileNotFoundError):  # what is done meanwhile is gone
        for folder in (results / RUNNING).glob("*"):
            if _is_held(folder):
                for cell in folder.glob(_CELLS):
                    found[cell.relative_to(folder)] = live_steps(cell)
    return found


def live_steps(cell: Path) -> int:
    """Steps that training has made so far, of a cell that is being run; 0 before it has begun.

    Read straight from the file of `creative_envs.benchmark.budget.Meter`, whose module takes the
    environments along.
    """
    try:
        content = (cell / METER / METER).read_bytes()
        return int(struct.unpack_from("q", content)[0])
    except (OSError, struct.error):
        return 0


def _is_held(folder: Path) -> bool:
    """Whether the run that made this folder still lives."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
