import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.joint import execution
from agents.joint.__main__ import main
from agents.joint.curriculum import ARMS
from agents.joint.plan import domain_of, plan_study
from tests.agents.fields import FIELDS
from tests.agents.necklaces import NECKLACES

ROOT = Path(__file__).parents[3]
TOYS = ["--env", NECKLACES, "--env", FIELDS]
FEW_STEPS = ["--seeds=2", "--works=4", "--scale=0.5", "--rehearsal=0.25"]
FEW_STEPS += [
    f"--set={setting}"
    for setting in ("n_envs=8", "n_steps=7", "batch_size=28", "timesteps=448", "media_every=0")
]


def arguments(folder, *more):
    return ["--out", str(folder), *TOYS, *FEW_STEPS, *more]


def scores(folder):
    return {
        str(path.relative_to(folder)): json.loads(path.read_text())["outcome"]["evaluated"]
        for path in folder.glob("*/seed*.json")
    }


def changed_at(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("*/seed*.json")}


def test_a_study_trains_every_arm_once(tmp_path, capsys):
    assert main(arguments(tmp_path)) == 0
    first = capsys.readouterr().out
    files = changed_at(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in files} == {
        f"{arm}/seed{seed}.json" for arm in ARMS for seed in (0, 1)
    }
    assert main(arguments(tmp_path)) == 0
    second = capsys.readouterr().out
    assert changed_at(tmp_path) == files
    assert first.endswith(second)
    assert (tmp_path / "report.txt").read_text() in second
    assert "Transfer ratio" in second and "forgotten" in second
    results = json.loads((tmp_path / "results.json").read_text())
    # Half of 448 steps: four rollouts of 56.
    assert results["settings"]["joint"]["configs"]["Fields"]["timesteps"] == 224
    assert [report["seeds"] for report in results["reports"]] == [2, 2]


def test_a_study_that_was_stopped_goes_on_where_it_stood(tmp_path, monkeypatch, capsys):
    some = ["--arm=alone", "--arm=joint"]
    train, trained = execution.train_arm, []

    def stop_in_the_third(*given):
        trained.append(given[0])
        if len(trained) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return train(*given)

    monkeypatch.setattr(execution, "train_arm", stop_in_the_third)
    assert main(arguments(tmp_path, *some)) == 130
    assert "same command" in capsys.readouterr().err
    stopped = changed_at(tmp_path)
    assert sorted(path.parent.name for path in stopped) == ["alone", "joint"]
    assert main(arguments(tmp_path, *some)) == 0
    assert trained == ["alone", "joint", "alone", "alone", "joint"]
    assert stopped.items() <= changed_at(tmp_path).items()


def test_arms_at_once_are_those_made_one_after_another(tmp_path):
    some = ["--arm=in-turn"]
    assert main(arguments(tmp_path / "one", *some)) == 0
    assert main(arguments(tmp_path / "two", *some, "--jobs=2")) == 0
    assert scores(tmp_path / "one") == scores(tmp_path / "two")
    assert len(scores(tmp_path / "one")) == 2


def test_stopping_arms_at_once_leaves_no_process(tmp_path, monkeypatch):
    def stop(seconds):
        assert len(multiprocessing.active_children()) == 2
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(execution.time, "sleep", stop)
    assert main(arguments(tmp_path, "--jobs=2")) == 128 + signal.SIGTERM
    assert multiprocessing.active_children() == []
    assert scores(tmp_path) == {}


def test_failing_arms_at_once_are_named(tmp_path, capfd):
    given = arguments(tmp_path, "--jobs=2", "--arm=joint", "--set=env_kwargs.bead=3")
    assert main(given) == 2
    said = capfd.readouterr().err
    assert "joint/seed0: " in said and "'beads'" in said
    assert "joint: These arms failed" in said and "joint/seed0, joint/seed1" in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--seeds=1"], "--seeds must be at least 2"),
        (["--scale=0"], "--scale"),
        (["--works=1"], "--works"),
        (["--rehearsal=1"], "--rehearsal"),
        (["--jobs=0"], "--jobs"),
        (["--env", NECKLACES], "given once"),
        (["--env", "creative_envs/MelodyCompositon-v0"], "did you mean"),
        (["--set=policy=mlp"], "policy=attention"),
        (["--set=seed=4"], "seed=0"),
        (["--set=start=runs/other"], "start=None"),
        (["--set=n_env=4"], "n_envs"),
        (["--set=env_kwargs.bead=3", "--arm=joint"], "'beads'"),
        (["--rehearsal=0.9", "--arm=rehearsal"], "no rollouts are left for the stage"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, more, words):
    assert main(arguments(tmp_path, *more)) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and said.startswith("joint: ")
    assert scores(tmp_path) == {}


def test_one_domain_is_not_enough(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--env", NECKLACES]) == 2
    assert "two --env" in capsys.readouterr().err


def test_files_of_other_settings_are_refused(tmp_path, capsys):
    assert main(arguments(tmp_path, "--arm=alone")) == 0
    before = changed_at(tmp_path)
    assert main(arguments(tmp_path, "--arm=alone", "--set=n_epochs=2")) == 2
    assert "other settings" in capsys.readouterr().err
    assert changed_at(tmp_path) == before
    # How much is rehearsed does not matter to arms without it.
    assert main(arguments(tmp_path, "--arm=alone", "--rehearsal=0.5")) == 0


def test_presets_are_those_of_each_domain(tmp_path):
    envs = [f"creative_envs/{name}-v0" for name in ("MelodyComposition", "TacticDesign")]
    arms = plan_study(tmp_path, envs, 2, ["joint", "joint"], 0.5, 8, 0.2)
    assert [arm.name for arm in arms] == ["joint/seed0", "joint/seed1"]
    melody, tactic = arms[1].configs.values()
    assert (melody.head, melody.gae_lambda, melody.timesteps) == ("pointer", 0.98, 1_100_000)
    assert (tactic.head, tactic.gae_lambda, tactic.seed) == ("flat", 0.95, 1)
    assert domain_of("tests.agents.fields:toy/Fields-v0") == "Fields"


def test_help_does_not_wait_for_pytorch():
    code = "import sys, agents.joint.__main__ as m; m.build_parser(); print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert said.stdout.strip() == "False"
