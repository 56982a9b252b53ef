"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # there is none but on POSIX systems
    fcntl = None  # type: ignore[assignment]

_NO_LOCKS: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
_ADVICE: Final = {
    errno.ENOENT: "create the folder first",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "the path is a folder; add a file name",
    errno.EACCES: "choose a folder you may write to",
    errno.EPERM: "choose a folder you may write to",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOSPC: "the disk is full; free some space or choose another disk",
    errno.EFBIG: "the disk, or `ulimit -f`, allows no file of this size; choose another disk",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another disk",
}


def write_atomically(path: str | Path, content: bytes) -> Path:
    """Writes a file whole or not at all; an existing file is replaced only by a complete one.

    The content goes to a hidden file in the same folder, which is then renamed. Hidden files that
    killed processes left of earlier tries are removed.

    Args:
        path: Where to write; the folder must exist.
        content: The whole file.

    Returns:
        The path.

    Raises:
        OSError: It could not be written; the message says what to do, and nothing is left behind.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _remove_left(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        advice = _ADVICE.get(error.errno or 0, "try another place")
        raise OSError(
            error.errno, f"could not write: {error.strerror}; {advice}", str(path)
        ) from error
    return path


@contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Holds a lock on a folder, which ends with this process, however it ends.

    Where a system or a disk has no locks, nothing is locked.

    Args:
        folder: It must exist.
        wait: Whether to wait for another process that holds the lock.

    Raises:
        BlockingIOError: Another process holds it, and this one is not to wait.
        OSError: The folder cannot be opened.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        yield
    finally:
        os.close(descriptor)


def _remove_left(path: Path) -> None:
    """Removes what processes that are no more had written of a file."""
    if os.name != "posix":
        return
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        number = left.name.removesuffix(".part").rpartition(".")[2]
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            left.unlink(missing_ok=True)
        except (ValueError, OverflowError, PermissionError):
            continue  # no file of ours, or somebody else's who is at it


def from_home(path: str | os.PathLike[str]) -> Path:
    """The path with "~" replaced by the user's home; as it stands where there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
