"""``python -m agents.explain``: figures of runs, pictures of works, and plain refusals."""

import re

import pytest

from agents.config import RunConfig
from agents.explain.__main__ import main
from agents.runs import RunFolder
from agents.training import train
from tests.agents.explain.policies import MOSAICS, TACTICS
from tests.agents.necklaces import NECKLACES

SETTINGS = {"threads": 1, "timesteps": 256, "n_envs": 8, "n_steps": 16, "batch_size": 64}
SETTINGS |= {"select_every": 0, "media_every": 0, "eval_works": 4}


def make_run(path, **settings):
    config = RunConfig(**{**SETTINGS, **settings})
    train(config, RunFolder.create(config, path))
    return str(path)


def test_figures_of_two_runs(tmp_path, capsys):
    runs = [make_run(tmp_path / str(seed), seed=seed, **MOSAICS) for seed in (0, 1)]
    capsys.readouterr()
    arguments = [*runs, "-n", "1", "--decisions", "12", "--out", str(tmp_path / "why")]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "decisions: 24 of 2 runs" in told
    error = re.search(r"completeness error: \S+ nats in the mean, (\S+) at most", told)
    assert float(error[1]) < 1e-2
    for name in ("ig", "attention", "rollout", "latest", "random"):
        assert re.search(rf"^{re.escape(name)} +-?\d", told, re.MULTILINE)
    assert told.count("block 2: entropy of heads") == 2
    assert "No page: mosaics" in told and not (tmp_path / "why").exists()


def test_works_are_drawn_on_a_page(tmp_path, capsys):
    run = make_run(tmp_path / "run", **TACTICS)
    assert main([run, "-n", "1", "--decisions", "8"]) == 0
    assert "share of |attribution|: tokens" in capsys.readouterr().out
    folder = tmp_path / "run" / "explain-1"
    page = (folder / "index.html").read_text()
    assert page.count("data:image/png") >= 4 and "completeness error" in page
    assert (folder / "work-01.png").exists()
    assert main([run, "--decisions", "8", "--out", str(folder)]) == 2
    assert "exists already: name a new folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere"),
        (["nowhere", "-n", "0"], "--works must be at least 1"),
        (["nowhere", "--decisions", "-3"], "--decisions must be at least 1"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments, message, capsys):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_works_too_short_to_measure_are_named(tmp_path, capsys):
    run = make_run(tmp_path / "run", env=NECKLACES)
    assert main([run]) == 2
    assert "fewer than --decisions 64" in capsys.readouterr().err
    assert not (tmp_path / "run" / "explain-1").exists()
