import numpy as np
import pytest
import torch
from stable_baselines3.common.utils import obs_as_tensor

from agents.errors import ConfigError
from agents.joint.learner import Learner
from agents.joint.sharing import count_parameters, share_trunk, shared_modules
from tests.agents.joint.domains import toy_configs, toy_learners


def shared_policies(**settings):
    learners = toy_learners(**settings)
    policies = [learner.policy for learner in learners]
    share_trunk(policies)
    return learners, policies


def shared_ids(policy):
    return {id(p) for module in shared_modules(policy) for p in module.parameters()}


def values(policy):
    return {name: p.detach().clone() for name, p in policy.named_parameters()}


def test_blocks_are_one_and_the_rest_is_each_domains_own():
    apart = [learner.policy for learner in toy_learners()]
    sizes = [sum(p.numel() for p in policy.parameters()) for policy in apart]
    assert count_parameters(apart) == sum(sizes)
    # 48 wide: two norms, queries, keys and values, output, 48 -> 96 -> 48; twice, and a last norm.
    block = 2 * 96 + (48 + 1) * 144 + (48 + 1) * 48 + (48 + 1) * 96 + (96 + 1) * 48
    share_trunk(apart)
    assert count_parameters(apart) == sum(sizes) - (2 * block + 96)
    one, other = ({id(p) for p in policy.parameters()} for policy in apart)
    assert one & other == shared_ids(apart[0]) == shared_ids(apart[1])
    for policy in apart:
        own = {n for n, p in policy.named_parameters() if id(p) not in shared_ids(policy)}
        for part in ("action_net", "value_net", "token.table", "brief.weight", "0.bias.table"):
            assert any(part in name for name in own), part


def test_the_first_policy_stays_what_it_was():
    before = values(Learner(toy_configs()["Necklaces"]).policy)
    _, (first, _) = shared_policies()
    assert all(torch.equal(value, before[name]) for name, value in values(first).items())


def test_learning_one_domain_moves_the_others_trunk_and_nothing_else_of_it():
    (one, _), (_, other) = shared_policies()
    before = values(other)
    one.learn_rollout()
    shared = shared_ids(other)
    for name, parameter in other.named_parameters():
        assert torch.equal(parameter, before[name]) != (id(parameter) in shared), name


def test_optimisers_hold_what_their_policy_has_once():
    _, policies = shared_policies(weight_decay=0.125)
    for policy in policies:
        groups = policy.optimizer.param_groups
        held = [id(p) for group in groups for p in group["params"]]
        assert sorted(held) == sorted(id(p) for p in policy.parameters())
        assert [group["weight_decay"] for group in groups] == [0.125, 0.0]
        block = policy.features_extractor.trunk.blocks[0]
        assert any(p is block.output.weight for p in groups[0]["params"])
        assert any(p is block.output.bias for p in groups[1]["params"])


def test_every_optimiser_has_moments_of_its_own():
    (one, other), policies = shared_policies()
    one.learn_rollout()
    weight = policies[0].features_extractor.trunk.norm.weight
    assert weight in policies[0].optimizer.state
    assert not policies[1].optimizer.state
    other.learn_rollout()
    moments = [policy.optimizer.state[weight]["exp_avg"] for policy in policies]
    assert not torch.equal(*moments)


def step_of(optimiser, weight):
    optimiser.zero_grad()
    weight.grad = torch.randn_like(weight)
    for group in optimiser.param_groups:
        group["lr"] = 0.1
    optimiser.step()


def change_in_place(optimiser, weight):
    with torch.no_grad():
        weight += torch.randn_like(weight)  # a constant would be normed away


@pytest.mark.parametrize("change", [step_of, change_in_place])
def test_caches_notice_changes_of_another_domain_in_the_middle_of_works(change):
    """Even those that leave the last layer alone, by which caches notice most themselves."""
    (_, learner), (one, other) = shared_policies()
    env, mask = learner.model.env, learner.model.env.reset()["action_mask"]
    for _ in range(3):
        observation = obs_as_tensor(env.step(mask.argmax(axis=1))[0], other.device)
        mask = observation["action_mask"].numpy()
        with torch.no_grad():
            other.features_extractor.sampled(observation)
    change(one.optimizer, one.features_extractor.trunk.blocks[0].feed_forward[2].weight)
    observation = obs_as_tensor(env.step(mask.argmax(axis=1))[0], other.device)
    with torch.no_grad():
        sampled = other.features_extractor.sampled(observation)
        anew = other.features_extractor(observation)
    np.testing.assert_allclose(sampled, anew, atol=1e-5)


def test_policies_without_a_common_trunk_are_refused():
    small, nano = (Learner(toy_configs(size=size)["Fields"]).policy for size in ("small", "nano"))
    with pytest.raises(ConfigError, match=r"\(128, 3, 4\) and \(48, 2, 4\)"):
        share_trunk([small, nano])
    mlp = Learner(toy_configs(policy="mlp")["Fields"]).policy
    with pytest.raises(ConfigError, match="policy=attention"):
        share_trunk([nano, mlp])
