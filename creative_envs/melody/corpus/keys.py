"""Which key a melody is in: estimated from its notes, or as declared where the notes agree.

Everything here works on one tune's *profile*, the share of sounding time each pitch class takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.vocabulary import REST

Profile = NDArray[np.float64]

MAJOR_PROFILE: Final = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE: Final = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""How well each pitch class above the tonic fits a key: Krumhansl & Kessler (1982), table 1."""

_MODE_ON_DEGREE: Final = {2: "dorian", 7: "mixolydian", 9: "minor"}
"""The mode that starts on this degree (semitones) of a major scale and uses the same notes."""
_THIRD: Final = {"major": 4, "minor": 3, "dorian": 3, "mixolydian": 4}
_TELLING_SHARE: Final = 0.02
"""Least share of the time for which a degree must sound to speak for another mode."""


def profile(pitch: Sequence[int], ticks: Sequence[int]) -> Profile:
    """Share of the sounding time on each MIDI pitch class: (12,), all zero without notes."""
    pitches, durations = np.asarray(pitch), np.asarray(ticks, np.float64)
    sounds = pitches != REST
    weights: Profile = np.zeros(12)
    np.add.at(weights, pitches[sounds] % 12, durations[sounds])
    return weights / max(float(weights.sum()), 1.0)


def estimate_key(shares: Profile) -> tuple[int, str]:
    """Tonic (pitch class) and mode of the key whose profile correlates best with the melody.

    Source: the Krumhansl-Schmuckler algorithm; Krumhansl, *Cognitive Foundations of Musical
    Pitch* (1990), chapter 4. Major and minor are then refined by `mode_by_colour`.
    """
    fits = [
        (float(np.roll(_standardised(fit), tonic) @ shares), -tonic, mode)
        for tonic in range(12)
        for mode, fit in (("major", MAJOR_PROFILE), ("minor", MINOR_PROFILE))
    ]
    _, negative_tonic, mode = max(fits)
    return -negative_tonic, mode_by_colour(np.roll(shares, negative_tonic), mode)


def _standardised(fit: Sequence[float]) -> Profile:
    """A profile with mean 0 and deviation 1: its product with any shares ranks like correlation."""
    standardised: Profile = (np.array(fit) - np.mean(fit)) / np.std(fit)
    return standardised


def settle_key(tonic: int, mode: str, final: int, shares: Profile) -> tuple[int, str]:
    """Correct a declared key where the notes clearly contradict it.

    A key field often gives the signature alone, so a dorian tune may be declared as the major key
    with the same signature. Tunes also end away from their tonic to run on into a repeat, so a
    strange final alone proves nothing. The final of a tune declared major becomes its tonic only
    if its own triad sounds longer than the declared one *and* it sounds longer than the declared
    tonic. The mode is then refined by `mode_by_colour`.

    Args:
        tonic: Declared tonic, a pitch class.
        mode: Declared mode, one of `vocabulary.MODES`.
        final: Pitch of the last sounding note.
        shares: Profile of the melody, (12,).

    Returns:
        The tonic and the mode.
    """
    above_tonic = np.roll(shares, -tonic)
    degree = (final - tonic) % 12
    if mode == "major" and degree in _MODE_ON_DEGREE:
        other = _MODE_ON_DEGREE[degree]
        stronger = _triad(above_tonic, degree, other) > _triad(above_tonic, 0, mode)
        if stronger and above_tonic[degree] > above_tonic[0]:
            tonic, mode = final % 12, other
    return tonic, mode_by_colour(np.roll(shares, -tonic), mode)


def mode_by_colour(above_tonic: Profile, mode: str) -> str:
    """Refine major to mixolydian and minor to dorian where one degree settles it.

    Major whose seventh is always flat is mixolydian; minor whose sixth is always raised, and whose
    seventh never is, is dorian.

    Args:
        above_tonic: Share of the time on each degree, (12,) semitones above the tonic.
        mode: One of `vocabulary.MODES`.
    """
    if mode == "major" and above_tonic[11] == 0 and above_tonic[10] >= _TELLING_SHARE:
        return "mixolydian"
    natural_minor_seventh = above_tonic[11] == 0
    if mode == "minor" and natural_minor_seventh and above_tonic[8] == 0:
        return "dorian" if above_tonic[9] >= _TELLING_SHARE else "minor"
    return mode


def _triad(above_tonic: Profile, root: int, mode: str) -> float:
    """Share of the time on the tonic triad of a mode whose tonic lies on `root`."""
    return float(sum(above_tonic[(root + step) % 12] for step in (0, _THIRD[mode], 7)))
