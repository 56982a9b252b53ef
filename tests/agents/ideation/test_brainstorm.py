import numpy as np
import pytest

from agents.errors import ConfigError
from agents.ideation.brainstorm import brainstorm, passing, plan, select
from agents.ideation.workbench import Workbench
from tests.agents.ideation.beads import make_agent
from tests.agents.necklaces import NECKLACES

LINE = np.array([0.0, 0.1, 0.4, 0.6, 1.0])
APART = np.abs(LINE[:, None] - LINE[None])


def test_the_farthest_is_kept_next():
    value = np.array([0.9, 0.8, 0.7, 1.0, 0.1])
    assert select(value, APART, 3).tolist() == [3, 0, 4]
    assert select(value[:4], APART[:4, :4], 3).tolist() == [3, 0, 2]
    assert select(value[:4], APART[:4, :4], 8).tolist() == [3, 0, 2, 1]


def test_of_equally_far_ones_the_best_is_kept():
    assert select([0.2, 0.5, 0.9, 0.7], 1 - np.eye(4), 4).tolist() == [2, 3, 1, 0]


def test_copies_of_kept_works_are_left_out():
    apart = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0.0]])
    assert select([0.5, 0.9, 0.1], apart, 3).tolist() == [1, 2]
    assert select([], np.zeros((0, 0)), 3).tolist() == []


def test_the_gate_asks_for_validity_and_a_share_of_the_best_quality():
    quality, valid = np.array([0.5, 0.4, 0.39, 0.0, 1.0]), np.array([1, 1, 1, 1, 0], bool)
    assert passing(quality, valid, 0.8).tolist() == [True, True, False, False, False]
    assert passing(quality, valid, 0.0).tolist() == valid.tolist()
    assert passing(np.zeros(2), np.zeros(2, bool), 0.8).all()


def test_kept_works_are_good_and_lie_apart(agent):
    found = brainstorm(agent, count=48, keep=4, floor=0.9, seed=2)
    quality = np.array([draft.work["quality"] for draft in found.drafts])
    kept = found.selection()
    assert len(found.drafts) == 48 and 1 < len(kept) <= 4
    assert found.best.work["quality"] == quality.max()
    assert all(draft.work["quality"] >= 0.9 * quality.max() for draft in kept)
    assert found.passes == 48 * 6
    for draft in kept:
        assert draft.work["tokens"][:, 0].tolist() == draft.actions.tolist()


def test_a_seed_decides_everything(agent):
    first, again, other = (brainstorm(agent, count=16, seed=seed) for seed in (1, 1, 2))
    tokens = [[d.work["tokens"].tolist() for d in b.drafts] for b in (first, again, other)]
    assert tokens[0] == tokens[1] != tokens[2]
    assert np.array_equal(first.kept, again.kept)


def test_candidates_take_temperatures_and_weights_in_turn(agent):
    found = brainstorm(agent, [0.5, 0.25], 7, keep=2, temperatures=(0.5, 2.0), weights=(0, 1))
    assert found.temperatures.tolist() == [0.5, 2, 0.5, 2, 0.5, 2, 0.5]
    assert found.weights.tolist() == [0, 0, 1, 1, 0, 0, 1]
    assert all(draft.work["brief"].tolist() == [0.5, 0.25] for draft in found.drafts)


def test_weights_shown_by_default_are_those_trained_with(tmp_path):
    agent = make_agent(tmp_path / "run", env_kwargs={"novelty_weight": [0.25, 0.75]})
    bench = Workbench(agent.config, agent.policy)
    briefs = np.array([[0.5, 0], [0.25, 1]], np.float32)
    heat, shown = plan(bench, briefs, 4, temperatures=[1.0])
    assert heat.tolist() == [1] * 8
    assert shown.tolist() == [0.5, 0.25, 0.75, 0.5, 0.25, 0.25, 0.75, 0.25]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": 0}, "count"),
        ({"count": 4, "keep": 5}, "keep"),
        ({"keep": 0}, "keep"),
        ({"floor": 1.5}, "floor"),
        ({"temperatures": (1.0, 0.0)}, "temperature"),
        ({"temperatures": ()}, "at least one"),
        ({"weights": (2.0,)}, "novelty weight"),
        ({"weights": ()}, "at least one"),
        ({"brief": [0.5, 7.0]}, "brief"),
    ],
)
def test_bad_arguments_are_refused(agent, arguments, words):
    with pytest.raises(ConfigError, match=words):
        brainstorm(agent, **arguments)


def test_a_domain_that_compares_no_works_is_refused(tmp_path):
    agent = make_agent(tmp_path / "run", NECKLACES)
    with pytest.raises(ConfigError, match="compares no works"):
        brainstorm(agent, count=8)
    assert len(brainstorm(agent, count=8, keep=1).kept) == 1
