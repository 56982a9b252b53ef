"""Reading files that somebody else may have made."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 2**24
"""Of a file that people write or read, unless its reader knows better."""
GARBLED: Final = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What Python raises where a part is missing, of another kind, or far too large or deep."""


def read_plain(path: str | Path, most: int = MOST_BYTES) -> bytes:
    """Content of a file; links are followed, but nothing is waited for and nothing is endless.

    Args:
        path: The file.
        most: Bytes it may have.

    Raises:
        OSError: It cannot be read, is larger, or is a folder, pipe or device, which may never end;
            the message says so.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a file, but a pipe or device", str(path))
        if status.st_size > most:
            raise OSError(errno.EFBIG, f"larger than {most} bytes, as no such file is", str(path))
        return file.read(most)


def brings_module(folder: Path, env_id: str) -> bool:
    """Whether Gymnasium, asked for this id, would import a module that lies in the folder.

    For ids of the form "module:name-v0" it imports the module. What somebody else made, such as a
    run or results, may name one, but must not bring its own.

    Args:
        folder: What somebody else made.
        env_id: Of an environment, as named there.
    """
    module, colon, _ = env_id.partition(":")
    parts = module.split(".") if colon else []
    inside = folder.resolve()
    places = (Path(entry, *parts).resolve() for entry in (*sys.path, ""))
    return bool(parts) and any(place.is_relative_to(inside) for place in places)


def _without_waiting(path: str, flags: int) -> int:
    """Opens as usual, but does not wait for somebody to write into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
