"""One small run on the real domain: everything that has to fit together does."""

import json

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents.commands import main
from creative_envs.melody.artefact import Melody

SETTINGS = {
    "timesteps": 512,
    "n_envs": 16,
    "n_steps": 32,
    "batch_size": 128,
    "threads": 1,
    "media_every": 1,
    "eval_works": 8,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("melody") / "run"
    assignments = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    assert (
        main(["--env", "creative_envs/MelodyPortfolio-v0", "--out", str(path), *assignments]) == 0
    )
    return path


def test_human_works_are_the_yardstick(run):
    table = json.loads((run / "evaluation.json").read_text())
    assert list(table) == ["random", "trained", "human"]
    assert table["human"]["reward"] > table["random"]["reward"]
    assert all(0 <= value <= 100 for row in table.values() for value in row.values())


def test_works_are_written_in_every_medium(run):
    files = {path.name for path in (run / "works").iterdir()}
    picks = ("trained-best", "trained-median", "trained-random", "human-median", "random-best")
    assert {f"{pick}{suffix}" for pick in picks for suffix in Melody.media} <= files


def test_page_plays_and_fits(run):
    page = (run / "index.html").read_text()
    assert page.count("<audio") == page.count("data:audio/wav") == 7
    assert page.count("<img") == page.count("data:image/png") == 7
    assert len(page) < 8 * 2**20


def test_tensorboard_has_terms_pictures_and_sounds(run):
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"images": 0, "audio": 0})
    tags = events.Reload().Tags()
    assert {"works/quality", "works/novelty", "works/unique", "terms/cadence"} <= set(
        tags["scalars"]
    )
    assert tags["images"] == tags["audio"] == ["best", "random"]
