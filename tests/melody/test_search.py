import numpy as np
import pytest

from creative_envs.melody.adversaries import controls
from creative_envs.melody.adversaries.search import search
from creative_envs.melody.vocabulary import (
    BAR_LENGTHS,
    DURATIONS,
    EVENTS_PER_BAR,
    MODE_DEGREES,
    PITCH_SPAN,
    REST,
)

METRES, MODES = [0, 1, 2, 3], [0, 1, 2, 3]


def assert_legal(works, bars, all_in_mode=True):
    for pitch, duration, length, metre, mode in zip(*works, strict=True):
        p, d = pitch[:length].astype(int), duration[:length].astype(int)
        assert 0 < length <= bars * EVENTS_PER_BAR
        assert d.sum() == bars * BAR_LENGTHS[metre]
        assert set(d) <= set(DURATIONS)
        assert np.all(pitch[length:] == REST) and np.all(duration[length:] == 0)
        rest = p == REST
        assert not rest[0] and not np.any(rest[1:] & rest[:-1])
        assert np.ptp(p[~rest]) < PITCH_SPAN
        if all_in_mode:
            assert set(p[~rest] % 12) <= set(MODE_DEGREES[mode])


def density(works):
    return works.length.astype(np.float64)


def variety(works):
    return np.array(
        [float(len(set(p[:n]))) for p, n in zip(works.pitch, works.length, strict=True)]
    )


@pytest.mark.parametrize("bars", [4, 8, 16])
def test_random_legal_works_are_legal(bars):
    works = controls.random_legal(METRES * 50, MODES * 50, bars, np.random.default_rng(0))
    assert_legal(works, bars)


def test_random_actions_are_uniform():
    works = controls.random_legal([0] * 2000, [0] * 2000, 8, np.random.default_rng(0), [0] * 2000)
    first = works.duration[:, 0]
    counts = np.array([(first == d).sum() for d in DURATIONS])
    assert counts.min() > 200 and counts.max() < 300  # 250 expected, standard deviation 15


@pytest.mark.parametrize("objective", [density, variety])
def test_searches_find_more_and_stay_legal(objective):
    result = search(objective, METRES, MODES, evaluations=1500, population=20, seed=1)
    start = controls.random_legal(METRES, MODES, 8, np.random.default_rng(0))
    assert_legal(result.population, 8)
    assert np.all(result.score >= objective(start))
    assert np.array_equal(result.score, objective(result.best))
    assert result.best.metre.tolist() == METRES and result.best.mode.tolist() == MODES
    if objective is density:
        assert result.score.mean() > 1.5 * density(start).mean()


def test_scores_never_fall_with_more_evaluations():
    short = search(density, [0], [0], evaluations=200, population=20, seed=2)
    long = search(density, [0], [0], evaluations=1000, population=20, seed=2)
    assert long.score[0] >= short.score[0]


def test_survivors_differ():
    result = search(lambda w: np.zeros(len(w.length)), [0], [0], evaluations=400, population=20)
    rows = {p.tobytes() + d.tobytes() for p, d in zip(*result.population[:2], strict=True)}
    assert len(rows) == 20


def test_searches_are_reproducible_and_seeds_differ():
    runs = [search(density, [2], [1], evaluations=300, population=10, seed=s) for s in (5, 5, 6)]
    assert np.array_equal(runs[0].best.pitch, runs[1].best.pitch)
    assert not np.array_equal(runs[0].best.pitch, runs[2].best.pitch)
