"""The measurements on which the constants of novelty rest, at a smaller size."""

from __future__ import annotations

import numpy as np
import pytest

from creative_envs.melody.corpus.windows import Windows
from creative_envs.melody.novelty import TERM_NAMES, ReferenceLibrary
from creative_envs.melody.novelty.report import (
    main,
    ornamented,
    sets_of_works,
    transposed,
)
from creative_envs.melody.vocabulary import BAR_LENGTHS, DURATIONS, REST


@pytest.fixture(scope="module")
def measured() -> tuple[ReferenceLibrary, dict[str, Windows]]:
    return sets_of_works(bars=8, n_works=150, seed=1)


def median_novelty(library: ReferenceLibrary, works: Windows) -> float:
    return float(np.median(library.score(works.pitch, works.duration, works.length).novelty))


def test_copies_are_not_new_and_new_tunes_are(
    measured: tuple[ReferenceLibrary, dict[str, Windows]],
) -> None:
    library, sets = measured
    median = {name: median_novelty(library, works) for name, works in sets.items()}
    assert median["transposed copies"] == 0.0
    assert median["copies from between windows"] == 0.0
    assert median["copies, 5 % ornamented"] == 0.0
    assert median["copies, 10 % ornamented"] < 0.2
    assert median["copies, 20 % ornamented"] < 1.0
    for name in ("human, valid", "human, test", "order-1 Markov", "random pitches"):
        assert median[name] == 1.0


def test_human_tunes_share_bars_but_random_ones_do_not(
    measured: tuple[ReferenceLibrary, dict[str, Windows]],
) -> None:
    library, sets = measured
    copied = {
        name: library.score(works.pitch, works.duration, works.length).terms[
            :, TERM_NAMES.index("copied_bars")
        ]
        for name, works in sets.items()
    }
    assert copied["human, test"].mean() > 0.2
    assert copied["random pitches"].mean() < 0.02
    assert copied["transposed copies"].mean() > 0.75


def test_every_set_keeps_the_bars_and_the_alphabet(
    measured: tuple[ReferenceLibrary, dict[str, Windows]],
) -> None:
    for works in measured[1].values():
        written = np.arange(works.pitch.shape[1]) < works.length[:, None]
        assert np.isin(works.duration[written], DURATIONS).all()
        assert not works.duration[~written].any()
        assert (works.pitch[~written] == REST).all()
        bar = np.array(BAR_LENGTHS)[works.metre]
        np.testing.assert_array_equal(works.duration.sum(axis=1, dtype=int), 8 * bar)


def test_disguises_change_what_they_say(
    measured: tuple[ReferenceLibrary, dict[str, Windows]],
) -> None:
    works = measured[1]["human, test"]
    up = transposed(works, 5)
    sounding = works.pitch != REST
    np.testing.assert_array_equal(up.pitch[sounding], works.pitch[sounding] + 5)
    np.testing.assert_array_equal(up.pitch[~sounding], REST)
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(ornamented(works, 0.0, rng).pitch, works.pitch)
    assert (ornamented(works, 1.0, rng).length > works.length).mean() > 0.9


def test_the_command_prints_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--works", "20", "--seed", "3"])
    printed = capsys.readouterr().out
    assert "sha256" in printed
    assert "copies, 10 % ornamented" in printed
    assert "duration_entropy" in printed
