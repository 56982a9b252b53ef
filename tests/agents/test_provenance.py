"""Provenance: what is told of a work is true of its maker, and JSON can hold it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
import torch

import agents
import creative_envs
from agents.checkpoint import POLICY
from agents.environments import make_test_envs
from agents.evaluation import reference_sample
from agents.pretrained import folder_of
from agents.pretrained.card import Card
from agents.provenance import memorised_share, model_record, provenance
from agents.runs import RunFolder
from agents.sealed import newest
from agents.training import train
from creative_envs.core.insight import Likeness
from tests.agents.necklaces import NECKLACES, tiny_config

COPY, OWN = Likeness("Miss McLeod (ryans)", 0.0), Likeness("Miss McLeod (ryans)", 0.4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    config = tiny_config(select_every=1, select_works=8, media_every=0)
    folder = RunFolder.create(config, tmp_path_factory.mktemp("runs") / "of-beads")
    train(config, folder)
    return folder


@pytest.fixture(scope="module")
def agent(folder):
    return agents.load(folder.path, device="cpu")


@pytest.fixture(scope="module")
def work(agent):
    return agent.sample(1, seed=3)[0]


@pytest.mark.parametrize("which", ["best", "last"])
def test_names_the_model_by_the_hash_of_its_file(folder, which):
    agent = agents.load(folder.path, which, device="cpu")
    saved = newest(folder.best if which == "best" else folder.checkpoints)
    record = model_record(agent, agent.task)
    assert record == {
        "environment": NECKLACES,
        "policy": "attention",
        "size": "nano",
        "run": "of-beads",
        "parameters_sha256": hashlib.sha256((saved / POLICY).read_bytes()).hexdigest(),
        "timesteps": int(saved.name.removeprefix("step_")),
        "reference_sha256": agent.task.reference_sha256(),
    }


def test_does_not_tell_the_timesteps_of_other_parameters(folder):
    agent = agents.load(folder.path, device="cpu")
    before = model_record(agent, agent.task)
    with torch.no_grad():
        next(agent.policy.parameters()).add_(1.0)
    after = model_record(agent, agent.task)
    assert after["timesteps"] is None and isinstance(before["timesteps"], int)
    assert after["parameters_sha256"] != before["parameters_sha256"]


def test_tells_of_a_work_what_json_can_hold(agent, work):
    told = provenance(agent, agent.task, work, OWN, seed=3)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["model"] == model_record(agent, agent.task) and told["seed"] == 3
    assert told["brief"]["vector"] == work["brief"].tolist()
    assert told["brief"]["words"] == agent.task.describe_brief(work["brief"])
    for name in ("quality", "craft", "adherence", "novelty", "valid", "reward", "terms"):
        assert told["scores"][name] == work[name]
    assert told["versions"] == {
        "creative_envs": creative_envs.__version__,
        "torch": torch.__version__,
    }
    made = datetime.fromisoformat(told["made"])
    assert made.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=5)


def test_says_what_is_copied_and_what_is_not(agent, work):
    told = [provenance(agent, agent.task, work, like, 0, model={}) for like in (COPY, OWN, None)]
    assert [one["copied"] for one in told] == [True, False, None]
    assert told[1]["nearest_reference"] == {"name": "Miss McLeod (ryans)", "distance": 0.4}
    assert told[2]["nearest_reference"] is None and told[2]["model"] == {}


def test_the_share_of_copies(agent, work, monkeypatch):
    with pytest.raises(NotImplementedError, match="no references by name"):
        memorised_share(agent.task, [work])
    assert memorised_share(agent.task, []) == 0
    found = [COPY, OWN, OWN, COPY, OWN]
    monkeypatch.setattr(type(agent.task), "nearest_references", lambda *works: found)
    assert memorised_share(agent.task, [work] * 5) == pytest.approx(0.4)


def test_held_out_tunes_are_hardly_ever_copies():
    env = make_test_envs("creative_envs/MelodyComposition-v0", {}, 1)
    works = reference_sample(env, 100)
    assert memorised_share(env.task, works) < 0.03


def test_a_shipped_models_record_is_of_its_file():
    name = "creative_envs/TacticDesign-v0"
    agent = agents.load(name, device="cpu")
    card = Card.read(folder_of(name))
    told = model_record(agent, agent.task)
    assert told["timesteps"] == card.chosen_at
    assert told["parameters_sha256"] in card.sha256.values()
