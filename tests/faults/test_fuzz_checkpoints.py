"""Folders of runs and shipped models with damaged files: loaded as they were, or refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import agents
import agents.pretrained
import agents.sealed
from agents.checkpoint import OPTIMISER, POLICY, STATE, Snapshot, latest
from agents.errors import AgentError, CheckpointError
from agents.pretrained.card import Card
from agents.runs import RunFolder
from agents.sealed import MANIFEST
from agents.training import train
from tests.agents.necklaces import same_arrays, tiny_config
from tests.faults.mutations import damaged_bytes, damaged_document, examples, on_disk, text_of

CARD = agents.pretrained.ROOT / "MelodyComposition-v0"


@pytest.fixture(scope="module", name="runs")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs of different seeds, both finished."""
    root = tmp_path_factory.mktemp("runs")
    for seed in (0, 1):
        config = tiny_config(seed=seed, media_every=0, select_every=2, select_works=4)
        train(config, RunFolder.create(config, root / str(seed)))
    return root / "0", root / "1"


def load_or_refuse(run: Path) -> Any:
    """The run's policy; None if it is refused in a line of the project's own."""
    try:
        return agents.load(run, device="cpu").policy.state_dict()
    except AgentError as error:
        assert str(run) in str(error)
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 2000
        return None


@pytest.mark.parametrize("name", [POLICY, MANIFEST, "config.yaml"])
@given(data=st.data())
@examples(10)
def test_policies_with_damaged_bytes(runs: tuple[Path, Path], name: str, data: Any) -> None:
    intact = agents.load(runs[0], device="cpu").policy.state_dict()
    with on_disk("run") as copy:
        shutil.copytree(runs[0], copy)
        sealed = agents.sealed.newest(copy / "best")
        path = copy / name if name == "config.yaml" else sealed / name
        before = path.read_bytes()
        path.write_bytes(data.draw(damaged_bytes(before)))
        found = load_or_refuse(copy)
        if name == POLICY and path.read_bytes() != before:
            assert found is None
        if found is not None and name != "config.yaml":
            assert same_arrays(found, intact)


@given(data=st.data())
@examples(15)
def test_manifests_with_parts_of_other_kinds(runs: tuple[Path, Path], data: Any) -> None:
    with on_disk("step_000000000480") as copy:
        shutil.copytree(latest(runs[0] / "checkpoints"), copy)
        path = copy / MANIFEST
        path.write_bytes(text_of(data.draw(damaged_document(json.loads(path.read_text())))))
        try:
            assert Snapshot.read(copy).timesteps == 480
        except CheckpointError as error:
            assert str(copy) in str(error)
            assert len(str(error).splitlines()) == 1


@given(data=st.data())
@examples(15)
def test_states_with_parts_of_other_kinds(runs: tuple[Path, Path], data: Any) -> None:
    """Forged with their hash: what passes the reader must be refused, or fit, when restored."""
    with on_disk("step_000000000480") as copy:
        shutil.copytree(latest(runs[0] / "checkpoints"), copy)
        state = json.loads((copy / STATE).read_text())
        state.pop("tree"), state.pop("optimiser")  # `tests/agents/test_forgery.py` has those
        whole = json.loads((copy / STATE).read_text())
        content = text_of(whole | data.draw(damaged_document(state)))
        (copy / STATE).write_bytes(content)
        manifest = json.loads((copy / MANIFEST).read_text())
        manifest["sha256"][STATE] = hashlib.sha256(content).hexdigest()
        (copy / MANIFEST).write_text(json.dumps(manifest))
        try:
            snapshot = Snapshot.read(copy)
            assert snapshot.timesteps == 480
        except CheckpointError as error:
            assert str(copy) in str(error)
            assert len(str(error).splitlines()) == 1


def swap_policy(run: Path, other: Path) -> None:
    shutil.copy(latest(other / "checkpoints") / POLICY, latest(run / "checkpoints") / POLICY)


def swap_optimiser(run: Path, other: Path) -> None:
    shutil.copy(latest(other / "checkpoints") / OPTIMISER, latest(run / "checkpoints") / OPTIMISER)


def swap_manifest(run: Path, other: Path) -> None:
    shutil.copy(latest(other / "checkpoints") / MANIFEST, latest(run / "checkpoints") / MANIFEST)


def drop_state(run: Path, other: Path) -> None:
    (latest(run / "checkpoints") / STATE).unlink()


def add_a_file(run: Path, other: Path) -> None:
    (latest(run / "checkpoints") / "more.bin").write_bytes(b"1")


def other_size(run: Path, other: Path) -> None:
    settings = yaml.safe_load((run / "config.yaml").read_text())
    (run / "config.yaml").write_text(yaml.safe_dump(settings | {"size": "small"}))


def other_environment(run: Path, other: Path) -> None:
    settings = yaml.safe_load((run / "config.yaml").read_text())
    changed = settings | {"env": "creative_envs/MelodyComposition-v0"}
    (run / "config.yaml").write_text(yaml.safe_dump(changed))


MIXED = [
    swap_policy,
    swap_optimiser,
    swap_manifest,
    drop_state,
    add_a_file,
    other_size,
    other_environment,
]


@pytest.mark.parametrize("mix", MIXED, ids=lambda mix: mix.__name__)
def test_runs_mixed_with_others(
    runs: tuple[Path, Path], tmp_path: Path, mix: Callable[[Path, Path], None]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(runs[0], run)
    mix(run, runs[1])
    kept = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(AgentError) as error:
        agents.load(run, "last", device="cpu")
        folder, config = RunFolder.open(run)
        train(config, folder)
    assert str(run) in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == kept


@given(damaged_document(json.loads((CARD / "card.json").read_text())))
@examples(40)
def test_cards_with_parts_of_other_kinds(document: Any) -> None:
    with on_disk("card.json", text_of(document)) as path:
        try:
            card = Card.read(path.parent)
        except CheckpointError as error:
            assert str(path) in str(error)
            assert len(str(error).splitlines()) == 1
            return
        try:
            card.write(path.parent)
        except CheckpointError as error:
            assert len(str(error).splitlines()) == 1
            return
        assert Card.read(path.parent) == card


@given(damaged_bytes((CARD / "card.json").read_bytes()))
@examples(30)
def test_cards_with_damaged_bytes(content: bytes) -> None:
    with on_disk("card.json", content) as path:
        try:
            Card.read(path.parent)
        except CheckpointError as error:
            assert str(path) in str(error)
            assert len(str(error).splitlines()) == 1
