"""How rollouts are laid out for causal passes."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from stable_baselines3.common.buffers import DictRolloutBuffer

from agents.ppo.works import WorkLayout
from tests.agents.ppo.streams import Stream

CPU = torch.device("cpu")
LONGEST = 4


def hand_made(lengths, starts):
    """A buffer (T, n) in which environments have written so many tokens; token t is t."""
    lengths, starts = np.array(lengths), np.array(starts, np.float32)
    space = spaces.Dict(
        tokens=spaces.Box(-1, LONGEST, (LONGEST, 1), np.int16),
        brief=spaces.Box(0, 1, (1,), np.float32),
        action_mask=spaces.Box(0, 1, (2,), np.int8),
    )
    steps, rows = lengths.shape
    buffer = DictRolloutBuffer(steps, space, spaces.Discrete(2), n_envs=rows, device="cpu")
    place = np.arange(LONGEST)
    buffer.observations["tokens"][..., 0] = np.where(place < lengths[..., None], place, -1)
    buffer.observations["brief"][..., 0] = np.arange(rows)
    buffer.observations["action_mask"][:] = 1
    buffer.actions[..., 0] = np.arange(lengths.size).reshape(lengths.shape) % 2
    buffer.advantages[:] = np.arange(lengths.size).reshape(lengths.shape)
    buffer.episode_starts[:] = starts
    buffer.full = True
    return buffer


def segments_of(lengths, starts):
    """(environment, tokens written at each transition) of each segment, in order."""
    layout = WorkLayout.of_rollout(hand_made(lengths, starts), CPU)
    found = []
    for number in range(len(layout._count)):
        batch = layout.batch(np.array([number]))
        (only,) = batch.passes
        assert only.context["tokens"].shape[:2] == (1, max(layout._length[batch.rows.numpy()]))
        found.append((int(only.context["brief"][0, 0]), only.source.tolist()))
    return found


def test_segments_begin_with_works_and_with_rollouts():
    lengths = [[0, 2], [1, 3], [2, 0], [0, 1], [1, 0]]
    starts = [[1, 0], [0, 0], [0, 1], [1, 0], [0, 1]]
    expected = [(0, [0, 1, 2]), (0, [0, 1]), (1, [2, 3]), (1, [0, 1]), (1, [0])]
    assert segments_of(lengths, starts) == expected


def test_works_of_one_episode_are_segments_of_their_own():
    """In a portfolio no episode starts with the second work: only its length tells."""
    assert segments_of([[0], [1], [0], [1], [2]], [[1], [0], [0], [0], [0]]) == [
        (0, [0, 1]),
        (0, [0, 1, 2]),
    ]


def test_works_of_one_token_are_segments_of_one_transition():
    assert segments_of([[0], [0], [0]], [[1], [0], [1]]) == [(0, [0])] * 3


def test_an_episode_that_starts_with_a_longer_work_is_another_segment():
    assert segments_of([[0], [1], [2]], [[1], [1], [0]]) == [(0, [0]), (0, [1, 2])]


def test_a_pass_reads_the_state_after_as_many_tokens_as_were_written():
    lengths = [[0, 2], [1, 3], [2, 0]]
    layout = WorkLayout.of_rollout(hand_made(lengths, np.zeros((3, 2))), CPU)
    batch = layout.batch(np.arange(3))
    (only,) = batch.passes
    assert only.context["tokens"][:, :, 0].tolist() == [[-1, -1, -1], [0, 1, -1], [0, 1, 2]]
    assert only.context["brief"][:, 0].tolist() == [1, 0, 1]
    assert only.source.tolist() == [0, 4, 5, 6, 10, 11]
    assert batch.fields["advantages"].tolist() == [5, 0, 2, 4, 1, 3]
    assert batch.actions.tolist() == [1, 0, 0, 0, 1, 1]


streams = st.builds(
    Stream,
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 8),
    steps=st.integers(1, 20),
    max_length=st.integers(1, 6),
    earlier=st.integers(0, 2),
)


@settings(max_examples=50)
@given(stream=streams, batch_size=st.integers(1, 200), seed=st.integers(0, 9))
def test_every_transition_is_in_exactly_one_minibatch(stream, batch_size, seed):
    layout = WorkLayout.of_rollout(stream.buffer(), CPU)
    np.random.seed(seed)  # noqa: NPY002 - what SB3 seeds
    for dealt in (layout.minibatches(batch_size), layout.in_order(batch_size)):
        rows = torch.cat([batch.rows for batch in dealt])
        assert rows.sort().values.tolist() == list(range(stream.rows * stream.steps))


@settings(max_examples=50)
@given(stream=streams, batch_size=st.integers(1, 200))
def test_minibatches_carry_what_the_buffer_says_of_their_transitions(stream, batch_size):
    buffer = stream.buffer()
    layout = WorkLayout.of_rollout(buffer, CPU)
    for batch in layout.minibatches(batch_size):
        row, step = np.divmod(batch.rows.numpy(), stream.steps)
        stored = {
            "old_values": buffer.values,
            "old_log_prob": buffer.log_probs,
            "advantages": buffer.advantages,
            "returns": buffer.returns,
        }
        for name, values in stored.items():
            assert batch.fields[name].tolist() == values[step, row].tolist()
        assert batch.actions.tolist() == buffer.actions[step, row, 0].tolist()
        mask = buffer.observations["action_mask"][step, row] != 0
        assert batch.mask.tolist() == mask.tolist()
        assert sum(len(part.source) for part in batch.passes) == len(batch.rows)


@pytest.mark.parametrize("batch_size", [50, 100, 400])
def test_minibatches_are_about_as_large_as_asked_for(batch_size):
    stream = Stream(rows=40, steps=20, max_length=6)
    layout = WorkLayout.of_rollout(stream.buffer(), CPU)
    batches = layout.minibatches(batch_size, np.random.default_rng(0))
    sizes = [len(batch.rows) for batch in batches]
    assert len(sizes) == len(layout) / batch_size
    assert all(abs(size - batch_size) < 6 for size in sizes)


def test_minibatches_are_dealt_anew_by_numpys_generator_and_in_order_draws_nothing():
    layout = WorkLayout.of_rollout(Stream(rows=10, steps=20).buffer(), CPU)

    def dealt(batches):
        return [batch.rows.tolist() for batch in batches]

    np.random.seed(3)  # noqa: NPY002 - what SB3 seeds
    first, second = dealt(layout.minibatches(40)), dealt(layout.minibatches(40))
    assert first != second
    np.random.seed(3)  # noqa: NPY002
    numpy, pytorch = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    assert dealt(layout.in_order(40)) == dealt(layout.in_order(40))
    assert np.array_equal(np.random.get_state()[1], numpy[1])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), pytorch)
    assert dealt(layout.minibatches(40)) == first
    rng = np.random.default_rng(0)
    assert dealt(layout.minibatches(40, rng)) != dealt(layout.minibatches(40, rng))


def test_written_fields_come_with_later_batches():
    layout = WorkLayout.of_rollout(Stream(rows=6, steps=10).buffer(), CPU)
    for batch in layout.minibatches(13):
        layout.write("number", batch, batch.rows * 10)
        layout.write("old_values", batch, batch.rows.float())
        layout.write("wide", batch, torch.stack([batch.rows, -batch.rows], dim=1))
    for batch in layout.minibatches(17):
        assert torch.equal(batch.fields["number"], batch.rows * 10)
        assert torch.equal(batch.fields["old_values"], batch.rows.float())
        assert torch.equal(batch.fields["wide"], torch.stack([batch.rows, -batch.rows], dim=1))


def test_writing_leaves_the_buffer_alone():
    buffer = Stream().buffer()
    before = buffer.log_probs.copy()
    layout = WorkLayout.of_rollout(buffer, CPU)
    for batch in layout.in_order(10):
        layout.write("old_log_prob", batch, torch.zeros(len(batch.rows)))
    assert np.array_equal(buffer.log_probs, before)
