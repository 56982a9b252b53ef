import errno
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents import sealed
from agents.callbacks import WorkMonitor
from agents.checkpoint import Snapshot, latest
from agents.commands import main
from agents.errors import CheckpointError, ConfigError, Interrupted
from agents.evaluation import Sample, sample_works
from agents.runs import RunFolder
from agents.training import choose_device, learning_rate_schedule, train
from tests.agents.kill_and_resume import compare, kill_and_resume
from tests.agents.necklaces import same_arrays, tiny_config

ROOT = Path(__file__).parents[2]


def run_tiny(path, **settings):
    config = tiny_config(**settings)
    folder = RunFolder.create(config, path)
    return folder, train(config, folder)


def parameters(trained):
    return trained.policy.state_dict()


def test_same_seed_same_parameters_another_seed_others(tmp_path):
    runs = [run_tiny(tmp_path / str(n), seed=seed)[1] for n, seed in enumerate((3, 3, 4))]
    assert same_arrays(parameters(runs[0]), parameters(runs[1]))
    assert not same_arrays(parameters(runs[0]), parameters(runs[2]))


def test_history_has_an_entry_for_each_rollout(tmp_path):
    folder, trained = run_tiny(tmp_path / "run")
    assert [entry["timesteps"] for entry in trained.history] == [96, 192, 288, 384, 480]
    assert all(0 <= entry["unique"] <= 1 for entry in trained.history)
    assert list(folder.tensorboard.iterdir())
    assert latest(folder.checkpoints).name == "step_000000000480"


def test_learning_improves_the_works(tmp_path):
    settings = {"timesteps": 12_000, "n_envs": 32, "n_steps": 24, "batch_size": 256}
    settings |= {"learning_rate": 5e-3, "media_every": 0, "checkpoint_every": 1000}
    _, trained = run_tiny(tmp_path / "run", **settings)
    reward = {
        name: Sample(name, sample_works(tiny_config(), policy, 64, seed=7), None).measures()[
            "reward"
        ]
        for name, policy in (("random", None), ("trained", trained.policy))
    }
    assert reward["trained"] > reward["random"] + 0.2


def test_learning_rate_warms_up_and_falls_in_a_straight_line():
    rate = learning_rate_schedule(
        tiny_config(learning_rate=2.0, warmup=0.1, final_learning_rate=0.5)
    )
    values = [rate(1 - done) for done in (0.0, 0.05, 0.1, 0.55, 1.0)]
    assert values == pytest.approx([0.0, 1.0, 2.0, 1.5, 1.0])


def test_missing_cuda_is_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert choose_device("auto").type == "cpu"
    with pytest.raises(ConfigError, match="--device cpu"):
        choose_device("cuda")


def start_in_another_process(tmp_path, **settings):
    """Begins a run in a process of its own; returns it with the run's folder and config."""
    config = tiny_config(media_every=0, **settings)
    file = tmp_path / "config.yaml"
    file.write_text(config.to_yaml())
    path = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "train_agent.py", "--config", str(file), "--out", str(path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, RunFolder(path), config


def wait_for_checkpoint(folder, process, timesteps):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        newest = latest(folder.checkpoints)
        if newest is not None and int(newest.name.rpartition("_")[2]) >= timesteps:
            return
        time.sleep(0.01)
    process.kill()
    pytest.fail(f"no checkpoint at {timesteps} steps: {process.communicate()[1]}")


def test_killed_three_times_and_resumed_equals_uninterrupted(tmp_path):
    report = kill_and_resume(tmp_path, kills=3, rollouts=40, seed=1, tell=lambda line: None)
    assert report.kills == 3
    assert not report.differences, report


def test_the_stored_command_runs_it_again(tmp_path):
    folder, _ = run_tiny(tmp_path / "run", select_every=2, select_works=8, env_kwargs={"works": 2})
    record = json.loads(folder.rerun.read_text())
    program, script, *arguments = shlex.split(record["again"])
    assert (program, script) == ("python", "train_agent.py")
    assert main(arguments) == 0
    again = RunFolder(tmp_path / "run-again")
    assert again.evaluation.exists()
    assert compare(folder, again) == []
    assert record["versions"].keys() >= {"creative_envs", "python", "torch"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_saves_the_start_of_the_rollout(tmp_path, monkeypatch, number):
    config = tiny_config(checkpoint_every=1000)
    folder = RunFolder.create(config, tmp_path / "run")

    def stop(monitor):
        if monitor.num_timesteps == 3 * config.rollout:
            signal.raise_signal(number)

    with monkeypatch.context() as patch, pytest.raises(Interrupted, match="--resume") as stopped:
        patch.setattr(WorkMonitor, "_on_rollout_end", stop)
        train(config, folder)
    assert stopped.value.exit_code == 128 + number
    assert Snapshot.read(latest(folder.checkpoints)).timesteps == 2 * config.rollout
    whole = run_tiny(tmp_path / "whole")[1]
    assert same_arrays(parameters(train(config, folder)), parameters(whole))


def test_ctrl_c_ends_the_program_cleanly(tmp_path):
    process, folder, _ = start_in_another_process(tmp_path, timesteps=100_000)
    wait_for_checkpoint(folder, process, 0)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"--resume {folder.path}" in errors
    assert "Traceback" not in errors


def test_resume_names_a_damaged_checkpoint(tmp_path):
    folder, _ = run_tiny(tmp_path / "run")
    path = latest(folder.checkpoints) / "policy.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"policy\.safetensors"):
        train(tiny_config(), folder)


def test_a_finished_run_is_only_loaded(tmp_path):
    folder, trained = run_tiny(tmp_path / "run")
    again = train(tiny_config(), folder)
    assert same_arrays(parameters(trained), parameters(again))
    assert again.history == trained.history


@pytest.mark.parametrize("failing_file", range(2))
def test_a_full_disk_leaves_no_half_a_prior(tmp_path, monkeypatch, failing_file):
    settings = {"track": "with-reference", "prior_coef": 0.1, "timesteps": 96, "media_every": 0}
    config = tiny_config(**settings, cloning_epochs=1)
    folder = RunFolder.create(config, tmp_path / "run")
    write, calls = sealed.write_durably, []

    def fail(path, data):
        calls.append(path)
        if len(calls) > failing_file:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    with monkeypatch.context() as patch, pytest.raises(CheckpointError, match="No space left"):
        patch.setattr(sealed, "write_durably", fail)
        train(config, folder)
    assert all(path.is_relative_to(folder.prior) for path in calls)
    assert not list(folder.prior.iterdir())
    whole = train(config, RunFolder.create(config, tmp_path / "whole"))
    assert same_arrays(parameters(train(config, folder)), parameters(whole))
