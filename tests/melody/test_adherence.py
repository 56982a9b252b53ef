"""Adherence to briefs, by hand and by how it must respond to changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creative_envs.core.membership import nearness
from creative_envs.melody.adherence import TERM_NAMES, adherence
from creative_envs.melody.brief import Briefs, extract_briefs
from creative_envs.melody.vocabulary import MODE_DEGREES
from tests.melody.strategies import batch, melodies

SCALE = [(0, 4), (2, 4), (4, 4), (5, 4), (7, 4), (9, 4), (11, 4), (12, 4)]
"""Two bars: an octave up in quarters, so density 1, range 12, centre 6."""


def score(events, asked, mode="major"):
    kept, terms = adherence(*batch(events, mode=mode)[:3], asked)
    return float(kept[0]), dict(zip(TERM_NAMES, terms[0].tolist(), strict=True))


def own_brief(events, mode="major"):
    return extract_briefs(*batch(events, mode=mode))


def test_membership_by_hand():
    deviations = (0.0, 1.0, -1.0, 2.0, 3.0, -5.0)
    expected = [1, 1, 1, 1 / (1 + 0.25), 1 / 2, 1 / 5]
    assert [nearness(d, 1.0, 2.0) for d in deviations] == pytest.approx(expected)


def test_a_melody_fulfils_its_own_brief():
    assert score(SCALE, own_brief(SCALE)) == (1.0, dict.fromkeys(TERM_NAMES, 1.0))


@given(melodies())
def test_every_melody_fulfils_its_own_brief_but_for_the_mode(events):
    _, terms = score(events, own_brief(events))
    assert [terms[name] for name in TERM_NAMES[1:]] == [1, 1, 1]
    in_mode = sum(d for p, d in events if p is not None and p % 12 in MODE_DEGREES[0])
    share = 1 - in_mode / sum(d for p, d in events if p is not None)
    assert terms["in_mode"] == pytest.approx(1 / (1 + (max(share - 0.02, 0) / 0.08) ** 2), rel=1e-5)


@given(melodies())
def test_it_does_so_through_the_brief_vector_as_well(events):
    asked = own_brief(events)
    kept, _ = score(events, Briefs.decode(asked.encode()))
    assert kept == pytest.approx(score(events, asked)[0], abs=1e-6)


def test_transposition_costs_contour_alone():
    up = [(pitch + 12, duration) for pitch, duration in SCALE]
    kept, terms = score(up, own_brief(SCALE))
    # 12 semitones off everywhere: z = (12 - 1.5) / 2.
    assert terms == pytest.approx(
        {**dict.fromkeys(TERM_NAMES, 1.0), "keeps_contour": 1 / (1 + 5.25**2)}
    )
    assert kept == pytest.approx((1 / (1 + 5.25**2)) ** 0.25)


def test_an_upside_down_contour_lowers_it():
    _, terms = score(SCALE[::-1], own_brief(SCALE))
    contour = np.array([pitch for pitch, _ in SCALE])
    rms = np.sqrt(((contour - contour[::-1]) ** 2).mean())
    assert terms["keeps_contour"] == pytest.approx(1 / (1 + ((rms - 1.5) / 2) ** 2))
    assert terms["keeps_range"] == terms["keeps_density"] == 1


def test_a_wrong_density_lowers_it():
    twice = [(pitch, 2) for pitch, _ in SCALE for _ in range(2)]
    _, terms = score(twice, own_brief(SCALE))
    # Two notes a quarter instead of one: z = (1 - 0.2) / 0.4.
    assert terms == pytest.approx({**dict.fromkeys(TERM_NAMES, 1.0), "keeps_density": 1 / 5})


def test_a_wrong_range_lowers_it():
    asked = own_brief(SCALE)._replace(range=np.array([4], np.float32))
    # 8 semitones too wide: z = (8 - 2) / 3.
    assert score(SCALE, asked)[1]["keeps_range"] == pytest.approx(1 / 5)
    asked = own_brief(SCALE)._replace(range=np.array([20], np.float32))
    assert score(SCALE, asked)[1]["keeps_range"] == pytest.approx(1 / 5)


def test_notes_outside_the_mode_count_by_their_time():
    events = [(0, 4), (1, 4), (4, 8), (12, 16)]
    _, terms = score(events, own_brief(events))
    # 4 of 32 sixteenths outside major: z = (0.125 - 0.02) / 0.08.
    assert terms["in_mode"] == pytest.approx(1 / (1 + (0.105 / 0.08) ** 2), rel=1e-5)


def test_rests_are_in_every_mode():
    events = [(0, 4), (None, 12), (7, 16)]
    assert score(events, own_brief(events))[1]["in_mode"] == 1


@given(st.floats(0, 30), st.floats(0.01, 10))
def test_further_from_the_brief_is_never_better(deviation, further):
    near, far = (nearness(d, 1.5, 2.0) for d in (deviation, deviation + further))
    assert 0 < far <= near <= 1


def test_one_part_cannot_pay_for_another():
    kept, terms = score([(0, 16), (0, 16)], own_brief(SCALE))
    assert kept == pytest.approx(np.prod(list(terms.values())) ** 0.25, rel=1e-5)
    assert kept < max(terms.values())


def test_silence_keeps_no_brief_well():
    events = [(None, 16)]
    kept, _ = adherence(*batch(events)[:3], own_brief(SCALE))
    assert np.isfinite(kept).all() and kept[0] < 0.5
