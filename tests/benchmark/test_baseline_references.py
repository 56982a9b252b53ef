"""Baselines made of reference works: the Markov model, the memoriser and the yardstick's row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from creative_envs.benchmark.baselines.demonstrations import Demonstrations, playable
from creative_envs.benchmark.baselines.markov import Markov, MarkovPolicy
from creative_envs.benchmark.baselines.memoriser import Memoriser
from creative_envs.benchmark.baselines.reference import Reference
from creative_envs.benchmark.baselines.uniform import Uniform
from creative_envs.benchmark.errors import InvalidSuite
from creative_envs.benchmark.works import replay
from tests.benchmark.baseline_training import (
    MELODIES,
    NECKLACES,
    actions_of,
    mean_reward,
    sample,
    scored,
    train,
)
from tests.toy_domain import NecklaceTask

MANY = 200


def known(*works):
    """Demonstrations of these actions."""
    return Demonstrations(
        np.array(works), np.full(len(works), len(works[0])), np.zeros((len(works), 2), np.float32)
    )


def draw(policy, past, mask, count=2000):
    """How often each action is drawn after a past, of all draws."""
    policy.reset(0, count)
    shape = (count, len(past) + 1, 1)
    tokens = np.full(shape, -1, np.int16)
    for place, action in enumerate(past):
        only = np.zeros((count, len(mask)), np.int8)
        only[:, action] = 1
        policy.act({"tokens": tokens, "action_mask": only})
        tokens[:, place] = action
    drawn = policy.act({"tokens": tokens, "action_mask": np.tile(np.int8(mask), (count, 1))})
    return np.bincount(drawn, minlength=len(mask)) / count


def test_markov_draws_what_followed_and_escapes_by_method_c():
    """In "after 0": 1 thrice and 2 once, so t / (n + t) = 2 / 6 escape to single actions."""
    policy = MarkovPolicy(known([0, 1], [0, 1], [0, 1], [0, 2]), order=1)
    alone = np.array([4, 3, 1, 0]) / 8
    shorter = alone * 8 / 11 + 3 / 11 / 4
    expected = np.array([0, 3, 1, 0]) / 6 + shorter * 2 / 6
    assert draw(policy, [0], [1, 1, 1, 1]) == pytest.approx(expected, abs=0.04)


def test_markov_is_renormalised_over_legal_actions():
    policy = MarkovPolicy(known([0, 1], [0, 1], [0, 1], [0, 2]), order=1)
    found = draw(policy, [0], [0, 0, 1, 1])
    assert found[:2].sum() == 0
    expected = 1 / 2 + 1 / 2 * (1 / 2 + 1 / 2 / 2)
    assert found[2] == pytest.approx(expected, abs=0.04)


def test_markov_looks_three_actions_back():
    policy = MarkovPolicy(known(*[[0, 1, 2, 3]] * 50, *[[1, 1, 2, 0]] * 50))
    assert draw(policy, [0, 1, 2], [1, 1, 1, 1])[3] > 0.9
    assert draw(policy, [1, 1, 2], [1, 1, 1, 1])[0] > 0.9


def test_markov_begins_works_as_known_ones_begin():
    policy = MarkovPolicy(known(*[[2, 0, 1, 0]] * 50))
    assert draw(policy, [], [1, 1, 1, 1])[2] > 0.9


def test_markov_makes_better_melodies_than_chance(tmp_path):
    by_order = mean_reward(MELODIES, sample(train(tmp_path, Markov, MELODIES), MELODIES, 64))
    drawn = mean_reward(MELODIES, sample(train(tmp_path, Uniform, MELODIES), MELODIES, 64))
    assert by_order > 2 * drawn


def test_the_memoriser_writes_copies_in_full(tmp_path):
    works = scored(MELODIES, sample(train(tmp_path, Memoriser, MELODIES), MELODIES, 64))
    task = MELODIES.make().unwrapped.task
    columns = ([work[name] for work in works] for name in ("tokens", "length", "brief"))
    copies = task.nearest_references(*map(np.stack, columns))
    assert max(copy.distance for copy in copies) < 1e-6
    assert len({copy.name for copy in copies}) > 16
    assert {work["novelty"] for work in works} == {0.0}


def test_the_memoriser_answers_the_brief(tmp_path):
    sampled = sample(train(tmp_path, Memoriser, NECKLACES), NECKLACES)
    firsts = [episode.actions[0] for episode in sampled.episodes]
    assert firsts == [round(float(episode.brief[1]) * 4) for episode in sampled.episodes]


def test_a_portfolio_recites_different_works(tmp_path):
    portfolios = replace(MELODIES, arguments={"works": 2})
    sampled = sample(train(tmp_path, Memoriser, portfolios), portfolios)
    for first, second in replay(portfolios, sampled.episodes):
        assert not np.array_equal(first["tokens"], second["tokens"])


def test_only_legal_works_that_end_are_playable():
    task = NecklaceTask()
    works = [[0, 1, 0, 1, 0, 1], [0, 1, 1, 0, 1, 0], [0, 1, 0, -1, -1, -1]]
    brief = np.zeros((3, 2), np.float32)
    found = playable(task, np.array(works), np.array([6, 6, 3], np.int32), brief)
    assert found.tolist() == [True, False, False]
    longer = playable(NecklaceTask(5), np.array(works), np.array([6, 6, 3], np.int32), brief)
    assert not longer.any()


def test_references_are_held_out_works_for_their_own_briefs():
    episodes = Reference().episodes(MELODIES, 24, 0)
    assert len({tuple(episode.actions) for episode in episodes}) == 24
    assert all(episode.brief[0] == 0.5 for episode in episodes)
    works = [work for works in replay(MELODIES, episodes) for work in works]
    assert np.mean([work["quality"] for work in works]) > 0.7
    assert np.mean([work["novelty"] for work in works]) > 0.9  # others than the memoriser's


def test_references_are_drawn_by_the_seed():
    first, again, other = (
        [episode.actions.tolist() for episode in Reference().episodes(MELODIES, 6, seed)]
        for seed in (0, 0, 1)
    )
    assert first == again != other


@pytest.mark.parametrize("weight, middle", [(0.25, 0.25), ((0.5, 1.0), 0.75)])
def test_references_have_the_middle_novelty_weight(weight, middle):
    environment = replace(MELODIES, arguments={"novelty_weight": weight})
    assert Reference().episodes(environment, 1, 0)[0].brief[0] == middle


def test_more_references_than_there_are_cannot_be_drawn():
    with pytest.raises(InvalidSuite, match="at most as many"):
        Reference().episodes(MELODIES, 792, 0)  # there are 791


def test_references_make_no_portfolios():
    with pytest.raises(InvalidSuite, match="stand alone"):
        Reference().episodes(replace(MELODIES, arguments={"works": 3}), 1, 0)


def test_works_of_the_markov_model_are_not_copies(tmp_path):
    works = actions_of(sample(train(tmp_path, Markov, MELODIES), MELODIES))
    assert len({tuple(work) for work in works}) == len(works)
