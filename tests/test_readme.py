"""The README does what it says: its code runs, and the commands it names exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import gymnasium as gym
import pytest

import creative_envs  # noqa: F401  registers the environments
from agents.commands import build_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = README.split("```")[1::2]
"""Fenced blocks, each beginning with the name of its language."""
PYTHON = [block.removeprefix("python\n") for block in CODE if block.startswith("python\n")]
COMMANDS = [line for block in CODE if block.startswith("sh\n") for line in block.splitlines()[1:]]
INLINE = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", README, flags=re.DOTALL))


def named(program: str) -> list[str]:
    """Every command of a program the README names, in a block or a sentence, without comments."""
    commands = [command.split("#")[0].strip() for command in COMMANDS + INLINE]
    return sorted({command for command in commands if command.startswith(f"{program} ")})


def test_the_readme_names_what_is_tested_here() -> None:
    assert len(PYTHON) >= 2
    assert {"make train", "make test"} <= set(named("make"))
    assert len(named("python train_agent.py")) >= 3


@pytest.mark.parametrize("source", PYTHON, ids=range(len(PYTHON)))
def test_python_block_runs(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(source, "README.md", "exec"), {"__name__": "__main__"})
    for saved in re.findall(r'\.save\("([^"]+)"\)', source):
        assert (tmp_path / saved).stat().st_size > 0


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("command", named("make"))
def test_make_target_exists(command: str) -> None:
    rehearsed = subprocess.run(
        [*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True
    )
    assert rehearsed.returncode == 0, rehearsed.stderr


@pytest.mark.parametrize("command", named("python train_agent.py"))
def test_training_command_is_understood(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = command.split()[2:]
    if arguments == ["--help"]:
        with pytest.raises(SystemExit, match="0"):
            build_parser().parse_args(arguments)
        assert "--resume" in capsys.readouterr().out
        return
    options = build_parser().parse_args(arguments)
    if options.env:
        assert options.env in gym.registry


FLAGS = {option: action for action in build_parser()._actions for option in action.option_strings}
SECTION = README.partition("## Training flags\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (`.*?) \| (.*?) \|(.*?)\|$", SECTION, flags=re.MULTILINE)


def test_the_table_has_exactly_the_flags_of_the_parser() -> None:
    named = [flag for flags, _, _ in ROWS for flag in re.findall(r"`(-[-\w]+)", flags)]
    assert sorted(named) == sorted(FLAGS)


def test_the_table_and_the_help_name_the_same_values_and_defaults() -> None:
    for flags, does, default in ROWS:
        action = FLAGS[re.findall(r"`(-[-\w]+)", flags)[-1]]
        assert {f"`{choice}`" for choice in action.choices or ()} <= set(
            re.findall(r"`[^`]+`", does)
        )
        if default.strip().startswith("`") or default.strip() == "preset":
            assert f"(default: {default.strip(' `')})" in action.help


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag != "-h"])
def test_every_flag_is_given_to_a_test_of_the_command_line(flag: str) -> None:
    source = (ROOT / "tests" / "test_train_agent.py").read_text(encoding="utf-8")
    assert f'"{flag}"' in source


def test_named_environments_are_registered() -> None:
    named_ids = set(re.findall(r"creative_envs/\w+-v\d+", README))
    assert named_ids == {name for name in gym.registry if name.startswith("creative_envs/")}


def test_links_lead_to_files() -> None:
    links = re.findall(r"\[[^]]*\]\((?!https?:)([^)#]+)\)", README)
    assert len(links) >= 3
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_torch_is_the_pinned_one() -> None:
    (shown,) = re.findall(r"torch==([\d.]+)", README)
    assert f"torch=={shown}" in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
