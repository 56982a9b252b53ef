"""One small run on the domain of tactics: everything that has to fit together does."""

import json

import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents import transfer
from agents.commands import main
from creative_envs.tactics.artefact import Tactic

SETTINGS = {
    "timesteps": 1024,
    "n_envs": 16,
    "n_steps": 64,
    "batch_size": 256,
    "threads": 1,
    "media_every": 1,
    "select_every": 0,
    "eval_works": 8,
    "env_kwargs.maps": "['open-1', 'river-1']",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("tactics") / "run"
    assignments = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    chosen = ["--env", "creative_envs/TacticDesign-v0"]
    assert main([*chosen, "--out", str(path), *assignments]) == 0
    return path


def test_search_and_experts_are_the_yardsticks(run):
    table = json.loads((run / "evaluation.json").read_text())
    assert list(table) == ["random", "trained", "search", "expert"]
    for yardstick in ("search", "expert"):
        assert table[yardstick]["quality"] > table["random"]["quality"] + 0.1
    assert table["expert"]["adherence"] == pytest.approx(1)


def test_works_are_written_in_every_medium_and_fight_again(run):
    files = {path.name for path in (run / "works").iterdir()}
    picks = ("trained-best", "trained-median", "expert-median", "search-best", "random-best")
    assert {f"{pick}{suffix}" for pick in picks for suffix in Tactic.media} <= files
    tactic = Tactic.load(run / "works" / "trained-best.json")
    assert tactic.ground.name in ("open-1", "river-1") and len(tactic.enemies) == 5


def test_page_shows_battles(run):
    page = (run / "index.html").read_text()
    assert page.count("<img") > 0
    assert page.count("data:image/png") + page.count("data:image/gif") == page.count("<img")
    assert "data:image/gif" in page and "<audio" not in page


def test_tensorboard_has_terms_and_pictures(run):
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"images": 0})
    tags = events.Reload().Tags()
    assert {"works/quality", "terms/won", "terms/camp"} <= set(tags["scalars"])
    assert tags["images"] == ["best", "random"]


def test_samples_answer_a_brief_in_words(run, tmp_path):
    out = tmp_path / "samples"
    brief = "objective=break-through,enemy=missile-0,map=river-1,budget=150"
    arguments = ["--sample", str(run), "-n", "3", "--brief", brief, "--which", "last"]
    assert main([*arguments, "--out", str(out)]) == 0
    with Image.open(out / "sheet.png") as sheet:
        assert sheet.size[0] > 300
    record = json.loads((out / "work-01.info.json").read_text())
    assert record["brief_in_words"]["objective"] == "break-through"
    assert record["brief_in_words"]["map"] == "river-1"


def test_a_policy_fights_on_maps_it_never_saw(run, capsys):
    assert transfer.main([str(run), "--with", "maps=['pass-7', 'hills-7']", "--works", "8"]) == 0
    assert "pass-7" in capsys.readouterr().out
