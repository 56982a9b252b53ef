"""The wheel holds the package, all of it, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from tests.packaging.wheel_environment import copy_repository

ROOT = Path(__file__).parents[2]
MOST_BYTES = 4_000_000
"""Of the wheel; most of it is tunes and pictures."""


@pytest.fixture(scope="module", name="wheel")
def built(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built without a network, of a copy, as building leaves folders behind."""
    pytest.importorskip("setuptools", minversion="77")
    if not (ROOT / "creative_envs").exists():
        pytest.skip("no checkout")
    folder = tmp_path_factory.mktemp("wheel")
    copy_repository(folder / "source", ("creative_envs", "agents"))
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", folder, folder / "source"], check=True)
    (path,) = folder.glob("*.whl")
    assert path.stat().st_size < MOST_BYTES
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module", name="metadata")
def read(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def test_holds_every_file_of_the_package_and_none_beside(wheel: zipfile.ZipFile) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    listed = subprocess.run([*command, "creative_envs"], cwd=ROOT, capture_output=True, check=True)
    tracked = {name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == tracked and "creative_envs/py.typed" in held
    assert sum(name.endswith((".npz", ".webp", ".toml", ".json")) for name in held) > 15


def test_licences_and_provenance_are_with_it(wheel: zipfile.ZipFile) -> None:
    told = {name.partition("/licenses/")[2] for name in wheel.namelist() if "/licenses/" in name}
    provenance = ROOT.glob("creative_envs/*/data/PROVENANCE.md")
    assert told == {"LICENSE", *(path.relative_to(ROOT).as_posix() for path in provenance)}


def test_metadata_tell_what_is_tested(metadata: Message) -> None:
    classifiers = metadata.get_all("Classifier") or []
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert str(metadata.get_payload()).strip() == (ROOT / "README.md").read_text().strip()
    assert "Operating System :: POSIX :: Linux" in classifiers
    assert "Operating System :: OS Independent" not in classifiers
    minors = {one.rpartition(".")[2] for one in classifiers if "Python :: 3." in one}
    assert min(map(int, minors)) == int(metadata["Requires-Python"].rpartition(".")[2])
