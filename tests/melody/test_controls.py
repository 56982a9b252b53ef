import numpy as np
import pytest

from creative_envs.melody.adversaries import controls
from creative_envs.melody.vocabulary import BAR_LENGTHS, MODE_DEGREES, REST
from tests.melody.craft_works import events, work

TUNE = "C4:4 E4:4 z:4 G4:4 | A4:8 G4:8"
OTHER = "D4:2 F4:2 A4:4 D5:8 | B4:4 G4:4 D4:8"
BARS = 2


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def tune():
    return work(TUNE)


def test_unpack_inverts_pack(tune):
    assert controls.unpack(tune) == [events(TUNE)]
    again = controls.pack(controls.unpack(tune), tune, BARS)
    assert all(np.array_equal(a, b) for a, b in zip(again, tune, strict=True))


def test_fill_splits_cuts_and_prolongs():
    assert controls.fill([(0, 5), (1, 9)], 12, 12) == [(0, 4), (0, 1), (1, 6), (1, 1)]
    assert controls.fill([(0, 2)], 9, 12) == [(0, 2), (0, 6), (0, 1)]
    crowded = controls.fill([(i, 1) for i in range(32)], 32, 10)
    assert len(crowded) <= 10 and sum(d for _, d in crowded) == 32


def test_shuffles_keep_what_they_promise(tune, rng):
    notes = controls.unpack(controls.shuffled_notes(tune, BARS, rng))[0]
    assert sorted(notes) == sorted(events(TUNE))
    made = controls.unpack(controls.shuffled_pitches(tune, BARS, rng))[0]
    assert [d for _, d in made] == [d for _, d in events(TUNE)]
    assert sorted(p for p, _ in made) == sorted(p for p, _ in events(TUNE))
    assert [p == REST for p, _ in made] == [p == REST for p, _ in events(TUNE)]


def test_random_diatonic_keeps_the_rhythm_and_the_mode(tune, rng):
    made = controls.unpack(controls.random_diatonic(tune, BARS, rng))[0]
    assert [d for _, d in made] == [d for _, d in events(TUNE)]
    assert {p % 12 for p, _ in made if p != REST} <= set(MODE_DEGREES[0])


def test_a_markov_chain_of_one_tune_repeats_what_it_saw(tune, rng):
    seen = {*events(TUNE)}
    made = controls.unpack(controls.markov(tune, tune, 3, BARS, rng))[0]
    assert set(made) <= seen
    assert made == events(TUNE)


def test_a_markov_chain_serves_modes_it_never_met(tune, rng):
    wanted = work(TUNE, mode="dorian")
    made = controls.markov(tune, wanted, 2, BARS, rng)
    assert set(controls.unpack(made)[0]) <= {*events(TUNE)}
    assert made.mode.tolist() == wanted.mode.tolist()


def test_bars_are_looped_and_taken_from_others(tune, rng):
    looped = controls.unpack(controls.looped_bar(tune, BARS, rng))[0]
    assert looped[: len(looped) // 2] == looped[len(looped) // 2 :]
    two = controls.Events.join([work(TUNE), work(OTHER)])
    all_bars = {tuple(events(part)) for words in (TUNE, OTHER) for part in words.split("|")}
    for made in controls.unpack(controls.mosaic(two, BARS, rng)):
        cut = next(i + 1 for i in range(len(made)) if sum(d for _, d in made[: i + 1]) == 16)
        assert {tuple(made[:cut]), tuple(made[cut:])} <= all_bars


def test_mutated_works_differ_but_fill_their_bars(tune, rng):
    made = controls.mutated(tune, BARS, rng, 0.5, 0.5)
    assert controls.unpack(made) != controls.unpack(tune)
    assert made.duration[0].sum() == BARS * BAR_LENGTHS[0]


def test_degenerates_fill_their_bars(rng):
    kinds = controls.degenerates(work(TUNE), BARS, rng)
    assert len(kinds) == 9
    for name, made in kinds.items():
        assert made.duration[0].sum() == BARS * BAR_LENGTHS[0], name
    assert set(kinds["repeated eighths"].pitch[0, :16]) == {0}
