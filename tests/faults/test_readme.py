"""The tests and commands that the table of faults names exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.faults.storm import SIGNALS

FOLDER = Path(__file__).parent
TEXT = (FOLDER / "README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w./]+\.py)(?:::(\w+))?(?: --signal (\w+))?`", TEXT)))


def test_many_are_named() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize(("path", "test", "signal"), NAMED)
def test_what_is_named_exists(path: str, test: str, signal: str) -> None:
    tree = ast.parse((FOLDER / path).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert not test or test in defined
    assert not signal or signal in SIGNALS


def test_every_fuzz_test_is_named_or_in_a_named_file() -> None:
    named = {path for path, _, _ in NAMED}
    assert {path.name for path in FOLDER.glob("test_*.py")} - {"test_readme.py"} <= named
