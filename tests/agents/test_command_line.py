"""What all command lines of agents do alike."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agents.command_line import command
from creative_envs.core.streams import BROKEN_PIPE


def test_a_reader_that_has_had_enough_ends_a_command_quietly() -> None:
    command = [sys.executable, "train_agent.py", "--dry-run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == BROKEN_PIPE


@pytest.mark.parametrize("flags", [[], ["--sample", "creative_envs/MelodyComposition-v0"]])
def test_a_python_without_the_packages_is_told_where_they_are(flags: list[str]) -> None:
    bare = [sys.executable, "-S", "train_agent.py"]  # no site-packages
    done = subprocess.run([*bare, *flags], capture_output=True, text=True, env={"PATH": ""})
    assert done.returncode == 2
    assert done.stderr.startswith("train_agent.py: there is no ")
    assert "source .venv/bin/activate" in done.stderr and done.stderr.count("\n") == 1


def test_a_missing_module_of_our_own_is_no_mistake_of_the_user() -> None:
    @command("any")
    def broken() -> None:
        raise ModuleNotFoundError("No module named 'agents.nothing'", name="agents.nothing")

    with pytest.raises(ModuleNotFoundError):
        broken()
