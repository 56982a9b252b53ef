"""The agent of the guide runs; `tests.docs.test_blocks` tries the commands of all guides."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from creative_envs.benchmark.cell import Cell, run_cell
from tests.benchmark.cells import ENVIRONMENT, SCORING, TOML, stand_in_for_scoring, tiny

GUIDE = Path(__file__).parents[2] / "docs" / "benchmark.md"


def test_the_agent_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(
        r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    (tmp_path / "mine.py").write_text(block)
    monkeypatch.setitem(sys.modules, SCORING, stand_in_for_scoring())
    suite = tiny(tmp_path)
    cell = Cell(suite, suite.environment(ENVIRONMENT), f"{tmp_path / 'mine.py'}:MyAgent", 0)
    run = run_cell(cell.job(TOML, device="cpu", scratch=None, keep_policy=False))["run"]
    assert (run["status"], run["error"]) == ("ok", "")
    assert run["steps"] > 500
