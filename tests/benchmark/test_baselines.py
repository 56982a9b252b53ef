"""What is true of every baseline."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from creative_envs.benchmark.baselines.memoriser import Memoriser
from creative_envs.benchmark.baselines.scripts import UNSET, extended, legalised, nearest
from creative_envs.benchmark.budget import watched
from tests.benchmark.baseline_training import (
    BUDGET,
    EVERY_AGENT,
    MELODIES,
    NECKLACES,
    SEARCH,
    WORKS,
    actions_of,
    new_context,
    sample,
    train,
)

PORTFOLIOS = replace(NECKLACES, arguments={"works": 3})

pytest.importorskip("ribs")


@pytest.mark.parametrize("environment", [NECKLACES, MELODIES, PORTFOLIOS])
@pytest.mark.parametrize("agent", EVERY_AGENT)
def test_acts_legally(agent, environment, tmp_path):
    sampled = sample(train(tmp_path, agent, environment), environment)
    assert sampled.illegal == 0
    assert len(sampled.episodes) == -(-WORKS // environment.arguments.get("works", 1))


@pytest.mark.parametrize("agent", EVERY_AGENT)
def test_repeats_with_the_same_seed_alone(agent, tmp_path):
    first, second, other = (
        actions_of(sample(train(tmp_path, agent, MELODIES, seed), MELODIES, seed=seed))
        for seed in (0, 0, 1)
    )
    assert first == second
    assert (first == other) == (agent is Memoriser)  # which draws and learns nothing else


@pytest.mark.parametrize("agent", EVERY_AGENT)
def test_deterministic_are_those_that_draw_nothing(agent, tmp_path):
    policy = train(tmp_path, agent, MELODIES)
    same = actions_of(sample(policy, MELODIES)) == actions_of(sample(policy, MELODIES, seed=1))
    assert same == getattr(agent, "deterministic", False)


@pytest.mark.parametrize("agent", EVERY_AGENT)
def test_spends_the_budget_to_search_and_only_then(agent, tmp_path):
    context = new_context(tmp_path, NECKLACES)
    with watched() as watch:
        agent().train(context)
    assert watch.uncounted == 0
    assert not context.meter.exhausted
    if agent in SEARCH:
        assert BUDGET - 32 < context.meter.spent <= BUDGET
    else:
        assert context.meter.spent == 0


@pytest.mark.parametrize("agent", SEARCH)
def test_a_budget_too_small_for_a_work_is_no_error(agent, tmp_path):
    context = new_context(tmp_path, NECKLACES, budget=40)
    assert sample(agent().train(context), NECKLACES).illegal == 0


@pytest.mark.parametrize("agent", EVERY_AGENT)
def test_policies_pickle(agent, tmp_path):
    policy = train(tmp_path, agent, NECKLACES)
    again = pickle.loads(pickle.dumps(policy))
    assert actions_of(sample(again, NECKLACES)) == actions_of(sample(policy, NECKLACES))


def test_a_masked_action_gives_way_to_the_next_legal_one():
    mask = np.array([[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 1]], np.int8)
    scripted = np.array([1, 1, UNSET, 1])
    assert legalised(scripted, mask, np.random.default_rng(0)).tolist() == [3, 0, 2, 1]
    assert scripted.tolist() == [1, 1, UNSET, 1]


def test_unset_actions_are_drawn_among_all_legal_ones():
    mask = np.tile(np.array([1, 0, 1], np.int8), (300, 1))
    drawn = legalised(np.full(300, UNSET), mask, np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=3)
    assert counts[1] == 0
    assert 100 < counts[0] < 200


def test_scripts_begin_again_where_they_end():
    scripts = np.array([[4, 5, UNSET, UNSET, UNSET], [1, 2, 3, 4, 5]])
    found = extended(scripts, np.array([2, 5], np.int32))
    assert found.tolist() == [[4, 5, 4, 5, 4], [1, 2, 3, 4, 5]]


def test_nearest_briefs_come_first():
    known = np.array([[0, 0], [1, 1], [0, 1]], np.float32)
    asked = np.array([[0.1, 0.8], [0.9, 0.9]], np.float32)
    assert nearest(asked, known, 2).tolist() == [[2, 0], [1, 2]]
    assert nearest(asked, known, 9).shape == (2, 3)
