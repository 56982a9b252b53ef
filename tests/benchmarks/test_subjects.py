"""What the benchmarks time is what they say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import subjects
from benchmarks.domains import DOMAINS, Demonstrated, DemonstratedUnscored, Unscored, Works
from benchmarks.timing import Timing

every_domain = pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)


@every_domain
class TestDomains:
    def test_demonstrated_works_are_played_for_their_briefs(self, domain):
        env = domain.make_vec(4, Demonstrated, split="test")
        play = subjects.demonstrated(domain)
        observation, _ = env.reset(seed=0)
        adherence = []
        for _ in range(domain.task.max_length):
            observation, _, _, _, info = env.step(play(observation))
            assert not info["illegal"].any()
            if "work" in info:
                adherence += info["work"]["adherence"][info["_work"]].tolist()
        assert len(adherence) >= 4
        assert np.mean(adherence) > 0.9

    def test_demonstrated_works_are_played_unscored_as_well(self, domain):
        envs = [domain.make_vec(2, v, split="test") for v in (Demonstrated, DemonstratedUnscored)]
        (shown, _), (same, _) = [env.reset(seed=0) for env in envs]
        np.testing.assert_array_equal(shown["brief"], same["brief"])
        play = subjects.demonstrated(domain)
        rewards = np.array([_rewards(env, play) for env in envs])
        assert (rewards[0].max(axis=0) < 1).all()
        assert (rewards[1].max(axis=0) == 1).all()

    def test_unscored_works_are_full_marks_and_others_are_not(self, domain):
        work = subjects.random_works(domain, 3)
        scores = domain.task.score(*work, np.zeros((3, 0, 1 + domain.task.memory_size), np.float32))
        assert (scores.quality < 1).all()
        free = domain.make_vec(3, Unscored).task.score(*work, None)
        assert (free.quality == 1).all() and free.terms.shape == scores.terms.shape

    def test_rewards_are_terminal_unless_asked_otherwise(self, domain):
        assert domain.make().unwrapped.settings.reward == "terminal"
        assert domain.make_vec(1).settings.reward == "terminal"

    def test_every_work_is_scored_in_each_repeat(self, domain):
        works = Works(*domain.task.reference_works(3))
        for scoring in domain.scorings:
            for at_once in (True, False):
                subject = subjects.scoring(scoring, domain.task, works, 2, at_once)
                assert subject.run() == 2 * 3


def _rewards(env, play):
    """The rewards of a whole work of each environment, step by step, shape (L, N)."""
    observation, _ = env.reset(seed=0)
    rewards = []
    for _ in range(env.task.max_length):
        observation, reward, *_ = env.step(play(observation))
        rewards.append(reward)
    return rewards


def test_replays_do_what_was_recorded():
    domain = DOMAINS[0]
    env = domain.make_vec(2)
    subject = subjects.vector_replay(env, subjects.random_legal(), 20)
    recorded = env.get_state()["batch"]
    subject.prepare()
    assert subject.run() == 2 * 20
    for name, values in env.get_state()["batch"].items():
        np.testing.assert_array_equal(values, recorded[name])


def test_timings_are_compared_round_by_round():
    slow, quick = Timing((4.0, 40.0, 9.0)), Timing((1.0, 20.0, 3.0))
    assert quick.rate_over(slow) == 3.0
    assert slow.beyond(quick) == 6.0
