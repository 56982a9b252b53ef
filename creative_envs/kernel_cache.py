"""A place for compiled kernels where there would be none: Numba refuses to work without.

It keeps them beside the package, or in the user's cache folder. In a container both may be
read-only.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Final

VARIABLE: Final = "NUMBA_CACHE_DIR"


def provide_kernel_cache() -> None:
    """Where Numba may write nowhere, gives it a folder of this process and its children alone.

    Nobody else can write into that folder: what lies in a cache is executed.
    """
    if any(_may_be_written(place) for place in _places()):
        return
    try:
        folder = tempfile.mkdtemp(prefix="creative_envs-kernels-")
    except OSError:  # nowhere at all: Numba says so, where a kernel is wanted
        return
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[VARIABLE] = folder
    if "numba" in sys.modules:  # it has read its environment already
        sys.modules["numba"].config.CACHE_DIR = folder
    warnings.warn(
        "Compiled kernels can be kept neither beside the package nor in the home folder, so every "
        f"process compiles them anew; set {VARIABLE} to a folder that may be written to",
        stacklevel=3,
    )


def _places() -> list[Path]:
    """Where Numba looks, in its order."""
    places = [Path(__file__).parent]
    if VARIABLE in os.environ:
        places.insert(0, Path(os.environ[VARIABLE]))
    try:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # there is no home
        return places
    return [*places, Path(caches, "numba")]


def _may_be_written(folder: Path) -> bool:
    """Whether a folder, or the nearest there is above it, takes new files."""
    while not os.access(folder, os.F_OK) and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)
