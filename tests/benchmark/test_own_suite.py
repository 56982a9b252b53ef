"""Suites of one's own: over somebody else's environments, calibrated, and with mistakes in them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from creative_envs.benchmark import calibration
from creative_envs.benchmark.command import main
from creative_envs.benchmark.errors import InvalidSuite
from creative_envs.benchmark.suite import load_suite

HEAD = """title = "Mine."
budget = 100
seeds = 1
works = 4
points = 2
point_works = 2

[[environments]]
id = "{id}"
grid = {{ warp_share = [0.0, 1.0], float = [0.0, 1.0] }}
held_out = {{}}
"""
MODULE = """import gymnasium as gym
gym.register(id="lent/Weave-v0", entry_point="examples.weaving.task:WeaveEnv",
             vector_entry_point="examples.weaving.task:WeaveVectorEnv")
"""


def suite(folder: Path, env_id: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(HEAD.format(id=env_id))
    return path


def test_a_suite_without_yardstick_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidSuite, match=r"no reference_sha256 and no yardstick.*calibration FILE"
    ):
        load_suite(str(suite(tmp_path, "examples.weaving:examples/WeaveDesign-v0")))


def test_what_calibration_prints_completes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an environment in a module of the working folder, as `creative-bench` finds it."""
    (tmp_path / "lent_weaves.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = suite(tmp_path, "lent_weaves:lent/Weave-v0")
    assert calibration.main([str(path)]) == 0
    path.write_text(path.read_text() + capsys.readouterr().out)
    (environment,) = load_suite(str(path)).environments
    environment.check_references()
    assert environment.name == "Weave"
    assert environment.yardstick.creative_yield > 1


@pytest.mark.parametrize(
    ("env_id", "words"),
    [
        ("no_such_module:a/B-v0", "cannot be made.*no_such_module"),
        ("creative_envs/MelodyCompositoin-v0", "cannot be made.*MelodyComposition"),
        ("CartPole-v1", "cannot be made.*CartPole"),
    ],
)
def test_an_environment_that_cannot_be_had_is_a_line(
    env_id: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = suite(tmp_path, env_id)
    assert calibration.main([str(path)]) == 2
    measured = """reference_sha256 = ""
[environments.yardstick]
known_kin = 0.0
known_likeness = 0.0
kin_quantiles = [0.0, 1.0]
creative_yield = 1.0
point_yield = 1.0
"""
    path.write_text(path.read_text() + measured)
    arguments = ["run", "--suite", str(path), "--agents", "random", "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    first, second = capsys.readouterr().err.splitlines()
    for line in (first, second):
        assert re.search(words, line), line
