import pytest

from agents import evaluation
from agents.runs import RunFolder
from agents.training import train
from agents.transfer import main
from tests.agents.necklaces import tiny_config


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two finished runs that differ in their seed."""
    folders = []
    for seed in (0, 1):
        config = tiny_config(select_every=0, media_every=0, seed=seed)
        folder = RunFolder.create(config, tmp_path_factory.mktemp("runs") / "run")
        train(config, folder)
        folders.append(str(folder.path))
    return folders


def test_works_elsewhere_stand_beside_those_as_trained(runs, capsys):
    assert main([*runs, "--with", "novelty_weight=1.0", "--works", "16"]) == 0
    _, _, *rows = capsys.readouterr().out.splitlines()
    names = [row[:20].strip() for row in rows]
    assert names == ["random elsewhere", "as trained", "elsewhere", "gap"]


def test_nothing_changes_where_nothing_is_changed(runs, capsys):
    assert main([*runs, "--with", "beads=6", "--works", "8"]) == 0
    rows = {row[:20].strip(): row[20:] for row in capsys.readouterr().out.splitlines()}
    assert rows["as trained"] == rows["elsewhere"]
    assert set(rows["gap"].split()) == {"0.000", "[0.000,", "0.000]"}


def test_briefs_of_training_can_be_asked_for(runs, monkeypatch):
    splits, make = [], evaluation.make_test_envs

    def note(env_id, env_kwargs, n_envs, split="not said"):
        splits.append(split)
        return make(env_id, env_kwargs, n_envs, split)

    monkeypatch.setattr(evaluation, "make_test_envs", note)
    assert main([runs[0], "--with", "split=train", "--works", "4"]) == 0
    assert set(splits) == {"test", "train", "not said"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("beads=4", "other shapes"),
        ("beeds=4", "did you mean 'beads'"),
        ("[1, 2]", "KEY=VALUE"),
        ("nonsense", "--with"),
    ],
)
def test_mistakes_are_one_line(runs, capsys, changes, words):
    assert main([runs[0], "--with", changes]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main([str(tmp_path), "--with", "beads=6"]) == 2
    assert "transfer: " in capsys.readouterr().err
