"""How each kind of command in the guides is tried; one that is of no kind here is an error."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import gymnasium as gym
import pytest

import creative_envs  # noqa: F401  registers the environments
from agents import commands
from creative_envs.benchmark import command as bench
from creative_envs.benchmark.cell import run_cell
from creative_envs.benchmark.plugins import find_agent
from creative_envs.benchmark.runners import local
from creative_envs.benchmark.suite import load_suite
from tests.docs.guides import ROOT

PLACEHOLDERS: Final = {
    "ID": "creative_envs/MelodyComposition-v0",
    "N": "3",
    "W": "0.5",
}
"""What stands for a name or a number to be filled in."""
SMALL: Final = (
    *("--timesteps", "64", "--n-envs", "8", "--eval-works", "4"),
    *("--set", "n_steps=8", "--set", "select_every=0", "--set", "media_every=0"),
)
"""Settings of a run that is over in seconds."""
REHEARSED: Final = {"budget": 200, "seeds": 1, "works": 8, "points": 2, "point_works": 4}
"""What a suite is reduced to."""


class Understood(BaseException):
    """A parser has understood its arguments: the rest of the program need not run."""


def understand(main: Callable[..., Any], arguments: Sequence[str], partly: bool) -> None:
    """Lets a program read its arguments, and stops it then.

    Args:
        main: The program.
        arguments: For it.
        partly: Whether some that it needs may be left out.
    """
    parse, fail = argparse.ArgumentParser.parse_args, argparse.ArgumentParser.error

    def parse_and_stop(parser: argparse.ArgumentParser, *given: Any) -> None:
        parse(parser, *given)
        raise Understood

    def fail_or_stop(parser: argparse.ArgumentParser, message: str) -> None:
        if partly and "arguments are required" in message:
            raise Understood
        fail(parser, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
        patch.setattr(argparse.ArgumentParser, "error", fail_or_stop)
        patch.setattr(sys, "argv", ["program", *arguments])
        with pytest.raises(Understood):
            main()


def main_of(module: str) -> Callable[..., Any]:
    """The program ``python -m`` starts."""
    package = importlib.util.find_spec(module)
    assert package is not None, f"there is no module {module}"
    inner = f"{module}.__main__" if package.submodule_search_locations else module
    return importlib.import_module(inner).main


def check(words: Sequence[str], partly: bool = False) -> None:
    """Tries whether a command would be understood, without running it.

    Args:
        words: The command.
        partly: Whether arguments it needs may be left out, as where a text speaks of a command.
    """
    words = [PLACEHOLDERS.get(word, word) for word in words]
    for env_id in re.findall(r"creative_envs/\w+-v\d+", " ".join(words)):
        assert env_id in gym.registry
    match words:
        case ["make", *_]:
            assert shutil.which("make"), "make is not installed"
            tried = subprocess.run([*words, "-n"], cwd=ROOT, capture_output=True, text=True)
            assert tried.returncode == 0, tried.stderr
        case ["python", "train_agent.py", "--help"]:
            with pytest.raises(SystemExit, match="0"):
                commands.build_parser().parse_args(["--help"])
        case ["python", "train_agent.py", *arguments]:
            understand(commands.main, arguments, partly)
        case ["python", "-m", "pytest", *paths]:
            assert [path for path in paths if not (ROOT / path).exists()] == []
        case ["python", "-m", module, *arguments]:
            understand(main_of(module), arguments, partly)
        case ["creative-bench", *arguments]:
            understand(bench.main, arguments, partly)
            if not partly:
                check_names(bench._parser().parse_args(arguments))
        case ["pip" | ".venv/bin/pip", "install", *arguments]:
            check_requirements(arguments)
        case ["python3", "-m", "venv", ".venv"] | ["source", ".venv/bin/activate"]:
            pass  # what the Makefile does as well
        case ["tensorboard", "--logdir", _]:
            assert importlib.util.find_spec("tensorboard")
        case _:
            pytest.fail(f"no test knows the command {words}: add its kind to {__name__}")


def check_names(chosen: argparse.Namespace) -> None:
    """Suites, agents and environments have to exist."""
    if "suite" not in chosen or chosen.suite == "mine.toml":  # which only a reader has
        return
    suite = load_suite(chosen.suite)
    for agent in chosen.agents:
        find_agent(agent)
    for environment in chosen.environments or ():
        suite.environment(environment)


def check_requirements(arguments: Sequence[str]) -> None:
    """What is to be installed is this project, its extras, or a version that is tested."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    skipped = {"-e", "-c", "--editable", "constraints.txt", "-q"}
    for word in [word for word in arguments if word not in skipped]:
        if word == "--index-url":
            return
        extras = re.fullmatch(r"(?:\.|creative[-_]envs)(?:\[([\w,-]+)\])?", word)
        if extras is None:
            assert word in pins
        elif extras[1]:
            assert set(extras[1].split(",")) <= set(project["optional-dependencies"])


@dataclass
class Desk:
    """A folder in which the commands of a page are run in order, long ones in a small form.

    Attributes:
        folder: The working folder.
        trained: Gives a small finished run, for commands on runs the page does not make.
    """

    folder: Path
    trained: Callable[[], Path]

    def run(self, words: list[str]) -> None:
        """Runs a command, or what of it is quick; every one is understood at least."""
        check(words)
        match words:
            case ["python", "train_agent.py", *arguments] if "--help" not in arguments:
                assert commands.main(self._short(arguments)) == 0
            case ["python", "-m", "creative_envs.benchmark.calibration", *arguments]:
                assert main_of("creative_envs.benchmark.calibration")(arguments) == 0
            case ["creative-bench", "run", *arguments]:
                self._rehearse(bench._parser().parse_args(["run", *arguments]))
            case ["creative-bench", *arguments]:
                assert bench.main(arguments) == 0
        for flag, name in pairwise(words):
            if flag in ("--html", "--out", "--markdown") and words[1] != "-m":
                assert (self.folder / name).exists(), f"{words} has not written {name}"

    def _short(self, arguments: list[str]) -> list[str]:
        """Arguments of a training command that take seconds."""
        if "--sample" in arguments or "--resume" in arguments:
            flag = "--sample" if "--sample" in arguments else "--resume"
            run = self.folder / arguments[arguments.index(flag) + 1]
            if not run.exists() and run.name not in {
                one.rpartition("/")[2] for one in gym.registry
            }:
                shutil.copytree(self.trained(), run)
            small = {"-n": "2", "--brainstorm": "4", "--focus": "2"}
            return [
                small.get(before, word)
                for before, word in zip(["", *arguments], arguments, strict=False)
            ]
        if "--out" in arguments:
            return [*arguments, *SMALL]
        return arguments if "--dry-run" in arguments else [*arguments, "--dry-run"]

    def _rehearse(self, chosen: argparse.Namespace) -> None:
        """Runs random, and agents in files, on the suite's first environment within few steps."""
        suite = load_suite(chosen.suite)
        path = Path(chosen.suite)
        if path.suffix != ".toml":
            path = Path(str(files("creative_envs.benchmark") / "suites" / f"{suite.name}.toml"))
        text = path.read_text(encoding="utf-8")
        for name, value in REHEARSED.items():
            text = re.sub(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        (self.folder / "rehearsal.toml").write_text(text, encoding="utf-8")
        agents = [agent for agent in chosen.agents if agent == "random" or ":" in agent]
        arguments = ["run", "--suite", "rehearsal.toml", "--agents", ",".join(agents)]
        arguments += ["--environments", suite.environments[0].name, "--out", str(chosen.out)]

        def run_here(jobs: Any, write: Any, *_: Any) -> None:
            for job in jobs:
                write(job, run_cell(job))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(local, "run_local", run_here)
            assert bench.main(arguments) == 0
