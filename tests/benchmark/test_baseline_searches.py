"""One elite, genetic search, MAP-Elites."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from creative_envs.benchmark.baselines.elites import Elite, EliteWithNoise, MeanSearch
from creative_envs.benchmark.baselines.genetic import Archive, Genetic, NicheSearch
from creative_envs.benchmark.baselines.map_elites import ArchivePolicy, MapElites
from creative_envs.benchmark.baselines.scripts import UNSET
from creative_envs.benchmark.baselines.search import Played, vary
from creative_envs.benchmark.baselines.uniform import Uniform
from creative_envs.benchmark.errors import MissingPackage
from tests.benchmark.baseline_training import (
    NECKLACES,
    actions_of,
    mean_reward,
    new_context,
    sample,
    train,
)

MANY = 200


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("agent", [Elite, Genetic, MapElites])
def test_finds_better_works_than_chance(agent, tmp_path):
    pytest.importorskip("ribs")
    drawn = mean_reward(NECKLACES, sample(train(tmp_path, Uniform, NECKLACES), NECKLACES, MANY))
    found = mean_reward(NECKLACES, sample(train(tmp_path, agent, NECKLACES), NECKLACES, MANY))
    assert found > drawn + 0.05


def test_later_works_of_genetic_search_are_better(tmp_path, monkeypatch):
    rewards, learn = [], NicheSearch.learn

    def note(self, played):
        rewards.extend(played.reward.tolist())
        learn(self, played)

    monkeypatch.setattr(NicheSearch, "learn", note)
    train(tmp_path, Genetic, NECKLACES)
    assert np.mean(rewards[-60:]) > np.mean(rewards[:60]) + 0.1


def test_genetic_search_answers_the_brief(tmp_path):
    """An elite made for the colour asked for begins with it more often than any one work can."""
    sampled = sample(train(tmp_path, Genetic, NECKLACES), NECKLACES, MANY)
    hits = [e.actions[0] == round(float(e.brief[1]) * 4) for e in sampled.episodes]
    assert np.mean(hits) > 0.5


def test_one_elite_is_repeated_whatever_the_brief(tmp_path):
    works = actions_of(sample(train(tmp_path, Elite, NECKLACES), NECKLACES))
    assert all(work == works[0] for work in works)


def test_an_elite_among_noise_is_half_of_the_works(tmp_path):
    works = actions_of(sample(train(tmp_path, EliteWithNoise, NECKLACES), NECKLACES))
    assert all(work == works[0] for work in works[::2])
    assert sum(work == works[0] for work in works[1::2]) <= 1


def test_works_of_a_portfolio_differ(tmp_path):
    portfolios = replace(NECKLACES, arguments={"works": 3})
    for episode in actions_of(sample(train(tmp_path, Genetic, portfolios), portfolios)):
        works = np.reshape(episode, (3, 6))
        assert len(np.unique(works, axis=0)) == 3


def test_the_best_mean_is_not_the_luckiest_work(rng):
    search = MeanSearch(2, rng)
    search.learn(_played([[0, 0]] * 31 + [[1, 1]], [0.1] * 31 + [1.0], search))
    assert search.best.tolist() == [1, 1]
    lucky = 31
    for _ in range(5):
        search._tried = {0: lucky, 1: 3}
        search.learn(_played([[1, 1], [0, 0]], [0.0, 0.9]))
    assert search.best.tolist() == [0, 0]


def test_a_full_archive_replaces_the_worst_of_a_niche_by_better_works_alone():
    archive = Archive(capacity=40, length=1, brief_size=1)
    for place in range(40):
        archive.add(np.array([place]), np.array([place / 40], np.float32), 0.5 - place / 100)
    archive.add(np.array([70]), np.array([0], np.float32), 0.1)
    assert 70 not in archive.genomes
    archive.add(np.array([71]), np.array([0], np.float32), 0.4)
    assert archive.size == 40
    assert 71 in archive.genomes
    assert 15 not in archive.genomes  # the worst of the 16 nearest; the worst of all is 39


def test_children_take_after_their_parents(rng):
    first, second = np.zeros((500, 40), np.int64), np.ones((500, 40), np.int64)
    child = vary(first, second, rng)
    unset = (child == UNSET).sum(axis=1)
    assert unset.min() == 1
    assert unset.max() < 20
    crossed = (child == 1).any(axis=1).mean()
    assert 0.4 < crossed < 0.6
    assert (first == 0).all()
    assert (second == 1).all()


def test_some_children_repeat_themselves(rng):
    parent = np.tile(np.arange(40), (500, 1))
    child = vary(parent, parent, rng)
    repeated = ((child != parent) & (child != UNSET)).any(axis=1).mean()
    assert 0.1 < repeated < 0.3


def test_genomes_of_one_gene_vary(rng):
    assert vary(np.zeros((4, 1), np.int64), np.ones((4, 1), np.int64), rng).shape == (4, 1)


def test_good_elites_of_near_briefs_are_drawn():
    genomes, brief = np.arange(32)[:, None], (np.arange(32) / 32).astype(np.float32)[:, None]
    reward = np.where(np.arange(32) >= 30, 1.0, 0.0)
    policy = ArchivePolicy(genomes, brief, reward)
    policy.reset(0, 100)
    rows = np.arange(100)
    drawn = policy.choose(np.ones((100, 1), np.float32), rows, np.zeros(100, np.int64))
    assert set(drawn.ravel().tolist()) == {30, 31}


def test_elites_without_reward_are_drawn_all_the_same():
    policy = ArchivePolicy(np.arange(40)[:, None], np.zeros((40, 1), np.float32), np.zeros(40))
    policy.reset(0, 100)
    drawn = policy.choose(np.zeros((100, 1), np.float32), np.arange(100), np.zeros(100, np.int64))
    assert set(drawn.ravel().tolist()) == {0, 1, 2, 3}


def test_a_tenth_of_many_elites_is_near():
    policy = ArchivePolicy(
        np.arange(80)[:, None], np.arange(80, dtype=np.float32)[:, None] / 80, np.ones(80)
    )
    policy.reset(0, 200)
    drawn = policy.choose(np.zeros((200, 1), np.float32), np.arange(200), np.zeros(200, np.int64))
    assert set(drawn.ravel().tolist()) == set(range(8))


def test_map_elites_without_pyribs_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ribs.archives", None)
    context = new_context(tmp_path, NECKLACES)
    with pytest.raises(MissingPackage, match=r"creative-envs\[map-elites\]"):
        MapElites().train(context)
    assert context.meter.spent == 0


def _played(actions, reward, search=None):
    count = len(actions)
    if search is not None:
        search.propose(np.arange(count), np.zeros((count, 1), np.float32))
    return Played(
        np.arange(count),
        np.array(actions),
        np.zeros((count, 1), np.float32),
        np.array(reward),
        np.zeros((count, 1), np.float32),
    )
