"""Melodies and briefs for property-based tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from creative_envs.melody.actions import HALF_SPAN
from creative_envs.melody.brief import (
    CONTOUR_POINTS,
    DENSEST,
    HIGHEST_CENTRE,
    LOWEST_CENTRE,
    WIDEST_RANGE,
    Briefs,
)
from creative_envs.melody.vocabulary import DURATIONS, METRES, MODES, REST


def batch(events, metre="4/4", mode="major", width=None):
    """Event arrays of one melody written as [(pitch or None for a rest, duration), ...]."""
    width = width or len(events)
    pitch = np.full((1, width), REST, np.int8)
    duration = np.zeros((1, width), np.int8)
    for index, (height, sixteenths) in enumerate(events):
        pitch[0, index] = REST if height is None else height
        duration[0, index] = sixteenths
    return (
        pitch,
        duration,
        np.array([len(events)], np.int32),
        np.array([METRES.index(metre)], np.int8),
        np.array([MODES.index(mode)], np.int8),
    )


@st.composite
def melodies(draw, centre=0, max_events=24):
    """Lists of events within an octave of the centre; rests neither first nor after a rest."""
    heights = st.integers(centre - HALF_SPAN, centre + HALF_SPAN)
    count = draw(st.integers(1, max_events))
    events = [(draw(heights), draw(st.sampled_from(DURATIONS)))]
    while len(events) < count:
        rest_allowed = events[-1][0] is not None
        height = draw(st.none() | heights) if rest_allowed else draw(heights)
        events.append((height, draw(st.sampled_from(DURATIONS))))
    return events


@st.composite
def briefs(draw):
    """One brief in musical units, anywhere in its ranges."""
    points = st.floats(-12, 12, width=32)
    return Briefs(
        metre=np.array([draw(st.integers(0, len(METRES) - 1))], np.int8),
        mode=np.array([draw(st.integers(0, len(MODES) - 1))], np.int8),
        centre=np.array([draw(st.integers(LOWEST_CENTRE, HIGHEST_CENTRE))], np.int8),
        range=np.array([draw(st.floats(0, WIDEST_RANGE, width=32))], np.float32),
        density=np.array([draw(st.floats(0, DENSEST, width=32))], np.float32),
        contour=np.array([[draw(points) for _ in range(CONTOUR_POINTS)]], np.float32),
    )
