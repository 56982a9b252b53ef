import errno
import hashlib
import json
import os
import pickle
import re
import shutil

import pytest
import torch

from agents import checkpoint
from agents.checkpoint import KEPT, Snapshot, latest
from agents.errors import CheckpointError
from agents.training import make_model
from tests.agents.necklaces import necklace_envs, same_arrays, tiny_config


@pytest.fixture(scope="module")
def run():
    config = tiny_config()
    env = necklace_envs(config.n_envs)
    model = make_model(config, env, torch.device("cpu"))
    model.learn(config.rollout)
    return config, env, model


@pytest.fixture
def written(run, tmp_path):
    _, env, model = run
    return Snapshot.capture(model, env, [{"seconds": 1.0}]).write(tmp_path)


def test_round_trip_restores_everything(run, written):
    config, _, model = run
    other_env = necklace_envs(config.n_envs)
    other = make_model(tiny_config(seed=9), other_env, torch.device("cpu"))
    Snapshot.read(written).restore(other, other_env)
    assert same_arrays(model.policy.state_dict(), other.policy.state_dict())
    assert other.num_timesteps == config.rollout
    assert same_arrays(model._last_obs, other._last_obs)
    draws = torch.rand(3)
    Snapshot.read(written).restore(other, other_env)
    assert torch.equal(torch.rand(3), draws)
    for trained in (model, other):
        Snapshot.read(written).restore(trained, trained.env)
        trained.learn(config.rollout, reset_num_timesteps=False)
    assert same_arrays(model.policy.state_dict(), other.policy.state_dict())


def test_writing_what_was_read_gives_the_same_bytes(written, tmp_path):
    again = Snapshot.read(written).write(tmp_path / "again")
    for name in (*checkpoint.FILES, checkpoint.MANIFEST):
        assert (written / name).read_bytes() == (again / name).read_bytes()


@pytest.mark.parametrize("name", [*checkpoint.FILES, checkpoint.MANIFEST])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "missing", "empty"])
def test_damaged_files_are_named(written, name, damage):
    path = written / name
    data = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    else:
        path.write_bytes(data[: len(data) // 2] if damage == "truncated" else b"")
    named = r"\.json|\.npz|\.pt|\.safetensors" if name == checkpoint.MANIFEST else re.escape(name)
    with pytest.raises(CheckpointError, match=named):
        Snapshot.read(written)


def test_a_forged_pickle_is_refused_and_not_executed(written, tmp_path):
    class Forged:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    data = pickle.dumps(Forged(), protocol=2)
    (written / checkpoint.OPTIMISER).write_bytes(data)
    manifest = json.loads((written / checkpoint.MANIFEST).read_text())
    manifest["sha256"][checkpoint.OPTIMISER] = hashlib.sha256(data).hexdigest()
    (written / checkpoint.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="cannot be read"):
        Snapshot.read(written)
    assert not (tmp_path / "executed").exists()


def test_another_schema_is_refused(written):
    manifest = json.loads((written / checkpoint.MANIFEST).read_text())
    (written / checkpoint.MANIFEST).write_text(json.dumps(manifest | {"schema": 99}))
    with pytest.raises(CheckpointError, match="schema 99"):
        Snapshot.read(written)


def test_other_settings_do_not_fit(written):
    env = necklace_envs(3)
    model = make_model(tiny_config(n_envs=3), env, torch.device("cpu"))
    with pytest.raises(CheckpointError, match="does not fit"):
        Snapshot.read(written).restore(model, env)


@pytest.mark.parametrize("failing_file", range(5))
def test_a_full_disk_leaves_the_earlier_checkpoint(run, written, monkeypatch, failing_file):
    _, env, model = run
    calls = []

    def write(path, data):
        calls.append(path)
        if len(calls) > failing_file:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr(checkpoint, "write_durably", write)
    later = Snapshot.capture(model, env, [])
    later.state["timesteps"] += 1000
    with pytest.raises(CheckpointError, match="No space left"):
        later.write(written.parent)
    assert latest(written.parent) == written
    assert Snapshot.read(written).timesteps == later.timesteps - 1000
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_only_the_newest_are_kept(run, tmp_path):
    _, env, model = run
    snapshot = Snapshot.capture(model, env, [])
    for timesteps in (5, 50, 500, 5000):
        snapshot.state["timesteps"] = timesteps
        snapshot.write(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["step_000000000500", "step_000000005000"]
    assert len(names) == KEPT


def test_an_unfinished_checkpoint_is_none(written, tmp_path):
    shutil.copytree(written, written.with_name("step_999999999999.unfinished"))
    assert latest(tmp_path) == written
    assert latest(tmp_path / "nothing") is None
