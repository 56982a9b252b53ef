"""The data files of the melody domain: arrays in reproducible archives, checked by hash."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from creative_envs.core import stored
from creative_envs.core.stored import Arrays, content_hash, write_arrays
from creative_envs.melody.fitted.fingerprints import SHA256

__all__ = ["Arrays", "content_hash", "data_path", "read_arrays", "write_arrays"]


def data_path(name: str) -> Path:
    """Where a data file of the melody domain lies."""
    return Path(str(files("creative_envs.melody") / "data" / name))


def read_arrays(name: str, path: Path | None = None) -> Arrays:
    """Reads a shipped data file and verifies its content.

    Args:
        name: the file's name, a key of `fingerprints.SHA256`.
        path: another place to read it from.

    Raises:
        CorruptData: the file is missing, damaged, or has other content than this version's.
    """
    path = path or data_path(name)
    return stored.read_arrays(path, SHA256[name], "creative_envs.melody.calibrate")
