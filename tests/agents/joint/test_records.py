import json
import os

import pytest

from agents.errors import RunError
from agents.joint.records import START, Evaluated, Outcome, read_outcome


def outcome(reward=0.5):
    return Outcome(
        arm="joint",
        seed=1,
        parameters=10,
        cpu_seconds=1.5,
        steps={"a": 100},
        evaluated=(
            Evaluated(START, {"a": {"reward": 0.125, "quality": 0.25}}),
            Evaluated("everything", {"a": {"reward": reward, "quality": 0.75}}),
        ),
        curves={"a": [{"timesteps": 100, "reward": 0.25}]},
    )


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "joint" / "seed1.json"
    outcome().write(path, {"works": 8})
    assert read_outcome(path) == (outcome(), {"works": 8})
    assert [p.name for p in path.parent.iterdir()] == ["seed1.json"]


def test_scores_are_of_the_end_unless_a_stage_is_named():
    assert outcome().score("a") == 0.5
    assert outcome().score("a", "quality") == 0.75
    assert outcome().score("a", stage=START) == 0.125


def test_a_disk_that_fails_leaves_the_file_before(tmp_path, monkeypatch):
    path = tmp_path / "seed1.json"
    outcome().write(path, {})

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RunError, match="No space left"):
        outcome(reward=0.75).write(path, {})
    assert read_outcome(path)[0] == outcome()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: "[]",
        lambda text: text.replace('"seed"', '"sed"'),
        lambda text: text.replace('"reward": 0.5', '"reward": null'),
        lambda text: text.replace('"evaluated": [', '"evaluated": [3, '),
        lambda text: json.dumps({"outcome": json.loads(text)["outcome"]}),
    ],
)
def test_damaged_files_are_refused(tmp_path, change):
    path = tmp_path / "seed1.json"
    outcome().write(path, {})
    path.write_text(change(path.read_text()))
    with pytest.raises(RunError, match="remove it"):
        read_outcome(path)
