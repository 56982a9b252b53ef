import shutil

import pytest

from agents.pretrained.adding import add
from agents.runs import RunFolder
from agents.training import train
from tests.agents.necklaces import tiny_config

TOY = "toy/Necklaces-v0"
WORKS = 16


def make_run(path, **settings):
    """A finished run in the toy domain."""
    config = tiny_config(env=TOY, select_every=1, select_works=8, media_every=0, **settings)
    folder = RunFolder.create(config, path)
    train(config, folder)
    return folder.path


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Two finished runs that differ in their seed."""
    place = tmp_path_factory.mktemp("runs")
    return [make_run(place / str(seed), seed=seed) for seed in (0, 1)]


@pytest.fixture(scope="session")
def made(runs, tmp_path_factory):
    """A root with the toy domain's model, and its card."""
    root = tmp_path_factory.mktemp("root")
    return root, add(runs, root, works=WORKS)


@pytest.fixture
def root(made, tmp_path):
    """A copy of it that may be spoiled."""
    return shutil.copytree(made[0], tmp_path / "root")
