import errno
import hashlib
import io
import json
import os
import pickle
import re
import shutil

import numpy as np
import pytest
import torch

from agents import checkpoint, sealed
from agents.checkpoint import KEPT, Snapshot, latest, load_policy
from agents.errors import CheckpointError
from agents.sealed import MANIFEST, SCHEMA
from agents.training import make_model
from tests.agents.necklaces import necklace_envs, same_arrays, tiny_config
from tests.toy_domain import NecklaceTask


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
    for name in (*checkpoint.FILES, MANIFEST):
        assert (written / name).read_bytes() == (again / name).read_bytes()


@pytest.mark.parametrize("name", [*checkpoint.FILES, MANIFEST])
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
    named = r"\.json|\.npz|\.safetensors" if name == MANIFEST else re.escape(name)
    with pytest.raises(CheckpointError, match=named):
        Snapshot.read(written)


class Forged:
    """Unpickling it makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def replace(written, name, data):
    """Forges a file of a checkpoint, with its hash."""
    (written / name).write_bytes(data)
    change_manifest(written, sha256={name: hashlib.sha256(data).hexdigest()})


def change_manifest(written, **changes):
    manifest = json.loads((written / MANIFEST).read_text())
    for key, value in changes.items():
        manifest[key] = {**manifest[key], **value} if isinstance(value, dict) else value
    (written / MANIFEST).write_text(json.dumps(manifest))


def as_pickle(forged):
    return pickle.dumps(forged, protocol=2)


def as_torch(forged):
    file = io.BytesIO()
    torch.save({"state": forged}, file)
    return file.getvalue()


def as_arrays(forged):
    file = io.BytesIO()
    np.savez(file, forged=np.array([forged], dtype=object))
    return file.getvalue()


def as_garbage(forged):
    return b"\xff" * 8 + b"{}" * 20


def as_json(forged):
    return json.dumps({"timesteps": 96, "tree": {"list": [{"array": "no such"}]}}).encode()


@pytest.mark.parametrize("name", checkpoint.FILES)
@pytest.mark.parametrize("forge", [as_pickle, as_torch, as_arrays, as_garbage, as_json])
def test_a_forged_file_is_refused_and_not_executed(run, written, tmp_path, name, forge):
    config, _, _ = run
    replace(written, name, forge(Forged(tmp_path / "executed")))
    env = necklace_envs(config.n_envs)
    model = make_model(config, env, torch.device("cpu"))
    with pytest.raises(CheckpointError, match=r"cannot be read|does not fit"):
        Snapshot.read(written).restore(model, env)
    if name == checkpoint.POLICY:
        with pytest.raises(CheckpointError, match="cannot be used"):
            load_policy(model.policy, written, "")
    assert not (tmp_path / "executed").exists()


def test_the_forged_pickle_would_be_executed_by_a_reader_of_pickles(tmp_path):
    pickle.loads(as_pickle(Forged(tmp_path / "executed")))
    assert (tmp_path / "executed").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b'{"schema": 2}', b"[" * 100_000])
def test_a_damaged_manifest_is_refused(written, content):
    (written / MANIFEST).write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        Snapshot.read(written)


def test_the_schema_alone_decides_what_is_read(written):
    change_manifest(written, creative_envs="99.0.0")
    assert Snapshot.read(written).timesteps == int(written.name.rpartition("_")[2])
    change_manifest(written, schema=SCHEMA + 1)
    with pytest.raises(CheckpointError, match=rf"schema {SCHEMA + 1} \(creative_envs 99\.0\.0\)"):
        Snapshot.read(written)


def test_other_reference_data_are_refused(run, written, monkeypatch):
    config, _, model = run
    monkeypatch.setattr(NecklaceTask, "reference_sha256", lambda task: "ab" * 32)
    env = necklace_envs(config.n_envs)
    with pytest.raises(CheckpointError, match=r"other reference data .* restore the corpus"):
        Snapshot.read(written).restore(model, env)
    with pytest.raises(CheckpointError, match="other reference data"):
        load_policy(model.policy, written, "ab" * 32)


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

    monkeypatch.setattr(sealed, "write_durably", write)
    later = Snapshot.capture(model, env, [])
    later.state["timesteps"] += 1000
    with pytest.raises(CheckpointError, match="No space left"):
        later.write(written.parent)
    assert latest(written.parent) == written
    assert Snapshot.read(written).timesteps == later.timesteps - 1000
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_a_folder_that_cannot_be_written_is_told(run, tmp_path):
    _, env, model = run
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointError, match=r"Cannot write .* --resume"):
        Snapshot.capture(model, env, []).write(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_keeps_the_earlier_checkpoint(run, written):
    _, env, model = run
    later = Snapshot.capture(model, env, [])
    later.state["timesteps"] += 1000
    written.parent.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match="Permission denied"):
            later.write(written.parent)
    finally:
        written.parent.chmod(0o700)
    assert latest(written.parent) == written
    Snapshot.read(written)


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
