"""The guide does what it says: its agent runs, and the commands it names are understood."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from creative_envs.benchmark.cell import Cell, run_cell
from creative_envs.benchmark.command import _parser
from tests.benchmark.cells import ENVIRONMENT, SCORING, TOML, stand_in_for_scoring, tiny

ROOT = Path(__file__).parents[2]
GUIDES = ("README.md", "docs/benchmark.md", "docs/results/benchmark/README.md")
TEXT = {name: (ROOT / name).read_text(encoding="utf-8") for name in GUIDES}
NAMED = sorted(
    {
        line.split("#")[0].strip()
        for text in TEXT.values()
        for line in re.sub(r"\\\n\s+", "", text).splitlines()
        if line.strip().startswith("creative-bench ")
    }
)


def test_the_guides_name_what_is_tested_here() -> None:
    assert {command.split()[1] for command in NAMED} >= {"list", "run", "report", "compare"}


@pytest.mark.parametrize("command", NAMED)
def test_a_command_is_understood(command: str) -> None:
    assert callable(_parser().parse_args(command.split()[1:]).handler)


def test_the_agent_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", TEXT["docs/benchmark.md"], flags=re.DOTALL)
    (tmp_path / "mine.py").write_text(block)
    monkeypatch.setitem(sys.modules, SCORING, stand_in_for_scoring())
    suite = tiny(tmp_path)
    cell = Cell(suite, suite.environment(ENVIRONMENT), f"{tmp_path / 'mine.py'}:MyAgent", 0)
    run = run_cell(cell.job(TOML, device="cpu", scratch=None, keep_policy=False))["run"]
    assert (run["status"], run["error"]) == ("ok", "")
    assert run["steps"] > 500
