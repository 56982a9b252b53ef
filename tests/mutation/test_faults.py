"""Planted faults are single changes of the code that is named."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.mutation.__main__ import MASKING, ROOT, SCORING, drawn
from tests.mutation.faults import expressions, planted

SOURCE = '''
LIMIT: int = 3

def score(a: int, b: int = 9) -> int:
    """Docstrings stay."""
    if a < LIMIT:
        raise ValueError(f"{a + 1}")
    return min(a * 2, b)

def fit_line(a):
    return a + 1
'''


def test_each_is_one_change_and_refusals_are_left_alone() -> None:
    count = len(list(expressions(ast.parse(SOURCE))))
    faults = [planted(Path("f.py"), SOURCE, number) for number in range(count)]
    assert [(fault.before, fault.after) for fault in faults] == [
        ("a < LIMIT", "a > LIMIT"),
        ("min(a * 2, b)", "max(a * 2, b)"),
        ("a * 2", "a + 2"),
        ("2", "5"),
    ]
    whole = ast.unparse(ast.parse(SOURCE)) + "\n"
    for fault in faults:
        assert fault.source == whole.replace(fault.before, fault.after)


def test_a_seed_draws_the_same_faults_from_all_domains() -> None:
    faults = drawn(3, 20)
    assert faults == drawn(3, 20) != drawn(4, 20)
    assert {fault.path.parts[1] for fault in faults} == set(SCORING)
    assert len(set(map(str, faults))) == 20


def test_the_files_named_exist() -> None:
    named = [file for files in (*SCORING.values(), *MASKING.values()) for file in files]
    assert [file for file in named if not (ROOT / "creative_envs" / file).is_file()] == []
