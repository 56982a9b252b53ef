"""Fitted numbers that ship with the package: arrays in reproducible archives, checked by hash."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from creative_envs.core.errors import CorruptData
from creative_envs.core.files import write_atomically

Arrays = dict[str, NDArray[Any]]

_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)


def content_hash(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the names, types, shapes and values of arrays, the same on every machine."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        little = array.astype(array.dtype.newbyteorder("<"))
        digest.update(f"{name} {little.dtype.str} {little.shape}\n".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Writes an npz file whole or not at all, the same for the same arrays; returns its hash."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            array = np.ascontiguousarray(arrays[name])
            little = array.astype(array.dtype.newbyteorder("<"))
            np.lib.format.write_array(buffer, little, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, buffer.getvalue(), compresslevel=9)
    write_atomically(path, written.getvalue())
    return content_hash(arrays)


def read_arrays(path: Path, sha256: str, rebuild: str) -> Arrays:
    """Reads a shipped data file and verifies its content.

    Args:
        path: The file.
        sha256: `content_hash` of what this version ships.
        rebuild: The module that makes the file, for the message.

    Raises:
        CorruptData: The file is missing, damaged, or has other content than this version's.
    """
    try:
        with path.open("rb") as file, NpzFile(file) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except Exception as error:  # damaged zip files raise errors of a dozen types
        raise CorruptData(
            f"{path} cannot be read ({error}); reinstall the package, or rebuild the file with "
            f"`python -m {rebuild}`"
        ) from error
    found = content_hash(arrays)
    if found != sha256:
        raise CorruptData(
            f"{path} does not have the content of this version (SHA-256 {found}, expected "
            f"{sha256}); reinstall the package"
        )
    return arrays
