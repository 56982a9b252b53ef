from __future__ import annotations

import pytest

from creative_envs.core.errors import InvalidWork
from creative_envs.melody.spelling import Key
from creative_envs.melody.vocabulary import MODE_DEGREES, MODES

LETTER_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
EVERY_KEY = [Key(tonic, mode) for mode in MODES for tonic in range(12)]


@pytest.mark.parametrize(
    ("tonic", "mode", "name", "signature"),
    [
        (0, "major", "C major", 0),
        (2, "major", "D major", 2),
        (10, "major", "Bb major", -2),
        (6, "major", "Gb major", -6),
        (11, "major", "B major", 5),
        (9, "minor", "A minor", 0),
        (3, "minor", "Eb minor", -6),
        (8, "minor", "G# minor", 5),
        (2, "dorian", "D dorian", 0),
        (9, "dorian", "A dorian", 1),
        (7, "mixolydian", "G mixolydian", 0),
        (9, "mixolydian", "A mixolydian", 2),
    ],
)
def test_names_and_signatures(tonic: int, mode: str, name: str, signature: int) -> None:
    assert Key(tonic, mode).name == name
    assert Key(tonic, mode).signature == signature


def test_leading_tone_of_minor_is_raised() -> None:
    assert Key(2, "minor").spell(61).name == "C#4"
    assert Key(8, "minor").spell(67).name == "F##4"


def test_octave_belongs_to_the_letter() -> None:
    assert Key(1, "minor").spell(60).name == "B#3"
    assert Key(6, "major").spell(59).name == "Cb4"


@pytest.mark.parametrize("key", EVERY_KEY, ids=lambda key: key.name)
def test_spelling_sounds_as_it_should(key: Key) -> None:
    for midi in range(36, 97):
        letter, accidental, octave = key.spell(midi)
        assert 12 * (octave + 1) + LETTER_SEMITONES[letter] + accidental == midi


@pytest.mark.parametrize("key", EVERY_KEY, ids=lambda key: key.name)
def test_natural_scale_needs_no_accidentals_and_uses_each_letter_once(key: Key) -> None:
    raised_in_minor = {9, 11} if key.mode == "minor" else set()
    degrees = [d for d in MODE_DEGREES[MODES.index(key.mode)] if d not in raised_in_minor]
    spelled = [key.spell(60 + key.tonic + degree) for degree in degrees]
    assert sorted(note.letter for note in spelled) == list("ABCDEFG")
    assert all(key.signature_accidental(note.letter) == note.accidental for note in spelled)


def test_contains_counts_from_the_tonic_in_any_octave() -> None:
    key = Key(2, "dorian")
    assert key.contains(3)
    assert key.contains(-9)
    assert not key.contains(4)


def test_misuse_is_refused() -> None:
    with pytest.raises(InvalidWork, match="tonic is 12"):
        Key(12, "major")
    with pytest.raises(InvalidWork, match="lydian"):
        Key(0, "lydian")
