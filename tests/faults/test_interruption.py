"""Commands that are interrupted, by one signal after the other: what they leave goes on.

``python -m tests.faults.storm`` does the same often, at random moments.
"""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.launching import COMMANDS
from tests.faults.storm import SIGNALS, storm

READY = {"training": "Training attention", "benchmark": "tiny: "}
"""How the line begins after which a command is at work."""
PATIENCE = 60


@pytest.mark.parametrize("name", READY)
def test_signals_in_turn(name: str, tmp_path: Path) -> None:
    command, moments = COMMANDS[name], random.Random(0)
    folder, undisturbed = tmp_path / "interrupted", tmp_path / "whole"
    for place in (folder, undisturbed):
        place.mkdir()
        command.prepare(place)
    whole = command.start(undisturbed, stderr=subprocess.DEVNULL)
    for signal_name in ("kill", "int", "term") if name == "benchmark" else ("kill", "int"):
        number, codes = SIGNALS[signal_name]
        process = command.start(folder, environment={"PYTHONUNBUFFERED": "1"})
        assert any(line.startswith(READY[name]) for line in process.stdout)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0, 0.5))
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode in codes, errors
        assert "Traceback" not in errors
        if name == "training" and process.returncode > 0:
            assert errors.strip().splitlines()[-1].startswith("Stopped")
    process = command.start(folder)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    whole.communicate(timeout=PATIENCE)
    assert command.result(folder) == command.result(undisturbed)
    assert command.left(folder) == []


def test_a_corpus_build_at_a_random_moment(tmp_path: Path) -> None:
    report = storm(COMMANDS["corpus build"], tmp_path, 1, seed=1)
    assert report.faults == []
    assert report.kills == 1


class TestStorm:
    """What is wrong is told."""

    def test_a_result_that_differs_is_a_fault(self, tmp_path: Path) -> None:
        command = replace(
            COMMANDS["corpus build"],
            prepare=lambda folder: None,
            arguments=lambda folder: ("-c", "import time; time.sleep(0.05)"),
            result=lambda folder: folder.name,
        )
        report = storm(command, tmp_path, 1, seed=0)
        assert "differs: run0 != whole" in report.faults[0]

    def test_what_is_left_over_is_a_fault(self, tmp_path: Path) -> None:
        code = "open('.work.7.part', 'w').close(); import time; time.sleep(0.05)"
        command = replace(
            COMMANDS["corpus build"],
            prepare=lambda folder: None,
            arguments=lambda folder: ("-c", code),
            result=lambda folder: None,
        )
        report = storm(command, tmp_path, 1, seed=0)
        assert report.faults[0].endswith(".work.7.part")
        assert report.faults[0] in str(report)
