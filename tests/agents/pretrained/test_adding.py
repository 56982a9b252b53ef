"""From runs to a model: the best by the validation split, whole, small, and described."""

import json
import shutil

import numpy as np
import pytest
import safetensors.numpy

import agents
from agents.checkpoint import POLICY, Snapshot, latest
from agents.config import read_settings
from agents.errors import CheckpointError, ConfigError, RunError
from agents.pretrained.__main__ import main
from agents.pretrained.adding import add
from agents.pretrained.card import README, Card
from agents.runs import RunFolder
from agents.sealed import newest
from tests.agents.necklaces import same_arrays
from tests.agents.pretrained.conftest import TOY, WORKS, make_run

NAME = TOY.rpartition("/")[2]


def best_reward(run):
    history = Snapshot.read(latest(RunFolder(run).checkpoints)).state["history"]
    return max(entry["held_out"] for entry in history)


def test_the_best_run_by_the_validation_split_is_taken(runs, made):
    root, card = made
    rewards = [best_reward(run) for run in runs]
    assert rewards[0] != rewards[1]
    assert card.candidates == {"0": rewards[0], "1": rewards[1]}
    assert card.seed == int(np.argmax(rewards))
    source = agents.load(runs[card.seed])
    model = agents.load(root / NAME)
    assert same_arrays(model.policy.state_dict(), source.policy.state_dict())
    assert model.config == source.config


def test_a_model_holds_what_loading_needs_and_no_tensor_twice(made):
    root, card = made
    files = {p.relative_to(root / NAME).as_posix() for p in (root / NAME).rglob("*") if p.is_file()}
    assert files == {"config.yaml", "card.json", README, *card.sha256}
    assert [path.name for path in root.iterdir()] == [NAME]
    tensors = safetensors.numpy.load_file(newest(root / NAME / "best") / POLICY)
    assert sum(values.size for values in tensors.values()) == card.parameters


def test_the_card_tells_what_the_run_was(runs, made):
    root, card = made
    run = RunFolder(runs[card.seed])
    history = Snapshot.read(latest(run.checkpoints)).state["history"]
    assert (card.env, card.policy, card.size) == (TOY, "attention", "nano")
    assert card.timesteps == history[-1]["timesteps"]
    assert card.cpu_seconds == pytest.approx(history[-1]["cpu_seconds"], abs=0.06)
    assert card.chosen_at == max(history, key=lambda entry: entry["held_out"])["timesteps"]
    assert card.versions == json.loads(run.rerun.read_text())["versions"]
    assert Card.read(root / NAME) == card


def test_the_scores_are_those_of_works_sampled_from_it(made):
    root, card = made
    works = agents.load(root / NAME).sample(card.scored_works, card.scoring_seed)
    assert len(works) == WORKS
    for name in ("reward", "quality", "novelty"):
        assert card.scores[name] == np.mean([work[name] for work in works])


def test_the_readme_tells_the_scores_and_how_to_make_works(made):
    root, card = made
    told = (root / NAME / README).read_text()
    assert f"--sample {TOY}" in told
    assert f"{card.scores['reward']:.4f}" in told
    assert card.command in told
    assert "{" not in told


def test_the_command_of_a_card_names_the_models_settings(made):
    root, card = made
    path = card.command.rpartition(" ")[2]
    assert path == f"agents/pretrained/{NAME}/config.yaml"
    assert read_settings(root / NAME / "config.yaml")["seed"] == card.seed


def test_a_model_is_replaced(runs, root):
    other = 1 - Card.read(root / NAME).seed
    card = add([runs[other]], root, works=8)
    assert Card.read(root / NAME) == card
    assert (card.seed, card.scored_works) == (other, 8)
    assert agents.load(root / NAME).config.seed == other


def test_a_failure_leaves_the_model_before(runs, root, monkeypatch):
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Card, "write", fail)
    with pytest.raises(RunError, match="No space left"):
        add(runs, root, works=8)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_runs_that_cannot_be_compared_are_refused(runs, tmp_path):
    other = make_run(tmp_path / "other", seed=2, gamma=0.9)
    with pytest.raises(ConfigError, match="other settings"):
        add([runs[0], other], tmp_path)
    with pytest.raises(ConfigError, match="same seed"):
        add([runs[0], runs[0]], tmp_path)


def test_a_run_that_never_sampled_or_never_ended_is_refused(runs, tmp_path):
    run = RunFolder(shutil.copytree(runs[0], tmp_path / "run"))
    shutil.rmtree(run.best)
    with pytest.raises(RunError, match="select_every above 0"):
        add([run.path], tmp_path)
    settings = run.config.read_text()
    run.config.write_text(settings.replace("timesteps: 480", "timesteps: 4800"))
    with pytest.raises(RunError, match="has not finished"):
        add([run.path], tmp_path)


def test_an_environment_that_runs_a_module_is_refused(runs, tmp_path):
    run = RunFolder(shutil.copytree(runs[0], tmp_path / "run"))
    run.config.write_text(run.config.read_text().replace(TOY, f"tests.agents.necklaces:{TOY}"))
    with pytest.raises(ConfigError, match="module"):
        add([run.path], tmp_path)


def test_a_run_without_a_record_of_versions_is_refused(runs, tmp_path):
    run = RunFolder(shutil.copytree(runs[0], tmp_path / "run"))
    run.rerun.write_text('{"versions": 3}')
    with pytest.raises(CheckpointError, match=r"run\.json is missing or damaged"):
        add([run.path], tmp_path)


def test_mistakes_are_one_line(tmp_path, capsys):
    assert main(["--add", str(tmp_path / "nothing")], tmp_path) == 2
    said = capsys.readouterr().err
    assert said.startswith("pretrained: ") and said.count("\n") == 1


def test_the_command_line_adds(runs, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("agents.pretrained.adding.add.__defaults__", (tmp_path, 8))
    assert main(["--add", *map(str, runs)], tmp_path) == 0
    assert "the best of 2" in capsys.readouterr().out
    assert Card.read(tmp_path / NAME).scored_works == 8
