"""What all command lines of agents do alike."""

from __future__ import annotations

import subprocess
import sys

from creative_envs.core.streams import BROKEN_PIPE


def test_a_reader_that_has_had_enough_ends_a_command_quietly() -> None:
    command = [sys.executable, "train_agent.py", "--dry-run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == BROKEN_PIPE
