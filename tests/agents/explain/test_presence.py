"""Presences of 0 and 1 are the policy itself, given a context with what is absent deleted."""

import pytest
import torch

from agents.attention.moments import Moments
from agents.errors import ConfigError
from agents.explain.presence import PresentPolicy, neutral_context
from tests.agents.explain.policies import (
    FIELDS,
    MELODY,
    MOSAICS,
    PATCHES,
    PORTFOLIO,
    TACTICS,
    make_agent,
    met,
)

SETTINGS = [MELODY, PATCHES, TACTICS, PORTFOLIO, MOSAICS, FIELDS]
NAMES = ["melody", "patches", "tactics", "portfolio", "mosaics", "fields"]


def prepared(tmp_path, settings, policy="attention"):
    agent = make_agent(tmp_path, policy, **settings)
    decisions = met(agent)
    neutral = neutral_context(agent.config, agent.policy)
    return agent, decisions, PresentPolicy(agent.policy, decisions, neutral)


def own_log_prob(policy, decisions, present, presence):
    """The policy's, with absent tokens not written and absent numbers as in the mean."""
    there = {name: presence[:, place] == 1 for name, place in present.groups.items()}
    context = dict(decisions.context)
    context["tokens"] = torch.where(there["tokens"][..., None], context["tokens"], -1)
    for name, mean in present.neutral.items():
        seen = there[name] if mean.ndim == 1 else there[name][..., None]
        context[name] = torch.where(seen, context[name], mean)
    row = torch.arange(len(decisions))
    states = policy.features_extractor.all_steps(context)[row, decisions.step]
    moments = Moments(context, row, decisions.step)
    log_probs = policy._masked(states, moments, decisions.legal)
    return log_probs.gather(1, decisions.action[:, None])[:, 0]


@torch.no_grad()
@pytest.mark.parametrize("settings", SETTINGS, ids=NAMES)
@pytest.mark.parametrize("policy", ["attention", "mlp"])
def test_corners_are_the_policy_itself(tmp_path, settings, policy):
    agent, decisions, present = prepared(tmp_path, settings, policy)
    count = len(decisions)
    assert set(present.groups) == {"tokens", "brief", *agent.policy.static}
    torch.manual_seed(1)
    seen = []
    for share in (1.0, 0.0, 0.5, 0.9):
        presence = (torch.rand(count, present.size) < share).float()
        found = present(presence, torch.arange(count))
        expected = own_log_prob(agent.policy, decisions, present, presence)
        torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-5)
        seen.append(found)
    assert (seen[0] - seen[1]).abs().mean() > 0.02
    assert (seen[0] - seen[3]).abs().mean() > 0.005


@torch.no_grad()
def test_all_present_is_what_sampling_saw(tmp_path):
    agent, decisions, present = prepared(tmp_path, TACTICS)
    observation = {**decisions.context, "action_mask": decisions.legal.to(torch.int8)}
    sampled = agent.policy.get_distribution(observation).log_prob(decisions.action)
    count = len(decisions)
    found = present(torch.ones(count, present.size), torch.arange(count))
    torch.testing.assert_close(found, sampled, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("settings", SETTINGS, ids=NAMES)
@pytest.mark.parametrize("policy", ["attention", "mlp"])
def test_between_corners_it_is_smooth(tmp_path, settings, policy):
    """A straight line's slope, by gradients, is its rise: nothing jumps on the way."""
    _, decisions, present = prepared(tmp_path, settings, policy)
    which = torch.arange(0, len(decisions), 7)
    ends = torch.rand(2, len(which), present.size)
    along = torch.linspace(0, 1, 65)[:-1] + 1 / 128
    slopes = []
    for part in along:
        point = torch.lerp(ends[0], ends[1], part).requires_grad_()
        (slope,) = torch.autograd.grad(present(point, which).sum(), point)
        slopes.append((slope * (ends[1] - ends[0])).sum(dim=1))
    with torch.no_grad():
        rise = present(ends[1], which) - present(ends[0], which)
    torch.testing.assert_close(torch.stack(slopes).mean(dim=0), rise, atol=2e-3, rtol=1e-2)


@torch.no_grad()
@pytest.mark.parametrize("settings", [MELODY, PATCHES], ids=["melody", "patches"])
def test_tokens_not_yet_written_have_no_say(tmp_path, settings):
    _, decisions, present = prepared(tmp_path, settings)
    count = len(decisions)
    torch.manual_seed(2)
    presence = torch.rand(count, present.size)
    other = presence.clone()
    places = present.groups["tokens"]
    later = torch.arange(places.stop) >= decisions.step[:, None]
    other[:, places] = torch.where(later, torch.rand(later.shape), presence[:, places])
    which = torch.arange(count)
    torch.testing.assert_close(present(presence, which), present(other, which))


def test_a_head_of_somebody_else_is_refused(tmp_path):
    agent, decisions, present = prepared(tmp_path, FIELDS)
    agent.policy.action_net = torch.nn.Identity()
    with pytest.raises(ConfigError, match="not Identity"):
        PresentPolicy(agent.policy, decisions, present.neutral)
