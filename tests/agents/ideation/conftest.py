import pytest

from tests.agents.ideation.beads import make_agent


@pytest.fixture(scope="package")
def agent(tmp_path_factory):
    """An agent that has learnt a little, of a domain that compares works."""
    return make_agent(tmp_path_factory.mktemp("runs") / "run", timesteps=2_000)


@pytest.fixture(scope="package")
def strings(tmp_path_factory):
    """An agent of the domain whose works differ in length."""
    env = "tests.agents.ideation.beads:toy/Strings-v0"
    return make_agent(tmp_path_factory.mktemp("runs") / "run", env)
