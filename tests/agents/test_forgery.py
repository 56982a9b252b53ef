"""Checkpoints somebody forged, with hashes that fit: all are refused before anything is used."""

import io
import json
import os
import random
import shutil
import struct
import warnings
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch

import agents
from agents.callbacks import history_of
from agents.checkpoint import ARRAYS, OPTIMISER, POLICY, STATE, Snapshot, latest
from agents.commands import main
from agents.errors import CheckpointError
from agents.runs import RunFolder
from agents.sealed import MANIFEST, newest
from agents.training import make_model, train
from tests.agents.necklaces import necklace_envs, same_arrays, tiny_config
from tests.agents.test_checkpoint import Forged, as_pickle, as_torch, change_manifest, replace

LONGEST_MESSAGE = 700
BATCH = "/environment/native/batch"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run."""
    config = tiny_config(select_every=1, select_works=8, media_every=0, n_steps=16)
    folder = RunFolder.create(config, tmp_path_factory.mktemp("runs") / "run")
    train(config, folder)
    return folder


@pytest.fixture(scope="module")
def victim(run):
    """The learner and the environments a forged checkpoint is put into."""
    _, config = RunFolder.open(run.path)
    env = necklace_envs(config.n_envs)
    return make_model(config, env, torch.device("cpu")), env


@pytest.fixture
def copied(run, tmp_path):
    """A copy of the run to forge."""
    return RunFolder(shutil.copytree(run.path, tmp_path / "run"))


def in_state(change):
    """A forgery of the state, by a function that changes it."""

    def forge(place):
        state = json.loads((place / STATE).read_bytes())
        change(state)
        replace(place, STATE, json.dumps(state).encode())

    return forge


def in_state_text(old, new):
    """A forgery of the state's text."""

    def forge(place):
        data = (place / STATE).read_bytes()
        assert old in data
        replace(place, STATE, data.replace(old, new, 1))

    return forge


def state_with(name, value):
    return in_state(lambda state: state.update({name: value}))


def state_without(name):
    return in_state(lambda state: state.pop(name))


def raw_state(data):
    return lambda place: replace(place, STATE, data)


def in_tensors(file, change):
    """A forgery of tensors by name."""

    def forge(place):
        tensors = safetensors.torch.load((place / file).read_bytes())
        change(tensors)
        replace(place, file, safetensors.torch.save(tensors))

    return forge


def first(change):
    """Replaces the first tensor by what a function makes of it."""

    def apply(tensors):
        name = min(tensors)
        tensors[name] = change(tensors[name]).contiguous()

    return apply


def renamed(tensors):
    tensors["../../escaped"] = tensors.pop(min(tensors))


def moments(name, value):
    """Fills the optimiser's tensors of one name."""

    def apply(tensors):
        for key in tensors:
            if key.endswith(name):
                tensors[key].fill_(value)

    return apply


def in_arrays(change):
    """A forgery of the arrays by name."""

    def forge(place):
        with np.load(place / ARRAYS) as stored:
            arrays = {name: stored[name] for name in stored.files}
        change(arrays)
        file = io.BytesIO()
        np.savez(file, **arrays)
        replace(place, ARRAYS, file.getvalue())

    return forge


def filled(name, value):
    """Fills one array."""

    def apply(arrays):
        arrays[name] = np.full_like(arrays[name], value)

    return in_arrays(apply)


def array_as(name, change):
    def apply(arrays):
        arrays[name] = change(arrays[name])

    return in_arrays(apply)


def as_zip(names, data, compression=zipfile.ZIP_STORED):
    """An npz file with the same data under some names."""

    def forge(place):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", compression) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of equal names
            for name in names:
                archive.writestr(name, data)
        replace(place, ARRAYS, file.getvalue())

    return forge


def npy(shape, dtype="<f8"):
    """An npy file without data."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def compressed_arrays(place):
    with np.load(place / ARRAYS) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["torch"] = np.zeros(20_000_000, np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    replace(place, ARRAYS, file.getvalue())


def header(length, told):
    """A safetensors file whose header tells something."""
    data = json.dumps(told).encode()
    length = len(data) if length is None else length
    return struct.pack("<Q", length) + data + bytes(64)


def raw(file, data):
    return lambda place: replace(place, file, data)


def link(name):
    """A file in place of which there is a link to the same bytes outside."""

    def forge(place):
        outside = place.parents[2] / f"outside-{name}"
        (place / name).rename(outside)
        (place / name).symlink_to(outside)

    return forge


def linked_folder(place):
    outside = place.parents[2] / "outside"
    place.rename(outside)
    place.symlink_to(outside, target_is_directory=True)


def pipe(place):
    (place / POLICY).unlink()
    os.mkfifo(place / POLICY)


def endless(place):
    (place / POLICY).unlink()
    (place / POLICY).symlink_to("/dev/zero")


def vast(place):
    with (place / POLICY).open("r+b") as file:
        file.truncate(2**40)


def folder_as_file(place):
    (place / STATE).unlink()
    (place / STATE).mkdir()


def extra(place):
    (place / "model.pt").write_bytes(as_torch(Forged(place.parents[2] / "executed")))


def extra_told(name):
    return lambda place: change_manifest(place, sha256={name: "00" * 32})


def without_hash(place):
    manifest = json.loads((place / MANIFEST).read_text())
    del manifest["sha256"][STATE]
    (place / MANIFEST).write_text(json.dumps(manifest))


def manifest_with(**changes):
    def forge(place):
        manifest = json.loads((place / MANIFEST).read_text()) | changes
        (place / MANIFEST).write_text(json.dumps(manifest))

    return forge


def later(place):
    shutil.copytree(place, place.with_name("step_000000999936"))


def tree_value(*path, value):
    """Puts a value into the tree of the state."""

    def change(state):
        node = state["tree"]
        for name in path[:-1]:
            node = node["list" if isinstance(name, int) else "map"][name]
        node["map"][path[-1]] = value

    return in_state(change)


def entry_with(name, value):
    return in_state(lambda state: state["history"][-1].update({name: value}))


def group_with(name, value):
    return in_state(lambda state: state["optimiser"][0].update({name: value}))


def position(value):
    return in_state(lambda state: state["numpy_random"]["state"].update(pos=value))


FORGED_POLICY = {
    "policy/NaN": in_tensors(POLICY, first(lambda t: t * float("nan"))),
    "policy/infinite": in_tensors(POLICY, first(lambda t: t + float("inf"))),
    "policy/shape": in_tensors(POLICY, first(lambda t: t[..., None])),
    "policy/one row": in_tensors(POLICY, first(lambda t: t[:1])),
    "policy/double": in_tensors(POLICY, first(lambda t: t.double())),
    "policy/whole numbers": in_tensors(POLICY, first(lambda t: t.long())),
    "policy/missing": in_tensors(POLICY, lambda tensors: tensors.pop(min(tensors))),
    "policy/extra": in_tensors(POLICY, lambda t: t.update(extra=torch.zeros(1))),
    "policy/traversal": in_tensors(POLICY, renamed),
    "policy/empty": in_tensors(POLICY, lambda tensors: tensors.clear()),
    "policy/long header": raw(POLICY, header(2**63, {})),
    "policy/longer header": raw(POLICY, header(2**30, {})),
    "policy/lying offsets": raw(
        POLICY, header(None, {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 2**40]}})
    ),
    "policy/negative offsets": raw(
        POLICY, header(None, {"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}})
    ),
    "policy/vast shape": raw(
        POLICY, header(None, {"a": {"dtype": "F32", "shape": [2**62], "data_offsets": [0, 64]}})
    ),
    "policy/overflowing shape": raw(
        POLICY,
        header(None, {"a": {"dtype": "F32", "shape": [2**32, 2**32], "data_offsets": [0, 64]}}),
    ),
    "policy/unknown type": raw(
        POLICY, header(None, {"a": {"dtype": "PICKLE", "shape": [64], "data_offsets": [0, 64]}})
    ),
    "policy/header of a list": raw(POLICY, header(None, [1, 2])),
    "link/file": link(POLICY),
    "link/manifest": link(MANIFEST),
    "link/folder": linked_folder,
    "link/endless": endless,
    "file/pipe": pipe,
    "file/vast": vast,
    "file/extra": extra,
    "manifest/traversal": extra_told("../../../../etc/passwd"),
    "manifest/absolute": extra_told("/etc/passwd"),
    "manifest/extra": extra_told("model.pt"),
    "manifest/list": manifest_with(sha256=[]),
    "manifest/null": manifest_with(sha256=None),
    "manifest/schema of text": manifest_with(schema="2"),
    "manifest/schema with lines": manifest_with(schema="1\n\x1b[2J" * 1000),
    "manifest/version with lines": manifest_with(schema=3, creative_envs="1\nTraceback\x1b[2J"),
    "manifest/reference with lines": manifest_with(reference_sha256="\n\x1b[2J" * 1000),
    "manifest/deep": lambda place: (place / MANIFEST).write_bytes(b"[" * 200_000),
}
"""Forgeries of what `agents.load` reads, and so training."""

FORGED_REST = {
    "optimiser/NaN": in_tensors(OPTIMISER, first(lambda t: t * float("nan"))),
    "optimiser/shape": in_tensors(OPTIMISER, first(lambda t: torch.zeros(3, 3))),
    "optimiser/type": in_tensors(OPTIMISER, first(lambda t: t.half())),
    "optimiser/missing": in_tensors(OPTIMISER, lambda tensors: tensors.pop("0/step")),
    "optimiser/beyond": in_tensors(OPTIMISER, lambda t: t.update({"999/exp_avg": torch.zeros(1)})),
    "optimiser/no number": in_tensors(OPTIMISER, lambda t: t.update({"x/exp_avg": torch.ones(1)})),
    "optimiser/negative square": in_tensors(OPTIMISER, moments("exp_avg_sq", -1.0)),
    "optimiser/negative step": in_tensors(OPTIMISER, moments("step", -5.0)),
    "group/rate of text": group_with("lr", "1e-3"),
    "group/infinite rate": in_state_text(b'"lr": ', b'"lr": 1e999, "eps": '),
    "group/negative rate": group_with("lr", -1.0),
    "group/decay": group_with("weight_decay", 1e9),
    "group/fused": group_with("fused", "yes"),
    "group/parameters": group_with("params", [0] * 1000),
    "group/extra": group_with("__class__", "os.system"),
    "groups/none": state_with("optimiser", []),
    "groups/text": state_with("optimiser", "groups"),
    "arrays/vast": as_zip(["torch.npy"], npy((2**50,))),
    "arrays/vast product": as_zip(["torch.npy"], npy((2**40, 2**40))),
    "arrays/negative": as_zip(["torch.npy"], npy((-1,))),
    "arrays/objects": as_zip(["torch.npy"], npy((1,), "|O") + as_pickle(Forged("/nowhere"))),
    "arrays/deep header": as_zip(["torch.npy"], npy("(" * 300 + ")" * 300)),
    "arrays/no npy": as_zip(["torch"], b"data"),
    "arrays/bomb": compressed_arrays,
    "arrays/bomb of nothing": as_zip(["torch.npy"], bytes(50_000_000), zipfile.ZIP_DEFLATED),
    "arrays/twice": as_zip(["torch.npy"] * 2, npy((0,))),
    "arrays/traversal": as_zip(["../../escaped.npy"], npy((0,))),
    "arrays/extra": in_arrays(lambda arrays: arrays.update(extra=np.zeros(1))),
    "arrays/missing": in_arrays(lambda arrays: arrays.pop("/torch")),
    "arrays/length beyond": filled(f"{BATCH}/length", 10**6),
    "arrays/negative length": filled(f"{BATCH}/length", -1),
    "arrays/token beyond": filled("/observation/tokens", 30_000),
    "arrays/tokens within": filled(f"{BATCH}/tokens", 30_000),
    "arrays/other tokens": filled(f"{BATCH}/tokens", 0),
    "arrays/brief NaN": filled(f"{BATCH}/brief", np.nan),
    "arrays/other brief": filled("/observation/brief", 0.25),
    "arrays/no action": filled(f"{BATCH}/mask", 0),
    "arrays/mask beyond": filled(f"{BATCH}/mask", 7),
    "arrays/work beyond": filled(f"{BATCH}/work_index", 10**6),
    "arrays/not begun": filled(f"{BATCH}/ongoing", False),
    "arrays/other type": array_as(f"{BATCH}/key", lambda keys: keys.astype(float)),
    "arrays/fewer": array_as(f"{BATCH}/key", lambda keys: keys[:1]),
    "arrays/starts": array_as("/episode_starts", lambda starts: starts.astype(object).astype("U")),
    "arrays/returns": array_as("/environment/returns", lambda returns: returns[0]),
    "arrays/short generator": array_as("/torch", lambda state: state[:9]),
    "arrays/spoilt generator": filled("/torch", 255),
    "state/list": raw_state(b"[]"),
    "state/number": raw_state(b"7"),
    "state/deep": raw_state(b"[" * 200_000),
    "state/long number": raw_state(b'{"timesteps": ' + b"9" * 100_000 + b"}"),
    "state/not UTF-8": raw_state(b"\xff\xfe\x00"),
    "state/extra": state_with("__reduce__", ["os.system", "true"]),
    **{
        f"state/without {name}": state_without(name)
        for name in (
            "timesteps",
            "optimiser",
            "updates",
            "episodes",
            "python_random",
            "numpy_random",
            "tree",
            "history",
        )
    },
    **{
        f"{name}/{value!r}": state_with(name, value)
        for name in ("timesteps", "updates")
        for value in ([1], -1, 10**30, 0.5, True, "640", None)
    },
    "timesteps/NaN": state_with("timesteps", float("nan")),
    "timesteps/other": state_with("timesteps", 128),
    "episodes/number": state_with("episodes", 5),
    "episodes/vast": state_with("episodes", [0] * 1_000_000),
    "episodes/text": state_with("episodes", [{"r": "1", "l": 1, "t": 0.0}]),
    "episodes/without": state_with("episodes", [{"r": 1.0}]),
    "python/list": state_with("python_random", []),
    "python/short": state_with("python_random", [3, [1, 2, 3], None]),
    "python/beyond": state_with("python_random", [3, [0] * 624 + [625], None]),
    "python/text": state_with("python_random", [3, [0] * 624 + [1], "gauss"]),
    "numpy/list": state_with("numpy_random", [1]),
    "numpy/beyond": position(10**6),
    "numpy/negative": position(-1),
    "numpy/other": in_state(lambda state: state["numpy_random"].update(bit_generator="Forged")),
    "tree/list": state_with("tree", []),
    "tree/two kinds": state_with("tree", {"map": {}, "list": []}),
    "tree/deep": raw_state(b'{"tree": ' + b'{"list": [' * 50_000),
    "tree/unknown array": tree_value("torch", value={"array": "no such"}),
    "tree/other array": tree_value("torch", value={"array": f"{BATCH}/key"}),
    "tree/value": tree_value("observation", value={"value": "text"}),
    "tree/few generators": tree_value("environment", "native", "rng", value={"list": []}),
    "tree/generators of numbers": tree_value(
        "environment", "native", "rng", value={"list": [{"value": 1}] * 8}
    ),
    "history/map": state_with("history", {"timesteps": 1}),
    "history/numbers": state_with("history", [1, 2]),
    "history/empty entry": state_with("history", [{}]),
    "history/score of text": entry_with("reward", "much"),
    "history/score of a list": entry_with("held_out", [1]),
    "history/later": entry_with("timesteps", 10**9),
    "history/extra": entry_with("<script>", 1.0),
    "file/folder": folder_as_file,
    "file/other step": later,
    "link/state": link(STATE),
    "manifest/without": without_hash,
}
"""Forgeries of what only training reads."""


def refused(call):
    """Checks that a call ends in an error of one printable line; returns the line."""
    with pytest.raises(CheckpointError) as error:
        call()
    message = str(error.value)
    assert len(message) < LONGEST_MESSAGE
    assert message.isprintable()
    assert message.endswith(".")
    return message


@pytest.mark.parametrize("name", [*FORGED_POLICY, *FORGED_REST])
def test_a_forged_checkpoint_is_refused_before_it_is_used(copied, victim, name):
    (FORGED_POLICY | FORGED_REST)[name](latest(copied.checkpoints))
    model, env = victim
    parameters = {key: values.clone() for key, values in model.policy.state_dict().items()}
    generators = torch.get_rng_state(), random.getstate()

    def resume():
        snapshot = Snapshot.read(latest(copied.checkpoints))
        history_of(snapshot)
        snapshot.restore(model, env)

    refused(resume)
    assert same_arrays(model.policy.state_dict(), parameters)
    assert torch.equal(torch.get_rng_state(), generators[0])
    assert random.getstate() == generators[1]
    assert not (copied.path.parent / "executed").exists()


@pytest.mark.parametrize("name", FORGED_POLICY)
def test_a_forged_best_policy_is_not_loaded(copied, name):
    FORGED_POLICY[name](newest(copied.best))
    refused(lambda: agents.load(copied.path))
    assert not (copied.path.parent / "executed").exists()


@pytest.mark.parametrize("name", ["policy/NaN", "state/list", "history/numbers", "link/folder"])
def test_the_command_line_tells_of_a_forgery_in_one_line(copied, capsys, name):
    (FORGED_POLICY | FORGED_REST)[name](latest(copied.checkpoints))
    assert main(["--resume", str(copied.path)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert "Remove its folder" in errors[0]


def test_what_is_not_forged_is_taken(copied, victim):
    snapshot = Snapshot.read(latest(copied.checkpoints))
    assert history_of(snapshot)
    snapshot.restore(*victim)


def test_folders_of_other_names_are_no_checkpoints(copied):
    place = latest(copied.checkpoints)
    for name in ("step_later", "step_", "step_000000000640 2", "step_" + "9" * 200):
        (copied.checkpoints / name).mkdir()
    assert latest(copied.checkpoints) == place
