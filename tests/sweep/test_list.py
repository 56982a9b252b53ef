"""The list in `README.md` names tests that exist."""

from __future__ import annotations

import ast

import pytest

from tests.sweep.counts import ROOT, lines

LISTED = [(item, test) for item, tests, _ in lines() for test in tests]


@pytest.mark.parametrize(("item", "test"), LISTED)
def test_names_tests_that_exist(item, test):
    path, *names = test.split("::")
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    for name in names:
        (found,) = [node for node in body if getattr(node, "name", None) == name]
        body = getattr(found, "body", [])
    assert (
        any(isinstance(node, ast.ClassDef | ast.FunctionDef) for node in ast.walk(found))
        if (names)
        else any("test" in getattr(node, "name", "").lower() for node in body)
    )


def test_every_line_counts_its_cases():
    counts = [int(count) for _, _, count in lines()]
    assert len(counts) > 20 and min(counts) > 0
