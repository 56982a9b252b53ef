"""Folders of files that are there whole or not at all, and are read only if nothing has changed.

A sealed folder holds files and a manifest: the SHA-256 of each file, the schema they are written
in, the program's version and the hash of the reference data they were made with. It is written
beside its final name, flushed to the disk and then renamed, so a folder with a final name is
complete. The schema alone decides whether this program reads it: versions of the program that
write the same schema read each other's files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import creative_envs
from agents.errors import CheckpointError

SCHEMA: Final = 2
MANIFEST: Final = "manifest.json"
REMEDY: Final = "Remove its folder to go back to what was saved before it."
MOST_BYTES: Final = 2**32
"""Larger files are no file of a run."""
_UNFINISHED: Final = ".unfinished"
_NAME: Final = re.compile(r"step_(\d{12,15})")


@dataclass(frozen=True)
class Sealed:
    """What a sealed folder holds.

    Attributes:
        contents: Bytes by file name.
        reference_sha256: Of the reference data they were made with; see `Task.reference_sha256`.
    """

    contents: Mapping[str, bytes]
    reference_sha256: str

    def write(self, folder: Path, timesteps: int, keep: int) -> Path:
        """Writes a sealed folder named after the timesteps into ``folder``.

        Args:
            folder: Made if need be.
            timesteps: Names the sealed folder; one that exists is left as it is.
            keep: Sealed folders that stay; the older ones are removed once this one is safe.

        Raises:
            CheckpointError: It could not be written; what was saved before is untouched.
        """
        final = folder / f"step_{timesteps:012d}"
        if final.exists():
            return final
        unfinished = final.with_name(final.name + _UNFINISHED)
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            for name, data in {**self.contents, MANIFEST: self._manifest()}.items():
                write_durably(unfinished / name, data)
            flush_folder(unfinished)
            unfinished.replace(final)
            flush_folder(folder)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise CheckpointError(
                f"Cannot write {final}: {error.strerror or error}. What was saved before is "
                "untouched; make room and use --resume."
            ) from error
        for old in _complete(folder)[:-keep]:
            shutil.rmtree(old, ignore_errors=True)
        return final

    @classmethod
    def read(cls, path: Path, names: Iterable[str]) -> Sealed:
        """Reads the named files of a sealed folder.

        Raises:
            CheckpointError: One of them is missing, damaged, or written in another schema; a file
                is there that the manifest does not tell of; or something is a link.
        """
        manifest = _read_manifest(path / MANIFEST)
        try:
            hashes = {name: str(manifest["sha256"][name]) for name in names}
            told = {*manifest["sha256"], MANIFEST}
            reference = str(manifest["reference_sha256"])
        except (KeyError, TypeError) as error:
            raise CheckpointError(f"{path / MANIFEST} is damaged. {REMEDY}") from error
        contents = {name: _read_file(path / name, hashes[name]) for name in hashes}
        if path.is_symlink() or {entry.name for entry in path.iterdir()} != told:
            raise CheckpointError(
                f"{path} is a link, or holds other files than {MANIFEST} tells of. {REMEDY}"
            )
        return cls(contents, reference)

    def _manifest(self) -> bytes:
        manifest = {
            "schema": SCHEMA,
            "creative_envs": creative_envs.__version__,
            "reference_sha256": self.reference_sha256,
            "sha256": {n: hashlib.sha256(data).hexdigest() for n, data in self.contents.items()},
        }
        return json.dumps(manifest, indent=2).encode()


def newest(folder: Path) -> Path | None:
    """The newest complete sealed folder of ``folder``, or None."""
    complete = _complete(folder)
    return complete[-1] if complete else None


def step_of(path: Path) -> int:
    """The timesteps a sealed folder is named after."""
    return int(path.name.removeprefix("step_"))


def _complete(folder: Path) -> list[Path]:
    return sorted((p for p in folder.glob("step_*") if _NAME.fullmatch(p.name)), key=step_of)


def require_reference(saved: str, present: str, what: str) -> None:
    """Raises `CheckpointError` unless reference data are those something was made with.

    Args:
        saved: Hash of the data it was made with.
        present: Hash of the environment's.
        what: Named in the error.
    """
    if saved != present:
        raise CheckpointError(
            f"{what} was made with other reference data (SHA-256 {_shown(saved) or 'none'}) than "
            f"the environment has now ({_shown(present) or 'none'}), so its rewards were others: "
            "restore the corpus or the version of creative_envs it was made with, or begin a new "
            "run."
        )


def write_durably(path: Path, data: bytes) -> None:
    """Writes a file and waits until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = dict(json.loads(_read_regular(path)))
        schema = manifest["schema"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path} is missing or damaged. {REMEDY}") from error
    if schema != SCHEMA:
        version = _shown(manifest.get("creative_envs", "of an unknown version"))
        raise CheckpointError(
            f"{path} was written in schema {_shown(schema)} (creative_envs {version}); this "
            f"program, creative_envs {creative_envs.__version__}, reads schema {SCHEMA}: continue "
            "with the version that wrote it, or begin a new run."
        )
    return manifest


def _read_file(path: Path, sha256: str) -> bytes:
    try:
        data = _read_regular(path)
    except (OSError, MemoryError) as error:
        raise CheckpointError(f"{path} is missing or no plain file. {REMEDY}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(f"{path} is damaged (its hash differs). {REMEDY}")
    return data


def _read_regular(path: Path) -> bytes:
    """Reads a plain file: no link, which may lead anywhere, no pipe, nothing endless.

    Raises:
        OSError: It is something else, or cannot be read.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        raise OSError(f"{path} is no plain file")
    return path.read_bytes()


def _shown(value: object) -> str:
    """The beginning of what a manifest says, safe to print."""
    return "".join(letter for letter in str(value)[:12] if letter.isprintable())
