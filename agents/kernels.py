"""A word to the user where kernels have to be compiled: once on each machine, half a minute."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any, Final

from numba.core import event

COMPILING: Final = "Compiling kernels, once on this machine: it takes about half a minute ..."


@lru_cache(maxsize=1)
def announce_compiling() -> None:
    """From now on, says so when this process compiles its first kernel.

    Nothing is said where all kernels come from Numba's disk cache. It goes to the error stream, as
    what commands print may be read by programs.
    """
    event.register("numba:compile", _Herald())


class _Herald(event.Listener):  # type: ignore[misc]
    """Speaks once."""

    told = False

    def on_start(self, event: Any) -> None:
        if not self.told:
            self.told = True
            print(COMPILING, file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Nothing is said of the end."""
