import numpy as np
import pytest

from creative_envs.core.errors import CorruptData, EmptyCorpus
from creative_envs.melody import craft
from creative_envs.melody.adversaries import controls
from creative_envs.melody.corpus.tunes import TEST, TRAIN
from creative_envs.melody.craft.fitting import published_scale
from creative_envs.melody.craft.kernel import published
from creative_envs.melody.craft.model import CraftModel, human_windows
from creative_envs.melody.events import Events
from creative_envs.melody.vocabulary import REST
from tests.melody.craft_works import work

BARS = 8


@pytest.fixture(scope="module")
def model():
    return craft.load_default()


@pytest.fixture(scope="module")
def human():
    return Events.of(human_windows(BARS, TEST)[0])


@pytest.fixture(scope="module")
def human_craft(model, human):
    return model.score(*human)[0]


@pytest.fixture(scope="module")
def small_fit():
    windows, family = human_windows(4, TRAIN)
    return CraftModel.fit(windows[:150], family[:150])


def test_shapes_names_and_ranges(model, human):
    scores, terms = model.score(*human)
    assert scores.shape == (len(human.length),)
    assert terms.shape == (len(human.length), craft.N_TERMS) == (len(scores), len(craft.TERM_NAMES))
    assert scores.dtype == terms.dtype == np.float32
    for values in (scores, terms):
        assert np.all((values >= 0) & (values <= 1))


def test_craft_is_the_published_geometric_mean_of_its_terms(model, human):
    scores, terms = model.score(*human)
    logs = np.log(terms.astype(np.float64))
    compressed = -np.log1p(-logs[:, -2:])
    distance = -(logs[:, :-2].mean(axis=1) + 0.5 * compressed.sum(axis=1))
    median_human, median_random = model.arrays.scale
    expected = np.interp(distance, [0, median_human, median_random], [1, 0.87, 0.15])
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_the_scale_puts_random_and_human_works_where_it_says(model, human, human_craft):
    random = controls.random_legal(human.metre, human.mode, BARS, np.random.default_rng(1))
    assert 0.1 <= np.median(model.score(*random)[0]) <= 0.2
    assert 0.84 <= np.median(human_craft) <= 0.9


def test_published_scale_by_hand():
    scale = published_scale(np.full(3, -0.3), np.full(3, -6.0))
    assert published(-0.3, scale) == pytest.approx(0.87)
    assert published(-6.0, scale) == pytest.approx(0.15)
    assert published(0.0, scale) == 1.0
    assert published(-3.15, scale) == pytest.approx(0.51)  # half-way between the two
    assert 0 < published(-20.0, scale) < published(-6.1, scale) < 0.15


@pytest.mark.parametrize("kind", ["random", "shuffled", "Markov"])
def test_controls_rank_below_human_works(model, human, human_craft, kind):
    rng = np.random.default_rng(2)
    train = Events.of(human_windows(BARS, TRAIN)[0][:2000])
    some = human.take(slice(0, 300))
    made = {
        "random": lambda: controls.random_diatonic(some, BARS, rng),
        "shuffled": lambda: controls.shuffled_pitches(some, BARS, rng),
        "Markov": lambda: controls.markov(train, some, 3, BARS, rng),
    }[kind]()
    scores = model.score(*made)[0]
    assert (human_craft[:, None] > scores[None, :]).mean() > 0.93


def test_degenerate_works_rank_below_the_human_5th_percentile(model, human, human_craft):
    floor = np.quantile(human_craft, 0.05)
    kinds = controls.degenerates(human.take(slice(0, 200)), BARS, np.random.default_rng(3))
    for name, works in kinds.items():
        assert np.median(model.score(*works)[0]) < floor, name


@pytest.mark.parametrize("words", ["", "z:16", "C4:16", "C4:1 z:15", "C4:2 " * 64])
def test_works_of_almost_nothing_score_almost_nothing(model, words):
    scores, terms = model.score(*work(words, bars=BARS))
    assert np.all(np.isfinite(terms))
    assert 0.0 <= scores[0] < 0.3
    if not words or words.startswith("z"):
        assert scores[0] == 0.0 and np.all(terms == 0.0)


def test_a_batch_scores_like_its_works(model, human):
    scores, terms = model.score(*human)
    for row in (0, 17, len(scores) - 1):
        one, one_terms = model.score(*human.take(slice(row, row + 1)))
        assert one[0] == scores[row]
        assert np.array_equal(one_terms[0], terms[row])


def test_scores_do_not_depend_on_the_order(model, human):
    order = np.random.default_rng(4).permutation(len(human.length))
    assert np.array_equal(model.score(*human.take(order))[0], model.score(*human)[0][order])


def test_the_octave_does_not_matter(model, human):
    room = human.take(human.pitch.max(axis=1) < 100)
    raised = np.where(room.pitch == REST, REST, room.pitch + 12).astype(np.int8)
    before, after = model.score(*room)[0], model.score(*room._replace(pitch=raised))[0]
    np.testing.assert_allclose(before, after, atol=2e-3)


def test_padding_does_not_matter(model, human):
    padded = np.arange(human.pitch.shape[1]) >= human.length[:, None]
    dirty = human._replace(
        pitch=np.where(padded, 5, human.pitch), duration=np.where(padded, 4, human.duration)
    )
    assert np.array_equal(model.score(*human)[0], model.score(*dirty)[0])


def test_corrupting_human_works_costs_craft(model, human, human_craft):
    damaged = controls.mutated(human, BARS, np.random.default_rng(5), 0.2, 0.4)
    assert (model.score(*damaged)[0] < human_craft).mean() > 0.85


def test_fitting_is_deterministic_and_serves_other_sizes(small_fit):
    windows, family = human_windows(4, TRAIN)
    again = CraftModel.fit(windows[:150], family[:150])
    works = Events.of(windows[150:500])
    scores, _ = small_fit.score(*works)
    assert np.array_equal(scores, again.score(*works)[0])
    assert np.median(scores) > 0.5
    random = controls.random_legal(works.metre, works.mode, 4, np.random.default_rng(6))
    assert np.median(small_fit.score(*random)[0]) < 0.25


def test_a_model_survives_its_arrays(small_fit):
    works = Events.of(human_windows(4, TEST)[0])
    again = CraftModel.from_arrays(small_fit.to_arrays(), 4)
    assert np.array_equal(again.score(*works)[0], small_fit.score(*works)[0])


def test_sixteen_bars_are_scored_by_the_recalibrated_model():
    model = craft.load_default(16)
    windows, _ = human_windows(16, TEST)
    scores, _ = model.score(*Events.of(windows))
    assert model.bars == 16
    assert 0.75 < np.median(scores) < 0.95


def test_too_small_a_corpus_is_refused():
    windows, _ = human_windows(BARS, TEST)
    with pytest.raises(EmptyCorpus, match="at least"):
        CraftModel.fit(windows[:10])


def test_a_corrupt_file_is_refused(tmp_path):
    from creative_envs.melody.fitted.stored import data_path, read_arrays, write_arrays

    arrays = read_arrays("craft8.npz")
    arrays["scale"] = arrays["scale"] + 1
    write_arrays(tmp_path / "changed.npz", arrays)
    with pytest.raises(CorruptData, match="reinstall"):
        read_arrays("craft8.npz", tmp_path / "changed.npz")
    content = data_path("craft8.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(CorruptData, match="cannot be read"):
        read_arrays("craft8.npz", tmp_path / "cut.npz")
    with pytest.raises(CorruptData, match="cannot be read"):
        read_arrays("craft8.npz", tmp_path / "missing.npz")
