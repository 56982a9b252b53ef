"""The sampling cache answers as if it encoded every observation anew, whatever happened before."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from tests.agents.ppo.streams import Stream, make_policy, scramble, tensors


@pytest.fixture
def stream():
    return Stream(rows=5, steps=10, max_length=6, earlier=2, static=3)


@pytest.fixture
def policy(stream):
    return make_policy(stream)


@torch.no_grad()
def assert_exact(policy, observation):
    expected = policy.features_extractor(tensors(observation))
    assert (policy.features_extractor.sampled(tensors(observation)) - expected).abs().max() < 1e-5


def remembers(policy, observation):
    """Whether every work of an observation is answered from memory."""
    encoded = []
    cache = policy.features_extractor.cache
    encode = cache._encode
    cache._encode = lambda *arguments: (encoded.append(1), encode(*arguments))
    assert_exact(policy, observation)
    del cache._encode
    return not encoded


def one_work(length=8, static=3):
    """Observations of two works of one episode each that grow side by side."""
    stream = Stream(rows=2, steps=1, max_length=length, static=static)
    observation = stream.observations[0]
    rng = np.random.default_rng(0)
    written = rng.integers(0, 4, observation["tokens"].shape).astype(np.int16)
    grown = []
    for step in range(length + 1):
        tokens = np.where(np.arange(length)[:, None] < step, written, -1).astype(np.int16)
        grown.append({**observation, "tokens": tokens})
    return stream, grown


@pytest.mark.parametrize("static", [0, 3])
def test_a_work_that_grows_is_never_encoded_again(static):
    """Before its first token, only what stands before the brief is to be encoded."""
    stream, grown = one_work(static=static)
    policy = make_policy(stream)
    assert remembers(policy, grown[0]) == (not static)
    assert all(remembers(policy, observation) for observation in grown[1:])
    assert not remembers(policy, grown[-1])


def test_other_observations_in_between(policy, stream):
    other = Stream(seed=1, rows=5, steps=10, max_length=6, earlier=2, static=3)
    for mine, theirs in zip(stream.observations, other.observations, strict=True):
        assert_exact(policy, mine)
        assert_exact(policy, theirs)


def test_any_order(policy, stream):
    for step in np.random.default_rng(0).integers(0, 10, 40):
        assert_exact(policy, stream.observations[step])


def test_rows_that_come_go_and_swap(policy, stream):
    rng = np.random.default_rng(0)
    for observation in stream.observations:
        assert_exact(policy, observation)
        rows = rng.permutation(5)[: rng.integers(1, 6)]
        assert_exact(policy, {name: values[rows] for name, values in observation.items()})


@pytest.mark.parametrize("changed", ["brief", "works", "map", "tokens"])
def test_one_changed_row(policy, stream, changed):
    for observation in stream.observations:
        assert_exact(policy, observation)
        other = copy.deepcopy(observation)
        written = (other["tokens"] >= 0) if changed == "tokens" else True
        other[changed] = np.where(written, 1 - other[changed], other[changed]).clip(-1, 3)
        other[changed] = other[changed].astype(observation[changed].dtype)
        for name, values in observation.items():
            other[name][1:] = values[1:]
        assert_exact(policy, other)


@pytest.mark.parametrize("changed", ["brief", "map", "tokens"])
def test_the_same_length_as_a_continuation_but_another_work(changed):
    """Only the content tells these observations from those of the work that was remembered."""
    stream, grown = one_work()
    policy = make_policy(stream)
    for step in range(1, 8):
        for observation in grown[: step + 1]:
            assert_exact(policy, observation)
        other = copy.deepcopy(grown[step + 1])
        if changed == "brief":
            other["brief"][0, 1] += 0.5
        elif changed == "map":
            other["map"][0, 2, 5] += 0.5
        else:
            other["tokens"][0, 0, 1] = 3 - other["tokens"][0, 0, 1]
        assert_exact(policy, other)


def test_arrays_overwritten_after_the_call():
    """An environment may reuse its arrays: what the cache remembers must be its own."""
    stream, grown = one_work()
    policy = make_policy(stream)
    shared = tensors(grown[0])
    for observation in grown:
        for name, values in observation.items():
            shared[name].copy_(torch.as_tensor(values))
        with torch.no_grad():
            answer = policy.features_extractor.sampled(shared)
            for values in shared.values():
                values.fill_(1)
            expected = policy.features_extractor(tensors(observation))
        assert (answer - expected).abs().max() < 1e-5


def fused_step(policy, observation):
    values, log_prob, _ = policy.evaluate_actions(
        tensors(observation), torch.as_tensor(observation["action_mask"].argmax(axis=1))
    )
    policy.optimizer.zero_grad()
    (values.mean() + log_prob.mean()).backward()
    policy.optimizer.step()


def copied_in_place(policy, _):
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.mul_(0.9)


def loaded(policy, _):
    other = copy.deepcopy(policy)
    scramble(other)
    policy.load_state_dict(other.state_dict())


def loaded_from_vector(policy, _):
    vector_to_parameters(parameters_to_vector(policy.parameters()) * 0.9, policy.parameters())


def changed_data(policy, _):
    for parameter in policy.parameters():
        parameter.data.mul_(0.9)


def step_of_another_optimiser(policy, observation):
    policy.set_training_mode(True)
    policy.optimizer = torch.optim.AdamW(policy.parameters(), lr=0.1, fused=True)
    fused_step(policy, observation)
    policy.set_training_mode(False)


CHANGES = (
    fused_step,
    copied_in_place,
    loaded,
    loaded_from_vector,
    changed_data,
    step_of_another_optimiser,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_parameters(change):
    stream, grown = one_work()
    policy = make_policy(stream)
    assert_exact(policy, grown[0])
    for observation in grown[1:]:
        before = parameters_to_vector(policy.parameters()).clone()
        change(policy, observation)
        assert not torch.equal(before, parameters_to_vector(policy.parameters()))
        assert_exact(policy, observation)


def test_a_copy_notices_its_own_steps():
    """A deep copy has an optimiser of its own, and its steps are not the original's."""
    stream, grown = one_work()
    policy = make_policy(stream)
    assert_exact(policy, grown[0])
    other = copy.deepcopy(policy)
    for observation in grown[1:]:
        fused_step(other, observation)
        assert_exact(other, observation)
        assert_exact(policy, observation)


def test_an_interrupted_call_leaves_nothing_to_trust(monkeypatch):
    stream, grown = one_work()
    policy = make_policy(stream)
    cache = policy.features_extractor.cache
    for step in range(1, 8):
        assert_exact(policy, grown[step - 1])
        copied_in_place(policy, None)
        with monkeypatch.context() as patch:
            patch.setattr(cache, "_encode", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                cache.read_out(tensors(grown[step]))
        assert_exact(policy, grown[step])


def test_inference_mode_and_no_grad_alternate(policy, stream):
    for step, observation in enumerate(stream.observations):
        if step % 3:
            assert_exact(policy, observation)
        else:
            with torch.inference_mode():
                policy.features_extractor.sampled(tensors(observation))


def test_gradients_flow_where_they_are_wanted(policy, stream):
    """With gradients on, nothing is answered from the cache, which has none."""
    batch = tensors(stream.observations[3])
    policy.predict_values(batch).sum().backward()
    assert policy.features_extractor.trunk.brief.weight.grad.abs().sum() > 0
