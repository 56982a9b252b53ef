"""Models by their environment's id: found, loaded, and refused where something is not theirs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import agents
from agents import pretrained
from agents.checkpoint import POLICY
from agents.errors import CheckpointError, RunError
from agents.pretrained import folder_of, locate, shipped
from agents.pretrained.card import Card
from agents.runs import RunFolder
from agents.sealed import newest
from tests.agents.necklaces import same_arrays
from tests.agents.pretrained.conftest import TOY

NAME = TOY.rpartition("/")[2]


@pytest.fixture
def as_shipped(root, monkeypatch):
    """`agents.load` finds models in the root of the test."""
    monkeypatch.setattr(pretrained.locate, "__defaults__", (root,))
    return root


def damage(path):
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def policy_of(root):
    return newest(RunFolder(root / NAME).best) / POLICY


def change_card(root, **entries):
    path = RunFolder(root / NAME).card
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def test_a_model_loads_by_its_environments_id(made, as_shipped):
    agent = agents.load(TOY)
    assert agent.folder.path == as_shipped / NAME
    again = agents.load(as_shipped / NAME, which="best", device="cpu")
    assert same_arrays(agent.policy.state_dict(), again.policy.state_dict())
    assert len(agent.sample(3)) == 3


def test_an_existing_folder_of_that_name_wins(as_shipped, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy").mkdir()
    (tmp_path / TOY).symlink_to(runs[0])
    assert agents.load(TOY).folder.path.resolve() == runs[0].resolve()
    assert locate(TOY) == Path(TOY)


def test_what_is_shipped_is_listed(root, tmp_path):
    assert shipped(root) == (TOY,)
    assert folder_of(TOY, root) == root / NAME
    assert shipped(tmp_path / "nothing") == ()


@pytest.mark.parametrize(
    "unknown", ["toy/Other-v0", f"other/{NAME}", "runs/melody-v1", f"../root/{NAME}"]
)
def test_an_unknown_id_is_told_with_what_there_is(root, unknown):
    with pytest.raises(RunError, match=f"Models are there for: {TOY}"):
        folder_of(unknown, root)


def test_other_names_are_folders_and_run_no_module(root):
    for name in (f"tests.agents.necklaces:{TOY}", "runs/melody-1", root, "a/b/c-v0"):
        assert locate(name, root) == Path(name)
    with pytest.raises(RunError, match="is not a run's folder"):
        agents.load(f"tests.agents.necklaces:{TOY}")


@pytest.mark.parametrize("spoil", [damage, lambda path: path.write_bytes(path.read_bytes()[:99])])
def test_a_damaged_policy_is_refused(as_shipped, spoil):
    spoil(policy_of(as_shipped))
    with pytest.raises(CheckpointError, match=rf"{POLICY} is not the one .*git checkout"):
        agents.load(TOY)
    with pytest.raises(CheckpointError, match=f"{POLICY} is damaged"):
        agents.load(as_shipped / NAME)


def test_a_missing_or_foreign_file_is_refused(as_shipped):
    newest(RunFolder(as_shipped / NAME).best).rename(
        as_shipped / NAME / "best" / "step_000000999999"
    )
    with pytest.raises(CheckpointError, match="other files"):
        agents.load(TOY)


def test_changed_settings_are_refused(as_shipped):
    settings = RunFolder(as_shipped / NAME).config
    settings.write_text(settings.read_text().replace("gamma: 1.0", "gamma: 0.5"))
    with pytest.raises(CheckpointError, match=r"config\.yaml is not the one"):
        agents.load(TOY)


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"env": ', "[" * 100_000])
def test_a_missing_or_damaged_card_is_refused(as_shipped, text):
    card = RunFolder(as_shipped / NAME).card
    card.unlink() if text is None else card.write_text(text)
    with pytest.raises(CheckpointError, match=r"card\.json is missing or damaged"):
        agents.load(TOY)


@pytest.mark.parametrize(
    "entries",
    [
        {"env": 3},
        {"scores": {"reward": "high"}},
        {"scores": [0.5]},
        {"parameters": 0.5},
        {"seed": True},
        {"another": 1},
        {"sha256": {"config.yaml": None}},
    ],
)
def test_entries_of_another_type_are_refused(root, entries):
    change_card(root, **entries)
    with pytest.raises(CheckpointError, match="damaged"):
        Card.read(root / NAME)


@pytest.mark.parametrize("entries", [{"seed": 77}, {"size": "base"}, {"env_kwargs": {"beads": 4}}])
def test_a_card_of_another_run_is_refused(as_shipped, entries):
    change_card(as_shipped, **entries)
    with pytest.raises(CheckpointError, match=f"another {next(iter(entries))}"):
        agents.load(TOY)


def test_other_reference_data_are_refused(as_shipped, monkeypatch):
    from tests.toy_domain import NecklaceTask

    monkeypatch.setattr(NecklaceTask, "reference_sha256", lambda task: "ab" * 32)
    with pytest.raises(CheckpointError, match="other reference data"):
        agents.load(TOY)


def test_a_model_has_no_last_policy_and_is_not_continued(as_shipped):
    with pytest.raises(CheckpointError, match="best policy alone"):
        agents.load(TOY, which="last")
    with pytest.raises(RunError, match=r"shipped model.*--config"):
        RunFolder.open(as_shipped / NAME)


def test_asking_what_is_shipped_imports_nothing_heavy():
    code = (
        "import sys; from agents.pretrained import shipped; shipped();"
        "print(sorted({'torch', 'numba', 'stable_baselines3'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
