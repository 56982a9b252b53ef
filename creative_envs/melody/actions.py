"""Writing a melody: what an action means, which actions are legal, what a token row holds.

Action = pitch choice x 8 + duration index. Pitch choice 0 is a rest, 1..25 the semitones from
``centre - 12`` to ``centre + 12`` above the tonic, ``centre`` being the brief's register centre.

Token row = (pitch choice, duration index, scale degree 0..11 or 12 for a rest, bar, sixteenth in
the bar), where the last two say where the *next* event begins.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from creative_envs.core.action_table import ActionTable
from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    DURATIONS,
    MODE_DEGREES,
    N_PITCHES,
    PITCH_SPAN,
    REST,
)

N_DURATIONS: Final = len(DURATIONS)
HALF_SPAN: Final = PITCH_SPAN // 2
REST_DEGREE: Final = 12

METRE, MODE, CENTRE, POSITION, TOTAL, AFTER_REST, SCRATCH_SIZE = range(7)
"""Columns of a work's scratch: brief in whole numbers, time written, time to fill, last event."""

_DURATION_TABLE: Final = np.array(DURATIONS, np.int64)
_BAR_TABLE: Final = np.array(BAR_LENGTHS, np.int64)
_IN_MODE: Final = np.array(
    [[degree in degrees for degree in range(12)] for degrees in MODE_DEGREES], np.bool_
)


def token_sizes(bars: int) -> tuple[int, ...]:
    """Values each token column takes in a work of so many bars."""
    return (N_PITCHES, N_DURATIONS, REST_DEGREE + 1, bars + 1, max(BAR_LENGTHS))


def fewest_events(longest: int) -> NDArray[np.int32]:
    """For every span of 0..longest sixteenths, the fewest events that fill it exactly."""
    fewest = np.zeros(longest + 1, np.int32)
    for span in range(1, longest + 1):
        fewest[span] = 1 + min(fewest[span - d] for d in DURATIONS if d <= span)
    return fewest


@njit(cache=True, nogil=True, error_model="numpy")
def write_mask(
    row: int,
    events_left: int,
    chromatic: bool,
    fewest: NDArray[np.int32],
    mask: NDArray[np.int8],
    scratch: NDArray[np.int32],
) -> None:
    """Writes the legal actions of one work.

    Nothing crosses the end, the work stays completable within its events, pitches stay in the
    mode (unless chromatic), and a rest neither comes first nor follows a rest.
    """
    remaining = scratch[row, TOTAL] - scratch[row, POSITION]
    rest_allowed = scratch[row, POSITION] > 0 and scratch[row, AFTER_REST] == 0
    lowest = scratch[row, CENTRE] - HALF_SPAN
    mode = scratch[row, MODE]
    for duration in range(N_DURATIONS):
        after = remaining - _DURATION_TABLE[duration]
        fits = after >= 0 and fewest[max(after, 0)] <= events_left - 1
        mask[row, duration] = 1 if fits and rest_allowed else 0
        for choice in range(1, N_PITCHES):
            degree = (lowest + choice - 1) % 12
            legal = fits and (chromatic or _IN_MODE[mode, degree])
            mask[row, choice * N_DURATIONS + duration] = 1 if legal else 0


@njit(cache=True, nogil=True, error_model="numpy")
def begin_works(
    rows: NDArray[np.int64],
    max_events: int,
    chromatic: bool,
    fewest: NDArray[np.int32],
    mask: NDArray[np.int8],
    scratch: NDArray[np.int32],
) -> None:
    """Writes the masks of empty works whose brief columns of scratch are set."""
    for row in rows:
        scratch[row, POSITION] = 0
        scratch[row, AFTER_REST] = 0
        write_mask(row, max_events, chromatic, fewest, mask, scratch)


@njit(cache=True, nogil=True, error_model="numpy")
def advance_works(
    actions: NDArray[np.int64],
    active: NDArray[np.bool_],
    chromatic: bool,
    fewest: NDArray[np.int32],
    tokens: NDArray[np.int16],
    length: NDArray[np.int32],
    mask: NDArray[np.int8],
    scratch: NDArray[np.int32],
    finished: NDArray[np.bool_],
) -> None:
    """Writes one legal event in every active work; see `creative_envs.core.task.Task.advance`."""
    max_events = tokens.shape[1]
    for row in range(actions.shape[0]):
        if not active[row]:
            continue
        choice = actions[row] // N_DURATIONS
        duration = actions[row] % N_DURATIONS
        position = scratch[row, POSITION] + _DURATION_TABLE[duration]
        bar_length = _BAR_TABLE[scratch[row, METRE]]
        degree = REST_DEGREE
        if choice > 0:
            degree = (scratch[row, CENTRE] - HALF_SPAN + choice - 1) % 12
        event = length[row]
        tokens[row, event, 0] = choice
        tokens[row, event, 1] = duration
        tokens[row, event, 2] = degree
        tokens[row, event, 3] = position // bar_length
        tokens[row, event, 4] = position % bar_length
        length[row] = event + 1
        scratch[row, POSITION] = position
        scratch[row, AFTER_REST] = 1 if choice == 0 else 0
        finished[row] = position == scratch[row, TOTAL]
        if not finished[row]:
            write_mask(row, max_events - event - 1, chromatic, fewest, mask, scratch)


@njit(cache=True, nogil=True, error_model="numpy")
def decode_events(
    tokens: NDArray[np.int16], length: NDArray[np.int32], centre: NDArray[np.int8]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Reads pitches and durations off token rows.

    Args:
        tokens: Shape (n, L, F).
        length: Events of each work, shape (n,).
        centre: Register centres, semitones above the tonic, shape (n,).

    Returns:
        Pitch (n, L), semitones above the tonic or REST, and duration (n, L) in sixteenths,
        padded with REST and 0.
    """
    pitch = np.full(tokens.shape[:2], REST, np.int8)
    duration = np.zeros(tokens.shape[:2], np.int8)
    for work in range(tokens.shape[0]):
        for event in range(length[work]):
            choice = tokens[work, event, 0]
            if choice > 0:
                pitch[work, event] = centre[work] - HALF_SPAN + choice - 1
            duration[work, event] = _DURATION_TABLE[tokens[work, event, 1]]
    return pitch, duration


def encode_events(
    pitch: NDArray[np.int8],
    duration: NDArray[np.int8],
    length: NDArray[np.int32],
    metre: NDArray[np.int8],
    centre: NDArray[np.int8],
) -> NDArray[np.int16]:
    """Writes the token rows of given events: the inverse of `decode_events`.

    Args:
        pitch: Semitones above the tonic or REST, within 12 of the centre, shape (n, L).
        duration: Sixteenths, each in DURATIONS, shape (n, L).
        length: Shape (n,).
        metre: Indices into METRES, shape (n,).
        centre: Shape (n,).

    Returns:
        Tokens (n, L, 5), -1 beyond each length.
    """
    written = np.arange(pitch.shape[1])[None] < length[:, None]
    sounding = pitch != REST
    end = np.cumsum(duration.astype(np.int64), axis=1)
    bar_length = _BAR_TABLE[metre][:, None]
    offset = pitch.astype(np.int64) - centre[:, None] + HALF_SPAN + 1
    columns = (
        np.where(sounding, offset, 0),
        np.searchsorted(_DURATION_TABLE, duration),
        np.where(sounding, pitch.astype(np.int64) % 12, REST_DEGREE),
        end // bar_length,
        end % bar_length,
    )
    rows = np.stack(columns, axis=2)
    return np.where(written[:, :, None], rows, -1).astype(np.int16)


def action_table() -> ActionTable:
    """What actions have in common.

    Features, shape (208, 37), are one-hot pitch choice and duration, height above the centre in
    octaves (0 for a rest), its square, and the duration's place in its range, 0 .. 1. The relation
    of a note to the one before it is the interval in semitones, -24 .. 24; rests, and notes after
    a rest or at the beginning, share the relation 0.
    """
    pitch, duration = np.divmod(np.arange(N_PITCHES * N_DURATIONS), N_DURATIONS)
    height = np.where(pitch > 0, (pitch - 1 - HALF_SPAN) / HALF_SPAN, 0.0)
    ordinal = np.stack([height, height**2, duration / (N_DURATIONS - 1)], axis=1)
    before, after = np.arange(-1, N_PITCHES)[:, None], np.arange(N_PITCHES)
    interval = after - before
    sounding = (before > 0) & (after > 0)
    return ActionTable(
        features=np.concatenate(
            [np.eye(N_PITCHES)[pitch], np.eye(N_DURATIONS)[duration], ordinal],
            axis=1,
            dtype=np.float32,
        ),
        value=pitch,
        relation=np.where(sounding, interval + N_PITCHES - 1, 0),
    )
