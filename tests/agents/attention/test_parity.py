"""Sampling with the cache, one pass over whole works and step by step: the same numbers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from stable_baselines3.common.buffers import DictRolloutBuffer

from agents.policy import POLICIES, MaskedPolicy
from agents.ppo.works import WorkLayout
from agents.vec_env import SB3VecEnv
from tests.agents.mosaics import mosaic_envs
from tests.agents.ppo.streams import Stream, make_policy, scramble, tensors

CPU = torch.device("cpu")
TOLERANCE = 1e-5
"""Absolute; relative for numbers beyond 1, where that is all single precision can give."""


def one_by_one(policy: MaskedPolicy, observations):
    """Values (T, n) and log-probabilities (T, n, A), every observation encoded by itself."""
    judged = []
    for observation in observations:
        batch = tensors(observation)
        rows = [{k: v[i : i + 1] for k, v in batch.items()} for i in range(len(batch["brief"]))]
        features = torch.cat([policy.features_extractor(row) for row in rows])
        judged.append(judge(policy, features, batch))
    return stack(judged)


def sampled(policy: MaskedPolicy, observations):
    """The same from the memory of the sampler."""
    judged = []
    for observation in observations:
        batch = tensors(observation)
        judged.append(judge(policy, policy.features_extractor.sampled(batch), batch))
    return stack(judged)


def in_one_pass(policy: MaskedPolicy, buffer: DictRolloutBuffer, batch_size: int):
    """The same, whole works at a time."""
    layout = WorkLayout.of_rollout(buffer, CPU)
    for batch in layout.minibatches(batch_size):
        values, log_probs = policy.evaluate_works(batch)
        layout.write("values", batch, values)
        layout.write("log_probs", batch, log_probs)
    everything = layout.batch(np.arange(len(layout._count)))
    order = everything.rows.argsort()
    shape = (buffer.n_envs, buffer.buffer_size)
    return tuple(
        everything.fields[name][order].unflatten(0, shape).transpose(0, 1)
        for name in ("values", "log_probs")
    )


def judge(policy, features, batch):
    return policy.value_net(features)[:, 0], policy._log_probs(features, batch)


def stack(judged):
    return tuple(torch.stack(part) for part in zip(*judged, strict=True))


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        legal = one > -1e6  # what is masked has a log-probability of -1e8, give or take rounding
        assert torch.equal(legal, other > -1e6)
        error = (one - other)[legal].abs() / one[legal].abs().clamp(min=1)
        assert error.max() < TOLERANCE


streams = st.builds(
    Stream,
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 6),
    steps=st.integers(1, 16),
    max_length=st.integers(1, 7),
    columns=st.integers(1, 3),
    earlier=st.integers(0, 3),
    static=st.integers(0, 3),
)


@settings(max_examples=60)
@given(
    stream=streams,
    policy=st.sampled_from(sorted(POLICIES)),
    head=st.sampled_from(["flat", "pointer"]),
    size=st.sampled_from(["nano", "nano", "small"]),
    batch_size=st.integers(1, 64),
)
@torch.no_grad()
def test_three_ways_to_encode_agree(stream, policy, head, size, batch_size):
    made = make_policy(stream, policy, head, size=size)
    reference = one_by_one(made, stream.observations)
    assert_same(sampled(made, stream.observations), reference)
    assert_same(in_one_pass(made, stream.buffer(), batch_size), reference)


@torch.no_grad()
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("static", [0, 12])
def test_many_rows_in_groups_agree(policy, static):
    """Enough rows for several groups by length, enough transitions for several passes."""
    stream = Stream(rows=150, steps=9, max_length=20, static=static)
    made = make_policy(stream, policy)
    reference = one_by_one(made, stream.observations)
    together = [tensors(o) for o in stream.observations]
    assert_same(stack([judge(made, made.features_extractor(o), o) for o in together]), reference)
    assert_same(sampled(made, stream.observations), reference)
    assert_same(in_one_pass(made, stream.buffer(), 600), reference)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("static", [0, 3])
def test_gradients_of_one_pass_are_those_of_single_steps(policy, static):
    stream = Stream(rows=5, steps=12, max_length=6, earlier=2, static=static)
    policy = make_policy(stream, policy)
    gradients = []
    for judged in (
        one_by_one(policy, stream.observations),
        in_one_pass(policy, stream.buffer(), 20),
    ):
        policy.zero_grad()
        values, log_probs = judged
        (values.square().mean() + log_probs[log_probs > -1e6].mean()).backward()
        gradients.append(torch.cat([p.grad.flatten() for p in policy.parameters()]))
    assert gradients[0].abs().max() > 1e-2
    assert (gradients[0] - gradients[1]).abs().max() < TOLERANCE


def played(env: SB3VecEnv, steps: int):
    """What environments show under random play from the sixth step on, and a buffer full of it."""
    env.seed(3)
    rng, rows = np.random.default_rng(0), env.num_envs
    seen, starts, observation, done = [], [], env.reset(), np.ones(rows)
    for _ in range(5 + steps):
        seen.append(observation)
        starts.append(done)
        mask = observation["action_mask"]
        actions = np.array([rng.choice(row.nonzero()[0]) for row in mask])
        observation, _, done, _ = env.step(actions)
    seen, starts = seen[5:], starts[5:]  # a rollout that cuts works
    spaces = env.observation_space, env.action_space
    buffer = DictRolloutBuffer(steps, *spaces, n_envs=rows, device="cpu")
    for name, stored in buffer.observations.items():
        stored[:] = [o[name] for o in seen]
    buffer.episode_starts[:] = starts
    return seen, buffer


def scrambled(env: SB3VecEnv, policy: str = "attention", head: str = "pointer") -> MaskedPolicy:
    torch.manual_seed(0)
    actions = env.env.task.action_table() if head == "pointer" else None
    spaces = env.observation_space, env.action_space
    made = POLICIES[policy](*spaces, lambda _: 1e-2, actions=actions)
    scramble(made)
    return made


@torch.no_grad()
@pytest.mark.parametrize("head", ["flat", "pointer"])
@pytest.mark.parametrize("env_id", ["MelodyComposition-v0", "MelodyPortfolio-v0"])
def test_three_ways_agree_on_melodies(env_id, head):
    env = SB3VecEnv.make(f"creative_envs/{env_id}", 6)
    policy = scrambled(env, head=head)
    seen, buffer = played(env, 40)
    reference = one_by_one(policy, seen)
    assert_same(sampled(policy, seen), reference)
    assert_same(in_one_pass(policy, buffer, 100), reference)


@torch.no_grad()
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("libraries", [1, 4])
@pytest.mark.parametrize("works", [1, 3])
def test_three_ways_agree_where_observations_tell_of_actions(policy, libraries, works):
    env = mosaic_envs(6, libraries=libraries, works=works, brief_per="work")
    made = scrambled(env, policy)
    seen, buffer = played(env, 40)
    shown = {row.tobytes() for observation in seen for row in observation["library"]}
    assert len(shown) == libraries
    reference = one_by_one(made, seen)
    assert_same(sampled(made, seen), reference)
    assert_same(in_one_pass(made, buffer, 100), reference)


def test_gradients_agree_where_observations_tell_of_actions():
    env = mosaic_envs(6, works=3, brief_per="work")
    policy = scrambled(env)
    seen, buffer = played(env, 40)
    gradients = []
    for judged in (one_by_one(policy, seen), in_one_pass(policy, buffer, 60)):
        policy.zero_grad()
        values, log_probs = judged
        (values.square().mean() + log_probs[log_probs > -1e6].mean()).backward()
        gradients.append(torch.cat([p.grad.flatten() for p in policy.parameters()]))
    scale = gradients[0].abs().max()
    assert scale > 1e-2
    assert (gradients[0] - gradients[1]).abs().max() < TOLERANCE * scale.clamp(min=1)
