"""Human melodies as actions: legal ones, which write exactly what the people wrote, or octaves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.melody.actions import decode_events, encode_events
from creative_envs.melody.brief import Briefs
from creative_envs.melody.events import Events
from creative_envs.melody.task import MelodyTask
from tests.playing import play_through

ALL = 10**6


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
    tokens = play_through(task, actions, length, brief)
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


@pytest.mark.parametrize("chromatic", [False, True])
def test_octaves_are_the_melodies_moved_and_score_alike(chromatic):
    task = MelodyTask(chromatic=chromatic)
    actions, length, brief = task.demonstrations(300)
    images, steps, asked = task.symmetric_demonstrations(actions, length, brief)
    before = Briefs.decode(brief).centre.astype(int)
    up, down = (before <= 12).nonzero()[0], (before >= 0).nonzero()[0]
    rows = np.concatenate([up, down])
    assert len(images) == len(steps) == len(asked) == len(rows) and 0 < len(up) < 300
    moved = Briefs.decode(asked).centre.astype(int) - before[rows]
    np.testing.assert_array_equal(moved, np.repeat([12, -12], [len(up), len(down)]))
    none_earlier = np.zeros((len(rows), 0, 1 + task.memory_size), np.float32)
    tokens = play_through(task, actions, length, brief)[rows]
    shifted = play_through(task, images, steps, asked)
    scores = task.score(tokens, length[rows], brief[rows], none_earlier)
    others = task.score(shifted, steps, asked, none_earlier)
    assert chromatic or scores.adherence.min() > 0.99999  # else some leave the mode
    np.testing.assert_allclose(others.adherence, scores.adherence, rtol=0, atol=1e-6)
    np.testing.assert_allclose(others.craft, scores.craft, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(others.valid, scores.valid)
    np.testing.assert_array_equal(
        task.events(shifted, steps, asked).pitch.max(axis=1).astype(int),
        task.events(tokens, length[rows], brief[rows]).pitch.max(axis=1) + moved,
    )


def test_what_no_brief_can_ask_for_is_left_out():
    task = MelodyTask()
    actions, length, brief = (part[:2] for part in task.demonstrations(2))
    extremes = np.repeat(brief, 2, axis=0)
    extremes[:, 9] = np.array([-12, 12, 13, 24]) / 36 + 12 / 36
    works = np.repeat(actions, 2, axis=0), np.repeat(length, 2), extremes
    images, steps, asked = task.symmetric_demonstrations(*works)
    assert Briefs.decode(asked).centre.tolist() == [0, 24, 0, 1, 12]
    np.testing.assert_array_equal(images, actions[[0, 0, 0, 1, 1]])
    np.testing.assert_array_equal(steps, length[[0, 0, 0, 1, 1]])
