import errno
import json
import signal

import pytest

from agents import sealed, selection
from agents.callbacks import WorkMonitor
from agents.checkpoint import Snapshot, latest, policy_tensors
from agents.config import RunConfig
from agents.errors import CheckpointError, ConfigError, Interrupted
from agents.evaluation import sample_works
from agents.runs import RunFolder
from agents.sealed import MANIFEST, newest
from agents.selection import SCORES_FILE, SELECTION_SEED, SHOWN
from agents.training import train
from tests.agents.necklaces import same_arrays, tiny_config

REWARDS = (0.1, 0.9, 0.3, 0.5, 0.2)
"""Of the works sampled after each of the five rollouts."""


def begin(path, **settings):
    config = tiny_config(**{"media_every": 0, "select_every": 1, "select_works": 8, **settings})
    return config, RunFolder.create(config, path)


@pytest.fixture
def judged(monkeypatch):
    """Works get the rewards of `REWARDS` in turn; a list of the policies that made them."""
    policies = []

    def sample(config, policy, count, seed, split):
        assert split == "valid"
        reward = REWARDS[len(policies)]
        policies.append(policy_tensors(policy))
        return [dict.fromkeys(SHOWN, reward)] * count

    monkeypatch.setattr(selection, "sample_works", sample)
    return policies


def stored_files(folder):
    return {path.name: path.read_bytes() for path in newest(folder).iterdir()}


def test_the_best_is_kept_and_no_later_one_that_is_worse(tmp_path, judged):
    config, folder = begin(tmp_path / "run")
    trained = train(config, folder)
    assert [path.name for path in folder.best.iterdir()] == [f"step_{2 * config.rollout:012d}"]
    assert trained.timesteps == 2 * config.rollout
    assert same_arrays(trained.policy.state_dict(), judged[1])
    assert not same_arrays(judged[1], judged[4])
    assert [entry["held_out"] for entry in trained.history] == pytest.approx(REWARDS)
    told = json.loads((newest(folder.best) / SCORES_FILE).read_text())
    assert told == {"timesteps": 192, "works": 8} | dict.fromkeys(SHOWN, pytest.approx(0.9))


def test_rollouts_between_samples(tmp_path, judged):
    config, folder = begin(tmp_path / "run", select_every=2)
    trained = train(config, folder)
    sampled = [entry["timesteps"] for entry in trained.history if "held_out" in entry]
    assert sampled == [2 * config.rollout, 4 * config.rollout, 5 * config.rollout]


def test_the_score_is_the_mean_reward_of_works_for_held_out_briefs(tmp_path):
    config, folder = begin(tmp_path / "run")
    trained = train(config, folder)
    works = sample_works(config, trained.policy, 8, config.seed + SELECTION_SEED, "valid")
    best = max(entry["held_out"] for entry in trained.history)
    assert sum(work["reward"] for work in works) / 8 == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("failing_file", range(3))
def test_a_full_disk_leaves_the_best_before(tmp_path, monkeypatch, judged, failing_file):
    config, folder = begin(tmp_path / "run")
    write, calls = sealed.write_durably, []

    def fail(path, data):
        if path.is_relative_to(folder.best):
            calls.append(path)
            if len(calls) > 3 + failing_file:  # the first best is two files and a manifest
                raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    monkeypatch.setattr(sealed, "write_durably", fail)
    with pytest.raises(CheckpointError, match="No space left"):
        train(config, folder)
    assert [path.name for path in folder.best.iterdir()] == [f"step_{config.rollout:012d}"]
    assert set(stored_files(folder.best)) == {"policy.safetensors", SCORES_FILE, MANIFEST}
    assert Snapshot.read(latest(folder.checkpoints)).timesteps == config.rollout
    judged.pop()  # its policy could not be kept: it is judged again
    monkeypatch.setattr(sealed, "write_durably", write)
    assert train(config, folder).timesteps == 2 * config.rollout


def test_sampling_does_not_disturb_training(tmp_path):
    last = []
    for every in (0, 1):
        config, folder = begin(tmp_path / str(every), select_every=every)
        train(config, folder)
        last.append(Snapshot.read(latest(folder.checkpoints)))
        assert folder.best.exists() == bool(every)
    first, second = last
    assert same_arrays(first.policy, second.policy)
    assert same_arrays(first.arrays, second.arrays)
    for name in ("python_random", "numpy_random"):
        assert first.state[name] == second.state[name]


def test_without_samples_the_last_policy_is_the_runs(tmp_path):
    config, folder = begin(tmp_path / "run", select_every=0)
    trained = train(config, folder)
    assert trained.timesteps == config.total_timesteps
    last = Snapshot.read(latest(folder.checkpoints))
    assert same_arrays(trained.policy.state_dict(), last.policy)
    assert not any("held_out" in entry for entry in trained.history)


def test_a_resumed_run_keeps_the_best(tmp_path, monkeypatch, judged):
    config, folder = begin(tmp_path / "run")

    record = WorkMonitor._on_rollout_end

    def stop(monitor):
        record(monitor)
        if monitor.num_timesteps == 4 * config.rollout:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(WorkMonitor, "_on_rollout_end", stop)
        train(config, folder)
    before = stored_files(folder.best)
    trained = train(config, folder)
    assert len(judged) == len(REWARDS)
    assert stored_files(folder.best) == before
    assert trained.timesteps == 2 * config.rollout
    assert [entry["held_out"] for entry in trained.history] == pytest.approx(REWARDS)


def test_an_environment_without_the_split_is_refused_before_training(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise selection.InvalidArgument("no such split")

    config, folder = begin(tmp_path / "run")
    monkeypatch.setattr(selection, "make_test_envs", refuse)
    with pytest.raises(ConfigError, match="select_every"):
        train(config, folder)
    assert latest(folder.checkpoints) is None


def test_default_settings_select():
    assert RunConfig().select_every > 0
