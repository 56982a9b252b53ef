"""Attributions add up, and find what a policy was made to depend on."""

import numpy as np
import pytest
import torch

from agents.agent import Agent
from agents.errors import ConfigError
from agents.evaluation import sample_works
from agents.explain import attribution
from agents.explain.attribution import attribute, explain
from agents.explain.presence import neutral_context
from agents.explain.weights import rolled_out
from creative_envs.core.errors import InvalidWork
from tests.agents.explain.policies import FIELDS, MELODY, MOSAICS, make_agent, met


@torch.no_grad()
def outspoken(agent: Agent) -> Agent:
    """Makes the policy surer of its choices."""
    for parameter in agent.policy.action_net.parameters():
        parameter.mul_(5)
    return agent


def attributed(agent: Agent, count=3):
    decisions = met(agent, count)
    neutral = neutral_context(agent.config, agent.policy)
    return decisions, attribute(agent.policy, decisions, neutral)


@torch.no_grad()
def forget_states(agent: Agent) -> Agent:
    """Makes the state a constant, so that only what the head itself reads decides."""
    agent.policy.features_extractor.trunk.norm.weight.zero_()
    return agent


@pytest.mark.parametrize("settings", [MOSAICS, FIELDS], ids=["mosaics", "fields"])
@pytest.mark.parametrize("policy", ["attention", "mlp"])
def test_they_add_up(tmp_path, settings, policy):
    agent = outspoken(make_agent(tmp_path, policy, **settings))
    decisions, found = attributed(agent)
    assert found.error.max() < 1e-2
    gain = found.log_prob - found.absent
    assert np.abs(gain).mean() > 0.2
    total = sum(values.sum(axis=1) for values in found.groups.values())
    np.testing.assert_allclose(total, gain, atol=1e-2)
    later = np.arange(found.groups["tokens"].shape[1]) >= decisions.step.numpy()[:, None]
    assert (found.groups["tokens"][later] == 0).all()
    assert (np.abs(found.groups["tokens"][~later]) > 0).mean() > 0.9


def test_the_path_is_sampled_more_finely_where_it_must_be(tmp_path, monkeypatch):
    agent = outspoken(make_agent(tmp_path, **FIELDS))
    monkeypatch.setattr(attribution, "FEWEST_NODES", 1)
    fine = attributed(agent)[1].error.max()
    monkeypatch.setattr(attribution, "MOST_NODES", 1)
    assert fine < 1e-2 < attributed(agent)[1].error.max()


def test_a_head_that_hears_the_last_token_alone_rests_on_it(tmp_path):
    agent = outspoken(forget_states(make_agent(tmp_path, **MELODY)))
    decisions, found = attributed(agent, 1)
    tokens, step = found.groups["tokens"], decisions.step.numpy()
    assert np.abs(found.groups["brief"]).max() < 1e-6
    last = np.arange(tokens.shape[1]) == step[:, None] - 1
    assert np.abs(tokens[~last]).max() < 1e-6
    assert np.abs(tokens[last]).mean() > 0.05


def test_a_head_that_reads_neighbours_rests_on_them(tmp_path):
    agent = forget_states(make_agent(tmp_path, **MOSAICS))
    decisions, found = attributed(agent)
    row = np.arange(len(decisions))
    neighbours = agent.task.action_table().features.neighbours[decisions.step.numpy()]
    heard = np.zeros(found.groups["tokens"].shape, bool)
    for column in neighbours.T:
        heard[row[column >= 0], column[column >= 0]] = True
    after = np.flatnonzero(decisions.step.numpy() > 0)
    heard[after, decisions.step.numpy()[after] - 1] = True
    assert np.abs(found.groups["tokens"][~heard]).max() < 1e-6
    assert np.abs(found.groups["tokens"][heard]).mean() > 0.05


def test_explanations_tell_of_single_decisions(tmp_path):
    agent = make_agent(tmp_path, **FIELDS)
    (work,) = sample_works(agent.config, None, 1, seed=4)
    explanation = explain(agent, work)
    assert explanation.work is work
    assert [decision.step for decision in explanation.decisions] == list(range(6))
    for decision in explanation.decisions:
        assert decision.action == work["tokens"][decision.step, 0]
        assert 0 < decision.probability <= 1 and decision.error < 1e-2
        assert decision.tokens.shape == (decision.step,)
        assert decision.brief.shape == (2,)
        assert {name: rows.shape for name, rows in decision.rows.items()} == {"map": (4,)}
        assert decision.attention.shape == (2, 4, 5 + decision.step)
        np.testing.assert_allclose(decision.attention.sum(axis=2), 1, atol=1e-5)
    (alone,) = explain(agent, work, steps=[3]).decisions
    np.testing.assert_allclose(alone.tokens, explanation.decisions[3].tokens, atol=1e-3)


def test_works_made_before_are_heard(tmp_path):
    agent = make_agent(tmp_path, **{**FIELDS, "env_kwargs": {"works": 2}})
    first, second = sample_works(agent.config, None, 2, seed=4)
    (decision,) = explain(agent, second, [5], before=[first]).decisions
    (other,) = explain(agent, second, [5]).decisions
    assert abs(decision.probability - other.probability) > 1e-3


def test_without_attention_there_are_no_weights(tmp_path):
    agent = make_agent(tmp_path, "mlp", **FIELDS)
    (work,) = sample_works(agent.config, None, 1, seed=4)
    assert all(d.attention.size == 0 for d in explain(agent, work).decisions)


def test_what_cannot_be_explained_is_refused(tmp_path):
    agent = make_agent(tmp_path, **FIELDS)
    (work,) = sample_works(agent.config, None, 1, seed=4)
    with pytest.raises(ConfigError, match=r"decisions 0\.\.5"):
        explain(agent, work, steps=[6])
    with pytest.raises(ConfigError, match="before: 1 works"):
        explain(agent, work, before=[work])
    stuttering = {**work, "tokens": np.zeros_like(work["tokens"])}
    with pytest.raises(InvalidWork, match="token 1 of work 0"):
        explain(agent, stuttering)


@torch.no_grad()
def test_rollout_multiplies_blocks(tmp_path):
    agent = make_agent(tmp_path, **FIELDS)
    decisions = met(agent, 1)
    trunk = agent.policy.features_extractor.trunk
    shares = rolled_out(agent.policy, decisions)
    for row, step in enumerate(decisions.step.tolist()):
        one = decisions.chosen(np.array([row])).context
        total = trunk.prefix + step
        weights = trunk.weights(trunk.embed(one))[0, :, :, :total, :total].mean(dim=1).numpy()
        first, second = ((block + np.eye(total)) / 2 for block in weights)
        np.testing.assert_allclose(shares[row], (second @ first)[-1], atol=1e-5)
        assert shares[row].sum() == pytest.approx(1, abs=1e-4)
