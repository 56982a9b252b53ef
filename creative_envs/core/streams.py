"""Output streams that take no more: a full disk, or a reader such as ``head`` that has gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, TextIO

BROKEN_PIPE: Final = 141
"""Exit code of a program whose reader has gone, by the convention of shells (128 + SIGPIPE)."""


def flush() -> None:
    """Flushes what is printed; there may be no stream for it, as under ``>&-``.

    Raises:
        OSError: It cannot be written; `BrokenPipeError` where its reader has gone.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def silence() -> None:
    """Points the output streams at nothing, so that the interpreter need not fail to flush them."""
    _point_at_nothing((sys.stdout, sys.stderr))


def words_of(error: OSError) -> str:
    """What an error of the system says, in a line; gives up the output if that is what failed."""
    try:
        flush()
    except OSError:
        _point_at_nothing((sys.stdout,))
    where = "the output" if error.filename is None else str(error.filename)
    return f"{where}: {error.strerror or error}"


def _point_at_nothing(streams: Iterable[TextIO | None]) -> None:
    for stream in streams:
        if stream is not None:
            with suppress(OSError, ValueError):  # a stream of no file needs no flushing
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
