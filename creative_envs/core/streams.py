"""Output streams whose reader has gone, such as ``head`` when it has had enough."""

from __future__ import annotations

import os
import sys
from typing import Final

BROKEN_PIPE: Final = 141
"""Exit code of a program that ends for it, by the convention of shells (128 + SIGPIPE)."""


def silence() -> None:
    """Points the output streams at nothing, so that the interpreter need not fail to flush them."""
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
