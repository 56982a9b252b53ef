"""A pytest plugin: leaves out files of tests that import, at their head, what is not installed.

A folder goes with its conftest file. Followed through the tests' own modules; what the package
itself imports is left to fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

_LEFT_OUT = pytest.StashKey[dict[str, str]]()
PACKAGE = "creative_envs"


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEFT_OUT] = {}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    file = collection_path / "conftest.py" if collection_path.is_dir() else collection_path
    missing = missing_import(file, config.rootpath) if _is_module(file) else None
    if missing is None:
        return None
    config.stash[_LEFT_OUT][str(collection_path.relative_to(config.rootpath))] = missing
    return True


def _is_module(file: Path) -> bool:
    return file.suffix == ".py" and file.is_file()


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    left_out = config.stash[_LEFT_OUT]
    reasons = sorted(set(left_out.values()))
    missing = ", ".join(reasons) or "none"
    return [f"{len(left_out)} files and folders left out: not installed are {missing}"]


@cache
def missing_import(path: Path, root: Path) -> str | None:
    """The first top-level module that a file imports at its head and nobody has installed."""
    for name in _imports(path):
        top = name.partition(".")[0]
        if top == "tests":
            module = root.joinpath(*name.split(".")).with_suffix(".py")
            found = missing_import(module, root) if module.exists() else None
            if found is not None:
                return found
        elif top != PACKAGE and find_spec(top) is None:
            return top
    return None


def _imports(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
