"""Deletions lower what rests on the deleted, and their figures are what they are called."""

import numpy as np
import pytest
import torch

from agents.explain.attribution import attribute
from agents.explain.deletion import DELETED, RANDOM, Deletions, delete, pooled, rankings
from agents.explain.presence import PresentPolicy, neutral_context
from tests.agents.explain.policies import MELODY, MOSAICS, make_agent, met
from tests.agents.explain.test_attribution import forget_states, outspoken
from tests.agents.explain.test_presence import own_log_prob


def prepared(agent, count=2):
    decisions = met(agent, count)
    decisions = decisions.chosen(np.flatnonzero(decisions.step.numpy() >= 6))
    return decisions, neutral_context(agent.config, agent.policy)


def test_what_rests_on_the_last_token_falls_with_it(tmp_path):
    """And every ranking that finds it does as well as the one by time."""
    agent = outspoken(forget_states(make_agent(tmp_path, **MELODY)))
    decisions, neutral = prepared(agent, 1)
    found = attribute(agent.policy, decisions, neutral)
    scores = rankings(agent.policy, decisions, found)
    deleted = delete(agent.policy, decisions, neutral, scores)
    np.testing.assert_allclose(deleted.change["|ig|"], deleted.change["latest"], atol=1e-5)
    assert deleted.change["latest"][:, 0].mean() > 3 * deleted.change[RANDOM][:, 0].mean() > 0
    assert (deleted.drop["ig"] > -1e-5).all()
    spared = delete(agent.policy, decisions, neutral, scores, spared=1)
    assert all(np.abs(values).max() < 1e-5 for values in spared.drop.values())


@torch.no_grad()
def test_drops_are_the_policys_own(tmp_path):
    agent = make_agent(tmp_path, **MOSAICS)
    decisions, neutral = prepared(agent)
    row, step = np.arange(len(decisions)), decisions.step.numpy()
    score = np.random.default_rng(0).random(decisions.context["tokens"].shape[:2])
    deleted = delete(agent.policy, decisions, neutral, {"some": score})
    present = PresentPolicy(agent.policy, decisions, neutral)
    presence = torch.ones(len(decisions), present.size)
    whole = own_log_prob(agent.policy, decisions, present, presence)
    score[np.arange(score.shape[1]) >= step[:, None]] = -1
    for count in range(1, DELETED[-1] + 1):
        worst = score.argmax(axis=1)
        presence[row, worst], score[row, worst] = 0, -1
        if count in DELETED:
            lost = whole - own_log_prob(agent.policy, decisions, present, presence)
            found = deleted.drop["some"][:, DELETED.index(count)]
            np.testing.assert_allclose(found, lost, atol=5e-5)
            np.testing.assert_allclose(
                np.abs(found), deleted.change["some"][:, DELETED.index(count)]
            )


def test_rankings_score_tokens_alone(tmp_path):
    agent = make_agent(tmp_path, **MOSAICS)
    decisions, neutral = prepared(agent)
    scores = rankings(agent.policy, decisions, attribute(agent.policy, decisions, neutral))
    assert list(scores) == ["ig", "|ig|", "attention", "rollout", "latest"]
    assert {values.shape for values in scores.values()} == {decisions.context["tokens"].shape[:2]}
    for name in ("attention", "rollout"):
        later = np.arange(scores[name].shape[1]) >= decisions.step.numpy()[:, None]
        assert (scores[name][later] == 0).all() and (scores[name][~later] > 0).all()
        assert (scores[name].sum(axis=1) < 1).all()  # the brief has its share


def test_an_mlp_is_ranked_without_attention(tmp_path):
    agent = make_agent(tmp_path, "mlp", **MOSAICS)
    decisions, neutral = prepared(agent)
    scores = rankings(agent.policy, decisions, attribute(agent.policy, decisions, neutral))
    assert list(scores) == ["ig", "|ig|", "latest"]


def made_up(work):
    rng = np.random.default_rng(0)
    drop = {"ig": rng.random((len(work), 2)) + 2, RANDOM: rng.random((len(work), 2))}
    return Deletions(drop, {name: -values for name, values in drop.items()}, np.array(work))


def test_ratios_are_of_means_with_works_resampled():
    deleted = made_up([0, 0, 1, 4, 4, 4, 7])
    found = deleted.ratio("ig", "drop", 1)
    expected = deleted.drop["ig"][:, 1].mean() / deleted.drop[RANDOM][:, 1].mean()
    assert found.value == pytest.approx(expected)
    assert found.low < found.value < found.high
    one_work = made_up([3, 3, 3]).ratio("ig")
    assert one_work.low == pytest.approx(one_work.high) == pytest.approx(one_work.value)
    assert deleted.ratio("ig", "change").value == pytest.approx(deleted.ratio("ig").value)
    assert deleted.ratio(RANDOM).low == deleted.ratio(RANDOM).high == 1


def test_works_of_several_runs_stay_apart():
    together = pooled([made_up([0, 2]), made_up([0, 0, 1]), made_up([5])])
    assert len(np.unique(together.work)) == 5
    assert together.drop["ig"].shape == (6, 2)
