import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creative_envs.melody.adversaries.controls import random_legal
from creative_envs.melody.craft.feature_names import (
    FEATURE_GROUP,
    FEATURE_NAMES,
    GROUP_NAMES,
    IN_MODE,
    INTERVAL_PAIR_ENTROPY,
    MOST_SURPRISING_BAR,
    N_FEATURES,
)
from creative_envs.melody.craft.features import features
from tests.melody.craft_works import empty_table, named_features, work

SCALE = "C4:4 D4:4 E4:4 F4:4 | G4:4 A4:4 B4:4 C5:4"
TURNING = "C4:4 G4:4 E4:8 | C4:4 G4:4 E4:8"


def test_names_and_groups_fit_together():
    assert len(set(FEATURE_NAMES)) == N_FEATURES == len(FEATURE_GROUP)
    assert set(FEATURE_GROUP) == set(range(len(GROUP_NAMES)))
    assert FEATURE_NAMES[IN_MODE] == "in_mode"
    assert FEATURE_NAMES[MOST_SURPRISING_BAR] == "most_surprising_bar"
    assert FEATURE_NAMES[INTERVAL_PAIR_ENTROPY] == "interval_pair_entropy"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("steps", 1.0),
        ("unisons", 0.0),
        ("leaps", 0.0),
        ("turns", 0.0),
        ("longest_monotone_run", 7.0),
        ("range", 12.0),
        ("distinct_pitches", 8.0),
        ("in_mode", 1.0),
        ("tonic_weight", 0.25),
        ("dominant_weight", 0.125),
        ("degree_entropy", 2.75),  # seven degrees, the tonic twice among eight
        ("final_degree", 1.0),
        ("final_length", 0.0),
        ("final_strength", 1.5),
        ("final_approach", 1.0),
        ("downbeats", 1.0),
        ("beats", 1.0),
        ("duration_entropy", 0.0),
        ("distinct_durations", 1.0),
        ("density", 1.0),
        ("density_spread", 0.0),
        ("rests", 0.0),
        ("repeated_4", 0.0),
        ("distinct_bars", 1.0),
        ("distinct_bar_rhythms", 0.5),
        ("distinct_bar_shapes", 0.5),
        ("bar_likeness_half", 0.0),
        ("drift", 7.0),
        ("climax_count", 1.0),
        ("climax_place", 0.875),
    ],
)
def test_a_scale(name, expected):
    assert named_features(work(SCALE))[name] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("leaps", 2 / 5),
        ("thirds", 3 / 5),
        ("leap_recovery", 4 / 5),  # both leaps turn back: (2 + 2) / (2 + 3)
        ("turns", 3 / 4),  # up, down, down, up, down
        ("distinct_bars", 0.5),
        ("bar_likeness_half", 1.0),
        ("bar_likeness_best", 1.0),
        ("opening_returns", 1.0),
        ("duration_changes", 3 / 5),
        ("strong_chord_notes", 1.0),
        ("climax_count", 2.0),
        ("bar_height_spread", 0.0),
        ("drift", 0.0),
    ],
)
def test_a_repeated_bar(name, expected):
    assert named_features(work(TURNING))[name] == pytest.approx(expected, abs=1e-5)


def test_syncopation_and_rests():
    found = named_features(work("C4:2 D4:4 E4:4 z:2 F4:3 G4:6 A4:3 C5:8"))
    assert found["tied_over_bar"] == pytest.approx(1 / 7)
    assert found["tied_over_beat"] == pytest.approx(3 / 7)
    assert found["rests"] == pytest.approx(2 / 32)


def test_repetition_without_overlap():
    four = "C4:2 D4:2 E4:2 G4:2 A4:4 C5:4 |"
    assert named_features(work(four + four))["repeated_intervals_3"] == pytest.approx(5 / 11)
    assert named_features(work(SCALE))["repeated_8"] == 0.0


def test_a_work_of_nothing_has_no_features():
    assert set(named_features(work("")).values()) == {0.0}


@pytest.mark.parametrize("words", ["C4:16", "C4:16 z:16", "C4:2 C4:2 C4:4 C4:8 C4:16"])
def test_degenerate_works_are_finite(words):
    assert np.all(np.isfinite(list(named_features(work(words)).values())))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 3), st.integers(0, 3), st.sampled_from([4, 8, 16]))
def test_random_works_are_finite_and_octaves_do_not_matter(seed, metre, mode, bars):
    works = random_legal([metre], [mode], bars, np.random.default_rng(seed), [0])
    sounding = np.arange(works.pitch.shape[1]) < works.length[:, None]
    shift = np.where(sounding & (works.pitch > -100), 12, 0).astype(np.int8)
    table = empty_table()
    low = features(works, bars, table)
    high = features(works._replace(pitch=works.pitch + shift), bars, table)
    assert np.all(np.isfinite(low))
    np.testing.assert_allclose(low, high, atol=2e-4)
