import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.callbacks import WorkMonitor
from agents.checkpoint import Snapshot, latest
from agents.errors import CheckpointError, ConfigError, Interrupted
from agents.evaluation import Sample, sample_works
from agents.runs import RunFolder
from agents.training import choose_device, learning_rate_schedule, train
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


def test_killed_and_resumed_equals_uninterrupted(tmp_path):
    process, folder, config = start_in_another_process(tmp_path, timesteps=3_000)
    wait_for_checkpoint(folder, process, 960)
    process.kill()
    process.communicate()
    stopped_at = Snapshot.read(latest(folder.checkpoints)).timesteps
    assert 0 < stopped_at < config.total_timesteps
    _, config = RunFolder.open(folder.path)
    resumed = train(config, folder)
    whole = train(config, RunFolder.create(config, tmp_path / "whole"))
    assert same_arrays(parameters(resumed), parameters(whole))
    steps = [entry["timesteps"] for entry in resumed.history]
    assert steps == [entry["timesteps"] for entry in whole.history]


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
