"""The melody task: arguments, briefs, scores and references through the task protocol."""

from __future__ import annotations

import pickle

import gymnasium as gym
import numpy as np
import pytest

from creative_envs.core.errors import CreativeEnvsError, InvalidArgument, InvalidWork
from creative_envs.melody.actions import N_DURATIONS
from creative_envs.melody.brief import Briefs
from creative_envs.melody.task import MelodyTask
from creative_envs.melody.vocabulary import BAR_LENGTHS, DURATIONS, METRES, MODE_DEGREES, REST
from tests.playing import assert_same, play_episode

COMPOSITION = "creative_envs/MelodyComposition-v0"
KEYS = np.arange(1, 2001, dtype=np.uint64)


@pytest.fixture(scope="module")
def task():
    return MelodyTask()


def play(choices, words):
    """The work of the given (pitch above the tonic or None, duration) for a brief in words."""
    env = gym.make(COMPOSITION).unwrapped
    env.reset(seed=0, options={"brief": words})
    for height, duration in choices:
        choice = 0 if height is None else height - words["centre"] + 13
        _, _, terminated, _, info = env.step(choice * N_DURATIONS + DURATIONS.index(duration))
        assert not info["illegal"]
    assert terminated
    return info["work"]


class TestArguments:
    @pytest.mark.parametrize(
        "arguments",
        [{"bars": 5}, {"bars": 0}, {"bars": "8"}, {"bars": None}, {"split": "training"},
         {"split": None}, {"split": 0}],
        ids=repr,
    )  # fmt: skip
    def test_values_out_of_range_are_refused(self, arguments):
        with pytest.raises(InvalidArgument, match="is one of"):
            MelodyTask(**arguments)

    def test_a_corpus_that_is_not_there_is_named(self, tmp_path):
        missing = tmp_path / "no_such_folder"
        with pytest.raises((OSError, CreativeEnvsError), match="no_such_folder"):
            MelodyTask(corpus=str(missing))

    def test_an_empty_corpus_is_refused(self, tmp_path):
        with pytest.raises(CreativeEnvsError):
            MelodyTask(corpus=str(tmp_path))

    def test_pickles_as_its_arguments(self, task):
        assert len(pickle.dumps(MelodyTask(split="test"))) < 500
        assert pickle.loads(pickle.dumps(task)).reference is task.reference

    def test_the_reference_is_loaded_once(self, task):
        assert MelodyTask(chromatic=True).reference is task.reference


class TestBriefs:
    def test_every_metre_and_mode_is_asked_for(self, task):
        asked = Briefs.decode(task.draw_briefs(KEYS))
        assert set(asked.metre.tolist()) == set(range(len(METRES)))
        assert set(asked.mode.tolist()) == {0, 1, 2, 3}

    def test_splits_ask_for_different_melodies(self, task):
        train, test = task.draw_briefs(KEYS), MelodyTask(split="test").draw_briefs(KEYS)
        assert not (train == test).all(axis=1).any()

    def test_a_brief_in_words_keeps_the_environments_novelty_weight(self):
        env = gym.make(COMPOSITION, novelty_weight=0.25)
        observation, _ = env.reset(seed=0, options={"brief": {"metre": "6/8"}})
        assert observation["brief"][0] == 0.25
        assert Briefs.decode(observation["brief"][None]).metre[0] == METRES.index("6/8")

    def test_the_mask_follows_mode_and_centre(self, task):
        env = gym.make(COMPOSITION)
        for mode, words in enumerate(("major", "minor", "dorian", "mixolydian")):
            observation, _ = env.reset(options={"brief": {"mode": words, "centre": 5}})
            choices = observation["action_mask"].nonzero()[0] // N_DURATIONS
            assert {int(choice + 5 - 13) % 12 for choice in choices} == set(MODE_DEGREES[mode])


class TestWorks:
    def test_fill_their_bars_exactly(self, task):
        for seed in range(10):
            work = play_episode(gym.make(COMPOSITION), seed=seed)[1][0]
            events = task.events(
                work["tokens"][None], np.array([work["length"]], np.int32), work["brief"][None]
            )
            assert events.duration.sum() == 8 * BAR_LENGTHS[events.metre[0]]
            assert (events.pitch[0, 0] != REST) and events.pitch.shape == (1, 96)

    def test_fewer_notes_than_bars_are_no_melody(self):
        words = {"metre": "4/4", "mode": "major", "centre": 7}
        silent = play([(7, 16), (None, 16)] * 4, words)
        assert not silent["valid"] and silent["quality"] == silent["reward"] == 0
        whole = play([(p, 16) for p in (0, 4, 7, 12, 11, 7, 4, 0)], words)
        assert whole["valid"]

    def test_terms_are_named_and_lie_in_their_range(self):
        work = play_episode(gym.make(COMPOSITION), seed=1)[1][0]
        assert tuple(work["terms"]) == MelodyTask.term_names
        assert len(set(MelodyTask.term_names)) == len(MelodyTask.term_names)
        assert {"keeps_contour", "keeps_density", "keeps_range", "in_mode"} <= set(work["terms"])
        assert work["descriptor"].shape == (len(MelodyTask.descriptor_names),)
        assert work["terms"]["in_mode"] == 1.0

    def test_scores_do_not_depend_on_the_company(self, task):
        tokens, length, brief = task.reference_works(6)
        earlier = np.zeros((6, 0, 1 + task.memory_size), np.float32)
        together = task.score(tokens, length, brief, earlier)
        for row in range(6):
            one = slice(row, row + 1)
            alone = task.score(tokens[one], length[one], brief[one], earlier[one])
            for part in ("craft", "adherence", "novelty", "valid", "terms", "descriptor"):
                assert_same(getattr(alone, part), getattr(together, part)[one], part)

    def test_scoring_writes_nothing_it_was_given(self, task):
        given = (*task.reference_works(3), np.zeros((3, 0, 1 + task.memory_size), np.float32))
        before = [array.copy() for array in given]
        task.score(*given)
        memory = task.memory(*given[:3])
        assert_same(list(given), before)
        assert memory.shape == (3, task.memory_size)
        assert memory.min() >= 0 and memory.max() <= 1

    def test_people_score_above_chance(self, task):
        tokens, length, brief = task.reference_works(60)
        nothing = np.zeros((60, 0, 1 + task.memory_size), np.float32)
        human = task.score(tokens, length, brief, nothing)
        chance = [play_episode(gym.make(COMPOSITION), seed=s)[1][0]["quality"] for s in range(60)]
        assert np.median(human.quality) > 0.6 > 0.3 > np.median(chance)


class TestReferenceWorks:
    def test_are_held_out_and_writable(self, task):
        tokens, length, brief = task.reference_works(10**6)
        assert len(tokens) == len(length) == len(brief) > 500
        sizes = np.array(task.token_sizes)
        assert (tokens < sizes).all() and length.max() <= task.max_length
        events = task.events(tokens, length, brief)
        assert set(np.unique(events.metre)) <= set(range(len(METRES)))
        totals = events.duration.sum(axis=1)
        np.testing.assert_array_equal(totals, 8 * np.array(BAR_LENGTHS)[events.metre])

    def test_fewer_are_the_first_of_more(self, task):
        few, many = task.reference_works(5), task.reference_works(50)
        for first, second in zip(few, many, strict=True):
            np.testing.assert_array_equal(first, second[:5])

    def test_chromatic_tasks_have_at_least_as_many(self, task):
        chromatic = MelodyTask(chromatic=True).reference_works(10**6)
        assert len(chromatic[0]) >= len(task.reference_works(10**6)[0])


def test_a_melody_too_long_for_its_brief_is_refused_before_a_kernel_reads_it(task):
    """It would be written beyond the kernel's arrays."""
    tokens, length, brief = task.reference_works(64)
    dealt = np.roll(brief, 1, axis=0)
    metres = Briefs.decode(brief).metre
    bars = np.array(BAR_LENGTHS)[metres]
    longer = bars > np.roll(bars, 1)
    assert 0 < longer.sum() < len(longer)
    none_earlier = np.zeros((len(brief), 0, 1 + task.memory_size), np.float32)
    with pytest.raises(InvalidWork, match="judge melodies by briefs of the metre"):
        task.score(tokens, length, dealt, none_earlier)
    with pytest.raises(InvalidWork, match="judge melodies by briefs of the metre"):
        task.audit_percentile(tokens, length, dealt)
    fits = ~longer
    task.score(tokens[fits], length[fits], dealt[fits], none_earlier[fits])
