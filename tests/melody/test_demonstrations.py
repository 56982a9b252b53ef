"""Human melodies as actions: legal ones, which write exactly what the people wrote."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.melody.actions import decode_events, encode_events
from creative_envs.melody.brief import Briefs
from creative_envs.melody.events import Events
from creative_envs.melody.task import MelodyTask

ALL = 10**6


def play(task, actions, length, brief):
    """Takes the actions one after another; returns the tokens written."""
    n = len(actions)
    tokens = np.full((n, task.max_length, len(task.token_sizes)), -1, np.int16)
    written, finished = np.zeros(n, np.int32), np.zeros(n, np.bool_)
    mask = np.zeros((n, task.n_actions), np.int8)
    scratch = np.zeros((n, task.scratch_size), np.int32)
    task.begin(np.arange(n), brief, mask, scratch)
    for step in range(length.max()):
        active = step < length
        assert not finished[active].any()
        assert mask[active, actions[active, step]].all()
        task.advance(
            actions[:, step].clip(0), active, tokens, written, brief, mask, scratch, finished
        )
    assert finished.all()
    np.testing.assert_array_equal(written, length)
    return tokens


def human_tokens(task, rows):
    """The windows of the task's split in these rows, encoded by hand."""
    windows, briefs = task.reference.windows[task.split], task.reference.briefs[task.split]
    chosen = Events.of(windows[rows])
    centre = Briefs.decode(briefs.encode()[rows]).centre
    return encode_events(*chosen[:4], centre)


def as_set(tokens):
    return {work.tobytes() for work in tokens}


@pytest.mark.parametrize("chromatic", [False, True])
@pytest.mark.parametrize("split", ["train", "valid"])
def test_playing_them_writes_the_human_tokens(split, chromatic):
    task = MelodyTask(split=split, chromatic=chromatic)
    actions, length, brief = task.demonstrations(ALL)
    assert actions.dtype == np.int64 and actions.shape == (len(length), task.max_length)
    tokens = play(task, actions, length, brief)
    windows = task.reference.windows[split]
    writable = np.arange(len(windows)) if chromatic else windows.in_mode().nonzero()[0]
    assert len(tokens) == len(writable) > 500
    assert as_set(tokens) == as_set(human_tokens(task, writable))
    pitch, duration = decode_events(tokens, length, Briefs.decode(brief).centre)
    asked = Briefs.decode(brief)
    again = encode_events(pitch, duration, length, asked.metre, asked.centre)
    np.testing.assert_array_equal(tokens, again)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 900), st.sampled_from(["train", "valid", "test"]), st.sampled_from([4, 8]))
def test_fewer_are_the_first_of_more_and_padding_is_padding(count, split, bars):
    task = MelodyTask(split=split, bars=bars)
    few, all_ = task.demonstrations(count), task.demonstrations(ALL)
    for first, second in zip(few, all_, strict=True):
        np.testing.assert_array_equal(first, second[:count])
    actions, length, _ = few
    within = np.arange(task.max_length) < length[:, None]
    assert (actions[within] >= 0).all() and (actions[~within] == -1).all()
    assert actions.max() < task.n_actions


def test_splits_share_none():
    works = {
        split: as_set(MelodyTask(split=split).demonstrations(ALL)[0]) for split in ("train", "test")
    }
    tokens, _, _ = MelodyTask().reference_works(ALL)
    assert not works["train"] & works["test"]
    assert len(works["test"]) > 500 and len(tokens) == len(
        MelodyTask(split="test").demonstrations(ALL)[0]
    )
