import numpy as np
import pytest

from creative_envs.core.errors import EmptyCorpus, InvalidArgument
from creative_envs.melody.adversaries import controls
from creative_envs.melody.audit import judge
from creative_envs.melody.corpus.tunes import TEST, TRAIN, load_default
from creative_envs.melody.craft.model import human_windows
from creative_envs.melody.events import Events
from creative_envs.melody.fitted import mlp
from tests.melody.craft_works import work

BARS = judge.BARS


@pytest.fixture(scope="module")
def human():
    return Events.of(human_windows(BARS, TEST)[0])


def test_percentiles_of_held_out_humans_are_uniform(human):
    percentile = judge.audit_percentile(human)
    for metre in range(4):
        own = percentile[human.metre == metre]
        np.testing.assert_allclose(np.quantile(own, [0.25, 0.5, 0.75]), [25, 50, 75], atol=12)


def test_controls_lie_low(human):
    rng = np.random.default_rng(0)
    for made in (
        controls.random_legal(human.metre, human.mode, BARS, rng),
        controls.shuffled_pitches(human, BARS, rng),
        controls.markov(human, human, 1, BARS, rng),
    ):
        assert np.median(judge.audit_percentile(made)) < 3


def test_light_damage_lies_between(human):
    rng = np.random.default_rng(1)
    opinion = judge.load_default().opinion
    light = opinion(controls.mutated(human, BARS, rng, 0.03, 0.06))
    heavy = opinion(controls.mutated(human, BARS, rng, 0.3, 0.5))
    assert np.median(heavy) < np.median(light) < np.median(opinion(human))


def test_the_octave_does_not_matter(human):
    some = human.take(human.pitch.max(axis=1) < 100)
    raised = np.where(some.pitch == -128, -128, some.pitch + 12).astype(np.int8)
    opinion = judge.load_default().opinion
    np.testing.assert_allclose(
        opinion(some), opinion(some._replace(pitch=raised)), rtol=1e-4, atol=1e-3
    )


def test_works_of_nothing_are_judged_without_failing():
    assert np.isfinite(judge.audit_percentile(work("C4:16", bars=BARS)))[0]


def test_other_sizes_are_refused():
    with pytest.raises(InvalidArgument, match="8 bars"):
        judge.audit_percentile(work("C4:16", bars=4))


def test_teaching_is_deterministic_and_needs_a_corpus():
    book = load_default()
    assert np.array_equal(judge.Judge.fit(book).quantiles, judge.load_default().quantiles)
    with pytest.raises(EmptyCorpus, match="larger corpus"):
        judge.Judge.fit(book.select(book.split == TRAIN))


def test_a_network_learns_what_is_there():
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(2000, 6)).astype(np.float32)
    positive = dense[:, 0] * dense[:, 1] > 0  # not linear
    network = mlp.train(
        mlp.Sparse.of(dense),
        positive,
        np.ones(2000, np.float32),
        6,
        rng,
        hidden=16,
        steps=800,
        scale=1.0,
        decay=0.0,
        dropout=0.0,
    )
    fresh = rng.normal(size=(1000, 6)).astype(np.float32)
    right = (network.logits(mlp.Sparse.of(fresh)) > 0) == (fresh[:, 0] * fresh[:, 1] > 0)
    assert right.mean() > 0.9


def test_sparse_rows_join_and_logits_match_the_formula():
    rng = np.random.default_rng(1)
    dense = np.where(rng.random((5, 4)) < 0.5, rng.normal(size=(5, 4)), 0).astype(np.float32)
    whole = mlp.Sparse.of(dense)
    parts = mlp.Sparse.join([mlp.Sparse.of(dense[:2]), mlp.Sparse.of(dense[2:])])
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))
    network = mlp.Network(
        rng.normal(size=(4, 3)).astype(np.float32),
        rng.normal(size=3).astype(np.float32),
        rng.normal(size=3).astype(np.float32),
        np.float32([0.5]),
    )
    hidden = dense @ network.w1 + network.b1
    expected = np.maximum(hidden, mlp.LEAK * hidden) @ network.w2 + 0.5
    np.testing.assert_allclose(network.logits(whole), expected, rtol=1e-4, atol=1e-5)
