"""Which tunes are used, where their bars are, and what key they are in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from creative_envs.melody.corpus.admission import admit, regular_bar_lines
from creative_envs.melody.corpus.keys import estimate_key, mode_by_colour, profile, settle_key
from creative_envs.melody.vocabulary import METRES, MODES
from tests.melody.corpus.notation import Z, admitted, parse

BAR = 192
FOUR_BARS = "C4E4G4c4|c4G4E4C4|D4E4F4G4|G4F4E4C4|"


def test_pitches_are_relative_to_the_tonic_in_the_octave_of_middle_c() -> None:
    tune = admitted("G4B4d4g4|G,4G4G4G4|z8 G8|D4D4G8|", key="G")
    assert tune.tonic == 7
    assert tune.pitch[:5] == (0, 4, 7, 12, -12)
    assert Z in tune.pitch
    assert (METRES[tune.metre], MODES[tune.mode]) == ("4/4", "major")


def test_two_two_counts_as_four_four() -> None:
    assert METRES[admitted(FOUR_BARS, metre="C|").metre] == "4/4"


@pytest.mark.parametrize(
    ("music", "key", "metre", "reason"),
    [
        (FOUR_BARS, "C", "9/8", "metre other"),
        (FOUR_BARS, "C", "none", "metre other"),
        (FOUR_BARS, "none", "4/4", "no known key"),
        (FOUR_BARS, "Cphr", "4/4", "mode other"),
        (FOUR_BARS + "[CE]16|", "C", "4/4", "chords"),
        (FOUR_BARS + "[K:D]D16|", "C", "4/4", "change of key"),
        (FOUR_BARS + "[M:2/4]D8|", "C", "4/4", "change of metre"),
        (FOUR_BARS + "(5C4D4E4F4G4|", "C", "4/4", "finer"),
        ("z16|" * 4, "C", "4/4", "no notes"),
        ("C,,,,16|" * 4, "C", "4/4", "range"),
        ("C16|" * 3, "C", "4/4", "fewer than 4"),
        ("C16|D16|E8|F16|G16|", "C", "4/4", "fewer than 4"),
    ],
)
def test_reason_for_leaving_a_tune_out(music: str, key: str, metre: str, reason: str) -> None:
    outcome = admit(parse(music, key, metre), "test")
    assert isinstance(outcome, str)
    assert reason in outcome


def test_outer_rests_are_cut_off() -> None:
    tune = admitted("z12 G4|" + FOUR_BARS + "C4 z12|")
    assert tune.pitch[0] == 7
    assert tune.pitch[-1] == 0
    assert tune.pickup == 48
    assert tune.bar_lines[:3] == (0, 48, 48 + BAR)


def test_bar_lines_within_a_bar_mark_an_upbeat() -> None:
    upbeat = 48
    lines, upbeats = regular_bar_lines(
        [upbeat, upbeat + BAR, upbeat + 2 * BAR - upbeat, upbeat + 2 * BAR], 4 * BAR, BAR
    )
    assert lines[:4] == (0, 48, 48 + BAR, 48 + 2 * BAR)
    assert upbeats[:4] == (0, 0, 0, 48)


def test_last_bar_short_of_its_upbeat_counts_as_complete() -> None:
    lines, upbeats = regular_bar_lines([48, 48 + BAR], 2 * BAR, BAR)
    assert lines == (0, 48, 48 + BAR, 48 + 2 * BAR)
    assert upbeats == (0, 0, 0, 48)


def test_last_bar_of_less_than_half_stays_incomplete() -> None:
    lines, upbeats = regular_bar_lines([BAR], BAR + 48, BAR)
    assert lines == (0, BAR, BAR + 48)
    assert upbeats == (0, 0, 0)


def test_forgotten_bar_lines_are_put_in_and_odd_bars_left() -> None:
    lines, _ = regular_bar_lines([3 * BAR, 3 * BAR + 100], 4 * BAR + 100, BAR)
    assert lines == (0, BAR, 2 * BAR, 3 * BAR, 3 * BAR + 100, 4 * BAR + 100)


def test_profile_is_the_share_of_sounding_time() -> None:
    shares = profile([60, Z, 72, 64], [10, 99, 20, 10])
    assert shares[0] == pytest.approx(0.75)
    assert shares[4] == pytest.approx(0.25)
    assert shares.sum() == pytest.approx(1)
    assert profile([Z], [5]).sum() == 0


@pytest.mark.parametrize("tonic", range(12))
def test_key_is_estimated_in_every_transposition(tonic: int) -> None:
    major = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60]
    harmonic_minor = [60, 62, 63, 65, 67, 68, 71, 72, 67, 63, 60]
    ticks = [12] * len(major)
    for melody, mode in ((major, "major"), (harmonic_minor, "minor")):
        shares = profile([pitch + tonic for pitch in melody], ticks)
        assert estimate_key(shares) == (tonic, mode)


def test_some_key_is_found_for_a_chromatic_scale() -> None:
    tonic, mode = estimate_key(np.full(12, 1 / 12))
    assert tonic in range(12)
    assert mode in MODES


def _shares(**degrees: float) -> np.ndarray:
    """Profile above the tonic C from times by degree in semitones ("d7=2")."""
    shares = np.zeros(12)
    for degree, time in degrees.items():
        shares[int(degree[1:])] = time
    return shares / shares.sum()


def test_dorian_tune_under_its_major_signature_is_found() -> None:
    # D dorian under K:C: D, F and A sound longest, and it ends on D
    shares = _shares(d2=6, d5=3, d9=4, d0=2, d4=1, d7=1, d11=1)
    assert settle_key(0, "major", 62, shares) == (2, "dorian")


def test_strange_final_alone_changes_nothing() -> None:
    shares = _shares(d0=6, d4=3, d7=4, d2=3, d5=1, d9=1, d11=1)
    assert settle_key(0, "major", 62, shares) == (0, "major")


def test_mode_follows_the_degree_that_settles_it() -> None:
    assert mode_by_colour(_shares(d0=4, d4=2, d10=1), "major") == "mixolydian"
    assert mode_by_colour(_shares(d0=4, d4=2, d10=1, d11=1), "major") == "major"
    assert mode_by_colour(_shares(d0=100, d10=1), "major") == "major"
    assert mode_by_colour(_shares(d0=4, d3=2, d9=1, d10=1), "minor") == "dorian"
    assert mode_by_colour(_shares(d0=4, d3=2, d8=1, d9=1), "minor") == "minor"
    assert mode_by_colour(_shares(d0=4, d3=2, d9=1, d11=1), "minor") == "minor"


def test_correction_is_recorded() -> None:
    assert not admitted(FOUR_BARS).key_corrected
    flat_seventh = parse("C4E4G4_B4|c4_B4G4E4|C4D4E4F4|G4E4C8|")
    corrected = admit(flat_seventh, "test")
    assert not isinstance(corrected, str)
    assert corrected.key_corrected
    assert MODES[corrected.mode] == "mixolydian"
    declared = admit(replace(flat_seventh, mode="mixolydian"), "test")
    assert not isinstance(declared, str)
    assert not declared.key_corrected


@pytest.mark.parametrize("octaves", [-2, 2])
def test_tunes_of_low_and_high_instruments_are_moved_into_the_usual_register(octaves) -> None:
    raw, usual = parse(FOUR_BARS), admitted(FOUR_BARS)
    moved = tuple(value if value == Z else value + 12 * octaves for value in raw.pitch)
    found = admit(replace(raw, pitch=moved), "test")
    assert -5 <= (min(found.pitch) + max(found.pitch)) / 2 <= 19
    assert np.diff(found.pitch).tolist() == np.diff(usual.pitch).tolist()
    assert (found.pitch[0] - usual.pitch[0]) % 12 == 0
