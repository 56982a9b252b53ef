"""Entropies of heads: right, in TensorBoard, and without a trace in what is learned."""

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents.explain.entropy import head_entropies, last_observations
from agents.explain.weights import context_weights
from agents.runs import RunFolder
from agents.training import train
from tests.agents.fields import BLOCKS, FIELDS
from tests.agents.necklaces import same_arrays, tiny_config
from tests.agents.ppo.streams import Stream, collect, make_learner, make_policy, tensors


@torch.no_grad()
def test_weights_are_those_that_blocks_use():
    """Values mixed by them give what the block makes of its elements."""
    stream = Stream(rows=3, steps=6, static=2, earlier=1)
    policy = make_policy(stream)
    trunk = policy.features_extractor.trunk
    context = tensors(stream.observations[-1])
    states, weights = trunk.embed(context), context_weights(policy, context)
    np.testing.assert_allclose(weights.sum(axis=4), 1, atol=1e-5)
    assert (weights[..., *np.triu_indices(weights.shape[-1], 1)] == 0).all()
    for number, block in enumerate(trunk.blocks):
        after, read = block(states)
        mixed = torch.as_tensor(weights[:, number]) @ read.values
        states = states + block.output(mixed.transpose(1, 2).flatten(2))
        states = states + block.feed_forward(block.feed_forward_norm(states))
        torch.testing.assert_close(states, after, atol=1e-5, rtol=1e-5)


def entropies_by_hand(policy, observations, relative):
    """One decision after the other."""
    trunk, seen = policy.features_extractor.trunk, []
    for row, tokens in enumerate(observations["tokens"]):
        one = {name: values[row : row + 1] for name, values in observations.items()}
        weights = context_weights(policy, tensors(one))[0].astype(float)
        for step in range((tokens[:, 0] >= 0).sum() + 1):
            total = trunk.prefix + step
            looks = weights[:, :, total - 1, :total]
            seen.append(-(looks * np.log(looks)).sum(axis=2) / (np.log(total) if relative else 1))
    return np.mean(seen, axis=0)


@pytest.mark.parametrize("relative", [False, True])
def test_entropies_are_means_over_decisions(relative):
    stream = Stream(rows=5, steps=8, static=3)
    policy = make_policy(stream)
    observations = stream.observations[5]
    found = head_entropies(policy, observations, relative)
    assert found.shape == (2, 4)
    np.testing.assert_allclose(found, entropies_by_hand(policy, observations, relative), rtol=1e-4)
    assert len(np.unique(found.round(6))) == 8


def test_works_are_taken_where_they_end():
    buffer = collect(make_learner(num_envs=3))  # 20 steps of works of 6
    found = last_observations(buffer, 5)["tokens"]
    assert found.shape == (5, 6, 1)
    assert ((found[:, :, 0] >= 0).sum(axis=1) == 5).all()
    buffer.observations["tokens"][:] = -1
    buffer.observations["tokens"][:, :, 0] = 1
    buffer.episode_starts[:] = 0
    every = last_observations(buffer, 500)["tokens"]
    assert len(every) == 19 * 3


def trained(path, **settings):
    folder = RunFolder.create(tiny_config(select_every=0, **settings), path)
    return folder, train(tiny_config(select_every=0, **settings), folder)


@pytest.mark.parametrize("policy", ["attention", "mlp"])
def test_tensorboard_shows_the_heads_of_attention_alone(tmp_path, policy):
    folder, _ = trained(tmp_path / "run", env=FIELDS, policy=policy, timesteps=192)
    events = EventAccumulator(str(folder.tensorboard)).Reload()
    names = {name for name in events.Tags()["scalars"] if name.startswith("attention/")}
    if policy == "mlp":
        assert not names
        return
    assert names == {f"attention/block{b}-head{h}" for b in (1, 2) for h in (1, 2, 3, 4)}
    (event,) = events.Scalars("attention/block1-head2")
    assert event.step == 192 and 0 < event.value < np.log(BLOCKS + 1 + 6)


def test_watching_changes_nothing(tmp_path):
    policies = [
        trained(tmp_path / str(every), env=FIELDS, media_every=every)[1].policy.state_dict()
        for every in (0, 1)
    ]
    assert same_arrays(*policies)
