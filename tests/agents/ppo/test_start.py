"""A run may start from the policy of another."""

import numpy as np
import pytest
import torch

import agents
from agents.environments import make_training_envs
from agents.errors import ConfigError, RunError
from agents.ppo.start import start_from_run
from agents.runs import RunFolder
from agents.training import make_model, train
from tests.agents.necklaces import tiny_config


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    folder = RunFolder.create(
        tiny_config(seed=3, media_every=0), tmp_path_factory.mktemp("runs") / "seed3"
    )
    train(tiny_config(seed=3, media_every=0), folder)
    return folder


def started(tmp_path, start, **settings):
    config = tiny_config(start=start, **settings)
    env = make_training_envs(config.env, config.env_kwargs, config.n_envs)
    model = make_model(config, env, torch.device("cpu"))
    start_from_run(config, model.policy, RunFolder(tmp_path))
    return model.policy, env


@pytest.mark.parametrize("works", [1, 3])
def test_acts_as_the_policy_it_starts_from(tmp_path, single, works):
    policy, env = started(tmp_path, str(single.path), env_kwargs={"works": works})
    before = agents.load(single.path).policy
    observation = env.reset()
    for _ in range(3):
        seen = {name: torch.as_tensor(values) for name, values in observation.items()}
        with torch.no_grad():
            ours = policy.get_distribution(seen).distribution.probs
            theirs = before.get_distribution(seen).distribution.probs
        if works == 1:
            assert torch.allclose(ours, theirs, atol=1e-6)
        else:  # elements that stand for no earlier works draw a little attention
            assert (ours - theirs).abs().max() < 0.2
            assert not torch.allclose(theirs, theirs.mean(), atol=1e-3)
        observation, *_ = env.step(ours.argmax(dim=1).numpy())


def test_parts_that_read_earlier_works_begin_at_zero(tmp_path, single):
    policy, _ = started(tmp_path, str(single.path), env_kwargs={"works": 3})
    trunk = policy.features_extractor.trunk
    source = agents.load(single.path).policy.features_extractor.trunk
    assert not trunk.earlier.weight.any()
    for block, learned in zip(trunk.blocks, source.blocks, strict=True):
        assert not block.bias.table[:, :2].any()
        assert torch.equal(block.bias.table[:, 2:], learned.bias.table)


def test_seed_in_the_name_is_this_runs(tmp_path, single):
    start = str(single.path).replace("seed3", "seed{seed}")
    policy, _ = started(tmp_path, start, seed=3)
    learned = dict(agents.load(single.path).policy.named_parameters())
    for name, parameter in policy.named_parameters():
        assert torch.equal(parameter, learned[name])
    with pytest.raises(RunError, match="seed4"):
        started(tmp_path, start, seed=4)


def test_a_policy_of_another_shape_is_refused(tmp_path, single):
    with pytest.raises(ConfigError, match="another shape"):
        started(tmp_path, str(single.path), size="small")
    with pytest.raises(ConfigError, match="another shape"):
        started(tmp_path, str(single.path), policy="mlp")


def test_a_run_trains_on_from_there_and_resumes_as_itself(tmp_path, single):
    config = tiny_config(start=str(single.path), media_every=0, learning_rate=1e-9)
    folder = RunFolder.create(config, tmp_path / "run")
    trained = train(config, folder)
    learned = dict(agents.load(single.path).policy.named_parameters())
    for name, parameter in trained.policy.named_parameters():
        assert torch.allclose(parameter, learned[name], atol=1e-5), name
    again = train(config, folder)
    assert all(
        np.array_equal(one.detach(), other.detach())
        for one, other in zip(trained.policy.parameters(), again.policy.parameters(), strict=True)
    )


def test_multi_layer_perceptrons_act_the_same_with_room_for_earlier_works(tmp_path):
    config = tiny_config(policy="mlp", media_every=0)
    folder = RunFolder.create(config, tmp_path / "single")
    train(config, folder)
    policy, env = started(tmp_path, str(folder.path), policy="mlp", env_kwargs={"works": 3})
    observation = {name: torch.as_tensor(values) for name, values in env.reset().items()}
    with torch.no_grad():
        ours = policy.get_distribution(observation).distribution.probs
        theirs = agents.load(folder.path).policy.get_distribution(observation).distribution.probs
    assert torch.allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({}, {"beads": 8}),  # the same distances would stand in other places
        ({"works": 3}, {}),
        ({"works": 3}, {"works": 2}),
        ({"works": 2}, {"works": 3}),
    ],
)
def test_a_run_of_works_in_other_places_is_refused(tmp_path, theirs, ours):
    config = tiny_config(env_kwargs=theirs, media_every=0, timesteps=96)
    folder = RunFolder.create(config, tmp_path / "run")
    train(config, folder)
    with pytest.raises(ConfigError, match="single ones or as many"):
        started(tmp_path, str(folder.path), env_kwargs=ours)


def test_portfolios_may_start_from_portfolios_of_as_many(tmp_path):
    config = tiny_config(env_kwargs={"works": 3}, media_every=0, timesteps=96)
    folder = RunFolder.create(config, tmp_path / "run")
    train(config, folder)
    policy, _ = started(tmp_path, str(folder.path), env_kwargs={"works": 3})
    learned = dict(agents.load(folder.path).policy.named_parameters())
    for name, parameter in policy.named_parameters():
        assert torch.equal(parameter, learned[name]), name


@pytest.mark.parametrize("start", ["runs/{sed}", "runs/{", "runs/{0}"])
def test_other_braces_are_part_of_the_name(tmp_path, start):
    with pytest.raises(RunError, match=start.replace("{", r"\{")):
        started(tmp_path, start)
