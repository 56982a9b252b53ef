"""Audit judges that ship with the package, so that nobody waits for the usual ones to be taught.

The file holds, for each, the hash of its library, its size and its numbers. What is not in it is
taught when it is needed, see `judge.load_judge`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from creative_envs.core.stored import Arrays, read_arrays

FILE_NAME: Final = "judges.npz"
SHA256: Final = "4a4462cd86626fd9520cdf338f7b99cf0ae2f59f2c834a4791653d82a322e4db"
"""Of the file's content; `python -m creative_envs.patches.calibrate` writes it."""


def data_path() -> Path:
    """Where the file lies."""
    return Path(str(files("creative_envs.patches") / "data" / FILE_NAME))


def shipped_arrays(library_sha256: str, size: int) -> Arrays | None:
    """The numbers of a judge by name, or None where none is shipped for this library and size.

    Raises:
        CorruptData: The file is missing, damaged, or has other content than this version's.
    """
    stored = _stored()
    kinds = zip(stored["library"].tolist(), stored["size"].tolist(), strict=True)
    for row, kind in enumerate(kinds):
        if kind == (library_sha256, size):
            return {n: a[row] for n, a in stored.items() if n not in ("library", "size")}
    return None


@lru_cache(maxsize=1)
def _stored() -> Arrays:
    return read_arrays(data_path(), SHA256, "creative_envs.patches.calibrate")
