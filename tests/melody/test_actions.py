"""Actions, masks and token rows of melodies, against an independent reading of the rules."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.melody.actions import (
    CENTRE,
    HALF_SPAN,
    METRE,
    MODE,
    N_DURATIONS,
    POSITION,
    SCRATCH_SIZE,
    TOTAL,
    advance_works,
    begin_works,
    decode_events,
    encode_events,
    fewest_events,
    token_sizes,
)
from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    DURATIONS,
    EVENTS_PER_BAR,
    METRES,
    MODE_DEGREES,
    MODES,
    N_ACTIONS,
    N_PITCHES,
    REST,
)
from tests.melody.strategies import batch, melodies

BARS = (1, 2, 8)
FEWEST = fewest_events(8 * max(BAR_LENGTHS))


class Writing:
    """One melody being written through the kernels."""

    def __init__(self, metre=0, mode=0, centre=7, bars=8, chromatic=False, max_events=None):
        self.max_events = max_events or bars * EVENTS_PER_BAR
        self.chromatic = chromatic
        self.tokens = np.full((1, self.max_events, 5), -1, np.int16)
        self.length = np.zeros(1, np.int32)
        self.mask = np.zeros((1, N_ACTIONS), np.int8)
        self.scratch = np.zeros((1, SCRATCH_SIZE), np.int32)
        self.scratch[0, [METRE, MODE, CENTRE, TOTAL]] = (
            metre,
            mode,
            centre,
            bars * BAR_LENGTHS[metre],
        )
        self.finished = np.zeros(1, np.bool_)
        begin_works(
            np.zeros(1, np.int64), self.max_events, chromatic, FEWEST, self.mask, self.scratch
        )

    def write(self, action):
        advance_works(
            np.array([action]),
            np.ones(1, np.bool_),
            self.chromatic,
            FEWEST,
            self.tokens,
            self.length,
            self.mask,
            self.scratch,
            self.finished,
        )

    @property
    def legal(self):
        return set(self.mask[0].nonzero()[0].tolist())


def action_of(pitch, duration, centre):
    choice = 0 if pitch is None else pitch - centre + HALF_SPAN + 1
    return choice * N_DURATIONS + DURATIONS.index(duration)


@cache
def fewest_by_search(span):
    """Fewest durations that sum to the span, by breadth-first search."""
    reached, events = {0}, 0
    while span not in reached:
        reached = {total + d for total in reached for d in DURATIONS if total + d <= span}
        events += 1
    return events


def legal_by_the_rules(writing, events, metre, mode, centre, bars):
    """The rules of the game, read off the documentation instead of the kernel."""
    written = sum(duration for _, duration in events)
    left = bars * BAR_LENGTHS[metre] - written
    events_left = writing.max_events - len(events)
    rest_allowed = bool(events) and events[-1][0] is not None
    heights = [
        height
        for height in range(centre - HALF_SPAN, centre + HALF_SPAN + 1)
        if writing.chromatic or height % 12 in MODE_DEGREES[mode]
    ]
    return {
        action_of(height, duration, centre)
        for duration in DURATIONS
        if duration <= left and fewest_by_search(left - duration) <= events_left - 1
        for height in heights + ([None] if rest_allowed else [])
    }


def test_fewest_events_by_hand():
    fewest = fewest_events(40)
    assert fewest[:9].tolist() == [0, 1, 1, 1, 1, 2, 1, 2, 1]
    assert [fewest[span] for span in (16, 17, 20, 24, 32, 37)] == [1, 2, 2, 2, 2, 4]
    assert all(fewest[span] == fewest_by_search(span) for span in range(41))


@settings(max_examples=60)
@given(
    st.integers(0, len(METRES) - 1),
    st.integers(0, len(MODES) - 1),
    st.integers(-12, 24),
    st.sampled_from(BARS),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_masks_are_exactly_the_rules_and_every_work_ends_full(
    metre, mode, centre, bars, chromatic, short_notes, seed
):
    writing = Writing(metre, mode, centre, bars, chromatic)
    rng, events, steps = np.random.default_rng(seed), [], 0
    while not writing.finished[0]:
        assert writing.legal == legal_by_the_rules(writing, events, metre, mode, centre, bars)
        actions = sorted(writing.legal)
        if short_notes:  # to run into the limit of events
            shortest = min(a % N_DURATIONS for a in actions)
            actions = [a for a in actions if a % N_DURATIONS == shortest]
        action = int(rng.choice(actions))
        choice, index = divmod(action, N_DURATIONS)
        height = None if choice == 0 else centre - HALF_SPAN + choice - 1
        events.append((height, DURATIONS[index]))
        writing.write(action)
        steps += 1
        assert writing.length[0] == steps <= writing.max_events
    assert sum(duration for _, duration in events) == bars * BAR_LENGTHS[metre]
    assert writing.scratch[0, POSITION] == writing.scratch[0, TOTAL]


def test_sixteenths_alone_run_into_the_limit_of_events():
    """96 events for 128 sixteenths: the mask must forbid sixteenths in time."""
    writing = Writing(bars=8)
    while not writing.finished[0]:
        writing.write(min(writing.legal, key=lambda a: (a % N_DURATIONS, a)))
    assert writing.length[0] == 96
    assert writing.tokens[0, 0, 1] == 0 < writing.tokens[0, -1, 1]


def test_token_rows_by_hand():
    writing = Writing(metre=METRES.index("3/4"), mode=0, centre=7, bars=2)
    for pitch, duration in [(0, 8), (None, 2), (11, 4)]:
        writing.write(action_of(pitch, duration, 7))
    rows = [
        # choice, duration index, degree, bar and sixteenth where the next event begins
        [6, DURATIONS.index(8), 0, 0, 8],
        [0, DURATIONS.index(2), 12, 0, 10],
        [17, DURATIONS.index(4), 11, 1, 2],
    ]
    assert writing.tokens[0, :3].tolist() == rows
    assert (writing.tokens[0, 3:] == -1).all()


def test_the_last_row_stands_at_the_end():
    for metre, length in enumerate(BAR_LENGTHS):
        writing = Writing(metre=metre, bars=1)
        while not writing.finished[0]:
            writing.write(max(writing.legal))
        assert writing.tokens[0, writing.length[0] - 1, 3:].tolist() == [1, 0]
        assert length == writing.scratch[0, TOTAL]


def test_no_rest_first_nor_after_a_rest():
    rests = set(range(N_DURATIONS))
    writing = Writing()
    assert not writing.legal & rests
    writing.write(action_of(7, 4, 7))
    assert writing.legal & rests
    writing.write(action_of(None, 4, 7))
    assert not writing.legal & rests


@pytest.mark.parametrize("mode", range(len(MODES)))
def test_pitches_stay_in_the_mode_unless_chromatic(mode):
    legal = Writing(mode=mode, centre=0).legal
    degrees = {(action // N_DURATIONS - 1 - HALF_SPAN) % 12 for action in legal}
    assert degrees == set(MODE_DEGREES[mode])
    assert len(Writing(mode=mode, chromatic=True).legal) == 25 * N_DURATIONS


def test_rows_that_are_not_active_are_left_untouched():
    tokens = np.full((2, 12, 5), -1, np.int16)
    length, finished = np.zeros(2, np.int32), np.zeros(2, np.bool_)
    mask = np.zeros((2, N_ACTIONS), np.int8)
    scratch = np.zeros((2, SCRATCH_SIZE), np.int32)
    scratch[:, TOTAL], scratch[:, CENTRE] = 16, 7
    begin_works(np.arange(2), 12, False, FEWEST, mask, scratch)
    before = [array[1].copy() for array in (tokens, length, mask, scratch)]
    actions = np.full(2, action_of(7, 4, 7))
    advance_works(
        actions, np.array([True, False]), False, FEWEST, tokens, length, mask, scratch, finished
    )
    assert length.tolist() == [1, 0]
    for array, old in zip((tokens, length, mask, scratch), before, strict=True):
        np.testing.assert_array_equal(array[1], old)


@given(st.data(), st.integers(-12, 24), st.integers(0, len(METRES) - 1))
def test_decoding_inverts_encoding(data, centre, metre):
    events = data.draw(melodies(centre=centre))
    pitch, duration, length, metres, _ = batch(events, METRES[metre], width=30)
    centres = np.array([centre], np.int8)
    tokens = encode_events(pitch, duration, length, metres, centres)
    assert tokens.dtype == np.int16 and (tokens[0, len(events) :] == -1).all()
    read_pitch, read_duration = decode_events(tokens, length, centres)
    np.testing.assert_array_equal(read_pitch, pitch)
    np.testing.assert_array_equal(read_duration, duration)


@given(st.integers(0, 2**32), st.integers(0, 3), st.integers(-12, 24))
def test_encoding_writes_the_rows_the_actions_write(seed, metre, centre):
    writing = Writing(metre=metre, centre=centre, bars=2)
    rng = np.random.default_rng(seed)
    while not writing.finished[0]:
        writing.write(int(rng.choice(sorted(writing.legal))))
    centres = np.array([centre], np.int8)
    pitch, duration = decode_events(writing.tokens, writing.length, centres)
    again = encode_events(pitch, duration, writing.length, np.array([metre], np.int8), centres)
    np.testing.assert_array_equal(again, writing.tokens)
    assert (again.reshape(-1, 5) < token_sizes(2)).all()


def test_padding_is_decoded_as_rests_of_no_duration():
    tokens = np.full((1, 4, 5), -1, np.int16)
    pitch, duration = decode_events(tokens, np.zeros(1, np.int32), np.array([7], np.int8))
    assert (pitch == REST).all() and (duration == 0).all()
    assert pitch.dtype == duration.dtype == np.int8


def test_sizes():
    assert N_ACTIONS == N_PITCHES * N_DURATIONS == 208
    assert token_sizes(8) == (26, 8, 13, 9, 16)
