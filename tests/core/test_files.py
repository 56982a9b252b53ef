from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from creative_envs.core.files import locked, write_atomically


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "work.bin"
    assert write_atomically(path, b"first") == path
    write_atomically(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["work.bin"]


def test_missing_folder_says_to_create_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="create the folder first"):
        write_atomically(tmp_path / "absent" / "work.bin", b"x")


def test_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="not a folder"):
        write_atomically(tmp_path / "file" / "work.bin", b"x")


def test_path_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="add a file name"):
        write_atomically(tmp_path / "folder", b"x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="you may write to"):
        write_atomically(tmp_path / "work.bin", b"x")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "you may write to"),
        (errno.EIO, "another place"),
    ],
)
def test_failure_halfway_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    path = tmp_path / "work.bin"
    path.write_bytes(b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=advice) as caught:
        write_atomically(path, b"new")
    assert caught.value.errno == number
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["work.bin"]


@pytest.mark.skipif(os.name != "posix", reason="whether a process lives is asked on POSIX alone")
def test_what_killed_writers_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / f".work.bin.{gone.pid}.part").write_bytes(b"half")
    kept = {f".work.bin.{os.getppid()}.part", ".work.bin.mine.part", f".other.{gone.pid}.part"}
    for name in kept:
        (tmp_path / name).write_bytes(b"half")
    write_atomically(tmp_path / "work.bin", b"whole")
    assert {entry.name for entry in tmp_path.iterdir()} == kept | {"work.bin"}


def test_a_lock_keeps_others_out_and_ends(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(BlockingIOError), locked(tmp_path, wait=False):
        pass
    with locked(tmp_path, wait=False):
        pass
