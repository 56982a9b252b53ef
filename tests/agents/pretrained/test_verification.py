"""Models that are what their cards say, and those that are not: these, and those shipped."""

import dataclasses

import pytest
import torch

from agents import pretrained
from agents.pretrained.__main__ import main
from agents.pretrained.card import README, Card, files_of
from agents.pretrained.readme import readme
from agents.pretrained.scoring import Comparison, measure, verify
from agents.runs import RunFolder
from creative_envs.core.insight import Likeness
from tests.agents.pretrained.conftest import TOY
from tests.toy_domain import NecklaceTask

NAME = TOY.rpartition("/")[2]
SHIPPED = pretrained.folders()


def test_a_model_is_what_its_card_says(root, capsys):
    comparison = verify(root / NAME)
    assert comparison.now == comparison.card == Card.read(root / NAME).scores
    assert comparison.deviating == ()
    assert main([], root) == 0
    said = capsys.readouterr().out
    assert f"{NAME}: verified" in said
    assert "1 of 1 models" in said


@pytest.mark.parametrize(("change", "code"), [(0.05, 1), (-0.05, 1), (0.001, 0)])
def test_a_card_that_tells_of_other_scores_fails(root, capsys, change, code):
    card = Card.read(root / NAME)
    scores = card.scores | {"novelty": card.scores["novelty"] + change}
    dataclasses.replace(card, scores=scores).write(root / NAME)
    assert main([], root) == code
    assert ("FAILED: deviates in novelty" in capsys.readouterr().out) == bool(code)


@pytest.mark.parametrize("place", ["policy.safetensors", "config.yaml", "card.json", README])
def test_a_changed_file_fails(root, capsys, place):
    (path,) = (root / NAME).rglob(place)
    data = path.read_bytes()
    path.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    assert main([], root) == 1
    said = capsys.readouterr().out
    assert f"{NAME}: FAILED: " in said
    assert place in said
    assert "0 of 1 models" in said


def test_readmes_are_written_anew(root):
    path = root / NAME / README
    before = path.read_bytes()
    path.write_text("another")
    assert main([], root) == 1
    assert main(["--readmes"], root) == 0
    assert path.read_bytes() == before
    assert main([], root) == 0


@pytest.mark.parametrize("name", ["card.json", "config.yaml"])
def test_a_missing_file_fails(root, name):
    (root / NAME / name).unlink()
    assert main([], root) == 1


def test_scores_only_one_of_both_has_deviate():
    assert (
        Comparison({"reward": 0.5, "audit": 40.0}, {"reward": 0.51, "audit": 41.5}).deviating == ()
    )
    comparison = Comparison({"reward": 0.5, "memorised": 0.0}, {"reward": 0.53, "audit": 41.5})
    assert comparison.deviating == ("reward", "memorised", "audit")
    assert "nan" in str(comparison)


def test_works_are_sampled_on_one_thread_and_the_number_is_put_back(made, monkeypatch):
    import agents
    from agents.pretrained import scoring

    threads, sample = [], scoring.sample_works

    def note(*arguments):
        threads.append(torch.get_num_threads())
        return sample(*arguments)

    monkeypatch.setattr(scoring, "sample_works", note)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        measure(agents.load(made[0] / NAME), works=4)
        assert (threads, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)


def test_memorised_is_the_share_at_no_distance(made, monkeypatch):
    import agents

    agent = agents.load(made[0] / NAME)
    assert "memorised" not in measure(agent, works=4)
    nearest = [Likeness("a", 0.0), Likeness("b", 0.2), Likeness("a", 1.0), Likeness("c", 0.01)]
    monkeypatch.setattr(NecklaceTask, "nearest_references", lambda *_: nearest)
    assert measure(agent, works=4)["memorised"] == 0.25


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_every_shipped_model_has_the_files_its_card_tells_of(folder):
    card = Card.read(folder)
    card.require_files(folder)
    assert pretrained.folder_of(card.env) == folder
    assert (folder / README).read_text() == readme(card)
    assert not RunFolder(folder).checkpoints.exists()
    assert sum(file.stat().st_size for file in files_of(folder)) < 2**20


@pytest.mark.skipif(not SHIPPED, reason="no model is shipped yet")
def test_the_smallest_shipped_model_makes_works_as_its_card_says():
    import agents

    def size(folder):
        return sum(file.stat().st_size for file in files_of(folder))

    folder = min(SHIPPED, key=size)
    card = Card.read(folder)
    scores = measure(agents.load(card.env, device="cpu"), works=64, seed=card.scoring_seed)
    assert scores["reward"] == pytest.approx(card.scores["reward"], abs=0.08)
