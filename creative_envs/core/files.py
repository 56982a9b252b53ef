"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

_ADVICE: Final = {
    errno.ENOENT: "create the folder first",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "the path is a folder; add a file name",
    errno.EACCES: "choose a folder you may write to",
    errno.EPERM: "choose a folder you may write to",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOSPC: "the disk is full; free some space or choose another disk",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another disk",
}


def write_atomically(path: str | Path, content: bytes) -> Path:
    """Writes a file whole or not at all; an existing file is replaced only by a complete one.

    The content goes to a hidden file in the same folder, which is then renamed.

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
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        advice = _ADVICE.get(error.errno or 0, "try another place")
        raise OSError(
            error.errno, f"could not write: {error.strerror}; {advice}", str(path)
        ) from error
    return path


def from_home(path: str | os.PathLike[str]) -> Path:
    """The path with "~" replaced by the user's home; as it stands where there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
