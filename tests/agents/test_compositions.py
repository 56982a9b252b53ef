"""One small run on the patch domain: everything that has to fit together does."""

import json

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents import transfer
from agents.commands import main
from creative_envs.patches.artefact import Composition

SETTINGS = {
    "timesteps": 1024,
    "n_envs": 16,
    "n_steps": 64,
    "batch_size": 256,
    "threads": 1,
    "media_every": 1,
    "select_every": 0,
    "env_kwargs.size": 6,
    "env_kwargs.library": "['procedural:seed=1', 'procedural:seed=2']",
}
UNSEEN = "library=['procedural:seed=11', 'procedural:seed=12']"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("compositions") / "run"
    assignments = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    chosen = ["--env", "creative_envs/PatchComposition-v0", "--eval-works", "8"]
    assert main([*chosen, "--out", str(path), *assignments]) == 0
    return path


def test_search_and_pictures_are_the_yardsticks(run):
    table = json.loads((run / "evaluation.json").read_text())
    assert list(table) == ["random", "trained", "search", "human"]
    assert table["search"]["quality"] > 2 * table["random"]["quality"]
    assert table["human"]["adherence"] == pytest.approx(1, abs=0.01)
    assert table["search"]["dealt"] < table["search"]["quality"]
    assert table["random"]["difference"] > 0.9


def test_page_shows_pictures_and_how_they_grew(run):
    page = (run / "index.html").read_text()
    assert page.count("data:image/png") == page.count("<img") - page.count("data:image/gif")
    assert page.count("data:image/gif") == 9
    assert "<audio" not in page


def test_a_saved_programme_replays(run):
    saved = Composition.load(run / "works" / "trained-best.json")
    with Image.open(run / "works" / "trained-best.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), saved.picture(picture.size[0]))


def test_tensorboard_has_terms_and_pictures(run):
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"images": 0})
    tags = events.Reload().Tags()
    assert {"works/quality", "terms/contour", "terms/keeps_lead"} <= set(tags["scalars"])
    assert tags["images"] == ["best", "random"]


def test_samples_come_with_a_sheet(run, tmp_path):
    out = tmp_path / "samples"
    brief = "order=left-right,lead='#d8492f'"
    arguments = ["--sample", str(run), "-n", "3", "--brief", brief, "--which", "last"]
    assert main([*arguments, "--out", str(out)]) == 0
    with Image.open(out / "sheet.png") as sheet:
        assert sheet.size[0] > 300
    record = json.loads((out / "work-01.info.json").read_text())
    assert record["brief_in_words"]["order"] == "left-right"


def test_a_policy_uses_libraries_it_never_saw(run, capsys):
    assert transfer.main([str(run), "--with", UNSEEN, "--works", "8"]) == 0
    assert "procedural:seed=12" in capsys.readouterr().out
