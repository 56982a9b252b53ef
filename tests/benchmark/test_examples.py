from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from creative_envs.benchmark.cell import Cell, run_cell
from creative_envs.benchmark.plugins import find_agent
from creative_envs.benchmark.works import read_episodes, replay
from tests.benchmark.cells import (
    ENVIRONMENT,
    MELODY,
    SCORING,
    TOML,
    WORKS,
    stand_in_for_scoring,
    tiny,
)

FOLDER = Path(__file__).parents[2] / "examples" / "benchmark_agents"
EXAMPLES = {
    "cleanrl_agent.py:CleanRLPPO": "torch",
    "contrib_qrdqn.py:ContribQRDQN": "sb3_contrib",
    "skrl_a2c.py:SkrlA2C": "skrl",
}
"""Each example, and the package it needs."""
MOST_LINES = 30


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_in_the_benchmark(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(EXAMPLES[example])
    monkeypatch.setitem(sys.modules, SCORING, stand_in_for_scoring())
    monkeypatch.chdir(tmp_path)
    suite = tiny(tmp_path)
    cell = Cell(suite, suite.environment(ENVIRONMENT), f"{FOLDER / example}", 0)
    outcomes = [
        run_cell(cell.job(TOML, device="cpu", scratch=None, keep_policy=False)) for _ in range(2)
    ]
    run, files = outcomes[0]["run"], outcomes[0]["files"]
    assert (run["status"], run["error"], run["uncounted_steps"]) == ("ok", "", 0)
    assert 600 - 32 < run["steps"] <= 600
    assert outcomes[1]["run"]["sha256"] == run["sha256"]
    assert len(replay(MELODY, read_episodes(files["works.jsonl"], example))) == WORKS
    assert json.loads(files["score.json"])["metrics"]["works"] == WORKS
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_short(example: str) -> None:
    lines = (FOLDER / example.partition(":")[0]).read_text().splitlines()
    assert sum(bool(line.strip()) for line in lines) <= MOST_LINES


def test_the_readme_names_every_example() -> None:
    text = (FOLDER / "README.md").read_text()
    assert set(re.findall(r"(\w+\.py:\w+)", text)) == set(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_says_what_it_is(example: str) -> None:
    assert find_agent(f"{FOLDER / example}").summary
